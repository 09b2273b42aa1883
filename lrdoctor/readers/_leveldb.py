"""LevelDB's log framing, in which W&B and SwanLab keep a run: records from pieces of any size.

The file is blocks of 32 KiB; a fragment is CRC-32 (4 bytes) of its type and data, length (2), type
(1) and data, and never crosses a block's border. A record is one FULL fragment, or FIRST, MIDDLE …
and LAST. Both put a head of 7 bytes of their own before the first fragment, which counts as part
of the first block. Format: github.com/google/leveldb, doc/log_format.md; both use zlib's CRC-32,
unmasked, in place of LevelDB's CRC-32C.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator

import msgspec

BLOCK = 32 << 10
HEAD = 7
"""Bytes before the first fragment, and of a fragment's own head."""
LARGEST = 16 << 20
"""Bytes of one record; figures need some hundred, and a larger one is passed over."""

_FULL, _FIRST, _MIDDLE, _LAST = 1, 2, 3, 4
_CRC_OF_TYPE = [zlib.crc32(bytes([kind])) for kind in range(5)]


class Framing(msgspec.Struct):
    """How far a file was read; enough to go on in another process."""

    rest: bytes = b""
    offset: int = 0
    """Of ``rest`` in the file."""
    skip: int = 0
    """Bytes that are still to be passed over."""
    record: bytes = b""
    """The fragments of a record that has not ended."""
    begun: int | None = None
    """Where that one begins; None: there is none."""
    lost: bool = False
    """A record was given up: what may follow of it is passed over."""


class Broken(str):
    """What could not be read, in words."""


class Fragments:
    """Joins fragments to records. Every checksum is verified.

    A fragment with a wrong one is passed over with its record, and told; where a fragment's head
    cannot be one, the rest of its block is.
    """

    def __init__(self, state: Framing | None = None) -> None:
        self.state = state or Framing()

    def feed(self, data: bytes) -> Iterator[bytes | Broken]:
        """The records that these bytes complete, and what is broken, in file order."""
        state = self.state
        data, base, at = state.rest + data, state.offset, 0
        while True:
            gone = min(state.skip, len(data) - at)
            at += gone
            state.skip -= gone
            room = BLOCK - (base + at) % BLOCK
            if state.skip or len(data) - at < min(HEAD, room):
                break
            if base + at == 0 or room < HEAD:
                state.skip = min(HEAD, room)
                continue
            crc, size, kind = struct.unpack_from("<IHB", data, at)
            if not _FULL <= kind <= _LAST or size > room - HEAD:
                yield self._lose(f"no record from byte {base + at} to the end of its block")
                state.skip = room
                continue
            end = at + HEAD + size
            if end > len(data):
                break
            body = data[at + HEAD : end]
            if zlib.crc32(body, _CRC_OF_TYPE[kind]) == crc:
                yield from self._take(kind, body, base + at)
            else:
                what = "the checksum of its data is wrong, passed over"
                yield self._lose(f"record at byte {base + at}: {what}")
            at = end
        state.rest, state.offset = data[at:], base + at

    def finish(self) -> Iterator[Broken]:
        """Nothing follows: an unfinished record is told of."""
        state = self.state
        if state.begun is not None or state.rest:
            at = state.offset if state.begun is None else state.begun
            yield Broken(f"unfinished last record at byte {at}")
        state.rest, state.record, state.begun = b"", b"", None

    def _take(self, kind: int, body: bytes, place: int) -> Iterator[bytes | Broken]:
        state = self.state
        if kind in (_FULL, _FIRST):
            if state.begun is not None:
                yield Broken(f"unfinished record at byte {state.begun}")
            state.lost, state.begun, state.record = False, None, b""
            if kind == _FULL:
                yield body
            else:
                state.begun, state.record = place, body
        elif state.begun is None:
            if not state.lost:
                yield self._lose(f"a record without its beginning at byte {place}")
        elif len(state.record) + len(body) > LARGEST:
            yield self._lose(f"record at byte {state.begun}: of more than {LARGEST} bytes")
        else:
            state.record += body
            if kind == _LAST:
                yield state.record
                state.begun, state.record = None, b""

    def _lose(self, what: str) -> Broken:
        state = self.state
        state.lost, state.begun, state.record = True, None, b""
        return Broken(what)
