"""Several runs one after the other in one file: told from a run that was resumed."""

from __future__ import annotations

import numpy as np
import pytest

from lrdoctor.readers import Reader
from lrdoctor.readers.csv import Csv
from lrdoctor.run import Run

HEADER = "step,loss\n"


def rows(first: int, last: int, start: float = 2.0, stride: int = 1) -> str:
    noise = np.random.default_rng(first)
    return "".join(
        f"{s},{start * np.exp(-s / 40) + 0.01 * noise.normal():.4f}\n"
        for s in range(first, last, stride)
    )


def read(text: str, *, cut: int = 1 << 20) -> tuple[Reader, dict[str, Run]]:
    reader: Reader = Csv()
    runs: dict[str, Run] = {}
    data = text.encode()
    for at in range(0, len(data), cut):
        for block in reader.feed(data[at : at + cut]):
            runs.setdefault(block.run, Run(block.run, "", "csv")).add(block)
        reader = type(reader).restore(reader.state())
    return reader, runs


def counts(text: str) -> dict[str, int]:
    whole = {name: len(run["train/loss"]) for name, run in read(text)[1].items()}
    assert {name: len(r["train/loss"]) for name, r in read(text, cut=7)[1].items()} == whole
    return whole


def test_training_that_begins_anew_is_another_run() -> None:
    text = "".join(HEADER + rows(0, n) for n in (100, 50, 30))
    assert counts(text) == {"": 100, "#2": 50, "#3": 30}
    reader, _ = read(text)
    assert [reader.ended(run) for run in ("", "#2", "#3")] == [True, True, False]


def test_training_that_goes_on_from_a_checkpoint_is_the_same_run() -> None:
    _, runs = read(HEADER + rows(0, 100) + HEADER + rows(60, 120))
    assert len(runs[""]["train/loss"]) == 120
    assert [resume.step for resume in runs[""].resumes] == [60]


def test_weights_that_were_kept_make_no_new_run() -> None:
    trained = "".join(f"{step},0.16\n" for step in range(20))
    assert list(counts(HEADER + rows(0, 100) + HEADER + trained)) == [""]


def test_step_back_without_a_header_is_a_resume() -> None:
    assert list(counts(HEADER + rows(0, 100) + rows(0, 50))) == [""]


def test_log_that_was_resumed_itself_does_not_tell_the_start() -> None:
    assert list(counts(HEADER + rows(500, 600) + HEADER + rows(400, 700))) == [""]


def test_header_that_comes_twice_begins_nothing() -> None:
    assert counts(HEADER + HEADER + rows(0, 30)) == {"": 30}
    assert counts(HEADER + rows(0, 30) + HEADER + rows(30, 60)) == {"": 60}


def test_run_that_diverged_is_followed_by_another() -> None:
    bad = "0,2.0\n1,3.0\n2,9.9e9\n3,nan\n"
    assert counts(HEADER + bad + HEADER + rows(0, 30)) == {"": 4, "#2": 30}


def test_steps_told_at_intervals() -> None:
    text = (HEADER + rows(10, 200, stride=10)) * 2
    assert counts(text) == {"": 19, "#2": 19}


@pytest.mark.parametrize(
    "second", ["epoch,step,loss\n0,0,2.0\n0,5,1.9\n", "loss,epoch\n2.0,1\n1.9,2\n"]
)
def test_columns_may_be_others(second: str) -> None:
    reader, runs = read(HEADER + rows(0, 30) + second, cut=5)
    assert list(runs) == ["", "#2"]
    assert runs["#2"]["train/loss"].values.tolist() == [2.0, 1.9]
    assert reader.x_axis_of("") == "step"
