from __future__ import annotations

import numpy as np
import pytest
from curves import falling, noise, run_of

from lrdoctor.diagnosis import Action, Severity
from lrdoctor.rules.divergence import Divergence


def test_fast_divergence_is_told_within_points_of_its_onset() -> None:
    losses = falling(400)
    losses[200:] = 0.5 + np.minimum(1.5 ** np.arange(200), 1e4) + noise(200)
    (finding,) = Divergence().examine(run_of(losses))
    assert 200 <= finding.onset_step <= 206
    assert finding.fired_step <= 216
    assert not finding.resolved


def test_slow_divergence_is_told() -> None:
    losses = np.concatenate([falling(300), np.linspace(0.4, 2.2, 1200) + noise(1200, seed=1)])
    found = list(Divergence().examine(run_of(losses)))
    assert any(f.severity is Severity.CRITICAL for f in found)
    assert 280 <= found[0].onset_step <= 700


def test_a_small_rise_that_lasts_is_a_warning() -> None:
    losses = np.concatenate([falling(300), np.linspace(0.4, 0.9, 1200) + noise(1200, seed=1)])
    (finding,) = Divergence().examine(run_of(losses))
    assert finding.severity is Severity.WARNING
    assert "slowly" in finding.unit


def test_a_run_that_ends_above_its_start_is_found_whatever_its_noise() -> None:
    rising = 2.3 + np.linspace(0, 3, 300) + noise(300) * np.linspace(1, 20, 300)
    assert [f.resolved for f in Divergence().examine(run_of(rising))] == [False]


def test_negative_losses_diverge_like_any_other() -> None:
    losses = -5 - 2 * (1 - np.exp(-np.arange(200) / 40)) + noise(200)
    assert list(Divergence().examine(run_of(losses))) == []
    losses[120:] += np.linspace(0, 6, 80)
    assert len(list(Divergence().examine(run_of(losses)))) == 1


@pytest.mark.parametrize("seed", range(20))
def test_quiet_on_healthy_noise(seed: int) -> None:
    for deviation in (0.01, 0.1, 0.4):
        assert list(Divergence().examine(run_of(falling(600, deviation, seed)))) == []


def test_quiet_on_a_hump_of_warmup() -> None:
    losses = falling(400)
    losses[10:60] += 0.5 * np.sin(np.linspace(0, np.pi, 50))
    assert list(Divergence().examine(run_of(losses))) == []


def test_quiet_on_one_spike() -> None:
    losses = falling(400)
    losses[200] = 1e6
    assert list(Divergence().examine(run_of(losses))) == []


def test_a_first_batch_among_averages_is_no_yardstick_for_an_alarm() -> None:
    losses = np.concatenate([[2.0], 2.3 + noise(40, 0.01)])
    steps = np.concatenate([[1], 50 * np.arange(1, 41)])
    (finding,) = Divergence().examine(run_of(losses, steps=steps))
    assert finding.severity is Severity.WARNING


def test_growth_into_infinity_is_told_at_its_first_point() -> None:
    losses = np.concatenate([[1.0], 10.0 ** np.arange(0, 300, 60), np.full(5, np.inf)])
    (finding,) = Divergence().examine(run_of(losses))
    assert finding.fired_step == 6


def test_a_run_that_begins_and_stays_without_numbers_is_lost_after_its_patience() -> None:
    (finding,) = Divergence().examine(run_of(np.concatenate([[2.3], np.full(9, np.nan)])))
    assert (finding.onset_step, finding.fired_step) == (1, 5)


def test_a_nan_out_of_the_blue_is_no_divergence() -> None:
    losses = falling(400)
    losses[200:] = np.nan
    assert list(Divergence().examine(run_of(losses))) == []


def test_it_is_resolved_when_the_loss_has_come_back() -> None:
    losses = falling(600)
    losses[200:260] += np.linspace(0, 30, 60)
    (finding,) = Divergence().examine(run_of(losses))
    assert finding.resolved
    assert 255 <= finding.last_step <= 300


def test_it_advises_a_lower_rate_from_before_the_onset() -> None:
    losses = falling(400)
    losses[200:] += np.linspace(0, 30, 200)
    run = run_of(losses)
    (finding,) = Divergence().examine(run)
    advice = {a.action: a for a in Divergence().advise(finding, run)}
    assert advice[Action.LOWER_LR].lr_factor < 1
    assert advice[Action.RESTORE_CHECKPOINT].from_step == finding.onset_step


def test_a_loss_frozen_above_its_best_is_lost() -> None:
    losses = falling(60)
    losses[40:] = 0.9
    (finding,) = Divergence().examine(run_of(losses))
    assert (finding.onset_step, finding.fired_step) == (40, 47)
    assert "exactly the same" in finding.unit
