import os

import pytest

from lrdoctor.errors import ServerError
from lrdoctor.server.access import Access, Throttle, new_token


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def test_token_has_256_bits_and_is_new_each_time() -> None:
    assert len(new_token()) == 43
    assert new_token() != new_token()


def test_only_the_token_is_the_token() -> None:
    token = new_token()
    access = Access(token)
    assert access.is_token(token)
    for wrong in ("", token[:-1], token + "x", token.swapcase(), "é" * 43, "\udcff"):
        assert not access.is_token(wrong)


def test_a_token_need_not_be_text() -> None:
    token = os.fsdecode(b"\xff" * 20)  # as the environment gives it
    assert Access(token).is_token(token)


def test_cookie_does_not_hold_the_token_and_ends_with_it() -> None:
    first, second = Access(new_token()), Access(new_token())
    name, value = first.set_cookie(path="/", secure=False).split(";")[0].split("=")
    assert name == first.cookie != second.cookie
    assert first.is_session(value)
    assert not second.is_session(value)
    assert not first.is_token(value)


def test_every_worker_process_takes_the_same_cookie() -> None:
    token = new_token()
    assert Access(token).set_cookie(path="/", secure=True) == Access(token).set_cookie(
        path="/", secure=True
    )


def test_cookie_is_out_of_reach_of_scripts_and_other_sites() -> None:
    cookie = Access(new_token()).set_cookie(path="/lrd/", secure=True)
    assert cookie.split("; ")[1:] == ["Path=/lrd/", "HttpOnly", "SameSite=Strict", "Secure"]
    assert "Secure" not in Access(new_token()).set_cookie(path="/", secure=False)


def test_a_short_token_is_refused() -> None:
    with pytest.raises(ServerError, match="too short"):
        Access("hunter2")


def test_wrong_tokens_cost_more_and_more_time() -> None:
    clock = Clock()
    throttle = Throttle(free=3, clock=clock)
    waits = []
    for _ in range(7):
        throttle.wrong("10.0.0.1")
        waits.append(throttle.wait("10.0.0.1"))
        clock.now += waits[-1]
    assert waits == [0, 0, 0, 1, 2, 4, 8]
    assert throttle.wait("10.0.0.2") == 0


def test_waiting_has_an_upper_bound_and_an_end() -> None:
    clock = Clock()
    throttle = Throttle(free=0, longest=60.0, clock=clock)
    for _ in range(100):
        throttle.wrong("10.0.0.1")
    assert throttle.wait("10.0.0.1") == 60
    clock.now += 121
    throttle.wrong("10.0.0.1")
    assert throttle.wait("10.0.0.1") == 1


def test_the_right_token_clears_the_account() -> None:
    throttle = Throttle(free=0, clock=Clock())
    throttle.wrong("10.0.0.1")
    throttle.right("10.0.0.1")
    assert throttle.wait("10.0.0.1") == 0


def test_memory_of_clients_is_bounded() -> None:
    throttle = Throttle(free=0, clients=10, clock=Clock())
    for number in range(1000):
        throttle.wrong(f"10.0.{number // 256}.{number % 256}")
    assert throttle.wait("10.0.0.0") == 0
    assert throttle.wait("10.0.3.231") == 1


def test_one_ipv6_subscriber_is_one_client() -> None:
    throttle = Throttle(free=0, clock=Clock())
    throttle.wrong("2001:db8:1:2::1")
    assert throttle.wait("2001:db8:1:2:ffff::9") == 1
    assert throttle.wait("2001:db8:1:3::1") == 0
