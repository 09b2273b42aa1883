"""Reduce-on-plateau as PyTorch and Keras count, and what is said of it."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from lrdoctor.errors import UsageError
from lrdoctor.learning_rate.on_plateau import Options, Style, counted, simulate
from lrdoctor.run import Block, Run

TRUTH = json.loads(Path(__file__).with_name("plateau_truth.json").read_text())
"""What the frameworks themselves did: see ``record_plateau.py``."""


def run_of(*tags: tuple[str, np.ndarray]) -> Run:
    run = Run("demo", "demo.csv", "csv")
    for tag, values in tags:
        run.add(Block(tag, np.arange(len(values)), values))
    return run


@pytest.mark.parametrize("style", ["pytorch", "keras"])
def test_cuts_come_where_the_framework_made_them(style: Style) -> None:
    made = 0
    for case in TRUTH:
        options = Options(
            style, case["factor"], case["patience"], case["threshold"], case["cooldown"]
        )
        assert [at for at, _, _ in counted(np.array(case["values"]), options)] == case[style]
        made += len(case[style])
    assert made > 300


def test_a_cut_says_the_rate_and_whether_the_loss_still_fell() -> None:
    fell = np.concatenate([np.linspace(2, 1, 20), np.full(15, 1.0), np.linspace(1, 0.5, 10)])
    told = simulate(run_of(("val_loss", fell), ("lr", np.full(45, 0.1))))
    (cut,) = told.cuts
    assert (cut.step, cut.best_step, cut.best) == (30, 19, 1.0)
    assert cut.rate == pytest.approx(0.01)
    assert cut.fell_on == pytest.approx(0.5)
    assert "first at step 30, to 0.01" in told.reason
    assert "longer patience" in told.reason
    never = simulate(run_of(("val_loss", fell[:35])))
    assert never.cuts[0].rate is None
    assert "never came lower" in never.reason


def test_each_cut_is_of_the_rate_in_force_and_of_all_cuts_before_it() -> None:
    rates = np.where(np.arange(45) < 15, 0.1, 0.02)
    told = simulate(run_of(("val_loss", np.ones(45)), ("lr", rates)), Options(factor=0.5))
    assert [cut.step for cut in told.cuts] == [11, 22, 33, 44]
    assert [cut.rate for cut in told.cuts] == pytest.approx([0.05, 0.005, 0.0025, 0.00125])
    assert "would have cut the rate 4 times, first at step 11, to 0.05" in told.reason


def test_nothing_to_cut_is_told() -> None:
    told = simulate(run_of(("loss", np.linspace(2, 1, 30))))
    assert told.metric == "train/loss"
    assert told.reason.endswith("would have cut nothing in 30 evaluations.")


def test_the_frameworks_smallest_cut_is_kept() -> None:
    still = run_of(("val_loss", np.ones(500)), ("lr", np.full(500, 1e-6)))
    assert len(simulate(still).cuts) == 2  # 1e-7, 1e-8; a cut by 9e-9 is none
    assert len(simulate(still, Options("keras")).cuts) == 49


@pytest.mark.parametrize(
    "wrong", [{"factor": 1.0}, {"patience": -1}, {"threshold": 2.0}, {"cooldown": -1}]
)
def test_nonsense_is_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(UsageError):
        Options(**wrong)  # type: ignore[arg-type]


def test_a_run_without_a_loss_is_refused() -> None:
    with pytest.raises(UsageError, match="no loss"):
        simulate(run_of(("lr", np.ones(3))))


def test_keras_compares_in_single_precision() -> None:
    """In double precision 0.499119 + 0.0001 is less than 0.499219 by rounding."""
    options = Options("keras", patience=1)
    assert [at for at, _, _ in counted(np.array([0.499219, 0.499119]), options)] == [1]
