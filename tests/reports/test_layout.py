from __future__ import annotations

import sys

import pytest

from lrdoctor.reports._layout import paragraph

SENTENCE = "Try 0.13 to be surer: 0.04, the best of 2 runs so far, is good with probability 0.78."


@pytest.mark.parametrize(("columns", "widest"), [("60", 60), ("200", 80), ("10", 40)])
def test_a_sentence_fits_the_terminal_and_80_cells(
    monkeypatch: pytest.MonkeyPatch, columns: str, widest: int
) -> None:
    monkeypatch.setenv("COLUMNS", columns)
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    first, *rest = paragraph(SENTENCE, "12:03 ").split("\n")
    assert first.startswith("12:03 Try 0.13")
    assert rest
    assert all(line.startswith("      ") and line[6] != " " for line in rest)
    assert max(map(len, [first, *rest])) <= widest
    assert " ".join([first, *rest]).split() == ["12:03", *SENTENCE.split()]


def test_a_sentence_has_80_cells_in_a_pipe(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "40")
    first, rest = paragraph(SENTENCE, "- ").split("\n")
    assert len(first) <= 80 < len(first) + 1 + len(rest.split()[0])
    assert f"{first} {rest.strip()}" == f"- {SENTENCE}"
