"""One TensorBoard event, parsed by hand: its wall time, step and scalars, and where they stand.

Only the fields that lrdoctor needs are known; protobuf's rule is that others are passed over.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np

from lrdoctor.readers._wire import (
    BYTES,
    FIXED32,
    FIXED64,
    VARINT,
    BrokenMessage,
    fields,
    signed,
    varint,
)

# tensorflow/core/framework/types.proto: the numeric types that a scalar may have.
_DTYPES = {1: "<f4", 2: "<f8", 3: "<i4", 4: "u1", 5: "<i2", 6: "i1", 9: "<i8", 10: "?",
           17: "<u2", 19: "<f2", 22: "<u4", 23: "<u8"}  # fmt: skip
_BFLOAT16 = 14
# TensorProto's fields of figures: number -> (dtype of one, whether each is a varint).
_FIGURES = {5: ("<f4", False), 6: ("<f8", False), 7: ("<i8", True), 10: ("<i8", True),
            11: ("<i8", True), 13: ("<i8", True), 16: ("<i8", True), 17: ("<u8", True)}  # fmt: skip


class BrokenEvent(ValueError):
    """Bytes that are no event, though their checksum is right."""


@dataclass(slots=True)
class Scalar:
    """One figure of an event. ``at`` and ``dtype`` tell its bytes, where it has a fixed place."""

    tag: str
    value: float
    at: int | None
    dtype: str
    plugin: str | None
    """The plugin that the value's own metadata names; None: it has none."""
    simple: bool


@dataclass(slots=True)
class Event:
    """``*_at`` are places in the payload; None where the field is absent and so zero."""

    wall_time: float = 0.0
    wall_at: int | None = None
    step: int = 0
    step_at: int | None = None
    step_size: int = 0
    scalars: list[Scalar] = field(default_factory=list)
    others: int = 0
    """Values that are no scalars: images, histograms, texts."""


def parse(payload: bytes) -> Event:
    """The event in a record.

    Raises:
        BrokenEvent: the bytes are none.
    """
    event = Event()
    try:
        for number, wire, start, stop in fields(payload, 0, len(payload)):
            if number == 1 and wire == FIXED64:
                event.wall_time, event.wall_at = struct.unpack_from("<d", payload, start)[0], start
            elif number == 2 and wire == VARINT:
                event.step = signed(varint(payload, start)[0])
                event.step_at, event.step_size = start, stop - start
            elif number == 5 and wire == BYTES:
                _summary(payload, start, stop, event)
    except (BrokenMessage, IndexError, struct.error) as error:
        raise BrokenEvent(str(error)) from None
    return event


def _summary(payload: bytes, start: int, stop: int, event: Event) -> None:
    for number, wire, first, last in fields(payload, start, stop):
        if number == 1 and wire == BYTES:
            scalar = _value(payload, first, last)
            if scalar is None:
                event.others += 1
            else:
                event.scalars.append(scalar)


def _value(payload: bytes, start: int, stop: int) -> Scalar | None:
    tag, plugin, found = "", None, None
    for number, wire, first, last in fields(payload, start, stop):
        if number == 1 and wire == BYTES:
            tag = payload[first:last].decode(errors="replace")
        elif number == 9 and wire == BYTES:
            plugin = plugin_of(payload[first:last])
        elif number == 2 and wire == FIXED32:
            figure = struct.unpack_from("<f", payload, first)[0]
            found = Scalar("", figure, first, "<f4", None, True)
        elif number == 8 and wire == BYTES:
            found = _tensor(payload, first, last)
    if found is not None:
        found.tag, found.plugin = tag, plugin
    return found


def plugin_of(metadata: bytes) -> str:
    """SummaryMetadata.plugin_data.plugin_name."""
    for number, wire, first, last in fields(metadata, 0, len(metadata)):
        if number == 1 and wire == BYTES:
            for inner, inner_wire, a, b in fields(metadata, first, last):
                if inner == 1 and inner_wire == BYTES:
                    return metadata[a:b].decode(errors="replace")
    return ""


def _tensor(payload: bytes, start: int, stop: int) -> Scalar | None:
    """A tensor of one number; None for any other."""
    dtype, size = 0, 1
    figures: list[tuple[float, int, str]] = []
    for number, wire, first, last in fields(payload, start, stop):
        if number == 1 and wire == VARINT:
            dtype = varint(payload, first)[0]
        elif number == 2 and wire == BYTES:
            size = _size(payload, first, last)
        elif number == 4 and wire == BYTES:
            figures.extend(_content(payload, first, last, dtype))
        elif number in _FIGURES:
            figures.extend(_figures(payload, number, wire, first, last))
        if len(figures) > 1:
            return None
    if size != 1 or (dtype not in _DTYPES and dtype != _BFLOAT16):
        return None
    if not figures:
        # A tensor's zeros may be left out altogether.
        return Scalar("", 0.0, None, "", None, False)
    value, at, stored = figures[0]
    if stored == "varint":
        return Scalar("", _integral(int(value), dtype), None, "", None, False)
    return Scalar("", float(value), at, stored, None, False)


def _content(payload: bytes, start: int, stop: int, dtype: int) -> Iterator[tuple[float, int, str]]:
    code = _DTYPES.get(dtype)
    if code is None:
        return
    width = np.dtype(code).itemsize
    if stop - start == width:
        yield float(np.frombuffer(payload, code, 1, start)[0]), start, code
    elif stop - start > width:
        yield from ((0.0, 0, ""), (0.0, 0, ""))  # more than one number: no scalar


def _figures(
    payload: bytes, number: int, wire: int, start: int, stop: int
) -> Iterator[tuple[float, int, str]]:
    code, is_varint = _FIGURES[number]
    if is_varint:
        at = start
        for _ in range(2):
            if at < stop:
                value, at = varint(payload, at)
                yield value, start, "varint"
        return
    width = np.dtype(code).itemsize
    for at in range(start, min(stop - width, start + width) + 1, width):
        yield float(np.frombuffer(payload, code, 1, at)[0]), at, code


def _integral(raw: int, dtype: int) -> float:
    """A figure that was stored as a varint: an integer, or the bits of a half float."""
    if dtype == 19:
        return float(np.uint16(raw & 0xFFFF).view(np.float16))
    if dtype == _BFLOAT16:
        return float(np.uint32((raw & 0xFFFF) << 16).view(np.float32))
    return float(raw) if dtype in (22, 23) else float(signed(raw))


def _size(payload: bytes, start: int, stop: int) -> int:
    """How many numbers a tensor of this shape has."""
    size = 1
    for number, wire, first, last in fields(payload, start, stop):
        if number == 2 and wire == BYTES:
            extent = 0
            for inner, inner_wire, a, _ in fields(payload, first, last):
                if inner == 1 and inner_wire == VARINT:
                    extent = varint(payload, a)[0]
            size *= extent
    return size
