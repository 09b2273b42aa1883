from __future__ import annotations

import os
import re
import unicodedata
from collections.abc import Callable
from dataclasses import replace
from io import StringIO

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.cells import cell_len

from lrdoctor.diagnosis import Diagnosis, Problem, Status
from lrdoctor.reports import Outcome
from lrdoctor.reports._layout import shortened
from lrdoctor.reports._words import shown
from lrdoctor.reports.text import TextReport

Written = Callable[[str, Outcome], str]

EXPECTED = """\
2 of 8 runs need you now. Both share a cause: learning rate too high.

✖ CRITICAL   gpt2  adamw                                        █▇▆▅▄▃▂▁▁▂▃▄▅▆▇█
             The loss has been diverging since step 500; the learning rate is
             too high.
             It began as warmup carried the rate past 2.6e-3
             try  3e-3 → 3e-4  10× lower, 94% sure that it was too high; restart
             from step 400
             line 88: not a number

✖ CRITICAL   vit                                                █▇▇▆▅▅▄▄▃▂▂▁×
             The loss became NaN at step 750.
             It began as warmup carried the rate past 2.6e-3
             try  3e-3 → 3e-4  10× lower, 94% sure that it was too high

▲ WARNING    a\\x1b[31m\\u202eb\\x0d\\x0a|`<script>`                ▁▅▅▅█▅▅▅▁▅▅▅█▅▅▅
             It bounces.
             It bounces. In full.

◆ WATCHING   wav2vec                                            ██▇▇▆▆▅▅▄▄▃▃▂▂▁▁
             It learns slowly.

✔ HEALTHY    llama, bert

○ TOO SHORT  short
             Three points tell nothing.

? UNREADABLE noise.csv
             It holds no loss.

8 runs, 1.2 GB read in 0.9 s.  Exit code 1: critical findings.
Look closer: lrdoctor check runs/gpt2  or  lrdoctor watch runs/
"""


class Terminal(StringIO):
    def isatty(self) -> bool:
        return True


def test_a_ward_reads_worst_first(outcome: Outcome, written: Written) -> None:
    assert written("text", outcome) == EXPECTED


def test_a_terminal_gets_the_same_words_in_colour(
    outcome: Outcome, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("NO_COLOR", "FORCE_COLOR", "TTY_COMPATIBLE", "CI"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setenv("COLUMNS", "120")
    stream = Terminal()
    TextReport().write(outcome, stream)
    said = stream.getvalue()
    assert "\x1b[1;31m✖ CRITICAL" in said
    # The curve of gpt2 is grey up to its onset at half its length, then red.
    assert "\x1b[90m█▇▆▅▄▃▂▁\x1b[0m\x1b[31m▁▂▃▄▅▆▇█" in said


def test_no_color_is_obeyed(outcome: Outcome, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setenv("NO_COLOR", "1")
    stream = Terminal()
    TextReport().write(outcome, stream)
    assert "\x1b[31m" not in stream.getvalue()
    assert "\x1b[1;31m" not in stream.getvalue()


@pytest.mark.parametrize("columns", [40, 52, 79])
def test_a_narrow_terminal_is_never_overrun(
    outcome: Outcome, columns: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", str(columns))
    monkeypatch.setattr(os, "get_terminal_size", lambda *_: os.terminal_size((columns, 24)))
    stream = Terminal()
    TextReport().write(outcome, stream)
    lines = re.sub(r"\x1b\[[\d;]*m", "", stream.getvalue()).splitlines()
    assert max(map(cell_len, lines)) <= columns


@settings(max_examples=40)
@given(
    names=st.lists(st.text(min_size=1, max_size=120), min_size=1, max_size=30),
    headline=st.text(max_size=300),
    status=st.sampled_from(Status),
)
def test_no_name_can_wrap_a_line_or_move_the_cursor(
    names: list[str], headline: str, status: Status
) -> None:
    runs = [Diagnosis(name, name, "csv", status, headline) for name in names]
    stream = StringIO()
    TextReport().write(Outcome(runs, tuple(names)), stream)
    lines = stream.getvalue().split("\n")
    assert max(map(cell_len, lines)) <= 80
    assert not {c for line in lines for c in line if unicodedata.category(c) in ("Cc", "Cf", "Cs")}


def test_many_healthy_runs_share_one_line(written: Written) -> None:
    runs = [Diagnosis(f"seed-{i:04}", "x", "csv", Status.HEALTHY, "") for i in range(1000)]
    said = written("text", Outcome(runs, ("x",)))
    (line,) = [line for line in said.splitlines() if "HEALTHY" in line]
    assert said.startswith("All 1,000 runs look healthy.")
    assert line.endswith(f", and {1000 - line.count('seed-')} more")
    assert len(line) <= 80


@pytest.mark.parametrize(
    ("status", "said"),
    [
        (Status.CRITICAL, "1 of 1 run needs you now."),
        (Status.WARNING, "1 of 1 run needs a look."),
        (Status.WATCHING, "1 of 1 run is worth watching."),
        (Status.HEALTHY, "The run looks healthy."),
        (Status.TOO_SHORT, "No run can be judged yet."),
        (Status.UNREADABLE, "The log cannot be read."),
    ],
)
def test_the_first_line_is_the_answer(status: Status, said: str, written: Written) -> None:
    one = Diagnosis("a", "a", "csv", status, "h")
    assert written("text", Outcome([one], ("a",))).splitlines()[0] == said


@pytest.mark.parametrize(
    ("status", "fail_on", "said"),
    [
        (Status.WARNING, "critical", "Exit code 0: no critical findings."),
        (Status.CRITICAL, "critical", "Exit code 1: critical findings."),
        (Status.WATCHING, "warning", "Exit code 0: no warnings or worse."),
        (Status.CRITICAL, "warning", "Exit code 1: warnings or worse."),
        (Status.CRITICAL, "never", "Exit code 0: --fail-on never."),
        (Status.UNREADABLE, "never", "Exit code 2: not one log could be read."),
    ],
)
def test_the_exit_code_is_stated(status: Status, fail_on: str, said: str, written: Written) -> None:
    one = Diagnosis("a", "a", "csv", status, "h")
    assert said in written("text", Outcome([one], ("a",), fail_on))


def test_a_path_that_cannot_be_typed_is_not_proposed(outcome: Outcome, written: Written) -> None:
    said = written("text", replace(outcome, paths=("a\x1b[2J",)))
    assert "lrdoctor watch" not in said
    assert "lrdoctor check runs/gpt2" in said


def test_a_long_name_keeps_both_ends() -> None:
    assert shortened("experiment/of/2026/lr-3e-3", 15) == "experim…lr-3e-3"
    assert shortened("short", 15) == "short"


def test_what_cannot_be_printed_becomes_visible() -> None:
    assert shown("a\tb\u202e\udcff\U000e0001é漢") == "a\\x09b\\u202e\\udcff\\U000e0001é漢"


def test_records_lost_in_a_healthy_run_are_told(written: Written) -> None:
    lost = (Problem("a.csv", 88, "column 'loss': 'x' is no number"),)
    one = Diagnosis("a", "a.csv", "csv", Status.HEALTHY, "h", problems=lost)
    assert "a: line 88" in written("text", Outcome([one], ("a",)))
