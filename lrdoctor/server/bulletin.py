"""What ``lrdoctor watch`` says in its terminal: a line where a run falls ill, or is well again."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager

import orjson

from lrdoctor.diagnosis import Severity, Status
from lrdoctor.errors import StoreError
from lrdoctor.reports import _words
from lrdoctor.reports.text import LOOKS
from lrdoctor.server.source import Source
from lrdoctor.server.standing import Line, troubles
from lrdoctor.store import RunEntry

LOOK = 2.0
"""Seconds between two looks; before the first one the screen has had its time to open."""
MOST = 5
"""Lines at once: where a disk fails, a hundred runs fall ill in one second."""
Trouble = tuple[str, str, str]
"""Rule, metric and severity of a finding that alarms."""


class Bulletin:
    """What has been said of each run so far. Nothing is said twice until the run is well again.

    Runs that people muted are passed over.

    Args:
        write: takes a sentence, and what stands before it.
    """

    def __init__(
        self,
        source: Source,
        write: Callable[[str, str], None],
        clock: Callable[[], time.struct_time] = time.localtime,
    ) -> None:
        self._source = source
        self._write = write
        self._clock = clock
        self._version: int | None = None
        self._said: dict[str, frozenset[Trouble]] = {}

    def look(self) -> None:
        """Say what is new since the last look. Raises StoreError."""
        news = [told for record in self._changed() if (told := self._news(record)) is not None]
        clock = time.strftime("%H:%M", self._clock())
        news.sort(key=lambda one: one[0].rank)
        for _, sentence in news[:MOST]:
            self._write(sentence, f"{clock} ")
        if len(news) > MOST:
            self._write(f"and {len(news) - MOST:,} more: see the screen", " " * (len(clock) + 1))

    def _changed(self) -> Iterator[RunEntry]:
        if self._version is None:
            self._version = self._source.version()
            for page in self._source.pages():  # never all at once
                yield from page
            return
        if self._source.version() != self._version:
            self._version, _, records = self._source.changed(self._version)
            yield from (record for record in records if not record.gone)

    def _news(self, record: RunEntry) -> tuple[Status, str] | None:
        line: Line = orjson.loads(record.line)
        found = troubles(line)
        if found and (muted := self._source.standing(record)["muted"]):
            assert isinstance(muted, dict)
            silent = muted["rules"]
            assert isinstance(silent, list)
            found = [one for one in found if one["rule"] not in silent]
        now = frozenset((one["rule"], one["metric"], one["severity"]) for one in found)
        before = self._said.get(record.id, frozenset())
        if not now:
            self._said.pop(record.id, None)
            status = Status(line["status"])
            well = before and status.rank > Status.WARNING.rank
            return (status, _sentence(status, line)) if well else None
        self._said[record.id] = before | now
        if now <= before:
            return None
        critical = any(severity == Severity.CRITICAL for _, _, severity in now)
        status = Status.CRITICAL if critical else Status.WARNING
        return status, f"{_sentence(status, line)}{_try(line['learning_rate'])}"


def _sentence(status: Status, line: Line) -> str:
    return f"{LOOKS[status][0]} {_words.shown(line['run'])}: {_words.prose(line['headline'])}"


def _try(rate: Mapping[str, object]) -> str:
    """The change to make, as the screen names it; nothing where the rate is not at fault."""
    factor = rate["factor"]
    if rate["verdict"] not in ("too_low", "too_high") or not isinstance(factor, float):
        return ""
    if factor == 1:
        return ""
    suggested = rate["suggested"]
    if isinstance(suggested, float):
        return f" Try {_words.rate(suggested)}, {_words.change(factor)}."
    return f" Try a rate {_words.change(factor)}."


@contextmanager
def spoken(bulletin: Bulletin) -> Iterator[None]:
    """Look now and then, in a thread of its own, until the block ends."""
    over = threading.Event()

    def speak() -> None:
        while not over.wait(LOOK):
            try:
                bulletin.look()
            except StoreError:
                continue  # the screen says what ails the store; the next look finds it mended

    thread = threading.Thread(target=speak, name="bulletin", daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()
