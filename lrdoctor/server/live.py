"""The live stream: server-sent events with the runs that changed.

One thread a process asks the store for its version, only while somebody listens: a look sixty times
a second costs a tenth of what handing each to a pool of threads would. Streams wake when it moved,
and an event is made once for all of them. A stream keeps a cursor and no queue: whoever reads
slowly gets one larger event later.
"""

from __future__ import annotations

import asyncio
import functools
import logging
import threading
import time
from contextlib import suppress

import orjson
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers, QueryParams
from starlette.types import Receive, Scope, Send

from lrdoctor.errors import StoreError
from lrdoctor.server import parameters, wire
from lrdoctor.server.compression import UNHELD
from lrdoctor.server.refused import Refusal, only_read, refused
from lrdoctor.server.source import Source

POLL = 0.015
"""Seconds between two looks at the store's version: a twentieth of the budget of a live point."""
LULL = 0.05
"""Seconds between two changes on one stream: a burst of lines is one event."""
STATUS = 1.0
"""Seconds between two looks at the ingest process's status."""
HEARTBEAT = 15.0
"""Seconds of silence after which a comment is sent, so that proxies keep the stream open."""
MOST = 64
"""Streams of one process."""
RETRY_MS = 2000
"""How long a browser waits before it connects again."""

logger = logging.getLogger("lrdoctor.server")


class Live:
    """The ASGI application behind ``/api/live``."""

    def __init__(
        self,
        source: Source,
        *,
        poll: float = POLL,
        status: float = STATUS,
        heartbeat: float = HEARTBEAT,
        most: int = MOST,
    ) -> None:
        self._source = source
        self._poll = poll
        self._status_poll = status
        self._heartbeat = heartbeat
        self._most = most
        self._wakes: set[asyncio.Event] = set()
        self._watch: threading.Thread | None = None
        self._starting = threading.Lock()
        """Nobody waits for a watch that has not begun."""
        self._heard = threading.Event()
        """Somebody listens, or all is over."""
        self._over = threading.Event()
        self._version = 0
        self._status = b""
        self._made: tuple[int, asyncio.Task[tuple[int, bytes]]] | None = None
        """The newest change: from which version, and its end and event, perhaps in the making."""

    @property
    def streams(self) -> int:
        """How many are open."""
        return len(self._wakes)

    def close(self) -> None:
        """End every stream; none is opened any more, and the store is asked no more."""
        self._over.set()
        self._heard.set()
        self._wake_all()
        with self._starting:
            watch = self._watch
        if watch is not None:
            watch.join()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            only_read(scope["method"])
            if self._over.is_set() or self.streams >= self._most:
                raise Refusal(refused(503, "too many live streams", {"Retry-After": "5"}))
            cursor = _cursor(scope)
        except Refusal as refusal:
            await refusal.response(scope, receive, send)
            return
        if scope["method"] == "HEAD":
            await send({"type": "http.response.start", "status": 200, "headers": _HEADERS})
            await send({"type": "http.response.body", "body": b"", "more_body": False})
            return
        wake = asyncio.Event()
        self._wakes.add(wake)
        gone = asyncio.create_task(_disconnected(receive))
        gone.add_done_callback(lambda _: wake.set())
        try:
            await self._stream(send, cursor, wake, gone)
        finally:
            self._wakes.discard(wake)
            gone.cancel()

    async def _stream(
        self, send: Send, cursor: int | None, wake: asyncio.Event, gone: asyncio.Task[None]
    ) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": _HEADERS})
        await _say(send, b"retry: %d\n\n" % RETRY_MS)
        await run_in_threadpool(self._look, status=True)
        with self._starting:
            if self._watch is None and not self._over.is_set():
                watching = functools.partial(self._watching, asyncio.get_running_loop())
                self._watch = threading.Thread(target=watching, name="versions", daemon=True)
                self._watch.start()
        self._heard.set()
        if cursor is None:
            cursor = self._version
            await _say(send, _event(cursor, wire.change(cursor, cursor, False, [], {})))
        told, calm = b"", 0.0
        while not (self._over.is_set() or gone.done()):
            wake.clear()
            if self._status != told:
                told = self._status
                await _say(send, b"event: status\ndata: " + told + b"\n\n")
            if self._version != cursor:
                if (early := calm - time.monotonic()) > 0:
                    await asyncio.sleep(early)
                cursor, event = await self._since(cursor)
                await _say(send, event)
                calm = time.monotonic() + LULL
                continue
            try:
                await asyncio.wait_for(wake.wait(), self._heartbeat)
            except TimeoutError:
                await _say(send, b":\n\n")
        await send({"type": "http.response.body", "body": b"", "more_body": False})

    async def _since(self, cursor: int) -> tuple[int, bytes]:
        """The version reached, and the event that brings a stream from ``cursor`` to it."""
        if self._made is None or self._made[0] != cursor:
            # All streams wake at once and stand at the same place: it is made for the first of
            # them, and the others wait for that.
            work = run_in_threadpool(self._change, cursor)
            self._made = cursor, asyncio.create_task(work)
        try:
            version, event = await asyncio.shield(self._made[1])
        except StoreError as error:
            self._made = None
            logger.error("%s", error)
            await asyncio.sleep(self._poll)
            return cursor, b":\n\n"
        if version == cursor:  # another store, perhaps: nothing to be kept
            self._made = None
        if version > self._version:  # it moved since the last look
            self._version = version
            self._wake_all()
        return version, event

    def _change(self, cursor: int) -> tuple[int, bytes]:
        version, full, records = self._source.changed(cursor)
        said = self._source.standings(records)
        return version, _event(version, wire.change(cursor, version, full, records, said))

    def _watching(self, loop: asyncio.AbstractEventLoop) -> None:
        asked = 0.0
        while self._heard.wait() and not self._over.is_set():
            time.sleep(self._poll)  # half the price of waiting for an event so long
            if not self._wakes:
                self._heard.clear()
                if self._wakes or self._over.is_set():  # just now
                    self._heard.set()
                continue
            due = time.monotonic() - asked >= self._status_poll
            if due:
                asked = time.monotonic()
            if self._look(status=due):
                try:
                    loop.call_soon_threadsafe(self._wake_all)
                except RuntimeError:  # the loop has ended without a word to us
                    return

    def _look(self, *, status: bool) -> bool:
        """Ask the store; whether it says anything new."""
        before = (self._version, self._status)
        # A store that cannot be read now: streams stay open, the next look may succeed. What is
        # wrong with it, the answers of /api/runs and /healthz say.
        with suppress(StoreError):
            self._version = self._source.version()
            if status:
                self._status = self._status_now()
        return (self._version, self._status) != before

    def _status_now(self) -> bytes:
        status = self._source.status()
        # The time of the last sign of life changes every second and says nothing: `stale` does.
        return orjson.dumps({name: value for name, value in status.items() if name != "alive_at"})

    def _wake_all(self) -> None:
        for wake in self._wakes:
            wake.set()


_HEADERS = [
    (b"content-type", b"text/event-stream; charset=utf-8"),
    (b"cache-control", b"no-store"),
    *((name.encode(), value.encode()) for name, value in UNHELD.items()),
]


def _cursor(scope: Scope) -> int | None:
    """Where the stream goes on: what the browser saw last, else ``since``, else the present."""
    last = Headers(scope=scope).get("last-event-id")
    if last is not None:
        return parameters.cursor({"Last-Event-ID": last}, "Last-Event-ID")
    return parameters.cursor(QueryParams(scope["query_string"]), "since")


def _event(version: int, data: bytes) -> bytes:
    return b"id: %d\nevent: change\ndata: %s\n\n" % (version, data)


async def _say(send: Send, text: bytes) -> None:
    await send({"type": "http.response.body", "body": text, "more_body": True})


async def _disconnected(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
