from __future__ import annotations

import numpy as np
from curves import falling, noise, run_of

from lrdoctor.diagnosis import Action, Severity
from lrdoctor.rules.overfitting import Overfitting


def held_out(best: int, size: int = 200) -> np.ndarray:  # type: ignore[type-arg]
    index = np.arange(size)
    return 1 + np.where(index < best, 1 - index / best, (index - best) / 100) + noise(size, 0.02)


def test_the_best_step_is_the_onset() -> None:
    run = run_of(falling(200), val_loss=held_out(80))
    (finding,) = Overfitting().examine(run)
    assert 74 <= finding.onset_step <= 88
    assert not finding.resolved
    advice = {a.action: a.from_step for a in Overfitting().advise(finding, run)}
    assert advice[Action.RESTORE_CHECKPOINT] == finding.onset_step


def test_quiet_while_both_fall() -> None:
    run = run_of(falling(200), val_loss=0.2 + falling(200, seed=1))
    assert list(Overfitting().examine(run)) == []


def test_quiet_where_both_rise() -> None:
    losses = falling(200)
    losses[80:] += np.linspace(0, 4, 120)
    assert list(Overfitting().examine(run_of(losses, val_loss=held_out(80)))) == []


def test_quiet_without_validation() -> None:
    assert list(Overfitting().examine(run_of(falling(200)))) == []


def test_it_is_resolved_by_a_new_best() -> None:
    validation = np.concatenate([held_out(50, 120), 0.5 + noise(80, 0.02)])
    (finding,) = Overfitting().examine(run_of(falling(200), val_loss=validation))
    assert finding.resolved


def test_a_validation_loss_that_stands_while_the_training_loss_falls_is_worth_knowing() -> None:
    run = run_of(falling(200), val_loss=1.0 + noise(200, 0.02))
    finding = next(Overfitting().examine(run))
    assert finding.severity is Severity.INFO
    assert list(Overfitting().advise(finding, run)) == []


def test_a_rise_that_loses_little_of_what_was_won_is_no_warning() -> None:
    """Validation comes down from 2.3 to 0.3, then up again by a part of that."""
    index, fit = np.arange(200), falling(200, 0.005)
    for share, told in ((0.05, False), (0.3, True)):
        rise = 2 * share * np.clip(index - 100, 0, None) / 99
        validation = 0.3 + 2 * np.exp(-index / 20) + rise + noise(200, 0.002)
        found = Overfitting().examine(run_of(fit, val_loss=validation))
        assert any(f.severity is Severity.WARNING for f in found) is told
