"""What trainings print: lines of named figures, tables, dictionaries, among much else."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import PurePath
from typing import ClassVar, Self

import msgspec

from lrdoctor import metrics
from lrdoctor.ending import Ending, Interruption
from lrdoctor.readers import Reader, _records
from lrdoctor.readers._axis import AxisState
from lrdoctor.readers._console_end import Ends, EndState
from lrdoctor.readers._console_head import Head, HeadState
from lrdoctor.readers._console_place import RecordState
from lrdoctor.readers._console_plan import prefixed
from lrdoctor.readers._console_record import Figures, Records
from lrdoctor.readers._console_screen import EightBits, Screen, Shown, plain
from lrdoctor.readers._rows import Rows
from lrdoctor.run import Block

_NAMED = re.compile(
    r"(.*\.|.*_(?=log$))?(log|txt|out|md)(\..*)?|std(out|err).*|.*\.o\d+", re.IGNORECASE
)
_MARKDOWN = re.compile(rb"^[^\S\n]*\|[-:| ]{3,}\|\s*$", re.MULTILINE)
"""The rule under a table's head; a page without a table is words."""
SURE_OF_CONSOLE = 0.35
"""Less than any reader of a structured format says of its own files."""
_ENOUGH = 3
"""So many like lines make a log; so many records without a step are held back until one comes."""
_NEUTRAL = "logs?|loss(?:es)?|metrics|results?|scores?|stats|history|out|output"
_OF_VALIDATION = re.compile(
    rf"(?:(?:{_NEUTRAL})[_.-])*(?:val|valid|validations?|eval|evaluations?)(?:[_.-](?:{_NEUTRAL}))*",
    re.IGNORECASE,
)
"""Names of files that hold evaluations alone; ``test.log`` may be of a training that was one."""
_CUT = re.compile(rb"(?<![\w.+-])[\w.+-]+\Z")


class _State(msgspec.Struct):
    unread: bytes
    encoding: str | None
    rest: bytes
    shown: list[bytes]
    skipping: bool
    records: RecordState
    head: HeadState
    held: list[Figures]
    axis: AxisState
    tags: list[str]
    told: int
    end: EndState = msgspec.field(default_factory=EndState)


class Console(Reader):
    """The figures that a training printed, whatever else it printed among them.

    A line counts where it names a loss, an accuracy or, once there was one, anything with a step.
    The step is the line's own, else that of a line before it, else the row. Of a progress bar only
    the last state counts. Other lines are words: no faults.
    """

    patterns: ClassVar[tuple[str, ...]] = (
        "*.log", "*.log.*", "*.txt", "*.out", "*.o[0-9]*", "log", "*_log", "stdout*",
    )  # fmt: skip

    def __init__(self) -> None:
        super().__init__()
        self._bytes = EightBits()
        self._screen = Screen()
        self._records = Records()
        self._head = Head()
        self._set_up = self._head.settings
        self._ends = Ends()
        self._rows = Rows(self)
        self._held: list[Figures] = []

    @classmethod
    def recognises(cls, path: PurePath, head: bytes) -> float:
        if not _NAMED.fullmatch(path.name):
            return 0.0
        if path.suffix.lower() == ".md" and not _MARKDOWN.search(head):
            return 0.0
        return SURE_OF_CONSOLE if prints_losses(head) else 0.0

    def feed(self, data: bytes) -> Iterator[Block]:
        found: list[Figures] = []
        for shown in self._screen.feed(self._bytes.feed(data)):
            found.extend(self._read(shown))
        yield from self._blocks(found)

    def finish(self) -> Iterator[Block]:
        list(self._screen.feed(self._bytes.last()))
        found: list[Figures] = []
        for shown in self._screen.last():
            if shown.after:
                found.extend(self._read(shown))
            elif not self._records.unfinished(plain(shown.text)):
                # The last number may have lost digits.
                cut = replace(shown, text=_CUT.sub(b"", shown.text))
                found.extend(self._read(cut, shown.text))
        found.extend(self._records.last())
        yield from self._blocks(found)
        if self._held:
            yield from self._settle(self._held[-1])

    def state(self) -> bytes:
        screen, rows = self._screen, self._rows
        return msgspec.msgpack.encode(
            _State(self._bytes.rest, self._bytes.encoding, screen.rest, screen.shown,
                   screen.skipping, self._records.state, self._head.state, self._held,
                   rows.axis.state, rows.tags.known, self.told, self._ends.state)
        )  # fmt: skip

    @classmethod
    def restore(cls, state: bytes) -> Self:
        held = msgspec.msgpack.decode(state, type=_State)
        reader = cls()
        reader._bytes = EightBits(held.unread, held.encoding)
        reader._screen = Screen(held.rest, held.shown, held.skipping)
        reader._records = Records(held.records)
        reader._head = Head(held.head)
        reader._ends = Ends(held.end)
        reader._rows = Rows(reader, held.axis, held.tags)
        reader._held = held.held
        reader.told = held.told
        reader._plan()
        return reader

    @property
    def ending(self) -> Ending | None:
        return self._ends.ending

    @property
    def interruptions(self) -> tuple[Interruption, ...]:
        return self._ends.state.interruptions

    def _read(self, shown: Shown, whole: bytes | None = None) -> list[Figures]:
        """The records that a state of a line completes; one without may tell of the run's set-up
        or of its end.

        Args:
            whole: the line, where ``shown`` lacks its last word.
        """
        line = shown.text if whole is None else whole
        if not shown.after and self._ends.takes(line):
            return []
        records = list(self._records.feed(shown))
        for record in records:
            self._head.close(record)
            self._ends.went_on(record)
        if not shown.after:
            self._ends.feed(line, self._records.state.step, self._records.state.epoch)
            if not records:
                self._head.feed(shown.text)
        return records

    def _blocks(self, found: list[Figures]) -> Iterator[Block]:
        if _OF_VALIDATION.fullmatch(PurePath(self.file_name).stem):
            found = [_evaluated(record) for record in found]
        for place, record in enumerate(found):
            if self._rows.axis.decided:
                yield from _records.blocks(self._rows, found[place:])
                break
            self._held.append(record)
            epoch = record.get("epoch", 0.5)
            if "step" in record or epoch.is_integer() or len(self._held) >= _ENOUGH:
                yield from self._settle(record)
        self._plan()

    def _settle(self, record: Figures) -> Iterator[Block]:
        """Let a record decide what the steps are, and release those that were held back."""
        self._rows.axis.decide(list(record), record)
        self.x_axis = self._rows.axis.state.kind or "row"
        held, self._held = self._held, []
        yield from _records.blocks(self._rows, held)

    def _plan(self) -> None:
        if self._head.settings is not self._set_up:
            self._set_up, planned = self._head.settings, self.settings.planned_steps
            told = replace(self._set_up, planned_steps=planned)
            self.settings = self._rows.tags.complete(told)
        state = self._records.state
        planned = {"step": state.planned, "epoch": state.epochs}.get(self.x_axis)
        if planned == 0:
            self.settings = replace(self.settings, planned_steps=None)
        else:
            self._rows.plan(planned)


def _evaluated(record: Figures) -> Figures:
    """The record, its figures as the validation's, for the log's name says so alone."""
    return {
        name if name in ("step", "epoch") else prefixed("val", name): at
        for name, at in record.items()
    }


def prints_losses(head: bytes) -> bool:
    """Whether a log that begins with these bytes has lines of a training's figures."""
    placed, alike = 0, Counter[tuple[str, ...]]()
    for record in filter(_tells_loss, _records_in(head)):
        placed += "step" in record or "epoch" in record
        alike[tuple(record)] += 1
        if max(placed, alike[tuple(record)]) >= _ENOUGH:
            return True
    return False


def _records_in(head: bytes) -> Iterator[Figures]:
    records = Records()
    for line in Screen().feed(EightBits().feed(head)):
        yield from records.feed(line)
    yield from records.last()


def _tells_loss(record: Figures) -> bool:
    guesses = [metrics.canonical(name) for name in record]
    return (
        any(guess is not None and guess[0].endswith("/loss") for guess in guesses)
        or any(metrics.kind(name) == "loss" or metrics.is_reward(name) for name in record)
        or metrics.tells_contest(record)
    )
