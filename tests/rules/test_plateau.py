from __future__ import annotations

import numpy as np
from curves import falling, noise, run_of

from lrdoctor.diagnosis import Action, Severity
from lrdoctor.rules.plateau import Plateau


def settled(size: int = 600) -> np.ndarray:  # type: ignore[type-arg]
    return 0.5 + 2 * np.exp(-np.arange(size) / 20) + noise(size, 0.02)


def test_a_settled_loss_is_worth_knowing() -> None:
    (finding,) = Plateau().examine(run_of(settled()))
    assert finding.severity is Severity.INFO
    assert 40 < finding.onset_step < 200


def test_quiet_while_it_falls_and_where_it_never_fell() -> None:
    assert list(Plateau().examine(run_of(falling(600)))) == []
    assert list(Plateau().examine(run_of(2.3 + noise(600)))) == []


def test_a_fall_after_a_spike_is_no_plateau() -> None:
    losses = falling(600, 0.02)
    losses[100:] += 4 * np.exp(-np.arange(500) / 60)
    losses[:100] = falling(600, 0.02)[:100]
    assert [f for f in Plateau().examine(run_of(losses)) if not f.resolved] == []


def test_a_step_of_the_rate_that_sets_it_going_resolves_it() -> None:
    losses = settled()
    losses[400:] -= 0.4
    (finding,) = Plateau().examine(run_of(losses))
    assert finding.resolved
    assert 400 <= finding.last_step <= 420


def test_it_advises_to_decay_a_rate_near_its_peak_only() -> None:
    for rates, wanted in (
        (np.full(600, 0.1), [Action.DECAY_LR]),
        (np.geomspace(0.1, 1e-4, 600), []),
    ):
        run = run_of(settled(), lr=rates)
        (finding,) = Plateau().examine(run)
        assert [a.action for a in Plateau().advise(finding, run)] == wanted


def told(losses: np.ndarray, **more: np.ndarray) -> str:  # type: ignore[type-arg]
    return list(Plateau().examine(run_of(losses, **more)))[-1].message


def test_a_curve_that_is_done_is_called_converged() -> None:
    assert "converged" in told(1 + 2 * np.exp(-np.arange(400) / 10) + noise(400, 0.001))


def test_a_loss_that_wins_nothing_more_is_told_without_a_share_of_nothing() -> None:
    losses = np.maximum(2.0 - 0.1 * np.arange(400), 0.5)
    message = told(losses)
    assert "has come no lower since step" in message
    assert "nothing more is to come" in message


def test_what_is_still_to_come_is_extrapolated() -> None:
    losses = 1 + 2 * (1 + np.arange(4000) / 2) ** -0.8 + noise(4000, 0.001)
    assert "would win" in told(losses)


def test_what_a_cut_of_the_rate_won_is_told() -> None:
    index = np.arange(400)
    losses = 1 + 2 * np.exp(-index / 10) + 0.5 * (index < 100) + noise(400, 0.005)
    rates = np.where(index < 100, 0.1, 0.01)
    assert "the cut of the rate at step 100 had won 2" in told(losses, lr=rates)


def test_a_loss_that_scatters_is_not_called_converged_but_bounded() -> None:
    message = told(settled() + noise(600, 0.1, seed=1))
    assert "converged" not in message
    assert "% at the most" in message


def test_the_scatter_bounds_what_a_first_cut_may_win() -> None:
    calm, rough = (told(settled() + noise(600, more, seed=1), lr=np.full(600, 0.1))
                   for more in (0.02, 0.1))  # fmt: skip
    most = [float(message.split("to a tenth would win ")[1].split(" %")[0])
            for message in (calm, rough)]  # fmt: skip
    assert 1 < most[0] < most[1] / 2


def test_where_the_loss_does_not_scatter_no_cut_is_advised() -> None:
    losses = 0.5 + 2 * np.exp(-np.arange(600) / 20) + noise(600, 0.001)
    run = run_of(losses, lr=np.full(600, 0.1))
    (finding,) = Plateau().examine(run)
    assert "a cut of the rate to a tenth would win 1 % at the most" in finding.message
    assert list(Plateau().advise(finding, run)) == []


def test_a_bound_above_all_that_was_won_is_not_told() -> None:
    losses = settled() + 6 * (np.arange(600) % 7 == 5)
    assert "still to be tried" in told(losses, lr=np.full(600, 0.1))
