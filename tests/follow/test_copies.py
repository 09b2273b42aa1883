"""What a framework writes twice is one run."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from lrdoctor.follow.copies import without_copies
from lrdoctor.follow.find import Finder

PATTERNS = ("*.csv", "*.tsv", "*.txt", "*.json", "*.jsonl", "*tfevents*")


def left(root: Path, *files: str, given: str = "") -> list[str]:
    for file in files:
        (root / file).parent.mkdir(parents=True, exist_ok=True)
        (root / file).write_bytes(b"")
    places = without_copies(Finder([str(root / given)], PATTERNS).find())
    return sorted(os.path.relpath(place.path, root) for place in places)


@pytest.mark.parametrize(
    ("files", "kept"),
    [
        (["plots/metrics/loss.tsv", "metrics.json"], ["."]),
        (["catboost_training.json", "learn_error.tsv", "test_error.tsv", "time_left.tsv",
          "learn/events.out.tfevents", "test/events.out.tfevents"], ["catboost_training.json"]),
        (["progress.csv", "progress.json", "log.txt"], ["progress.csv"]),
        (["result.json", "params.json", "progress.csv"], ["params.json", "result.json"]),
        (["metrics.jsonl", "log.jsonl", "task.json"], ["metrics.jsonl", "task.json"]),
    ],
)  # fmt: skip
def test_copies_are_left_out(tmp_path: Path, files: list[str], kept: list[str]) -> None:
    assert left(tmp_path, *files) == kept


def test_a_name_alone_is_no_copy(tmp_path: Path) -> None:
    files = ["a/metrics.json", "b/learn_error.tsv", "c/progress.csv", "d/log.jsonl",
             "e/progress.csv", "e/result.json"]  # fmt: skip
    assert left(tmp_path, *files) == files


def test_a_copy_that_is_given_itself_is_read(tmp_path: Path) -> None:
    files = ["progress.csv", "progress.json"]
    assert left(tmp_path, *files, given="progress.json") == ["progress.json"]
