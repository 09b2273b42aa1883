"""Bytes to blocks: one log format per file. ``lrdoctor.discover`` finds the readers."""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fnmatch import translate
from functools import cache, lru_cache
from pathlib import PurePath
from typing import ClassVar

from lrdoctor.ending import Ending, Interruption
from lrdoctor.errors import ExtensionError, in_one_line
from lrdoctor.run import Block, Settings

MOST_FAULTS = 200
"""So many faults of one log are told; a rubbish file must not fill the store."""


@dataclass(frozen=True, slots=True)
class Fault:
    """A record that could not be read. ``line`` counts from 1; None in a binary log."""

    line: int | None
    what: str


class Reader(ABC):
    """Decodes one log, handed over in pieces, into blocks.

    Opens no file and keeps its own unfinished record. Pieces may be cut anywhere: the points are
    the same. NaN and infinities are data; a blank cell is not a point.
    """

    patterns: ClassVar[tuple[str, ...]]
    """File names that it takes, as shell patterns: ``("*.jsonl",)``."""
    clocks: ClassVar[frozenset[str]] = frozenset()
    """Columns that only tell when a row was logged: no metrics of the run."""
    rewritten: ClassVar[bool] = False
    """True: each save replaces the whole file, so a changed file is read from its beginning."""
    strict: bool = False
    """Set by who opens it. True: every record is verified on its own, where verifying many at once
    is faster and misses next to nothing."""
    piece: ClassVar[int] = 4 << 20
    """Bytes that it is best fed at once."""
    more: bool = False
    """Set by who feeds it. True: it is fed again at once, so that it may keep points back until
    then; without it, ``feed`` gives out all, of no bytes, too. While points are kept back,
    ``state`` must not be asked for."""
    file_name: str = ""
    """The log's own name, set by who opens it: some formats name their one metric nowhere else."""

    columns: Mapping[str, str] = {}
    """What the user says that columns are, set by who opens the log: canonical names of metrics,
    and ``metrics.PLACES``."""

    def __init__(self) -> None:
        self.x_axis: str = "row"
        """What the steps of its blocks are: ``step``, ``epoch`` or ``row``."""
        self.x_axes: dict[str, str] = {}
        """Likewise, of runs inside the log where they differ."""
        self.run = ""
        """The run that the log goes on with, where it holds one after the other."""
        self.settings = Settings()
        """What the log itself tells of the run's set-up."""
        self._faults: list[Fault] = []
        self.told = 0
        """How many faults there have been; part of every reader's state."""

    @classmethod
    @abstractmethod
    def recognises(cls, path: PurePath, head: bytes) -> float:
        """How sure it is, 0 to 1, that a file of this name with these first bytes is its own.

        ``head`` is the first 64 KiB or less. The surest reader gets the file; 0 from all: no log.
        """

    @abstractmethod
    def feed(self, data: bytes) -> Iterator[Block]:
        """The points that these bytes complete."""

    def finish(self) -> Iterator[Block]:
        """The file will grow no more: the points of an unfinished last record, if it is whole.

        What cannot be a whole record becomes a fault.
        """
        return iter(())

    @property
    def settled(self) -> bool:
        """Whether ``finish`` would bring neither a point nor a fault: no record is unfinished.

        False also where only ``finish`` itself can tell.
        """
        return False

    def x_axis_of(self, run: str) -> str:
        """What the steps of one run inside the log are; see ``Block.run``."""
        return self.x_axes.get(run, self.x_axis)

    def settings_of(self, run: str) -> Settings:
        """What the log tells of one run inside it."""
        return self.settings

    @property
    def ending(self) -> Ending | None:
        """What the log ends in, as far as it was read, where it says why its training died."""
        return None

    @property
    def interruptions(self) -> tuple[Interruption, ...]:
        """What looked like the training's end until further figures followed, oldest first."""
        return ()

    def ended(self, run: str) -> bool:
        """Whether the log has left this run behind: it goes on with others."""
        return run != self.run and self.run != ""

    @abstractmethod
    def state(self) -> bytes:
        """Enough to go on from here in another process; see ``restore``."""

    @classmethod
    @abstractmethod
    def restore(cls, state: bytes) -> Reader:
        """The reader that ``state()`` was taken from."""

    def take_faults(self) -> list[Fault]:
        """The faults since the last call."""
        faults, self._faults = self._faults, []
        return faults

    def tell(self, line: int | None, what: str) -> None:
        """Note a fault. After ``MOST_FAULTS`` one last says that further ones are not told."""
        self.told += 1
        if self.told < MOST_FAULTS:
            self._faults.append(Fault(line, what))
        elif self.told == MOST_FAULTS:
            self._faults.append(Fault(line, "too many faults: from here on they are not told"))


@cache
def readers() -> dict[str, type[Reader]]:
    """Every reader by its format's name."""
    import sys

    from lrdoctor import discover

    return discover.classes(sys.modules[__name__], Reader)  # type: ignore[type-abstract]


SURE = 0.9
"""As sure as a reader that knows files of this name must be for no other one to be asked."""


def choose(path: PurePath, head: bytes) -> str | None:
    """The name of the reader that is surest of a file, None where none takes it.

    Those that know files of this name are asked first: to ask all of them of each file, and again
    as it grows, would take longer than to read it.

    Raises:
        ExtensionError: a reader, of another package maybe, fails at that; it is named.
    """
    known = readers()
    name = path.name.lower()
    likely = [of for of, reader in known.items() if _pattern(reader.patterns).match(name)]
    sure = {of: _certainty(of, path, head) for of in likely}
    if max(sure.values(), default=0.0) < SURE:
        sure |= {of: _certainty(of, path, head) for of in known if of not in sure}
    best = max(known, key=lambda of: sure.get(of, 0.0), default=None)
    return best if best is not None and sure.get(best, 0.0) > 0 else None


def _certainty(name: str, path: PurePath, head: bytes) -> float:
    """How sure a reader is of a file, by its own word."""
    try:
        return float(readers()[name].recognises(path, head))
    except Exception as error:
        what = f"the reader {name} failed to tell whether this file is its own"
        raise ExtensionError(
            f"{what} ({in_one_line(error)}); please report it to its authors"
        ) from error


@lru_cache(256)
def _pattern(patterns: tuple[str, ...]) -> re.Pattern[str]:
    """``*`` alone stands for names without a suffix."""
    told = (r"[^.]+\Z" if pattern == "*" else translate(pattern.lower()) for pattern in patterns)
    return re.compile("|".join(told) or "(?!)")
