from __future__ import annotations

import asyncio
import gzip
import random
from typing import Any

import brotli
import httpx
import pytest

from lrdoctor.server.compression import PIECE, UNHELD, Cache, Compressed

BIG = b"const learning_rate = 0.001;\n" * 40_000


def get(
    body: bytes, kind: str, accept: str = "gzip", cache: int = 1 << 20, **headers: str
) -> tuple[httpx.Response, list[dict[str, Any]]]:
    """What comes out, and the messages it came out in."""
    sent: list[dict[str, Any]] = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        told = [(b"content-type", kind.encode())]
        if headers != UNHELD:
            told.append((b"content-length", b"%d" % len(body)))
        told += [(name.encode(), value.encode()) for name, value in headers.items()]
        await send({"type": "http.response.start", "status": 200, "headers": told})
        half = len(body) // 2
        await send({"type": "http.response.body", "body": body[:half], "more_body": True})
        await send({"type": "http.response.body", "body": body[half:]})

    compressed = Compressed(app, cache=Cache(cache))

    async def noted(scope: Any, receive: Any, send: Any) -> None:
        async def note(message: dict[str, Any]) -> None:
            sent.append(message)
            await send(message)

        await compressed(scope, receive, note)

    async def go() -> httpx.Response:
        async with httpx.AsyncClient(
            transport=httpx.ASGITransport(noted), base_url="http://localhost"
        ) as client:
            return await client.get("/", headers={"Accept-Encoding": accept})

    return asyncio.run(go()), sent


@pytest.mark.parametrize("kind", ["text/javascript; charset=utf-8", "application/json", "text/css"])
def test_texts_are_compressed(kind: str) -> None:
    answer, _ = get(BIG, kind, etag='"abc"')
    assert answer.headers["content-encoding"] == "gzip"
    assert int(answer.headers["content-length"]) < len(BIG) / 20
    assert answer.headers["vary"] == "Accept-Encoding"
    assert answer.headers["etag"] == 'W/"abc"'
    assert answer.content == BIG


@pytest.mark.parametrize("kind", ["text/javascript", "application/json"])
def test_brotli_is_preferred_where_it_is_taken(kind: str) -> None:
    answer, _ = get(BIG, kind, "gzip, deflate, br")
    assert answer.headers["content-encoding"] == "br"
    assert answer.content == BIG
    assert get(BIG, kind, "gzip, br;q=0")[0].headers["content-encoding"] == "gzip"


def test_the_best_coding_is_made_beside_and_kept() -> None:
    body = random.Random(1).randbytes(4000).hex().encode()
    cache = Cache(1 << 20, quiet=0.0)
    good = cache.packed(body, "br")
    cache._wanted.join()
    best = cache.packed(body, "br")
    assert len(best) < len(good)
    assert brotli.decompress(best) == brotli.decompress(good) == body


@pytest.mark.parametrize(
    ("body", "kind", "accept"),
    [
        (BIG, "text/css", "identity"),
        (BIG, "text/css", "zstd, br;q=0, gzip;q=0"),
        (BIG, "font/woff2", "gzip"),
        (BIG, "image/png", "gzip"),
        (b"short", "text/css", "gzip"),
    ],
)
def test_what_is_not_taken_or_does_not_pay_stays_as_it_is(
    body: bytes, kind: str, accept: str
) -> None:
    answer, _ = get(body, kind, accept)
    assert "content-encoding" not in answer.headers
    assert answer.content == body
    assert int(answer.headers["content-length"]) == len(body)


def test_what_is_compressed_already_is_left_alone() -> None:
    answer, _ = get(gzip.compress(BIG), "text/css", **{"content-encoding": "gzip"})
    assert answer.content == BIG


def test_a_response_goes_out_in_pieces() -> None:
    _, sent = get(BIG, "text/css", "identity")
    assert max(len(message.get("body", b"")) for message in sent) == PIECE
    assert sent[-1]["more_body"] is False


def test_a_cache_too_small_for_anything_changes_nothing() -> None:
    answer, _ = get(BIG, "text/css", cache=1)
    assert answer.content == BIG


def test_a_stream_passes_as_it_comes() -> None:
    answer, sent = get(BIG, "text/event-stream", **UNHELD)
    assert "content-encoding" not in answer.headers
    assert len(sent) == 3


@pytest.mark.parametrize("accept", ["gzip", "br", "identity"])
def test_pieces_are_compressed_as_they_come(accept: str) -> None:
    answer, sent = get(BIG, "application/json", accept, **UNHELD)
    assert answer.headers.get("content-encoding", "identity") == accept
    assert answer.headers["vary"] == "Accept-Encoding"
    assert answer.content == BIG
    assert len(sent) == 3
    assert accept == "identity" or sum(len(one.get("body", b"")) for one in sent) < len(BIG) / 20


def test_the_cache_gives_what_it_was_given_and_forgets_the_oldest() -> None:
    bodies = [bytes([n]) * 50_000 + bytes(range(256)) * 4 for n in range(20)]
    cache = Cache(1500)
    for body in [*bodies, *bodies]:
        assert gzip.decompress(cache.packed(body, "gzip")) == body
    assert cache._size == sum(map(len, cache._packed.values())) <= 1500
    assert len(cache._packed) > 1
