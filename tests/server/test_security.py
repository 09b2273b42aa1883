"""What the outermost layer does with requests that mean well. Those that do not: tests/attacks."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from lrdoctor.server.app import Application
from lrdoctor.server.headers import content_security_policy
from tests.server.served import TOKEN, request

PAGE = {"Accept": "text/html,application/xhtml+xml"}

Ask = Callable[..., httpx.Response]


@pytest.fixture
def guarded(make: Callable[..., Application]) -> Ask:
    """One request to a server with a token."""
    application = make(token=TOKEN)
    return lambda path, method="GET", **more: asyncio.run(
        request(application, method, path, **more)
    )


def session(answer: httpx.Response) -> dict[str, str]:
    return {"Cookie": answer.headers["set-cookie"].partition(";")[0]}


def test_every_response_carries_the_security_headers(ask: Ask, guarded: Ask) -> None:
    answers = [ask("/"), ask("/api/runs"), ask("/api/nope"), ask("/assets/theme.css"),
               ask("/", "DELETE"), ask("/", host="evil.example"), guarded("/"),
               guarded("/", headers=PAGE)]  # fmt: skip
    for answer in answers:
        headers = answer.headers
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["x-frame-options"] == "DENY"
        assert "frame-ancestors 'none'" in headers["content-security-policy"]
        assert "default-src 'none'" in headers["content-security-policy"]
        assert headers["cross-origin-resource-policy"] == "same-origin"
        assert headers["cross-origin-opener-policy"] == "same-origin"
        assert "camera=()" in headers["permissions-policy"]
        assert headers["referrer-policy"] in ("no-referrer", "same-origin")
        assert "server" not in headers
        assert "access-control-allow-origin" not in headers


def test_scripts_run_only_from_here_or_by_their_hash() -> None:
    policy = content_security_policy(["'sha256-abc'"])
    assert "script-src 'self' 'sha256-abc';" in policy
    scripts = next(part for part in policy.split("; ") if part.startswith("script-src"))
    assert "unsafe" not in scripts


def test_answers_of_the_api_are_not_kept(ask: Ask) -> None:
    for path in ("/api/runs", "/healthz", "/metrics", "/api/nope"):
        assert ask(path).headers["cache-control"] == "no-store"


def test_loopback_needs_no_token(ask: Ask) -> None:
    assert ask("/").status_code == 200


def test_a_token_in_the_address_becomes_a_cookie_and_goes(guarded: Ask) -> None:
    answer = guarded(f"/run/5?x=1&token={TOKEN}&y=%2Fa")
    assert answer.status_code == 303
    assert answer.headers["location"] == "./5?x=1&y=%2Fa"
    assert TOKEN not in str(answer.headers)
    assert "HttpOnly; SameSite=Strict" in answer.headers["set-cookie"]
    assert guarded("/api/runs", headers=session(answer)).status_code == 200


def test_a_token_beside_a_session_goes_without_a_new_one(guarded: Ask) -> None:
    cookie = session(guarded(f"/?token={TOKEN}"))
    answer = guarded("/?token=an-old-one", headers=cookie)
    assert (answer.status_code, answer.headers["location"]) == (303, "./")
    assert "set-cookie" not in answer.headers


def test_the_token_as_bearer_is_for_programs(guarded: Ask) -> None:
    answer = guarded("/api/runs", headers={"Authorization": f"Bearer {TOKEN}"})
    assert answer.status_code == 200
    assert "set-cookie" not in answer.headers


def test_the_page_without_a_token_asks_for_it_and_tells_nothing_else(guarded: Ask) -> None:
    answer = guarded("/run/some-run?x=1", headers=PAGE)
    assert answer.status_code == 401
    assert "This lrdoctor needs a token" in answer.text
    assert '<form method="post" action="./some-run?x=1">' in answer.text
    assert "<script" not in answer.text
    assert "<nav" not in answer.text
    assert "script-src" not in answer.headers["content-security-policy"]
    assert "healthy" not in answer.text


def test_the_form_takes_the_token(guarded: Ask) -> None:
    wrong = guarded("/run/5", "POST", data={"token": "wrong"}, headers=PAGE)
    assert wrong.status_code == 401
    assert "That token is not the one this server printed." in wrong.text
    right = guarded("/run/5?x=1", "POST", data={"token": f" {TOKEN}\n"}, headers=PAGE)
    assert (right.status_code, right.headers["location"]) == (303, "./5?x=1")
    assert guarded("/run/5", headers=session(right)).status_code == 200


def test_a_program_without_a_token_gets_one_line(guarded: Ask) -> None:
    answer = guarded("/api/runs")
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == "Bearer"
    assert answer.json() == {"error": "access refused: the token is needed"}


def test_a_link_from_elsewhere_is_asked_again_from_here(guarded: Ask) -> None:
    # Browsers withhold a SameSite=Strict cookie from a navigation that another site starts.
    link = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate",
            "Sec-Fetch-Dest": "document", **PAGE}  # fmt: skip
    assert (
        "http-equiv='refresh' content='0;url=./5?x=1'" in guarded("/run/5?x=1", headers=link).text
    )
    again = {**link, "Sec-Fetch-Site": "same-origin"}
    assert "http-equiv='refresh'" not in guarded("/run/5?x=1", headers=again).text


def test_the_cookie_is_bound_to_prefix_and_https(make: Callable[..., Application]) -> None:
    application = make(token=TOKEN, prefix="/lab/", secure=True)
    answer = asyncio.run(request(application, "GET", f"/lab/?token={TOKEN}"))
    assert answer.headers["set-cookie"].endswith("; Path=/lab/; HttpOnly; SameSite=Strict; Secure")


def test_a_slow_reader_is_let_go(make: Callable[..., Application]) -> None:
    from lrdoctor.server.security import Security

    async def endless(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        while True:
            await send({"type": "http.response.body", "body": b"x" * 1000, "more_body": True})

    async def never_read(message: dict[str, Any]) -> None:
        if message["type"] == "http.response.body":
            await asyncio.Event().wait()

    scope = {"type": "http", "method": "GET", "path": "/", "query_string": b"",
             "headers": [(b"host", b"localhost")]}  # fmt: skip
    patient = Security(endless, send_patience=0.01)
    asyncio.run(patient(scope, None, never_read))  # type: ignore[arg-type]
