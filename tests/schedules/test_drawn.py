"""Schedules made by hand are those that are recognised in a log of them."""

from __future__ import annotations

import numpy as np
import pytest

from lrdoctor.schedules import Schedule, drawn, recognise

BASE, TOTAL = 3e-3, 1000.0
MADE: dict[str, tuple[str, Schedule]] = {
    "constant": ("constant", drawn.constant(BASE)),
    "constant after a warmup": ("warmup-constant", drawn.constant(BASE, 100)),
    "linear": ("linear", drawn.falling(BASE, TOTAL)),
    "warmup, linear": ("warmup-linear", drawn.falling(BASE, TOTAL, 100)),
    "cosine": ("cosine", drawn.falling(BASE, TOTAL, bend="cosine", final=BASE / 10)),
    "warmup, cosine": ("warmup-cosine", drawn.falling(BASE, TOTAL, 100, bend="cosine")),
    "stable": ("wsd", drawn.stable(BASE, TOTAL, 200)),
    "warmup, stable, linear": ("wsd", drawn.stable(BASE, TOTAL, 200, 100, "linear")),
    "one cycle": ("one-cycle", drawn.one_cycle(BASE, TOTAL, 300, BASE / 25, BASE / 25e4)),
    "drops": ("step", drawn.drops(BASE, [500, 750])),
    "even drops": ("step", drawn.drops(BASE, [300, 600, 900])),
}


@pytest.mark.parametrize("name", MADE)
def test_a_log_of_it_is_recognised_as_it(name: str) -> None:
    kind, made = MADE[name]
    steps = np.arange(int(TOTAL) + 1)
    known = recognise(steps, made.rate_at(steps), int(TOTAL))
    assert made.kind == known.kind == kind
    assert known.rate_at(steps) == pytest.approx(made.rate_at(steps), abs=BASE * 2e-3)
    shared = set(known.parameters) & set(made.parameters)
    assert "peak" in shared
    for figure in shared:
        assert made.parameters[figure] == pytest.approx(
            known.parameters[figure], rel=0.02, abs=1e-6
        )


def test_drops_are_drawn_where_they_were_asked_for() -> None:
    made = drawn.drops(1.0, [10, 20], 0.5)
    assert made.rate_at(np.array([0, 9, 10, 19, 20, 99])).tolist() == [1, 1, 0.5, 0.5, 0.25, 0.25]
    assert made.parameters["period"] == 10
    assert "period" not in drawn.drops(1.0, [10, 25]).parameters
