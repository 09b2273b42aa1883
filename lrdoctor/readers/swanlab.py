"""SwanLab's own log of a run, ``run-<id>.swanlab``: protobuf records in LevelDB's framing."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import PurePath

import msgspec

from lrdoctor.readers import Reader
from lrdoctor.readers._leveldb import Broken, Fragments, Framing
from lrdoctor.readers._points import Points, seconds
from lrdoctor.readers._tags import Tags
from lrdoctor.readers._wire import BrokenMessage, Message
from lrdoctor.run import Block

_MAGIC = b":SWL"
# swanlab/proto: fields of swanlab.record.v1.Record, metric.data.v1.ScalarRecord and its value.
_SCALAR = 13
_KEY, _STEP, _TIMESTAMP, _VALUE, _NUMBER = 1, 2, 4, 5, 1
_SECONDS, _NANOS = 1, 2
_SYSTEM = "__swanlab__."
"""What SwanLab calls its own measurements of the machine."""


class _State(msgspec.Struct):
    framing: Framing
    tags: list[str]
    told: int


class Swanlab(Reader):
    """SwanLab's own ``run-*.swanlab``, of online and offline runs.

    Step 0 and the value 0 are left out of a record, as proto3 does.
    """

    patterns = ("*.swanlab",)

    def __init__(self) -> None:
        super().__init__()
        self.x_axis = "step"
        self._fragments = Fragments()
        self._tags = Tags(self)

    @classmethod
    def recognises(cls, path: PurePath, head: bytes) -> float:
        if head.startswith(_MAGIC):
            return 0.99
        return 0.4 if path.suffix == ".swanlab" and _MAGIC.startswith(head) else 0.0

    def feed(self, data: bytes) -> Iterator[Block]:
        points = Points()
        for record in self._fragments.feed(data):
            if isinstance(record, Broken):
                self.tell(None, record)
                continue
            try:
                _take(Message(record).message(_SCALAR), points)
            except BrokenMessage as error:
                self.tell(None, f"no record of SwanLab's ({error}), passed over")
        yield from points.blocks(self._tags)

    def finish(self) -> Iterator[Block]:
        for broken in self._fragments.finish():
            self.tell(None, broken)
        return iter(())

    def state(self) -> bytes:
        return msgspec.msgpack.encode(_State(self._fragments.state, self._tags.known, self.told))

    @classmethod
    def restore(cls, state: bytes) -> Swanlab:
        held = msgspec.msgpack.decode(state, type=_State)
        reader = cls()
        reader._fragments = Fragments(held.framing)
        reader._tags = Tags(reader, held.tags)
        reader.told = held.told
        return reader


def _take(scalar: Message | None, points: Points) -> None:
    if scalar is None:
        return
    key, value = scalar.text(_KEY), scalar.message(_VALUE)
    if value is None or not key or key.startswith(_SYSTEM):
        return
    stamp = scalar.message(_TIMESTAMP)
    wall = 0.0 if stamp is None else stamp.integer(_SECONDS) + stamp.integer(_NANOS) / 1e9
    points.add(key, scalar.integer(_STEP), value.double(_NUMBER), seconds(wall))
