"""The parts put together: where a proxy serves it, what is kept by browsers, what is compressed."""

from __future__ import annotations

import asyncio
import re
import socket
from collections.abc import Callable

import httpx
import pytest

from lrdoctor.errors import ServerError
from lrdoctor.server.app import Application, create
from lrdoctor.server.listen import bind
from lrdoctor.server.prefix import normal
from lrdoctor.store import Store
from lrdoctor.ui.bundle import digest
from tests.server.served import request

Ask = Callable[..., httpx.Response]


@pytest.mark.parametrize(
    ("asked", "reached"),
    [("/lab/run/5", "/lab/run/5"), ("/run/5", "/lab/run/5"), ("/", "/lab/"), ("/lab", "/lab/"),
     ("/labs", "/lab/labs")],
)  # fmt: skip
def test_a_proxy_may_strip_the_prefix_or_not(
    make: Callable[..., Application], asked: str, reached: str
) -> None:
    answer = asyncio.run(request(make(prefix="/lab/"), "GET", asked))
    assert answer.text == f"GET {reached} 0"


def test_everything_lies_below_the_prefix(make: Callable[..., Application]) -> None:
    application = make(prefix="/lab/")
    for path in ("/lab/api/runs", "/lab/healthz", "/lab/metrics", "/lab/assets/theme.css"):
        assert asyncio.run(request(application, "GET", path)).status_code == 200


def test_a_prefix_is_brought_into_form() -> None:
    assert normal("") == normal("/") == "/"
    assert normal("lab/runs") == normal("/lab//runs/") == "/lab/runs/"


def test_a_host_that_is_no_name_is_refused(writer: Store) -> None:
    with pytest.raises(ServerError, match="is no host name"):
        create(writer.path, token=None, hosts=["http://lab"])


def test_a_post_reaches_the_screen_whole(ask: Ask) -> None:
    assert ask("/_dash", "POST", content=b"x" * 1_000_000).text == "POST /_dash 1000000"


def test_stamped_assets_are_kept_for_good_and_others_asked_about(ask: Ask) -> None:
    stamped = ask(f"/assets/{digest()}/theme.css")
    assert stamped.headers["cache-control"] == "private, max-age=31536000, immutable"
    for other in ("/assets/theme.css", "/assets/0123456789abcdef/theme.css"):
        assert "immutable" not in ask(other).headers["cache-control"]
    plain = ask("/assets/theme.css")
    assert plain.headers["cache-control"] == "private, no-cache"
    tag = {"If-None-Match": plain.headers["etag"]}
    again = ask("/assets/theme.css", headers=tag)
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["cache-control"] == "private, no-cache"


def test_the_screens_large_bundles_come_compressed_and_are_kept(writer: Store) -> None:
    application = create(writer.path, token=None, hosts=[])
    page = asyncio.run(request(application, "GET", "/"))
    bundles = re.findall(r'src="(/_dash-component-suites/[^"]+)"', page.text)
    assert len(bundles) > 3
    for bundle in bundles:
        answer = asyncio.run(request(application, "GET", bundle))
        assert answer.status_code == 200
        assert answer.headers["content-encoding"] == "br"
        assert int(answer.headers["content-length"]) < 0.6 * len(answer.content)
        assert "max-age=31536000" in answer.headers["cache-control"]
    assert asyncio.run(request(application, "GET", "/_dash-layout")).status_code == 200
    asyncio.run(request(application, "GET", "/assets/vendor-plotly.min.js"))


def test_pages_run_only_scripts_that_the_policy_names(writer: Store) -> None:
    application = create(writer.path, token=None, hosts=[])
    page = asyncio.run(request(application, "GET", "/"))
    policy = page.headers["content-security-policy"]
    assert re.search(r"script-src 'self' 'sha256-[A-Za-z0-9+/=]+'", policy)
    for outside in re.findall(r'(?:src|href)="([^"]+)"', page.text):
        assert outside.startswith(("/", "#")), outside
        assert not outside.startswith("//"), outside


def test_what_is_accepted_waits_for_no_acknowledgement() -> None:
    with bind("127.0.0.1", 0) as listening, socket.create_connection(listening.getsockname()):
        listening.setblocking(True)
        accepted, _ = listening.accept()
        # What asyncio looks at before it turns Nagle's algorithm off.
        with accepted:
            assert accepted.proto == socket.IPPROTO_TCP
