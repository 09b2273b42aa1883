"""VisualDL's records, ``vdlrecords.<time>.log``: 8 bytes of length before each message."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import PurePath

import msgspec

from lrdoctor.readers import Reader, _side
from lrdoctor.readers._points import Points, seconds
from lrdoctor.readers._tags import Tags
from lrdoctor.readers._wire import BrokenMessage, Message
from lrdoctor.run import Block

LARGEST = 16 << 20
"""Bytes of one record; a picture may be longer and is passed over."""

_LENGTH = 8
# visualdl/proto/record.proto: fields of Record, its values, and what these hold.
_VALUES = 1
_STEP, _TAG, _TIMESTAMP, _VALUE, _HPARAM, _TAG_VALUE = 1, 2, 3, 4, 13, 14
_INFO, _INTEGER, _DOUBLE, _TEXT, _NAME = 1, 1, 2, 3, 4


class _State(msgspec.Struct):
    rest: bytes
    offset: int
    skip: int
    tags: list[str]
    parameters: dict[str, str | float]
    told: int


class Visualdl(Reader):
    """VisualDL's ``vdlrecords`` files, hyper-parameters included.

    What ``add_scalars`` draws together is named ``tag/name``. Nothing in the file tells a broken
    record from a sound one but that it is no message.
    """

    patterns = ("*vdlrecords*",)

    def __init__(self) -> None:
        super().__init__()
        self.x_axis = "step"
        self._rest = b""
        self._offset = 0  # of self._rest in the file
        self._skip = 0  # bytes that are still to be passed over
        self._tags = Tags(self)
        self._parameters: dict[str, str | float] = {}

    @classmethod
    def recognises(cls, path: PurePath, head: bytes) -> float:
        if "vdlrecords" not in path.name:
            return 0.0
        if not head:
            return 0.4
        sound = int.from_bytes(head[:_LENGTH], "little") <= LARGEST
        return 0.97 if sound and len(head) > _LENGTH and head[_LENGTH] == 0x0A else 0.0

    def feed(self, data: bytes) -> Iterator[Block]:
        data, at = self._rest + data, 0
        points = Points()
        while True:
            gone = min(self._skip, len(data) - at)
            at += gone
            self._skip -= gone
            if self._skip or len(data) - at < _LENGTH:
                break
            size = int.from_bytes(data[at : at + _LENGTH], "little")
            start = at + _LENGTH
            if size > LARGEST:
                self.tell(None, f"record at byte {self._offset + at}: of {size} bytes, passed over")
                at, self._skip = start, size
            elif start + size > len(data):
                break
            else:
                self._take(data[start : start + size], self._offset + at, points)
                at = start + size
        self._rest, self._offset = data[at:], self._offset + at
        yield from points.blocks(self._tags)

    def finish(self) -> Iterator[Block]:
        if self._rest or self._skip:
            self.tell(None, f"unfinished last record at byte {self._offset}")
        self._rest = b""
        return iter(())

    def state(self) -> bytes:
        return msgspec.msgpack.encode(
            _State(self._rest, self._offset, self._skip, self._tags.known, self._parameters,
                   self.told)
        )  # fmt: skip

    @classmethod
    def restore(cls, state: bytes) -> Visualdl:
        held = msgspec.msgpack.decode(state, type=_State)
        reader = cls()
        reader._rest, reader._offset, reader._skip = held.rest, held.offset, held.skip
        reader._tags = Tags(reader, held.tags)
        reader._set(held.parameters)
        reader.told = held.told
        return reader

    def _take(self, payload: bytes, place: int, points: Points) -> None:
        try:
            for value in Message(payload).each(_VALUES):
                tag, wall = value.text(_TAG), seconds(value.integer(_TIMESTAMP))
                inner, parameters = value.message(_TAG_VALUE), value.message(_HPARAM)
                if inner is not None:
                    name = f"{tag}/{inner.text(1)}"
                    points.add(name, value.integer(_STEP), inner.single(2), wall)
                elif parameters is not None:
                    self._set(dict(_figures(parameters)))
                elif value.has(_VALUE) and tag:
                    points.add(tag, value.integer(_STEP), value.single(_VALUE), wall)
        except BrokenMessage as error:
            self.tell(None, f"record at byte {place}: no message ({error}), passed over")

    def _set(self, parameters: dict[str, str | float]) -> None:
        if parameters:
            self._parameters = dict([*self._parameters.items(), *parameters.items()][: _side.MOST])
            self.settings = self._tags.complete(_side.settings_of(self._parameters))


def _figures(parameters: Message) -> Iterator[tuple[str, str | float]]:
    for info in parameters.each(_INFO):
        if info.has(_TEXT):
            yield info.text(_NAME), info.text(_TEXT)
        else:
            yield info.text(_NAME), info.double(_DOUBLE) or float(info.integer(_INTEGER))
