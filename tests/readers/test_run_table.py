"""One table with the rows of several runs, told apart by a column."""

from __future__ import annotations

import json
from pathlib import Path, PurePath

import numpy as np
import pytest

import lrdoctor
from lrdoctor import readers
from lrdoctor.readers.run_table import RunTable
from lrdoctor.resources import folder

SAMPLES = folder("sample_logs") / "formats" / "run-table"


def loss(step: int, rate: float = 0.02) -> float:
    return round(float(0.3 + 2 * np.exp(-rate * step)), 4)


def csv(*rows: tuple[object, ...], header: str = "run,step,loss") -> str:
    return "".join(",".join(map(str, row)) + "\n" for row in (header.split(","), *rows))


def counts(path: Path, text: str) -> dict[str, int]:
    path.write_text(text)
    return {d.run: d.points for d in lrdoctor.check([path])}


def training(run: object, first: int, last: int) -> list[tuple[object, ...]]:
    return [(run, step, loss(step)) for step in range(first, last)]


def test_sweep_is_a_run_each(tmp_path: Path) -> None:
    found = {d.run: d for d in lrdoctor.check([SAMPLES / "sweep.csv"])}
    assert list(found) == [f"sweep.csv#sgd-{rate}" for rate in ("0.001", "0.03", "2")]
    assert {d.learning_rate.value for d in found.values()} == {0.001, 0.03, 2.0}
    side_by_side = lrdoctor.check([SAMPLES / "trials.jsonl"])
    assert [d.run for d in side_by_side] == [f"trials.jsonl#trial={n}" for n in range(3)]
    assert [d.points for d in side_by_side] == [d.points for d in found.values()]


@pytest.mark.parametrize(
    "column", ["run", "run_id", "Experiment", "trial_id", "seed", "fold", "run_name"]
)
def test_columns_that_tell_runs_apart(tmp_path: Path, column: str) -> None:
    text = csv(*training(3, 0, 30), *training(4, 0, 20), header=f"{column},step,loss")
    assert counts(tmp_path / "m.csv", text) == {
        f"m.csv#{column}=3": 30,
        f"m.csv#{column}=4": 20,
    }


@pytest.mark.parametrize("column", ["job", "host", "rank", "model"])
def test_columns_that_do_not(tmp_path: Path, column: str) -> None:
    text = csv(*training("a", 0, 30), *training("b", 0, 20), header=f"{column},step,loss")
    assert list(counts(tmp_path / "m.csv", text)) == ["m.csv"]


def test_steps_that_go_on_are_the_same_run(tmp_path: Path) -> None:
    text = csv(*training("a", 0, 30), *training("b", 30, 50), *training("a", 50, 60))
    assert counts(tmp_path / "m.csv", text) == {"m.csv": 60}


def test_table_of_results_without_steps_is_not_cut_up(tmp_path: Path) -> None:
    text = csv(*((n, 0.1 * n, loss(n)) for n in range(30)), header="trial,lr,loss")
    assert list(counts(tmp_path / "m.csv", text)) == ["m.csv"]


def test_several_columns_together(tmp_path: Path) -> None:
    rows = [(e, s, n, loss(n)) for e in "xy" for s in (0, 1) for n in range(20)]
    found = counts(tmp_path / "m.csv", csv(*rows, header="experiment,seed,epoch,loss"))
    assert list(found) == [f"m.csv#{e}, seed={s}" for e in "xy" for s in (0, 1)]


def test_settings_before_the_rows_are_those_of_all(tmp_path: Path) -> None:
    records = [{"max_steps": 50}] + [
        {"run_id": run, "step": n, "loss": loss(n)} for run in "ab" for n in range(20)
    ]
    text = "".join(json.dumps(record) + "\n" for record in records)
    assert counts(tmp_path / "m.jsonl", text) == {"m.jsonl#a": 20, "m.jsonl#b": 20}


def test_unfinished_and_odd_lines_are_their_run_s(tmp_path: Path) -> None:
    path = tmp_path / "m.csv"
    text = csv(*training("a", 0, 30), *training("b", 0, 20)) + "b,20\n# note\n\na,30,0.3,9\na,31"
    path.write_text(text)
    found = {d.run: d for d in lrdoctor.check([path])}
    assert (found["m.csv#a"].points, found["m.csv#b"].points) == (30, 20)
    told = [problem.what.partition(": ")[0] for problem in found["m.csv#a"].problems]
    assert sorted(told) == ["run 'a'", "run 'a'", "run 'b'"]


def test_more_runs_than_anyone_can_look_at_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lrdoctor.readers.run_table.MOST_RUNS", 3)
    reader = RunTable()
    text = csv(*(row for run in range(5) for row in training(run, 0, 3)))
    runs = {block.run for block in reader.feed(text.encode())}
    assert runs == {"run=0", "run=1", "run=2"}
    assert [fault.what for fault in reader.take_faults()] == [
        "3 runs: any further ones are not read"
    ]


def test_framework_s_own_reader_is_asked_first() -> None:
    one = csv(*training("a", 0, 30)).encode()
    assert readers.choose(PurePath("m.csv"), one) == "run-table"
    assert readers.choose(PurePath("m.csv"), csv((1, 2.0), header="step,loss").encode()) == "csv"
