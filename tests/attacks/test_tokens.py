"""Guessed, forged, stale and leaking tokens."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any
from urllib.parse import unquote, urljoin

import httpx
import pytest

from lrdoctor.server.access import Access, Throttle
from lrdoctor.server.app import Application
from lrdoctor.server.security import Security
from lrdoctor.store import Store
from tests.server.served import TOKEN, raw

PAGE = {"Accept": "text/html"}
Ask = Callable[..., httpx.Response]


def test_wrong_tokens_are_all_answered_alike(intrude: Ask) -> None:
    tries = ["", "x", TOKEN[:-1], TOKEN + "x", "é", "%00", "a" * 9000]
    answers = [intrude(f"/lab/?token={token}", headers=PAGE) for token in tries[:5]]
    assert {answer.status_code for answer in answers} == {401}
    assert len({answer.content for answer in answers}) == 1
    assert all("set-cookie" not in answer.headers for answer in answers)


def test_guessing_is_slowed_down(filled: Store) -> None:
    now = [0.0]

    async def inner(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 204, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    throttle = Throttle(free=3, clock=lambda: now[0])
    server: Any = Security(inner, token=TOKEN, throttle=throttle)

    def bearer(token: str) -> list[tuple[bytes, bytes]]:
        return [(b"host", b"localhost"), (b"authorization", b"Bearer " + token.encode())]

    answers = [raw(server, bearer("wrong"))["status"] for _ in range(6)]
    assert answers == [401, 401, 401, 401, 429, 429]
    assert raw(server, bearer("wrong"), client=("10.0.0.2", 1))["status"] == 401
    cookie = Access(TOKEN).set_cookie(path="/", secure=False).partition(";")[0].encode()
    session = [(b"host", b"localhost"), (b"cookie", cookie)]
    assert raw(server, session)["status"] == 204, "who is in stays in"
    now[0] = 2.0
    assert raw(server, bearer("wrong"))["status"] == 401
    assert raw(server, bearer("wrong"))["status"] == 429
    assert raw(server, bearer(TOKEN))["status"] == 204, "a proxy makes all clients one"
    assert raw(server, bearer("wrong"))["status"] == 401


def test_a_forged_or_former_cookie_opens_nothing(intrude: Ask) -> None:
    name = Access(TOKEN).cookie
    former = Access("the-token-before-the-last-restart")
    for cookie in (f"{name}={TOKEN}", f"{name}=", f"{name}=\"\"", f"{name}={'0' * 64}",
                   former.set_cookie(path="/", secure=False).partition(";")[0],
                   f"{name}={former.set_cookie(path='/', secure=False).split('=')[1][:64]}",
                   "=;=;;", "a" * 9000):  # fmt: skip
        assert intrude("/lab/api/runs", headers={"Cookie": cookie}).status_code == 401


@pytest.mark.parametrize(
    "path",
    ["//evil.example/", "//evil.example", "/lab//evil.example", "/\\evil.example",
     "/%5cevil.example", "/lab/javascript:alert(1)", "/lab/%0d%0aSet-Cookie:%20a=b",
     "/lab/%0aevil"],
)  # fmt: skip
def test_the_redirect_after_the_token_stays_here(closed_server: Application, path: str) -> None:
    scope = {"path": unquote(path), "query_string": f"next=//evil&token={TOKEN}".encode()}
    answer = raw(closed_server, [(b"host", b"lab.example")], **scope)
    location = dict(answer["headers"])[b"location"].decode()
    assert answer["status"] == 303
    assert location.startswith("./")
    assert not re.search(r"[\r\n\\]", location)
    assert urljoin("http://lab.example/lab/run", location).startswith("http://lab.example/lab/")


def test_a_token_under_another_spelling_of_its_name_is_taken_out_of_the_address(
    closed_server: Application,
) -> None:
    for name in ("%74oken", "to%6Ben"):
        scope = {"path": "/lab/run/5", "query_string": f"x=1&{name}={TOKEN}".encode()}
        answer = raw(closed_server, [(b"host", b"lab.example")], **scope)
        assert (answer["status"], dict(answer["headers"])[b"location"]) == (303, b"./5?x=1")


def test_the_token_is_on_no_page_and_in_no_header(intrude: Ask) -> None:
    answer = intrude(f"/lab/run/5?token={TOKEN}")
    assert TOKEN not in answer.text + str(answer.headers)
    assert answer.headers["referrer-policy"] == "no-referrer"
    wrong = intrude("/lab/?token=a-token-that-is-wrong", headers=PAGE)
    assert "a-token-that-is-wrong" not in wrong.text


def test_what_is_asked_for_cannot_write_on_the_refused_page(intrude: Ask) -> None:
    answer = intrude("/lab/'\"><script>alert(1)</script>?'\"><img src=x>=1", headers=PAGE)
    assert "<script" not in answer.text
    assert "<img" not in answer.text
    assert (
        "default-src 'none'; style-src 'unsafe-inline'" in answer.headers["content-security-policy"]
    )


def test_the_refused_page_tells_no_run(intrude: Ask) -> None:
    page = intrude("/lab/", headers=PAGE).text
    for secret in ("alert(1)", "loss", "store.sqlite", "_dash"):
        assert secret not in page
