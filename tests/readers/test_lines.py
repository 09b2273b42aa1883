"""Hostile lines take no longer than others: each byte is looked at a few times at most."""

from __future__ import annotations

from pathlib import PurePath

from lrdoctor.readers import choose
from lrdoctor.readers._lines import Lines


def test_a_million_carriage_returns_are_as_many_lines() -> None:
    chunks = list(Lines().feed(b"\r" * 1_000_000 + b"x\n"))
    assert sum(len(chunk.lines()) for chunk in chunks) == 1_000_001


def test_a_page_of_blank_lines_is_no_log() -> None:
    assert choose(PurePath("notes.md"), b"\n" * 65_536) is None


def test_an_unfinished_line_of_one_word_is_cut(read) -> None:
    told = b"".join(b"step %d: loss %d\n" % (n, 9 - n) for n in range(5))
    run = read("train.log", told + b"a" * 16_000 + b"!")
    assert run.points("loss") == [(n, 9 - n) for n in range(5)]
