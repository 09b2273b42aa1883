import pytest

from lrdoctor.server.hosts import AllowedHosts


@pytest.mark.parametrize(
    "header",
    ["localhost", "LOCALHOST:8050", "127.0.0.1:8050", "127.0.0.1:9000", "[::1]:8050", "localhost."],
)
def test_loopback_names_are_always_answered(header: str) -> None:
    assert AllowedHosts().allows(header)


@pytest.mark.parametrize(
    "header",
    [
        "evil.example", "evil.example:8050", "localhost.evil.example", "127.0.0.1.evil.example",
        "evil.example@localhost", "localhost:8050:1", "localhost:", "localhost:x", "", " localhost",
        "localhost,evil.example", "192.168.1.5", "[::2]", "2130706433", "0x7f.1", "localhost/evil",
    ],
)  # fmt: skip
def test_other_names_are_not(header: str) -> None:
    assert not AllowedHosts().allows(header)


def test_a_configured_name_is_answered_at_any_port_unless_it_names_one() -> None:
    hosts = AllowedHosts(["lab.example", "tls.example:8443", "fd00::7"])
    assert hosts.allows("Lab.Example:1234")
    assert hosts.allows("tls.example:8443")
    assert hosts.allows("[fd00::7]:8050")
    assert not hosts.allows("tls.example")
    assert not hosts.allows("tls.example:8444")


@pytest.mark.parametrize("bound", ["0.0.0.0", "::"])
def test_bound_to_every_address_answers_addresses_but_no_names(bound: str) -> None:
    hosts = AllowedHosts([bound])
    assert hosts.allows("192.168.1.5:8050")
    assert hosts.allows("[fe80::1]:8050")
    assert not hosts.allows("evil.example:8050")


def test_a_configured_name_that_is_none_is_refused() -> None:
    with pytest.raises(ValueError, match="is no host name"):
        AllowedHosts(["http://lab.example/"])
