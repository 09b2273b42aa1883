"""Takes whole responses from what stands inside, compresses them, and sends them in pieces.

Dash answers from a thread. Its response is taken in before a byte goes out, so that a client that
reads slowly never holds the thread, and at most one small piece of it waits in a socket's buffer.
What asks not to be held back goes on as it comes, each piece compressed alone; the live stream is
not compressed at all.
"""

from __future__ import annotations

import hashlib
import threading
import time
import zlib
from collections import OrderedDict
from collections.abc import Callable
from queue import Queue
from typing import Literal

import brotli  # type: ignore[import-untyped]
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

PIECE = 256 * 1024
SMALLEST = 1024
"""Bytes below which compressing does not pay."""
Coding = Literal["br", "gzip"]
Coder = Callable[[bytes, bool], bytes]
"""Compresses piece by piece: takes a piece, and whether it is the last."""
UNHELD = {"x-accel-buffering": "no"}
"""The header of a response that is made piece by piece, which proxies in front heed, too."""
STATIC = frozenset({"text/javascript", "application/javascript", "text/css", "image/svg+xml"})
"""What is the same for everyone: compressed once, and as well as can be when there is time."""
DYNAMIC = frozenset({"application/json", "text/html", "text/plain"})
"""What is new each time: compressed as fast as can be."""
FAST, GOOD, BEST = {"br": 1, "gzip": 1}, {"br": 5, "gzip": 9}, {"br": 11, "gzip": 9}
"""Levels. Brotli's best takes seconds for a megabyte and gains a tenth: it is made beside, and the
first viewer gets the good one."""
CACHE_BYTES = 16 * 1024 * 1024
QUIET = 10.0
"""Seconds without a page being opened after which there is time for the best coding."""


class Compressed:
    """The ASGI application ``app`` with Brotli, else gzip.

    Browsers take Brotli over https and from their own machine.
    """

    def __init__(self, app: ASGIApp, *, cache: Cache | None = None) -> None:
        self._app = app
        self._cache = SHARED if cache is None else cache

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        response = _Taken(send, _taken(Headers(scope=scope)))
        await self._app(scope, receive, response)
        if response.start is None:
            return
        body = b"".join(response.body)  # one part, mostly: then it is not copied
        headers = MutableHeaders(raw=response.start["headers"])
        kind = _kind(headers, response.start["status"], len(body))
        coding = _agreed(headers, kind, response.taken)
        if coding is not None:
            if kind in STATIC:
                body = await run_in_threadpool(self._cache.packed, body, coding)
            else:
                body = await run_in_threadpool(_packed, body, coding, FAST[coding])
            headers["Content-Length"] = str(len(body))
        await send(response.start)
        for start in range(0, len(body), PIECE):
            piece = body[start : start + PIECE]
            await send({"type": "http.response.body", "body": piece, "more_body": True})
        await send({"type": "http.response.body", "body": b"", "more_body": False})


class _Taken:
    """``send`` that keeps a response; one that comes in pieces it hands on."""

    def __init__(self, send: Send, taken: Coding | None) -> None:
        """
        Args:
            taken: the coding that the client takes.
        """
        self._send = send
        self._streams = False
        self._coder: Coder | None = None
        self.taken = taken
        self.start: Message | None = None
        self.body: list[bytes] = []

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            message = {**message, "headers": list(message.get("headers", []))}
            headers = MutableHeaders(raw=message["headers"])
            self._streams = UNHELD.items() <= dict(headers).items()
            if self._streams:
                coding = _agreed(headers, _kind(headers, message["status"]), self.taken)
                self._coder = None if coding is None else _coder(coding)
            else:
                self.start = message
        if self._streams:
            await self._send(await self._coded(message))
        elif message["type"] == "http.response.body" and (part := message.get("body")):
            self.body.append(part)

    async def _coded(self, message: Message) -> Message:
        if self._coder is None or message["type"] != "http.response.body":
            return message
        more = message.get("more_body", False)
        piece = await run_in_threadpool(self._coder, message.get("body", b""), not more)
        return {**message, "body": piece}


class Cache:
    """Compressed bodies by what they hold, the most recently used up to a number of bytes."""

    def __init__(self, largest: int, *, quiet: float = QUIET) -> None:
        self._largest = largest
        self._quiet = quiet
        self._asked = 0.0
        self._size = 0
        self._lock = threading.Lock()
        self._packed: OrderedDict[bytes, bytes] = OrderedDict()
        self._wanted: Queue[tuple[bytes, bytes, Coding]] = Queue()
        self._beside: threading.Thread | None = None

    def packed(self, body: bytes, coding: Coding) -> bytes:
        """``body`` in this coding, from the cache where it is there."""
        key = hashlib.blake2b(body, digest_size=16, person=coding.encode()).digest()
        self._asked = time.monotonic()
        with self._lock:
            if key in self._packed:
                self._packed.move_to_end(key)
                return self._packed[key]
        packed = _packed(body, coding, GOOD[coding])
        self._keep(key, packed)
        if GOOD[coding] != BEST[coding]:
            self._improve(key, body, coding)
        return packed

    def _improve(self, key: bytes, body: bytes, coding: Coding) -> None:
        """Have the best coding made when nothing else is to be done."""
        self._wanted.put((key, body, coding))
        with self._lock:
            if self._beside is None:
                # A daemon: whoever stops the server does not wait for it.
                self._beside = threading.Thread(target=self._work, name="compress", daemon=True)
                self._beside.start()

    def _work(self) -> None:
        while True:
            key, body, coding = self._wanted.get()
            while (left := self._asked + self._quiet - time.monotonic()) > 0:
                time.sleep(left)
            self._keep(key, _packed(body, coding, BEST[coding]))
            self._wanted.task_done()

    def _keep(self, key: bytes, packed: bytes) -> None:
        with self._lock:
            self._size += len(packed) - len(self._packed.pop(key, b""))
            self._packed[key] = packed
            while self._size > self._largest:
                self._size -= len(self._packed.popitem(last=False)[1])


SHARED = Cache(CACHE_BYTES)
"""One of a process: several screens send the same scripts."""


def _packed(body: bytes, coding: Coding, level: int) -> bytes:
    if coding == "br":
        return bytes(brotli.compress(body, quality=level))
    return zlib.compress(body, level, wbits=16 + zlib.MAX_WBITS)


def _coder(coding: Coding) -> Coder:
    if coding == "br":
        maker = brotli.Compressor(quality=FAST[coding])
        return lambda piece, last: maker.process(piece) + (maker.finish() if last else b"")
    packer = zlib.compressobj(FAST[coding], wbits=16 + zlib.MAX_WBITS)
    return lambda piece, last: packer.compress(piece) + (packer.flush() if last else b"")


def _agreed(headers: MutableHeaders, kind: str, taken: Coding | None) -> Coding | None:
    """How a response is to be compressed, as its headers say from here on; None: not at all."""
    if kind not in STATIC and kind not in DYNAMIC:
        return None
    headers.add_vary_header("Accept-Encoding")
    if taken is not None:
        headers["Content-Encoding"] = taken
        _weaken(headers)
    return taken


def _kind(headers: Headers, status: int, size: int = SMALLEST) -> str:
    """The media type of what may be compressed; "" for what may not."""
    if status != 200 or size < SMALLEST or "content-encoding" in headers:
        return ""
    return headers.get("content-type", "").partition(";")[0].strip().lower()


def _taken(headers: Headers) -> Coding | None:
    """The better coding of those that the client takes."""
    taken = set()
    for offer in headers.get("accept-encoding", "").split(","):
        name, _, quality = offer.partition(";")
        if quality.replace(" ", "") not in ("q=0", "q=0.0", "q=0.00", "q=0.000"):
            taken.add(name.strip().lower())
    if "br" in taken:
        return "br"
    return "gzip" if taken & {"gzip", "*"} else None


def _weaken(headers: MutableHeaders) -> None:
    """A strong ETag promises the very bytes; compressed ones are others."""
    tag = headers.get("etag")
    if tag is not None and not tag.startswith("W/"):
        headers["ETag"] = "W/" + tag
