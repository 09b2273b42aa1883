"""The stream, over a real socket: what is waited for is an event, never a time."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from typing import Any

import httpx
import orjson
import pytest
import uvicorn

from lrdoctor.server import wire
from lrdoctor.server.app import Application
from lrdoctor.server.listen import bind
from lrdoctor.server.live import Live
from lrdoctor.server.patience import PatientProtocol
from lrdoctor.server.source import Source
from lrdoctor.store import Store
from tests.server.served import STATUS, block, change

Event = dict[str, Any]


class Server(uvicorn.Server):
    async def shutdown(self, sockets: Any = None) -> None:
        self.config.loaded_app.close_streams()
        await super().shutdown(sockets)


@contextmanager
def on_socket(application: Application) -> Iterator[str]:
    """The application behind uvicorn on a free port."""
    config = uvicorn.Config(application, http=PatientProtocol, ws="none", lifespan="on",
                            log_config=None, access_log=False, proxy_headers=False)  # fmt: skip
    with bind("127.0.0.1", 0) as listening:
        server = Server(config)
        thread = threading.Thread(target=server.run, args=([listening],))
        thread.start()
        try:
            yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join()


def events(response: httpx.Response) -> Iterator[Event]:
    """What comes in: events with their data parsed, comments as ``{"comment": ...}``."""
    event: Event = {}
    for line in response.iter_lines():
        if not line:
            if event.keys() - {"retry"}:
                yield event
            event = {}
        elif line.startswith(":"):
            event["comment"] = line[1:]
        else:
            name, _, value = line.partition(": ")
            event[name] = orjson.loads(value) if name == "data" else value


def changes(response: httpx.Response) -> Iterator[Event]:
    return (event for event in events(response) if event.get("event") == "change")


@pytest.fixture
def address(make: Callable[..., Application]) -> Iterator[str]:
    with on_socket(make()) as address:
        yield address


def test_a_new_stream_starts_at_the_present(address: str, writer: Store) -> None:
    with httpx.stream("GET", f"{address}/api/live") as stream:
        assert stream.headers["content-type"] == "text/event-stream; charset=utf-8"
        assert stream.headers["x-accel-buffering"] == "no"
        assert stream.headers["cache-control"] == "no-store"
        assert "content-encoding" not in stream.headers
        first, second = (event for _, event in zip(range(2), events(stream), strict=False))
    assert first["id"] == str(writer.version())
    version = writer.version()
    assert first["data"] == {"since": version, "version": version, "full": False, "whole": True,
                             "runs": []}  # fmt: skip
    assert second["event"] == "status"
    assert second["data"]["done"] is True
    assert "id" not in second


def test_a_change_is_told_with_what_changed(address: str, writer: Store) -> None:
    with httpx.stream("GET", f"{address}/api/live") as stream:
        coming = changes(stream)
        next(coming)
        before = writer.version()
        version = writer.commit([change("healthy", block(30))])
        told = next(coming)
    assert told["id"] == str(version)
    asked = httpx.get(f"{address}/api/runs", params={"since": before}).json()
    assert told["data"] == {"since": before, "version": version, "full": False, "whole": True,
                            "runs": asked["runs"]}  # fmt: skip
    assert asked["runs"][0]["points"] == 30


def test_a_large_change_is_told_in_brief(
    address: str, writer: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(wire, "MOST_TOLD", 10)
    with httpx.stream("GET", f"{address}/api/live") as stream:
        coming = changes(stream)
        next(coming)
        version = writer.commit([change("healthy", block(30))])
        told = next(coming)["data"]
    assert told["whole"] is False
    (run,) = told["runs"]
    assert run.pop("id")
    assert run == {"version": version, "status": "healthy", "points": 30, "last_step": 29,
                   "gone": False}  # fmt: skip


@pytest.mark.parametrize("how", ["header", "query"])
def test_a_broken_stream_resumes_where_it_was(address: str, writer: Store, how: str) -> None:
    seen = writer.version()
    writer.commit([change("healthy", block(30))])
    writer.commit([change("third", block(40))])
    asked: dict[str, Any] = {"headers": {"Last-Event-ID": str(seen)}}
    if how == "query":
        asked = {"params": {"since": seen}}
    with httpx.stream("GET", f"{address}/api/live", **asked) as stream:
        told = next(changes(stream))["data"]
    assert sorted(run["points"] for run in told["runs"]) == [30, 40]
    assert told["full"] is False


def test_the_browsers_own_cursor_outranks_the_address(address: str, writer: Store) -> None:
    seen = writer.version()
    writer.commit([change("healthy", block(30))])
    asked = {"headers": {"Last-Event-ID": str(seen)}, "params": {"since": 0}}
    with httpx.stream("GET", f"{address}/api/live", **asked) as stream:  # type: ignore[arg-type]
        assert len(next(changes(stream))["data"]["runs"]) == 1


def test_a_cursor_of_another_store_gets_everything(address: str, writer: Store) -> None:
    with httpx.stream("GET", f"{address}/api/live?since=987654") as stream:
        told = next(changes(stream))
    assert told["data"]["full"] is True
    assert len(told["data"]["runs"]) == 2
    assert told["id"] == str(writer.version())


def test_all_streams_hear_the_same(address: str, writer: Store) -> None:
    with httpx.stream("GET", f"{address}/api/live") as one:
        first = changes(one)
        next(first)
        with httpx.stream("GET", f"{address}/api/live") as other:
            second = changes(other)
            next(second)
            writer.commit([change("healthy", block(30))])
            assert next(first) == next(second)


def test_no_change_is_missed_in_a_burst(address: str, writer: Store) -> None:
    reached, points = 0, 0
    with httpx.stream("GET", f"{address}/api/live") as stream:
        coming = changes(stream)
        next(coming)
        for n in range(30, 60):
            last = writer.commit([change("healthy", block(n))])
        while reached < last:
            told = next(coming)["data"]
            assert told["version"] > reached
            reached, points = told["version"], told["runs"][-1]["points"]
    assert points == 59


def test_the_state_of_the_reading_is_told_when_it_changes(
    make: Callable[..., Application], source: Source, writer: Store
) -> None:
    with (
        on_socket(make(live=Live(source, status=0.01))) as address,
        httpx.stream("GET", f"{address}/api/live") as stream,
    ):
        told = (event["data"] for event in events(stream) if event.get("event") == "status")
        assert next(told)["files_read"] == 2
        writer.commit([], replace(STATUS, alive_at=STATUS.alive_at + 1))
        writer.commit([], replace(STATUS, files=9, done=False))
        changed = next(told)
    assert (changed["files"], changed["done"], changed["stale"]) == (9, False, False)


def test_silence_is_broken_by_comments(make: Callable[..., Application], source: Source) -> None:
    quiet = Live(source, heartbeat=0.01)
    with (
        on_socket(make(live=quiet)) as address,
        httpx.stream("GET", f"{address}/api/live") as stream,
    ):
        assert next(event for event in events(stream) if "comment" in event)


def test_the_number_of_streams_has_a_limit(
    make: Callable[..., Application], source: Source
) -> None:
    with on_socket(make(live=Live(source, most=1))) as address:
        with httpx.stream("GET", f"{address}/api/live") as stream:
            coming = changes(stream)
            next(coming)
            refused = httpx.get(f"{address}/api/live")
            assert refused.status_code == 503
            assert refused.headers["retry-after"] == "5"
            assert httpx.get(f"{address}/api/runs").status_code == 200
            assert "lrdoctor_live_streams 1" in httpx.get(f"{address}/metrics").text
        # The server sees in its own time that the client has gone.
        while "lrdoctor_live_streams 1" in httpx.get(f"{address}/metrics").text:
            pass
        with httpx.stream("GET", f"{address}/api/live") as again:
            assert again.status_code == 200


@pytest.mark.parametrize("cursor", ["x", "-1", "1.5", "9" * 40])
def test_a_wrong_cursor_is_refused(address: str, cursor: str) -> None:
    asked = httpx.get(f"{address}/api/live", headers={"Last-Event-ID": cursor})
    assert asked.status_code == 400
    assert list(asked.json()) == ["error"]


def test_a_server_that_ends_does_not_wait_for_its_streams(
    make: Callable[..., Application],
) -> None:
    with on_socket(make()) as address:
        client = httpx.Client()
        stream = client.send(client.build_request("GET", f"{address}/api/live"), stream=True)
        coming = events(stream)
        next(coming)
    assert all(event.get("event") == "status" for event in coming)  # it ends, it does not break
    client.close()


def test_streams_outlive_a_store_that_cannot_be_read_for_a_while(
    address: str, writer: Store
) -> None:
    away = writer.path.with_name("away")
    with httpx.stream("GET", f"{address}/api/live") as stream:
        coming = changes(stream)
        next(coming)
        writer.path.rename(away)
        assert httpx.get(f"{address}/healthz").status_code == 503
        away.rename(writer.path)
        version = writer.commit([change("healthy", block(30))])
        assert next(coming)["id"] == str(version)


def test_closing_ends_the_thread_whatever_it_is_at(source: Source) -> None:
    class Overtaken(threading.Event):
        """Between the thread's last look at who listens and its rest, all is over."""

        def clear(self) -> None:
            live._over.set()
            self.set()
            super().clear()

    live = Live(source, poll=0.0)
    live._heard = Overtaken()
    live._heard.set()
    with closing(asyncio.new_event_loop()) as loop:
        watching = threading.Thread(target=live._watching, args=[loop], daemon=True)
        watching.start()
        watching.join(60)
    assert not watching.is_alive()


def test_nobody_asks_the_store_while_nobody_listens(
    make: Callable[..., Application], source: Source, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = []
    version = source.version
    monkeypatch.setattr(source, "version", lambda: asked.append(1) or version())
    live = Live(source, poll=0.001)

    async def listen_and_leave() -> int:
        left = asyncio.Event()
        said = []

        async def receive() -> dict[str, Any]:
            await left.wait()
            return {"type": "http.disconnect"}

        async def send(message: dict[str, Any]) -> None:
            said.append(message)
            if b"event: status" in message.get("body", b""):
                left.set()

        scope = {"type": "http", "method": "GET", "headers": [], "query_string": b""}
        await live(scope, receive, send)
        while live._heard.is_set():  # until the thread has seen that nobody is left
            await asyncio.sleep(0)
        return len(asked)

    rested = asyncio.run(listen_and_leave())
    live.close()
    assert rested == len(asked) > 0
    assert live.streams == 0


def test_a_close_while_the_first_stream_opens_waits_for_its_watch(
    make: Callable[..., Application], monkeypatch: pytest.MonkeyPatch
) -> None:
    application = make()
    failed: list[BaseException] = []
    start = threading.Thread.start

    def close() -> None:
        try:
            application.live.close()
        except RuntimeError as error:
            failed.append(error)

    closer = threading.Thread(target=close)

    def started(thread: threading.Thread) -> None:
        if thread.name == "versions":
            start(closer)
            closer.join(0.1)  # as far as it comes before the watch has begun
        start(thread)

    monkeypatch.setattr(threading.Thread, "start", started)
    with on_socket(application) as address, httpx.stream("GET", f"{address}/api/live") as stream:
        list(events(stream))
    closer.join()
    assert not failed
