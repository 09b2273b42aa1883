"""Protobuf's wire format: a message's fields, without knowing the message.

Lengths in a log are not to be trusted: whatever runs past its end is no message.
Format: protobuf.dev/programming-guides/encoding.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator

VARINT, FIXED64, BYTES, FIXED32 = 0, 1, 2, 5


class BrokenMessage(ValueError):
    """Bytes that are no message."""


def fields(payload: bytes, start: int, stop: int) -> Iterator[tuple[int, int, int, int]]:
    """Number, wire type, and where the field's contents begin and end.

    Raises:
        BrokenMessage: a field is of no known type, or runs past its end.
        IndexError: the bytes end within a field.
    """
    at = start
    while at < stop:
        key, at = varint(payload, at)
        wire = key & 7
        if wire == BYTES:
            size, at = varint(payload, at)
            end = at + size
        elif wire == VARINT:
            end = varint(payload, at)[1]
        elif wire == FIXED64:
            end = at + 8
        elif wire == FIXED32:
            end = at + 4
        else:
            raise BrokenMessage(f"wire type {wire}")
        if end > stop:
            raise BrokenMessage("a field runs past its end")
        yield key >> 3, wire, at, end
        at = end


def varint(payload: bytes, at: int) -> tuple[int, int]:
    """An unsigned number, and where it ends."""
    byte = payload[at]
    if byte < 0x80:
        return byte, at + 1
    value, shift = byte & 0x7F, 7
    while shift < 70:
        at += 1
        byte = payload[at]
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value & 0xFFFFFFFFFFFFFFFF, at + 1
        shift += 7
    raise BrokenMessage("a varint of more than 10 bytes")


def signed(value: int) -> int:
    """An int64 from the varint that it is stored as."""
    return value - (1 << 64) if value >> 63 else value


class Message:
    """The fields of one message, by number; what is absent is zero or empty, as in proto3."""

    __slots__ = ("_found", "_payload")

    def __init__(self, payload: bytes) -> None:
        """
        Raises:
            BrokenMessage: the bytes are none.
        """
        self._payload = payload
        self._found: dict[tuple[int, int], list[tuple[int, int]]] = {}
        try:
            for number, wire, start, stop in fields(payload, 0, len(payload)):
                self._found.setdefault((number, wire), []).append((start, stop))
        except IndexError:
            raise BrokenMessage("it ends within a field") from None

    def has(self, number: int) -> bool:
        """Whether the field is there, as whichever type."""
        return any((number, wire) in self._found for wire in (VARINT, FIXED64, BYTES, FIXED32))

    def each(self, number: int) -> Iterator[Message]:
        """The messages of a repeated field.

        Raises:
            BrokenMessage: one is none.
        """
        for start, stop in self._found.get((number, BYTES), ()):
            yield Message(self._payload[start:stop])

    def message(self, number: int) -> Message | None:
        """The message in a field, the last where it was repeated; None where it is absent."""
        found = self._found.get((number, BYTES))
        return Message(self._payload[slice(*found[-1])]) if found else None

    def texts(self, number: int) -> list[str]:
        found = self._found.get((number, BYTES), ())
        return [self._payload[start:stop].decode(errors="replace") for start, stop in found]

    def text(self, number: int) -> str:
        return next(reversed(self.texts(number)), "")

    def integer(self, number: int) -> int:
        """An int64."""
        found = self._found.get((number, VARINT))
        return signed(varint(self._payload, found[-1][0])[0]) if found else 0

    def double(self, number: int) -> float:
        return self._figure(number, FIXED64, "<d")

    def single(self, number: int) -> float:
        return self._figure(number, FIXED32, "<f")

    def _figure(self, number: int, wire: int, form: str) -> float:
        found = self._found.get((number, wire))
        if not found:
            return 0.0
        value: float = struct.unpack_from(form, self._payload, found[-1][0])[0]
        return value
