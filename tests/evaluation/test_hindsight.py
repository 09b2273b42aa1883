"""What a finding on the rate's schedule counts as once the run is over."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).parent))
from hindsight import right
from symptoms import Case

from lrdoctor.diagnosis import Finding
from lrdoctor.rules.schedule_mismatch import ScheduleMismatch
from lrdoctor.run import Block, Run


def jumped() -> Finding:
    run = Run("a", "a.csv", "csv")
    run.add(Block("lr", np.arange(40), np.where(np.arange(40) < 30, 0.01, 1.0)))
    return next(ScheduleMismatch().examine(run))


def unwarmed() -> Finding:
    run = Run("a", "a.csv", "csv")
    run.add(Block("lr", np.arange(40), np.full(40, 0.1)))
    run.add(Block("loss", np.arange(40), np.where(np.arange(40) < 5, 1.0, np.nan)))
    return next(ScheduleMismatch().examine(run))


def case(event: str | None, label: str | None) -> Case:
    return Case("a", event, 0.0, frozenset(), label, "digits", 0, -2.0, Run("a", "a", "csv"), 30,
                True)  # fmt: skip


@pytest.mark.parametrize(("event", "answer"), [("lr_jump", True), ("resume", None), (None, None)])
def test_a_jump_that_the_rate_itself_shows_is_never_wrong(
    event: str | None, answer: bool | None
) -> None:
    assert right(case(event, "ok"), jumped()) is answer


@pytest.mark.parametrize(
    ("event", "label", "answer"),
    [(None, "too_high", True), (None, "ok", False), (None, None, None), ("nan_batch", "ok", False)],
)
def test_a_start_without_warmup_is_right_where_the_rate_was_too_high(
    event: str | None, label: str | None, answer: bool | None
) -> None:
    assert right(case(event, label), unwarmed()) is answer
