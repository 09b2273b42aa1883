"""``--format text``: what a person reads in a terminal, the answer first."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Sequence
from typing import TextIO

from rich.cells import cell_len
from rich.console import Console
from rich.text import Text

from lrdoctor.diagnosis import Diagnosis, Status
from lrdoctor.reports import Outcome, Report, _words
from lrdoctor.reports._layout import NARROWEST, WIDEST, shortened, wrapped
from lrdoctor.reports._spark import spark

BODY = 13
"""The column at which names and sentences begin: room for the longest icon and word."""
SPARK = 16

GREY = "bright_black"
LOOKS = {
    Status.CRITICAL: ("✖", "red"),
    Status.WARNING: ("▲", "yellow"),
    Status.WATCHING: ("◆", "blue"),
    Status.HEALTHY: ("✔", "green"),
    Status.TOO_SHORT: ("○", GREY),
    Status.UNREADABLE: ("?", "magenta"),
}
SICK = (Status.CRITICAL, Status.WARNING, Status.WATCHING)


class TextReport(Report):
    """Worst first, in 80 columns or the terminal's width where that is less; it wraps itself.

    State is icon, word and colour: without colour, in a pipe, nothing is lost.
    """

    def write(self, outcome: Outcome, stream: TextIO) -> None:
        console = Console(file=stream, highlight=False, markup=False, emoji=False)
        # A pipe has no width: what the environment tells is that of somebody's terminal.
        width = min(WIDEST, console.width) if console.is_terminal else WIDEST
        with console.capture() as written:  # rich would answer a closed pipe with exit code 1
            for line in _lines(outcome, max(NARROWEST, width)):
                line.rstrip()
                console.print(line, no_wrap=True, overflow="ignore", crop=False)
        stream.write(written.get())


def _lines(outcome: Outcome, width: int) -> Iterator[Text]:
    said, cause = _words.answer(outcome.diagnoses)
    yield from wrapped(0, width, (said, "bold"), (f" {cause}", GREY))
    yield Text()
    runs = outcome.worst_first
    for one in runs:
        if one.status in SICK:
            yield from _sick(one, width)
            yield Text()
    for status in (Status.HEALTHY, Status.TOO_SHORT):
        names = [_words.shown(one.run) for one in runs if one.status is status]
        if names:
            yield _shared_line(status, names, width)
            if status is Status.TOO_SHORT and len(names) == 1:
                (young,) = (one.headline for one in runs if one.status is status)
                yield from wrapped(BODY, width, (_words.prose(young), GREY))
            yield from _lost_records([one for one in runs if one.status is status], width)
            yield Text()
    for one in runs:
        if one.status is Status.UNREADABLE:
            yield _title(one, width)
            yield from wrapped(BODY, width, (_words.prose(one.headline), GREY))
            yield Text()
    yield from _footer(outcome, runs, width)


def _lost_records(these: Sequence[Diagnosis], width: int) -> Iterator[Text]:
    """A line for each run whose log could not be read whole: nothing is lost in silence."""
    for one in these:
        if one.problems:
            told = f"{_words.shown(one.run)}: {_words.problems(one)}"
            yield from wrapped(BODY, width, (told, GREY))


def _sick(one: Diagnosis, width: int) -> Iterator[Text]:
    title = _title(one, width - SPARK - 1)
    title.pad_right(width - SPARK - title.cell_len)
    yield title.append_text(_curve(one))
    yield from wrapped(BODY, width, (_words.prose(one.headline), ""))
    tried = _words.attempt(one)
    evidence = _words.prose(_words.evidence(one, rate_is_wrong=tried is not None))
    if evidence:
        yield from wrapped(BODY, width, (evidence, GREY))
    if tried:
        old, new, notes = tried
        arrow = f"try  {old} → " if old else "try  "
        yield from wrapped(BODY, width, (arrow, GREY), (new, "bold cyan"), (f"  {notes}", GREY))
    if one.problems:
        yield from wrapped(BODY, width, (_words.problems(one), GREY))


def _title(one: Diagnosis, width: int) -> Text:
    """State, name and, where there is room for it, the optimizer."""
    room = width - BODY
    optimizer = f"  {_words.shown(one.optimizer)}" if one.optimizer else ""
    if room - cell_len(optimizer) < 20:
        optimizer = ""
    name = shortened(_words.shown(one.run), room - cell_len(optimizer))
    return _label(one.status).append(name, "bold").append(optimizer, GREY)


def _label(status: Status) -> Text:
    icon, colour = LOOKS[status]
    word = status.value.replace("-", " ").upper()
    # The style lies on the word alone: as the line's own it would colour all that follows.
    return Text().append(f"{icon} {word}".ljust(BODY), f"bold {colour}")


def _shared_line(status: Status, names: Sequence[str], width: int) -> Text:
    """As many names as fit on one line, and how many more there are."""
    line = _label(status)
    for i, name in enumerate(names):
        left = len(names) - i
        comma = ", " if i else ""
        more = f", and {left - 1:,} more" if left > 1 else ""
        room = width - line.cell_len - len(comma) - len(more)
        if i and cell_len(name) > room:
            return line.append(f", and {left:,} more", GREY)
        line.append(comma, GREY).append(shortened(name, room), "" if i else "bold")
    return line


def _curve(one: Diagnosis) -> Text:
    """The sparkline, grey until the onset, then in the colour of the state."""
    drawn = spark(one.sparkline, SPARK)
    onset = min(int((_words.onset_share(one) or 0.0) * len(drawn)), max(len(drawn) - 1, 0))
    return Text().append(drawn[:onset], GREY).append(drawn[onset:], LOOKS[one.status][1])


def _footer(outcome: Outcome, runs: Sequence[Diagnosis], width: int) -> Iterator[Text]:
    said = f"{_words.read(outcome)}  Exit code {outcome.exit_code}: {_meaning(outcome)}."
    yield from wrapped(0, width, (said, GREY))
    commands = _commands(outcome, runs)
    line = Text("Look closer: ", style=GREY).append("  or  ".join(commands), "cyan")
    if len(runs) > 1 and commands and line.cell_len <= width:
        yield line


def _meaning(outcome: Outcome) -> str:
    if outcome.exit_code == 2:
        return "not one log could be read"
    if outcome.fail_on == "never":
        return "--fail-on never"
    kind = "critical findings" if outcome.fail_on == "critical" else "warnings or worse"
    return kind if outcome.exit_code else f"no {kind}"


def _commands(outcome: Outcome, runs: Sequence[Diagnosis]) -> list[str]:
    """What to type next, where the paths can be typed: what came through a pipe is gone."""
    if {"-", "/dev/stdin"}.intersection(outcome.paths):
        return []
    typed = [shlex.quote(path) for path in outcome.paths]
    sick = bool(runs) and runs[0].status in SICK
    worst = [f"lrdoctor check {shlex.quote(runs[0].path)}"] if sick else []
    commands = [*worst, f"lrdoctor watch {' '.join(typed)}"]
    return [each for each in commands if _words.shown(each) == each]
