"""Every address there is, asked under wrong names, by wrong ways, for wrong things."""

from __future__ import annotations

import re
from collections.abc import Callable

import httpx
import orjson
import pytest
from starlette.routing import Mount, Route

from lrdoctor.server.access import Access
from lrdoctor.server.app import Application
from lrdoctor.ui.app import create as create_screen
from tests.server.served import TOKEN, raw, unpolished

TRAVERSALS = [
    "../../etc/passwd", "..%2f..%2fetc%2fpasswd", "%2e%2e/%2e%2e/etc/passwd",
    "..%252f..%252fetc%252fpasswd", "..\\..\\etc\\passwd", "..%5c..%5cetc%5cpasswd",
    "..;/..;/etc/passwd", "/etc/passwd", "%2fetc%2fpasswd", "file:///etc/passwd", "%00",
    "....//....//etc/passwd", "a" * 5000, "' or 1=1 --",
]  # fmt: skip

Ask = Callable[..., httpx.Response]


def addresses(application: Application, prefix: str) -> list[str]:
    """Every address that anything in the server answers at."""
    own = []
    for route in application.routes:
        assert isinstance(route, Route | Mount)
        own.append(route.path if isinstance(route, Route) else route.path + "/theme.css")
    dash = [str(rule.rule) for rule in create_screen(prefix).server.url_map.iter_rules()]
    found = {re.sub(r"\{[^}]*\}|<[^>]*>", "x", address) for address in [*own, *dash]}
    assert len(found) > 12
    return sorted(found)


def test_no_route_answers_without_the_token(closed_server: Application, intrude: Ask) -> None:
    for address in addresses(closed_server, "/lab/"):
        for method in ("GET", "HEAD", "POST"):
            answer = intrude(address, method)
            assert answer.status_code == 401, (method, address)
            assert "set-cookie" not in answer.headers


def test_no_route_answers_to_a_foreign_name(
    open_server: Application, attack: Ask, intrude: Ask
) -> None:
    for address in addresses(open_server, "/"):
        assert attack(address, host="evil.example").status_code == 403, address
    right = {"Authorization": f"Bearer {TOKEN}"}
    assert intrude("/lab/api/runs", headers=right).status_code == 200
    assert intrude("/lab/api/runs", headers=right, host="evil.example").status_code == 403


def test_a_rebound_name_is_refused_at_our_own_port(attack: Ask) -> None:
    answer = attack("/api/runs", host="rebound.evil.example:8050")
    assert answer.status_code == 403
    assert "evil" not in answer.text


def test_forwarded_headers_change_nothing(attack: Ask) -> None:
    claims = {"X-Forwarded-Host": "localhost", "X-Forwarded-For": "127.0.0.1",
              "Forwarded": "host=localhost", "X-Original-Host": "localhost"}  # fmt: skip
    assert attack("/api/runs", host="evil.example", headers=claims).status_code == 403


def test_two_host_headers_are_refused(open_server: Application) -> None:
    for names in ([], [b"localhost", b"evil.example"], [b"evil.example", b"localhost"]):
        answer = raw(open_server, [(b"host", name) for name in names])
        assert answer["status"] == 403


@pytest.mark.parametrize("id", TRAVERSALS)
def test_an_id_is_no_path(open_server: Application, id: str) -> None:
    for target in (f"/api/runs/{id}", f"/api/runs/{id}/series"):
        status, body = unpolished(open_server, target, b"metric=train/loss")
        assert status == 404, target
        assert orjson.loads(body).keys() == {"error"}


@pytest.mark.parametrize("name", [*TRAVERSALS, "../pyproject.toml", "..%2fpyproject.toml"])
def test_assets_are_those_of_the_screen_only(open_server: Application, name: str) -> None:
    status, body = unpolished(open_server, f"/assets/{name}")
    assert status == 404
    assert orjson.loads(body).keys() == {"error"}


@pytest.mark.parametrize("path", ["", "/lab/api/live", "/lab/_dash-ws"])
def test_websockets_are_refused_whoever_asks(closed_server: Application, path: str) -> None:
    access = Access(TOKEN)
    cookie = access.set_cookie(path="/", secure=False).partition(";")[0].encode()
    scope = {"type": "websocket", "path": path, "query_string": f"token={TOKEN}".encode()}
    headers = [(b"host", b"lab.example"), (b"cookie", cookie), (b"origin", b"http://lab.example")]
    assert raw(closed_server, headers, **scope) == {"type": "websocket.close", "code": 1008}


def test_debugging_and_agents_endpoints_are_not_there(attack: Ask) -> None:
    for path in ("/_mcp", "/mcp", "/_reload-hash", "/console", "/_dash-ws-callback"):
        answer = attack(path, "POST", json={"jsonrpc": "2.0", "id": 1, "method": "initialize"})
        assert answer.status_code in (404, 405), path
    assert attack("/_alive_check").headers["content-type"].startswith(("text/html", "app"))
    assert "Traceback" not in attack("/?__debugger__=yes&cmd=paste").text


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "TRACE", "CONNECT", "OPTIONS", "X"])
def test_methods_that_nobody_needs_are_refused(attack: Ask, method: str) -> None:
    answer = attack("/", method)
    assert answer.status_code == 405
    assert answer.headers["allow"] == "GET, HEAD, POST"
