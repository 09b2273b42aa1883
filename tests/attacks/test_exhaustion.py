"""Requests that want memory, threads or time."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from lrdoctor.server import patience
from lrdoctor.server.app import Application
from lrdoctor.server.body import Intake
from lrdoctor.server.security import Security
from tests.server.served import raw, request
from tests.server.test_live import on_socket

Ask = Callable[..., httpx.Response]


def test_a_declared_large_body_is_refused_unread(attack: Ask) -> None:
    answer = attack("/_dash-update-component", "POST", content=b"x" * (2 * 1024 * 1024 + 1))
    assert answer.status_code == 413
    assert answer.headers["connection"] == "close"


def test_an_undeclared_large_body_is_cut_off(attack: Ask) -> None:
    taken = 0

    async def endless() -> Any:
        nonlocal taken
        while True:
            taken += 65536
            yield b"x" * 65536

    answer = attack("/_dash-update-component", "POST", content=endless())
    assert answer.status_code == 413
    assert taken < 3 * 1024 * 1024


@pytest.mark.parametrize("length", [b"-1", b"x", b"1e9", b"99999999999999999999", b"\xb2"])
def test_a_length_that_is_none_is_refused(open_server: Application, length: bytes) -> None:
    headers = [(b"host", b"localhost"), (b"content-length", length)]
    assert raw(open_server, headers, method="POST")["status"] == 413


def test_a_body_that_trickles_is_given_up() -> None:
    async def inner(scope: Any, receive: Any, send: Any) -> None:
        pytest.fail("it must not get this far")

    async def trickle() -> dict[str, Any]:
        return await asyncio.get_running_loop().create_future()  # type: ignore[no-any-return]

    sent: list[Any] = []

    async def send(message: Any) -> None:
        sent.append(message)

    slow = Security(inner, intake=Intake(patience=0.01))
    scope = {"type": "http", "method": "POST", "path": "/", "query_string": b"",
             "headers": [(b"host", b"localhost"), (b"content-length", b"9")]}  # fmt: skip
    asyncio.run(slow(scope, trickle, send))
    assert sent[0]["status"] == 408


def test_a_head_that_trickles_is_given_up(
    open_server: Application, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(patience, "HEAD_PATIENCE", 0.05)
    with on_socket(open_server) as address:
        host, port = address.removeprefix("http://").split(":")
        for begun in (b"", b"GET / HTTP/1.1\r\nHost: local", b"GET /healthz HTTP/1.1\r\n"):
            with socket.create_connection((host, int(port))) as slow:
                slow.sendall(begun)
                assert slow.recv(1) == b""  # hung up on
        with socket.create_connection((host, int(port))) as patient:
            patient.sendall(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n")
            assert patient.recv(15) == b"HTTP/1.1 200 OK"


def test_many_wrong_parameters_are_refused_fast(attack: Ask) -> None:
    query = "&".join(f"points{n}=1" for n in range(3000)) + "&since=x"
    assert attack(f"/api/runs?{query}").status_code == 400


def test_threads_of_the_screen_are_not_held_by_who_does_not_read(
    make: Callable[..., Application],
) -> None:
    """Twice as many clients as there are threads take no byte of their answer; one more is
    answered all the same."""
    application = make()
    stuck = 16

    async def together() -> httpx.Response:
        async def silent() -> None:
            async def receive() -> dict[str, Any]:
                return {"type": "http.request", "body": b"", "more_body": False}

            async def never_read(message: Any) -> None:
                reached.release()
                await asyncio.get_running_loop().create_future()

            scope = {"type": "http", "method": "GET", "path": "/", "query_string": b"",
                     "headers": [(b"host", b"localhost")], "http_version": "1.1"}  # fmt: skip
            await application(scope, receive, never_read)

        reached = asyncio.Semaphore(0)
        slow = [asyncio.create_task(silent()) for _ in range(stuck)]
        for _ in range(stuck):
            await reached.acquire()
        answer = await request(application, "GET", "/")
        for task in slow:
            task.cancel()
        await asyncio.gather(*slow, return_exceptions=True)
        return answer

    assert asyncio.run(together()).status_code == 200
    assert threading.active_count() < 60
