"""Takes whole responses from what stands inside, compresses them, and sends them in pieces.

Dash answers from a thread. Its response is taken in before a byte goes out, so that a client that
reads slowly never holds the thread, and at most one small piece of it waits in a socket's buffer.
The live stream is no whole response and passes untouched.
"""

from __future__ import annotations

import hashlib
import threading
import zlib
from collections import OrderedDict

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

PIECE = 64 * 1024
SMALLEST = 1024
"""Bytes below which compressing does not pay."""
STATIC = frozenset({"text/javascript", "application/javascript", "text/css", "image/svg+xml"})
"""What is the same for everyone: compressed as well as can be, once."""
DYNAMIC = frozenset({"application/json", "text/html", "text/plain"})
"""What is new each time: compressed as fast as can be."""
CACHE_BYTES = 16 * 1024 * 1024


class Compressed:
    """The ASGI application ``app`` with gzip."""

    def __init__(self, app: ASGIApp, *, cache_bytes: int = CACHE_BYTES) -> None:
        self._app = app
        self._cache = _Cache(cache_bytes)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        response = _Taken(send)
        await self._app(scope, receive, response)
        if response.start is None:
            return
        body = bytes(response.body)
        headers = MutableHeaders(raw=response.start["headers"])
        level = _level(headers, response.start["status"], len(body))
        if level:
            headers.add_vary_header("Accept-Encoding")
            if _takes_gzip(Headers(scope=scope)):
                packed = await run_in_threadpool(
                    self._cache.packed if level == 9 else _gzip, body, level
                )
                body = packed
                headers["Content-Encoding"] = "gzip"
                headers["Content-Length"] = str(len(body))
                _weaken(headers)
        await send(response.start)
        for start in range(0, len(body), PIECE):
            piece = body[start : start + PIECE]
            await send({"type": "http.response.body", "body": piece, "more_body": True})
        await send({"type": "http.response.body", "body": b"", "more_body": False})


class _Taken:
    """``send`` that keeps a response; a stream it hands on."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self._streams = False
        self.start: Message | None = None
        self.body = bytearray()

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            kind = Headers(raw=list(message.get("headers", []))).get("content-type", "")
            self._streams = kind.startswith("text/event-stream")
            if not self._streams:
                self.start = {**message, "headers": list(message.get("headers", []))}
        if self._streams:
            await self._send(message)
        elif message["type"] == "http.response.body":
            self.body += message.get("body", b"")


class _Cache:
    """Compressed bodies by what they hold, the most recently used up to a number of bytes."""

    def __init__(self, largest: int) -> None:
        self._largest = largest
        self._size = 0
        self._lock = threading.Lock()
        self._packed: OrderedDict[bytes, bytes] = OrderedDict()

    def packed(self, body: bytes, level: int) -> bytes:
        """``body`` as gzip, from the cache where it is there."""
        key = hashlib.blake2b(body, digest_size=16).digest()
        with self._lock:
            if key in self._packed:
                self._packed.move_to_end(key)
                return self._packed[key]
        packed = _gzip(body, level)
        with self._lock:
            if key not in self._packed:
                self._packed[key] = packed
                self._size += len(packed)
            while self._size > self._largest:
                self._size -= len(self._packed.popitem(last=False)[1])
        return packed


def _gzip(body: bytes, level: int) -> bytes:
    return zlib.compress(body, level, wbits=16 + zlib.MAX_WBITS)


def _level(headers: Headers, status: int, size: int) -> int:
    """How hard to compress; 0: not at all."""
    kind = headers.get("content-type", "").partition(";")[0].strip().lower()
    if status != 200 or size < SMALLEST or "content-encoding" in headers:
        return 0
    return 9 if kind in STATIC else 1 if kind in DYNAMIC else 0


def _takes_gzip(headers: Headers) -> bool:
    for offer in headers.get("accept-encoding", "").split(","):
        name, _, quality = offer.partition(";")
        if name.strip().lower() in ("gzip", "*"):
            return quality.replace(" ", "") not in ("q=0", "q=0.0", "q=0.00", "q=0.000")
    return False


def _weaken(headers: MutableHeaders) -> None:
    """A strong ETag promises the very bytes; compressed ones are others."""
    tag = headers.get("etag")
    if tag is not None and not tag.startswith("W/"):
        headers["ETag"] = "W/" + tag
