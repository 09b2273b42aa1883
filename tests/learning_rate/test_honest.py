"""A NaN that was logged as a number counts as the NaN it was."""

from __future__ import annotations

import numpy as np
import pytest

from lrdoctor import doctor
from lrdoctor.learning_rate import next_learning_rate
from lrdoctor.learning_rate.trace import trace
from lrdoctor.run import Block, Floats, Run

STEPS = np.arange(10, 1010, 10)
FALLING = 0.4 + 2 * np.exp(-STEPS / 300) + np.random.default_rng(0).normal(0, 0.02, 100)


def logged(losses: Floats, rate: float = 1e-3, **beside: Floats) -> Run:
    run = Run(f"lr-{rate}", f"lr-{rate}.json", "huggingface")
    for tag, values in {"loss": losses, "lr": np.full(100, rate), **beside}.items():
        run.add(Block(tag, STEPS, values))
    return run


def lost(from_row: int, rate: float = 1e-3, norms: bool = True) -> Run:
    """As Hugging Face's filter writes it: the loss 0.0, the gradient norm NaN."""
    gone = np.arange(100) >= from_row
    beside = {"grad_norm": np.where(gone, np.nan, 1.0)} if norms else {}
    return logged(np.where(gone, 0.0, FALLING), rate, **beside)


@pytest.mark.parametrize("norms", [True, False], ids=["beside a norm", "by its fall"])
def test_the_losses_before_it_are_what_a_run_has(norms: bool) -> None:
    seen = trace(lost(60, norms=norms))
    assert seen.broken
    assert len(seen) == 60
    assert seen.non_finite == pytest.approx(0.4)


@pytest.mark.parametrize("run", [
    logged(np.maximum(FALLING, 0.5)),  # held at a floor by little steps
    logged(np.round(FALLING, 1), grad_norm=np.ones(100)),
    logged(np.append(FALLING[:99], FALLING[98]), grad_norm=np.append(np.ones(99), np.nan)),
    logged(np.append(np.round(FALLING[:98], 2), [0.5, 0.5]), **{"val/loss": np.full(100, np.nan)}),
], ids=["a floor", "few digits", "one equal step", "validation on nothing"])  # fmt: skip
def test_equal_losses_alone_are_no_nan(run: Run) -> None:
    seen = trace(run)
    assert not seen.broken
    assert len(seen) == 100


def test_it_is_not_kept_as_the_best_run_and_its_zero_is_no_good_rate() -> None:
    told = next_learning_rate([lost(6, rate=0.5), logged(FALLING)])
    assert told.best == "lr-0.001.json"


def test_a_calm_loss_before_it_acquits_the_rate_and_a_wild_one_does_not() -> None:
    calm = doctor.diagnose(lost(60)).learning_rate
    assert calm.probabilities["too_high"] < 0.5
    rising = np.where(STEPS < 400, 2.3 + np.exp(STEPS / 80 - 2), 0.0)
    wild = logged(rising, 0.5, grad_norm=np.where(STEPS < 400, np.exp(STEPS / 80), np.nan))
    assert doctor.diagnose(wild).learning_rate.verdict == "too_high"


@pytest.mark.parametrize("norms", [True, False], ids=["beside a norm", "by its fall"])
def test_it_is_seen_however_long_ago_and_while_the_log_grows(norms: bool) -> None:
    steps = np.arange(6000)
    losses = np.where(steps < 3000, 0.4 + 2 * np.exp(-steps / 300), 0.0)
    run = Run("long", "long.json", "huggingface")
    for begin, end in ((0, 5990), (5990, 5999), (5999, 6000)):
        run.add(Block("loss", steps[begin:end], losses[begin:end]))
        if norms:
            gone = np.where(steps < 3000, 1.0, np.nan)
            run.add(Block("grad_norm", steps[begin:end], gone[begin:end]))
        seen = trace(run)
        assert seen.broken
        assert seen.non_finite == pytest.approx((end - 3000) / end)
