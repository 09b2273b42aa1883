from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace

from lrdoctor.diagnosis import MetricSummary
from lrdoctor.reports import Outcome, reports

Written = Callable[[str, Outcome], str]


def test_a_line_is_a_run_in_the_order_read(outcome: Outcome, written: Written) -> None:
    lines = [json.loads(line) for line in written("jsonl", outcome).splitlines()]
    assert lines == [one.to_dict() for one in outcome.diagnoses]


def test_the_document_is_worst_first(outcome: Outcome, written: Written) -> None:
    statuses = [line["status"] for line in json.loads(written("json", outcome))]
    assert statuses == ["critical", "critical", "warning", "watching", "healthy", "healthy",
                        "too-short", "unreadable"]  # fmt: skip


def test_nothing_raw_reaches_a_terminal(outcome: Outcome, written: Written) -> None:
    for name in ("jsonl", "json"):
        said = written(name, outcome)
        assert said.isascii()
        assert set(said) & {chr(i) for i in range(32)} <= {"\n"}


def test_non_finite_figures_are_strict_json(outcome: Outcome, written: Written) -> None:
    broken = MetricSummary("loss", 3, 2, float("inf"), float("nan"), None, None)
    one = replace(outcome.diagnoses[0], metrics={"train/loss": broken})
    said = written("jsonl", replace(outcome, diagnoses=[one]))
    line = json.loads(said, parse_constant=lambda name: f"bare {name}")
    assert line["metrics"]["train/loss"]["first"] == "inf"
    assert line["metrics"]["train/loss"]["last"] == "nan"


def test_a_file_name_that_is_no_text_survives(outcome: Outcome, written: Written) -> None:
    one = replace(outcome.diagnoses[0], path="runs/\udcff")
    said = written("jsonl", replace(outcome, diagnoses=[one]))
    assert json.loads(said)["path"] == "runs/\udcff"


def test_the_formats_are_the_files() -> None:
    assert {"text", "jsonl", "json", "markdown"} <= set(reports())
