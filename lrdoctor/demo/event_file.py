"""Writes TensorBoard event files, byte by byte: TFRecord frames around small protobuf messages.

The layout is public: a frame is length, checksum of the length, message, checksum of the message;
the message is an ``Event`` (1 wall_time, 2 step, 3 file_version, 5 summary) whose ``Summary``
holds values (1) of a tag (1) and a simple_value (2).
"""

from __future__ import annotations

import struct
from collections.abc import Mapping
from pathlib import Path
from typing import BinaryIO

import google_crc32c

_VARINT, _FIXED64, _TEXT, _FIXED32 = 0, 1, 2, 5


class EventFile:
    """One event file, each step on disk once ``write`` has returned."""

    def __init__(self, path: Path, wall_time: float) -> None:
        self._file: BinaryIO = path.open("wb", buffering=0)
        self._file.write(_frame(_wall_time(wall_time) + _message(3, b"brain.Event:2")))

    def write(self, step: int, scalars: Mapping[str, float], wall_time: float) -> None:
        """Log scalars by tag, as one event each, as TensorBoard's own writers do."""
        event = _wall_time(wall_time) + _key(2, _VARINT) + _varint(step)
        self._file.write(
            b"".join(_frame(event + _message(5, _value(t, v))) for t, v in scalars.items())
        )

    def close(self) -> None:
        self._file.close()


def _value(tag: str, figure: float) -> bytes:
    scalar = _key(2, _FIXED32) + struct.pack("<f", figure)
    return _message(1, _message(1, tag.encode()) + scalar)


def _wall_time(seconds: float) -> bytes:
    return _key(1, _FIXED64) + struct.pack("<d", seconds)


def _message(field: int, content: bytes) -> bytes:
    return _key(field, _TEXT) + _varint(len(content)) + content


def _key(field: int, kind: int) -> bytes:
    return _varint(field << 3 | kind)


def _varint(number: int) -> bytes:
    """Seven bits a byte, lowest first; the top bit says that more follow."""
    out = bytearray()
    while number > 0x7F:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    out.append(number)
    return bytes(out)


def _frame(message: bytes) -> bytes:
    length = struct.pack("<Q", len(message))
    return length + _checksum(length) + message + _checksum(message)


def _checksum(data: bytes) -> bytes:
    """CRC-32C, rotated right by 15 and offset, so that a checksum of checksums stays good."""
    crc = google_crc32c.value(data)
    return struct.pack("<I", ((crc >> 15 | crc << 17) + 0xA282EAD8) & 0xFFFFFFFF)
