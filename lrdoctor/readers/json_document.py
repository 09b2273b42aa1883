"""Whole JSON documents that each save replaces: ``trainer_state.json``, ``history.json``."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import PurePath
from typing import ClassVar

import msgspec
import numpy as np

from lrdoctor import metrics
from lrdoctor.readers import Reader, _document, _records
from lrdoctor.readers._document import Part
from lrdoctor.readers._records import Json
from lrdoctor.readers._rows import Column, Rows
from lrdoctor.readers._tags import tag_in
from lrdoctor.run import Block, Floats

LARGEST = 256 << 20
"""Bytes of one document."""

_KEY_OF_LIST = re.compile(rb'"([^"\\]{1,256})"\s*:\s*\[\s*(?:-?\d|-?NaN|-?Infinity|null|"NaN")')
_KEY_OF_NUMBER = re.compile(rb'"([^"\\]{1,256})"\s*:\s*-?(?:\d|NaN|Infinity)')
_FIGURES = re.compile(rb"\[\s*-?(?:[\d.eE+-]+|NaN|Infinity)\s*[,\]]")
_KEY_OF_ROWS = re.compile(rb'"([^"\\]{1,256})"\s*:\s*\[\s*\{')
_KEY_OF_PAIRS = re.compile(
    rb'"([^"\\]{1,256})"\s*:\s*(?:\[\s*\[\s*\d|\{\s*"\d{1,15}"\s*:\s*-?[\dN]'
    rb'|\{\s*"(?:(?:global_?)?steps?|epochs?|iterations?|values?)"\s*:\s*\[)',
    re.IGNORECASE,
)
_PAIRS = re.compile(rb"\[\s*\[\s*\d+(?:\.0*)?\s*,\s*-?(?:\d|NaN|Inf)[^,\[\]]*\]")
_COLUMNS = re.compile(rb'(?:"columns"\s*:|^\[)\s*\[((?:\s*"[^"\\]{1,256}"\s*,?)+)\s*\]')
_QUOTED = re.compile(rb'"([^"]+)"')
_KEY_OF_COLUMN = re.compile(rb'"([^"\\]{1,256})"\s*:\s*\{\s*"0"\s*:\s*(?:-?\d|-?NaN|-?Inf|null)')
_NUMBERED_ROWS = re.compile(rb'\{\s*"(?:(?:epoch|step|iter|iteration)[ _-]?)?\d+"\s*:\s*\{', re.I)
_TRIPLE = re.compile(
    rb"\[\s*\[\s*\d+(?:\.\d*)?(?:e\d+)?\s*,\s*\d+\s*,\s*-?(?:\d|NaN|Inf)[^,\[\]]*\]"
)


class _State(msgspec.Struct):
    text: bytes
    read: bool
    x_axis: str
    planned: int | None
    batch: int | None
    told: int


class JsonDocument(Reader):
    """Lists of records, lists of figures by name, or each figure with its own step.

    Points come once the document is whole: half of one is what a reader sees while it is being
    written.
    """

    patterns: ClassVar[tuple[str, ...]] = ("*.json", "log")
    rewritten = True
    called: ClassVar[str] = "JSON document"
    """What the user calls such a file."""

    def __init__(self) -> None:
        super().__init__()
        self._text = bytearray()
        self._read = False
        self._rows = Rows(self)

    @classmethod
    def recognises(cls, path: PurePath, head: bytes) -> float:
        start = head.lstrip(b"\xef\xbb\xbf \t\r\n")
        if not start.startswith((b"{", b"[")):
            return 0.0
        if b'"log_history"' in start:
            return 0.6
        forms = _KEY_OF_LIST, _KEY_OF_COLUMN, _KEY_OF_PAIRS
        lists = [name for form in forms for name in _names(form, start)]
        if _TRIPLE.search(start) or any(metrics.kind(n) != "other" for n in lists):
            return 0.8
        names = _names(_KEY_OF_NUMBER, start)
        listed = start.startswith(b"[") or b'"iterations"' in start
        told = any(metrics.kind(n) != "other" for n in (*names, *lists))
        if listed and (told or metrics.axes(names)):
            return 0.7
        bare = _FIGURES.match(start) or _PAIRS.match(start)
        if bare and metrics.kind(path.stem) != "other":
            return 0.7
        columns = [_QUOTED.findall(found) for found in _COLUMNS.findall(start)]
        if any(_document.tells_training([n.decode(errors="replace") for n in c]) for c in columns):
            return 0.7
        rows = _names(_KEY_OF_ROWS, start)
        if _document.tells_curve(names) and any(metrics.kind(name) != "other" for name in rows):
            return 0.7
        numbered = _NUMBERED_ROWS.match(start)
        return 0.6 if (numbered or rows) and _document.tells_training(names) else 0.0

    def feed(self, data: bytes) -> Iterator[Block]:
        if self._read or not data:
            return
        self._text += data
        if len(self._text) > LARGEST:
            self.tell(None, f"a document of more than {LARGEST} bytes is not read")
            self._text.clear()
            self._read = True
        elif self.may_be_whole(self._text):
            yield from self._try()

    def finish(self) -> Iterator[Block]:
        if not self._read and self._text.strip():
            yield from self._try()
            if not self._read:
                self.tell(None, f"no whole {self.called}: it is broken or was cut off")

    def may_be_whole(self, text: bytearray) -> bool:
        """Whether it is worth while to decode what there is so far."""
        return text.rstrip(b" \t\r\n").endswith((b"}", b"]"))

    def decoded(self, text: bytes) -> Json:
        """What a whole document says.

        Raises:
            ValueError: it is not whole, or broken.
        """
        return _records.parse(text.removeprefix(b"\xef\xbb\xbf"))

    def parts(self, document: Json) -> Iterator[Part]:
        """Everything in the document that is a log."""
        return _document.parts(document, PurePath(self.file_name).stem)

    def state(self) -> bytes:
        settings = self.settings
        return msgspec.msgpack.encode(
            _State(bytes(self._text), self._read, self.x_axis, settings.planned_steps,
                   settings.batch_size, self.told)
        )  # fmt: skip

    @classmethod
    def restore(cls, state: bytes) -> JsonDocument:
        held = msgspec.msgpack.decode(state, type=_State)
        reader = cls()
        reader._text, reader._read = bytearray(held.text), held.read
        reader.x_axis, reader.told = held.x_axis, held.told
        reader.settings = replace(
            reader.settings, planned_steps=held.planned, batch_size=held.batch
        )
        return reader

    def _try(self) -> Iterator[Block]:
        try:
            document = self.decoded(bytes(self._text))
        except ValueError:
            return  # still being written
        self._read = True
        self._text.clear()
        if isinstance(document, dict):
            self._settle(document)
        lists: dict[str, Sequence[float | None]] = {}
        for part in self.parts(document):
            match part:
                case _document.Records(rows):
                    yield from _records.blocks(self._rows, rows)
                case _document.Triples(tag, points, axis):
                    self.x_axis = axis
                    yield from self._triples(tag, points)
                case _document.Lists(columns):
                    lists.update(columns)
        yield from self._lists(lists)

    def _settle(self, document: Mapping[str, object]) -> None:
        """What Hugging Face's trainer tells of the run beside its history."""
        steps, batch = document.get("max_steps"), document.get("train_batch_size")
        settings = self.settings
        if isinstance(steps, int) and 0 < steps < 2**53:
            settings = replace(settings, planned_steps=steps)
        if isinstance(batch, int) and 0 < batch < 2**53:
            settings = replace(settings, batch_size=batch)
        self.settings = settings

    def _lists(self, lists: Mapping[str, Sequence[float | None]]) -> Iterator[Block]:
        count = max(map(len, lists.values()), default=0)
        columns = {}
        for name, cells in lists.items():
            name = name or tag_in(self.file_name)
            if metrics.axis([name])[0] is not None and len(cells) != count:
                continue  # it does not count the places of all the lists
            rows = np.array([n for n, cell in enumerate(cells) if cell is not None], np.int64)
            columns[name] = Column(rows, np.array([c for c in cells if c is not None], np.float64))
        yield from self._rows.blocks(columns, count)

    def _triples(self, name: str, points: Floats) -> Iterator[Block]:
        tag = self._rows.tags.admit(name or tag_in(self.file_name))
        if tag is not None:
            walls, steps, values = points.T
            absolute = bool(np.all(walls >= 1e9))
            yield Block(tag, steps.astype(np.int64), values, walls.copy() if absolute else None)


def _names(pattern: re.Pattern[bytes], text: bytes) -> list[str]:
    return [key.decode(errors="replace") for key in pattern.findall(text)]
