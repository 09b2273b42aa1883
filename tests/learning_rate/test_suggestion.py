"""The suggested rate: the right way, to the right place, and as wide as it is unsure."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from lrdoctor.diagnosis import Verdict
from lrdoctor.learning_rate import assess
from lrdoctor.learning_rate.losses import CAP, agreement
from lrdoctor.learning_rate.model import model
from lrdoctor.learning_rate.suggestion import suggest
from lrdoctor.learning_rate.trace import trace
from lrdoctor.learning_rate.verdict import Judgement, judge
from lrdoctor.learning_rate.view import View, view
from lrdoctor.learning_rate.window import STEP, WIDTHS, Belief, believe
from lrdoctor.run import Run

Trained = Callable[..., Run]


def seen(run: Run) -> tuple[View, Judgement]:
    own = view(trace(run), model())
    return own, judge(own, model())


@pytest.mark.parametrize("rate", [1e-5, 1e-4, 1e-3])
def test_too_low_goes_up_into_or_near_the_good_rates(trained: Trained, rate: float) -> None:
    move = suggest(*seen(trained(rate)))
    assert move is not None
    assert move.factor > 1
    assert 0.004 < rate * move.factor < 3
    assert move.low <= move.factor <= move.high


@pytest.mark.parametrize("rate", [1.5, 10.0])
def test_too_high_goes_down(trained: Trained, rate: float) -> None:
    move = suggest(*seen(trained(rate)))
    assert move is not None
    assert move.low <= move.factor < 0.72
    assert rate * move.factor < 1


def test_ok_keeps_the_rate_inside_its_window(trained: Trained) -> None:
    move = suggest(*seen(trained(0.1)))
    assert move is not None
    assert move.factor == 1.0
    assert move.low <= 1.0 <= move.high
    assert move.certainty > 0.5


@pytest.mark.parametrize(("rate", "guess"), [(1e-6, True), (10.0, False)])
def test_a_guess_is_called_one_and_its_range_holds_all_that_is_open(
    trained: Trained, rate: float, guess: bool
) -> None:
    own, judgement = seen(trained(rate))
    move = suggest(own, judgement)
    assert move is not None
    assert move.is_guess is guess
    belief = believe([own])
    (begin, end), (open_from, open_to) = belief.edges(), belief.reach()
    assert open_from <= begin
    assert end <= open_to
    edges = (open_from, open_to) if guess else (begin, end)
    assert edges != ((begin, end) if guess else (open_from, open_to))
    assert move.low == pytest.approx(10 ** (edges[0] - own.rate))
    assert move.high == pytest.approx(10 ** (edges[1] - own.rate))
    said = assess(trained(rate), []).reason
    assert ("How far is a guess" in said) == guess


def test_unknown_suggests_nothing(trained: Trained) -> None:
    own, _ = seen(trained(0.1))
    assert suggest(own, Judgement(Verdict.UNKNOWN, 0.4, Verdict.TOO_LOW)) is None


def test_the_suggestion_moves_with_the_unit_of_the_rate(trained: Trained) -> None:
    own, judgement = seen(trained(1e-3))
    moved = replace(own, rate=own.rate - 3)
    first, second = suggest(own, judgement), suggest(moved, judgement)
    assert first is not None
    assert second is not None
    assert second.factor == pytest.approx(first.factor, rel=1e-6)


def test_inside_is_the_share_of_windows_that_hold_a_rate() -> None:
    starts = np.arange(-3.0, 1.0, STEP)
    mass = np.random.default_rng(0).random((len(starts), len(WIDTHS)))
    belief = Belief(starts, mass / mass.sum())
    rates, good = belief.inside()
    for x in (5, 20, 60):
        holds = (starts[:, None] <= rates[x] + 1e-9) & (
            rates[x] <= starts[:, None] + np.round(WIDTHS, 3) + 1e-9
        )
        assert good[x] == pytest.approx(float(belief.mass[holds].sum()), abs=1e-9)


def test_belief_without_the_tried_rates_holds_none_of_them(trained: Trained) -> None:
    own, _ = seen(trained(0.1))
    left = believe([own]).without(np.array([own.rate]))
    rates, good = left.inside()
    assert float(np.interp(own.rate, rates, good)) < 0.05
    assert left.mass.sum() == pytest.approx(1.0)


def test_a_lower_end_pulls_the_window_towards_its_run(trained: Trained) -> None:
    low, high = (seen(trained(rate))[0] for rate in (0.003, 0.1))
    starts = np.arange(-4.0, 1.0, STEP)[:, None]
    before = agreement([replace(low, end=high.end), high], starts, starts + 0.5)
    after = agreement([replace(low, end=2.0), high], starts, starts + 0.5)
    holds_both = (starts <= low.rate).ravel() & (starts + 0.5 >= low.rate).ravel()
    others = (starts <= high.rate).ravel() & (starts + 0.5 >= high.rate).ravel()
    preference = after.ravel()[others].max() - after.ravel()[holds_both].max()
    assert preference > before.ravel()[others].max() - before.ravel()[holds_both].max() + 0.5


def test_an_end_halfway_up_on_both_sides_puts_the_window_between(trained: Trained) -> None:
    own, _ = seen(trained(0.1))
    ends = {-4.0: 0.5, -2.0: 0.1, 0.0: 0.5}
    runs = [replace(own, rate=x, start=1.0, end=end, sigma_end=0.0) for x, end in ends.items()]
    starts = np.arange(-6.0, 2.0, STEP)[:, None]
    told = agreement(runs, starts, starts + WIDTHS)
    begin, width = np.unravel_index(int(told.argmax()), told.shape)
    assert starts[begin, 0] > -4.0
    assert starts[begin, 0] + WIDTHS[width] < 0.0


def test_a_shape_leaves_its_window_at_the_gap_of_its_edge_and_ends_above() -> None:
    gaps = np.exp(model().valleys.flanks)
    assert gaps[..., 0] == pytest.approx(0.05, rel=0.02)
    assert (gaps[..., -1] > gaps[..., 0]).all()
    assert (gaps <= CAP + 0.01).all()
    assert model().valleys.odds.sum(axis=1) == pytest.approx(1.0, abs=1e-3)


def test_edges_are_told_for_many_logs_as_for_one(trained: Trained) -> None:
    z = np.array([seen(trained(rate))[0].standardised for rate in (1e-4, 0.1, 1.5)])
    places, unsure = model().edges(z)
    assert places.shape == unsure.shape == (3, 3, 2)
    for k, one in enumerate(z):
        place, sigma = model().edges(one)
        assert place == pytest.approx(places[k])
        assert sigma == pytest.approx(unsure[k])
    assert ((unsure > 0.1) & (unsure < 4)).all()
    low, ok, high = places
    assert low[0, 0] > 0 > high[2, 1]
    assert ok[1, 0] < 0 < ok[1, 1]


def test_losses_that_never_fell_say_nothing(trained: Trained) -> None:
    own, _ = seen(trained(10.0))
    starts = np.arange(-4.0, 1.0, STEP)[:, None]
    assert not agreement([own, own], starts, starts + WIDTHS).any()
