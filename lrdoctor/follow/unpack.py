"""Compressed bytes, cut anywhere, into what was compressed: gzip, Zstandard, xz and bzip2.

What a file is packed with is told by its first bytes, never by its name. Nothing that a packed
file may say makes this unfold more than a bounded number of bytes at once or in all.
"""

from __future__ import annotations

import bz2
import lzma
import zlib
from collections.abc import Callable, Generator, Iterator

SUFFIXES = (".gz", ".zst", ".xz", ".bz2")
"""Of names: ``metrics.csv.gz`` is a ``metrics.csv``."""

_MAGIC = {
    "gzip": b"\x1f\x8b\x08",
    "zstd": b"\x28\xb5\x2f\xfd",
    "xz": b"\xfd7zXZ\0",
    "bzip2": b"BZh",
}

PIECE = 4 << 20
"""Bytes handed on at once at most, or twice that."""

RATIO = 500
"""So many times their size may bytes unfold to. Training logs of real runs unfold to 2 to 14
times, the most regular ones that can be made up (a counter and NaN) to 105 times (measured with
all four at their best, on logs of 0.4 to 4 MB)."""

FREE = 64 << 20
"""Bytes that anything may unfold to: a long run of blank rows is no attack."""

LARGEST = 64 << 30
"""Bytes that any file may unfold to."""

_WINDOW = 1 << 27
"""Bytes of memory for looking back; the most that the packers use unless forced."""

Parts = Generator[bytes, None, bytes | None]
"""What bytes unfold to; returns the bytes after the member's end, None where it goes on."""


def packing_of(head: bytes) -> str:
    """What a file with these first bytes is packed with; "" where it is not."""
    return next((name for name, magic in _MAGIC.items() if head.startswith(magic)), "")


def bare(name: str) -> str:
    """The name that the file had before it was packed."""
    lower = name.lower()
    if not lower.endswith(SUFFIXES):
        return name
    for suffix in SUFFIXES:
        if lower.endswith(suffix) and len(name) > len(suffix):
            return name[: -len(suffix)]
    return name


class Unpacker:
    """Unfolds one file: any number of members, appended one by one, each cut anywhere."""

    def __init__(self, packing: str) -> None:
        self.taken = self.given = 0
        """Bytes so far, packed and unfolded."""
        self.fault = ""
        """Why nothing more is read."""
        self._packing = packing
        self._member: Callable[[bytes], Parts] | None = None

    @property
    def unfinished(self) -> bool:
        """Whether the last member lacks its end."""
        return self._member is not None

    def feed(self, data: bytes) -> Iterator[bytes]:
        """What these bytes unfold to, in pieces."""
        self.taken += len(data)
        rest: bytes | None = data
        while rest and not self.fault:
            if self._member is None:
                rest = rest.lstrip(b"\0")  # what tapes and block devices fill up with
                if not rest:
                    return
                self._member = _MEMBERS[self._packing]()
            try:
                rest = yield from self._counted(self._member(rest))
            except _damage() as error:
                said = " ".join(str(error).split())
                self.fault = f"damaged {self._packing} data: not read on ({said})"
            if rest is not None:
                self._member = None

    def _counted(self, parts: Parts) -> Parts:
        while True:
            try:
                part = next(parts)
            except StopIteration as end:
                rest: bytes | None = end.value
                return rest
            self.given += len(part)
            if self.given > min(max(FREE, RATIO * self.taken), LARGEST):
                self.fault = (
                    f"{self._packing} data of {self.taken} bytes that unfold to {self.given} "
                    "and more: no log does, not read on"
                )
                return None
            if part:
                yield part


def _gzip() -> Callable[[bytes], Parts]:
    stream = zlib.decompressobj(wbits=31)

    def member(data: bytes) -> Parts:
        yield stream.decompress(data, PIECE)
        while stream.unconsumed_tail and not stream.eof:
            yield stream.decompress(stream.unconsumed_tail, PIECE)
        return stream.unused_data if stream.eof else None

    return member


def _bounded(stream: bz2.BZ2Decompressor | lzma.LZMADecompressor) -> Callable[[bytes], Parts]:
    def member(data: bytes) -> Parts:
        yield stream.decompress(data, PIECE)
        while not stream.needs_input and not stream.eof:
            yield stream.decompress(b"", PIECE)
        return stream.unused_data if stream.eof else None

    return member


def _zstd() -> Callable[[bytes], Parts]:
    import zstandard

    stream = zstandard.ZstdDecompressor(max_window_size=_WINDOW).decompressobj()

    def member(data: bytes) -> Parts:
        # Four bytes can stand for a block of 128 KiB, and this stream knows no bound.
        slices = PIECE // (128 << 10) * 4
        for start in range(0, len(data), slices):
            yield stream.decompress(data[start : start + slices])
            if stream.eof:
                return stream.unused_data + data[start + slices :]
        return None

    return member


def _damage() -> tuple[type[Exception], ...]:
    import zstandard

    # bz2 says OSError of damaged data, EOFError is of data after an end that was not taken.
    return zlib.error, lzma.LZMAError, OSError, EOFError, zstandard.ZstdError


_MEMBERS: dict[str, Callable[[], Callable[[bytes], Parts]]] = {
    "gzip": _gzip,
    "zstd": _zstd,
    "xz": lambda: _bounded(lzma.LZMADecompressor(memlimit=2 * _WINDOW)),
    "bzip2": lambda: _bounded(bz2.BZ2Decompressor()),
}
