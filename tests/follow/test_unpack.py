"""Packed bytes are unfolded as they come, never more than a log can hold."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import zlib
from collections.abc import Callable

import pytest
import zstandard

from lrdoctor.follow import unpack
from lrdoctor.follow.unpack import Unpacker, bare, packing_of

PACKERS: dict[str, Callable[[bytes], bytes]] = {
    "gzip": gzip.compress,
    "zstd": zstandard.ZstdCompressor().compress,
    "xz": lzma.compress,
    "bzip2": bz2.compress,
}
TEXT = b"".join(b"%d,%r\n" % (n, n / 7) for n in range(20_000))

each = pytest.mark.parametrize("packing", PACKERS)


def unfold(packing: str, *pieces: bytes) -> tuple[bytes, Unpacker]:
    unpacker = Unpacker(packing)
    return b"".join(part for piece in pieces for part in unpacker.feed(piece)), unpacker


@each
def test_members_one_after_the_other_are_one_text(packing: str) -> None:
    data = PACKERS[packing](TEXT) + PACKERS[packing](b"") + PACKERS[packing](b"more\n")
    assert packing_of(data) == packing
    for size in (len(data), 1000, 1):
        pieces = [data[at : at + size] for at in range(0, len(data), size)]
        text, unpacker = unfold(packing, *pieces)
        assert text == TEXT + b"more\n"
        assert not unpacker.unfinished
        assert not unpacker.fault


@each
def test_unfinished_member_waits(packing: str) -> None:
    data = PACKERS[packing](TEXT)
    text, unpacker = unfold(packing, data[: len(data) // 2])
    assert TEXT.startswith(text)
    assert unpacker.unfinished
    assert b"".join(unpacker.feed(data[len(data) // 2 :])) == TEXT[len(text) :]
    assert not unpacker.unfinished


def test_flushed_bytes_are_there_at_once() -> None:
    file = io.BytesIO()
    with gzip.GzipFile(fileobj=file, mode="w") as packed:
        packed.write(b"step,loss\n1,2\n")
        packed.flush()
        assert unfold("gzip", file.getvalue())[0] == b"step,loss\n1,2\n"


@each
@pytest.mark.parametrize("size", [1 << 30, 1 << 14])
def test_bomb_is_stopped_and_told(packing: str, size: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(unpack, "FREE", 1 << 20)
    data = PACKERS[packing](bytes(8 << 20)) * 3
    unpacker, most = Unpacker(packing), 0
    for at in range(0, len(data), size):
        for part in unpacker.feed(data[at : at + size]):
            most = max(most, len(part))
    assert most <= 2 * unpack.PIECE
    assert unpacker.given <= unpack.FREE + unpack.RATIO * len(data) + 2 * unpack.PIECE
    assert "no log does" in unpacker.fault
    assert list(unpacker.feed(data)) == []


@each
def test_damage_is_told(packing: str) -> None:
    data = bytearray(PACKERS[packing](TEXT))
    data[len(data) // 2 : len(data) // 2 + 40] = b"#" * 40
    for rest in (bytes(data[len(data) // 3 :]), b"no packed data" * 20):
        _, unpacker = unfold(
            packing,
            bytes(data[: len(data) // 3]) if rest[0] != 110 else PACKERS[packing](b"x"),
            rest,
        )
        assert unpacker.fault.startswith(f"damaged {packing} data")
        assert "\n" not in unpacker.fault


def test_zeros_after_the_end_are_passed_over() -> None:
    text, unpacker = unfold(
        "gzip", gzip.compress(b"a\n") + bytes(300) + gzip.compress(b"b\n"), bytes(9)
    )
    assert (text, unpacker.fault, unpacker.unfinished) == (b"a\nb\n", "", False)


def test_names_without_what_tells_the_packing() -> None:
    assert [bare(n) for n in ("m.csv.gz", "M.CSV.GZ", "m.csv", ".gz", "a.zst.xz")] == [
        "m.csv", "M.CSV", "m.csv", ".gz", "a.zst",
    ]  # fmt: skip
    assert packing_of(zlib.compress(TEXT)) == ""
