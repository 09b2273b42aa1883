from __future__ import annotations

import math
import random

import pytest

from lrdoctor.diagnosis import Diagnosis, LearningRate, Status, Verdict, rounded


def test_states_rank_from_worst_to_best() -> None:
    ordered = [Status.CRITICAL, Status.WARNING, Status.WATCHING, Status.HEALTHY]
    shuffled = [ordered[at] for at in (2, 0, 3, 1)]
    assert sorted(shuffled, key=lambda status: status.rank) == ordered


@pytest.mark.parametrize(
    ("value", "shown"),
    [(None, None), (math.nan, "nan"), (math.inf, "inf"), (-math.inf, "-inf"), (1 / 3, 0.333333)],
)
def test_figures_fit_strict_json(value: float | None, shown: object) -> None:
    assert rounded(value) == shown


def test_a_line_has_the_contracts_fields() -> None:
    rate = LearningRate(value=0.1, verdict=Verdict.TOO_HIGH, planned=((10, 0.05),))
    line = Diagnosis("r", "p", "csv", Status.HEALTHY, "Fine.", learning_rate=rate).to_dict()
    assert line["schema"] == 1
    assert {"run", "path", "format", "x_axis", "points", "first_step", "last_step",
            "planned_steps", "optimizer", "momentum", "batch_size", "metrics", "status", "headline",
            "findings", "learning_rate", "advice", "problems"} <= set(line)  # fmt: skip
    assert line["learning_rate"]["verdict"] == "too_high"
    assert line["learning_rate"]["planned"] == [[10, 0.05]]


@pytest.mark.parametrize("gap", [(), (None,), (math.nan, math.inf)])
def test_sparkline_is_rounded_like_every_figure(gap: tuple[float | None, ...]) -> None:
    chance = random.Random(1)
    values = [chance.gauss() * 10.0 ** chance.randint(-300, 300) for _ in range(200)]
    line = (*values, 0.0, -0.0, 123456.5, *gap)
    told = Diagnosis("a", "a", "csv", Status.HEALTHY, "", sparkline=line).to_dict()
    assert told["sparkline"] == [rounded(value) for value in line]
