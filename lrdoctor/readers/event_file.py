"""TensorBoard event files, by TensorFlow, PyTorch, tensorboardX and their like."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import PurePath

import msgspec
import numpy as np

from lrdoctor.readers import Reader, _crc, _frame, _hparams, _native, _side
from lrdoctor.readers._event import BrokenEvent, Scalar, parse
from lrdoctor.readers._layout import Figures
from lrdoctor.readers._parts import Parts
from lrdoctor.readers._scan import Bulk, Scanner
from lrdoctor.readers._tags import Tags
from lrdoctor.run import Block, Ints

_SLICE = 4 << 20
"""Bytes that are read together: many enough for tables of many rows, few enough for a cache."""
_KEPT_BACK = 32 << 20
"""So many bytes of a log, and of memory for its points, are kept back while more follows."""

_FIRST = 16
"""So many steps mostly tell whether a tag has any but step 0."""


class _State(msgspec.Struct):
    rest: bytes
    offset: int
    skip: int
    lost: int | None
    plugins: dict[str, str]
    stepless: dict[str, int]
    tags: list[str]
    parameters: dict[str, str | float | bool]
    told: int


class EventFile(Reader):
    """Scalars of an event file: ``simple_value`` and tensors of one number.

    Both checksums of every record are verified, those of like records together where that does:
    only the same bits wrong in an even number of records that are alike and read at once would
    escape it, and with ``strict`` nothing does. A record with a wrong one is passed over and told;
    after a broken length the next sound header is searched. Where a tag's steps are all zero the
    order in the file counts them.
    """

    patterns = ("*tfevents*",)
    piece = 1 << 19 if _native.THERE else Reader.piece
    """Compiled, as many bytes as stay in a core's own cache until they are read."""

    def __init__(self) -> None:
        super().__init__()
        self.x_axis = "step"
        self._rest = bytearray()
        self._offset = 0  # of self._rest in the file
        self._need = _frame.HEADER  # nothing can be read from less
        self._skip = 0  # bytes that are still to be passed over
        self._lost: int | None = None  # since which byte no header has been found
        self._plugins: dict[str, str] = {}
        self._stepless: dict[str, int] = {}  # points at step 0 alone; -1: the tag has steps
        self._tags = Tags(self)
        self._parameters: dict[str, str | float | bool] = {}
        self._scanner: Scanner | None = None
        self._noted: list[tuple[int, str]] = []
        self._points = Parts()  # not given out yet
        self._gathered = _native.Gathered() if _native.THERE else None  # likewise
        self._since = 0  # bytes read since points were given out, which their places count

    @classmethod
    def recognises(cls, path: PurePath, head: bytes) -> float:
        if len(head) >= _frame.HEADER:
            length = _frame.length_at(head, 0)
            if length is not None and 0 < length <= _frame.LARGEST:
                return 0.99
        return 0.4 if "tfevents" in path.name else 0.0

    def feed(self, data: bytes) -> Iterator[Block]:
        at, view = 0, memoryview(data)
        while at < len(data):
            stop = at + _SLICE
            if self._skip:
                stop = min(at + self._skip, len(data))
                self._skip -= stop - at
                self._offset += stop - at
            else:
                if self._rest and self._lost is None:
                    # What completes a record is read alone: what follows need not be copied then.
                    stop = at + max(self._need - len(self._rest), 1)
                self._feed(view[at:stop])
                if self._overflows():
                    yield from self._give_out()
            at = stop
        if not self.more:
            yield from self._give_out()

    def _feed(self, data: memoryview) -> None:
        if len(self._rest) + len(data) < self._need:
            self._rest += data
        elif self._rest or self._gathered is None:
            self._read(b"".join((self._rest, data)))
        else:
            self._read(data)

    def _overflows(self) -> bool:
        """Whether points are not to be kept back any longer."""
        if self._gathered is None:
            return self._since >= _SLICE
        return max(self._since, self._gathered.held) >= _KEPT_BACK

    def finish(self) -> Iterator[Block]:
        if self._lost is not None:
            end = self._offset + len(self._rest)
            self.tell(None, f"{end - self._lost} bytes from byte {self._lost} on are no record")
        elif self._rest or self._skip:
            self.tell(None, f"unfinished last record at byte {self._offset}")
        self._rest.clear()
        return self._give_out()

    @property
    def settled(self) -> bool:
        return self._lost is None and not (self._rest or self._skip)

    def state(self) -> bytes:
        return msgspec.msgpack.encode(
            _State(bytes(self._rest), self._offset, self._skip, self._lost, self._plugins,
                   self._stepless, self._tags.known, self._parameters, self.told)
        )  # fmt: skip

    @classmethod
    def restore(cls, state: bytes) -> EventFile:
        held = msgspec.msgpack.decode(state, type=_State)
        reader = cls()
        reader._rest, reader._offset = bytearray(held.rest), held.offset
        reader._skip, reader._lost = held.skip, held.lost
        reader._plugins, reader._stepless = held.plugins, held.stepless
        reader._tags = Tags(reader, held.tags)
        reader.told = held.told
        reader._set_up(held.parameters)
        reader._settle_axis()
        return reader

    def _read(self, data: bytes | memoryview) -> None:
        end = min(self._walk(data), len(data))
        for _, what in sorted(self._noted):
            self.tell(None, what)
        self._noted.clear()
        self._rest = bytearray(memoryview(data)[end:])
        self._offset += end
        self._since += end

    def _walk(self, data: bytes | memoryview) -> int:
        """Read the records of some bytes; returns where the first incomplete one begins."""
        self._points.base = self._since
        bulk = self._bulk(data)
        at, single = 0, list[int]()
        self._need = _frame.HEADER
        while True:
            if self._lost is not None:
                found = _frame.resume(data, at)
                if found is None:
                    at = max(at, len(data) - _frame.HEADER + 1)
                    break
                self._found(self._offset + found)
                at = found
            at = bulk.follow(at)
            if len(data) - at < _frame.HEADER:
                break
            length = _frame.length_at(data, at)
            if length is None:
                self._lost = self._offset + at
                at += 1
                continue
            whole = _frame.HEADER + length + _frame.TRAILER
            if length > _frame.LARGEST:
                self._note(at, f"of {length} bytes, passed over")
                self._skip = max(0, at + whole - len(data))
                at += whole
                if self._skip:
                    break
                continue
            if len(data) - at < whole:
                self._need = whole
                break
            single.append(at)
            at += whole
        bulk.close()
        for place in sorted([*single, *bulk.left]):
            self._single(data, place)
        return at

    def _bulk(self, data: bytes | memoryview) -> Bulk | _native.Events:
        if self._gathered is not None:
            return _native.Events(self._gathered, data, self._since)
        self._scanner = self._scanner or Scanner(self.strict)
        return Bulk(self._scanner, bytes(data), self._points)

    def _single(self, data: bytes | memoryview, at: int) -> None:
        length = int.from_bytes(data[at : at + 8], "little")
        start = at + _frame.HEADER
        payload = bytes(data[start : start + length])
        stored = int.from_bytes(data[start + length : start + length + 4], "little")
        if _crc.masked(_crc.value(payload)) != stored:
            self._note(at, "the checksum of its data is wrong, passed over")
            return
        try:
            event = parse(payload)
        except BrokenEvent as error:
            self._note(at, f"no event ({error}), passed over")
            return
        if event.others and _hparams.MARK in payload:
            self._set_up(_hparams.told_in(payload))
        if event.scalars:
            scalars = tuple((scalar, np.array([scalar.value])) for scalar in event.scalars)
            figures = Figures(np.array([event.step]), np.array([event.wall_time]), scalars)
            self._points.add(range(at, at + 1), figures)

    def _set_up(self, parameters: dict[str, str | float | bool]) -> None:
        """Take hyper-parameters; those of a later session replace the former ones."""
        if parameters:
            self._parameters = dict([*parameters.items()][: _side.MOST])
            self.settings = self._tags.complete(_side.settings_of(self._parameters))

    def _note(self, at: int, what: str) -> None:
        place = self._offset + at
        self._noted.append((place, f"record at byte {place}: {what}"))

    def _found(self, until: int) -> None:
        if self._lost is not None:
            what = f"{until - self._lost} bytes from byte {self._lost} on are no record"
            self._noted.append((self._lost, what))
        self._lost = None

    def _give_out(self) -> Iterator[Block]:
        """The points that were kept back."""
        points, self._points, self._since = self._points, Parts(), 0
        if self._gathered is not None:
            points.base = 0
            self._gathered.give_out(points)
        for scalar, parts in points.by_tag(self._is_scalar):
            tag = self._tags.admit(scalar)
            if tag is None:
                continue
            steps, values, walls = parts
            yield Block(tag, self._counted(tag, steps), values, walls)
        self._settle_axis()

    def _is_scalar(self, scalar: Scalar) -> bool:
        """Whether a tag's figures are scalars: its first metadata says so, or nothing does."""
        if scalar.simple:
            return True
        plugin = self._plugins.get(scalar.tag)
        if plugin is None and scalar.plugin is not None:
            plugin = self._plugins[scalar.tag] = scalar.plugin
        return plugin in (None, "", "scalars")

    def _counted(self, tag: str, steps: Ints) -> Ints:
        """Steps, or the order in the file as long as a tag has none but step 0."""
        before = self._stepless.get(tag, 0)
        if before < 0:
            return steps
        told = np.flatnonzero(steps[:_FIRST])
        if not len(told):  # hardly ever: to look at all of them takes as long as to take them up
            told = np.flatnonzero(steps)
        zeros = int(told[0]) if len(told) else len(steps)
        self._stepless[tag] = -1 if zeros < len(steps) else before + zeros
        if before + zeros < 2:
            return steps
        counted = steps.copy()
        counted[:zeros] = np.arange(before, before + zeros)
        return counted

    def _settle_axis(self) -> None:
        counts = self._stepless.values()
        if any(count > 1 for count in counts) and all(count >= 0 for count in counts):
            self.x_axis = "row"
        elif self._stepless and all(tag.startswith("epoch_") for tag in self._stepless):
            self.x_axis = "epoch"  # as Keras calls what it logs once an epoch
        else:
            self.x_axis = "step"
