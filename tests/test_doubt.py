"""A loss that stands still by its noise, where the rest of its log tells of a rate that trains."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from lrdoctor.diagnosis import Clue, Finding, Severity
from lrdoctor.doctor import diagnose
from lrdoctor.doctor.doubt import LIKELY, doubted
from lrdoctor.run import Block, Run, Settings

ROWS = 100


def hidden(rate: float, seed: int = 0) -> Run:
    """It falls within three rows, by less than three deviations of its batches."""
    random, index = np.random.default_rng(seed), np.arange(ROWS)
    run = Run("run", "run.csv", "csv", settings=Settings(optimizer="adam", planned_steps=1000))
    losses = 0.62 + 0.35 * np.exp(-index / 1.5) + random.normal(0, 0.12, ROWS)
    run.add(Block("loss", 10 * (index + 1), losses))
    evaluated = index[4::5]
    held_out = 0.63 + random.normal(0, 0.004, len(evaluated))
    run.add(Block("val_loss", 10 * (evaluated + 1), held_out))
    decay = 0.5 * (1 + np.cos(np.pi * index / ROWS))
    run.add(Block("lr", 10 * (index + 1), rate * decay))
    return run


def flat(run: Run) -> Finding:
    (finding,) = (f for f in diagnose(run).findings if f.rule == "flat")
    return finding


def test_a_flat_loss_at_a_rate_that_trains_is_for_information() -> None:
    finding = flat(hidden(1e-2))
    assert finding.severity is Severity.INFO
    assert finding.confidence <= 1 - LIKELY
    assert "scatter by" in finding.message


@pytest.mark.parametrize("rate", [1e-7, 1e-5])
def test_the_same_curve_at_a_rate_too_low_is_a_warning(rate: float) -> None:
    assert flat(hidden(rate)).severity is Severity.WARNING


def test_what_is_known_when_it_fires_decides() -> None:
    run = hidden(1e-2)
    whole = flat(run)
    cut = flat(run.until(whole.fired_step))
    assert replace(cut, last_step=whole.last_step) == whole


def test_a_loss_of_guessing_among_classes_is_not_doubted() -> None:
    random = np.random.default_rng(0)
    told = replace(flat(hidden(1e-2)), fired_step=600, severity=Severity.WARNING)
    for classes, severity in ((1000, Severity.WARNING), (700, Severity.INFO)):
        run, index = Run("run", "run.csv", "csv"), np.arange(ROWS)
        losses = np.log(classes) + 0.4 * np.exp(-index / 1.5) + random.normal(0, 0.003, ROWS)
        run.add(Block("loss", 10 * (index + 1), losses))
        run.add(Block("lr", 10 * (index + 1), np.full(ROWS, 0.01)))
        assert doubted(run, told).severity is severity


def test_one_class_for_every_example_is_not_doubted() -> None:
    run = hidden(1e-2)
    told = replace(flat(run), severity=Severity.WARNING)
    assert doubted(run, told).severity is Severity.INFO
    one = replace(told, clue=Clue.ONE_CLASS)
    assert doubted(run, one) == one
