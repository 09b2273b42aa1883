"""Several runs in, the next rate or "enough" out; played out on a problem really trained."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from lrdoctor.diagnosis import Verdict
from lrdoctor.errors import UsageError
from lrdoctor.learning_rate import next_learning_rate
from lrdoctor.learning_rate.comparison import compare
from lrdoctor.learning_rate.model import model
from lrdoctor.learning_rate.next_rate import look
from lrdoctor.learning_rate.suggestion import suggest
from lrdoctor.learning_rate.trace import trace
from lrdoctor.learning_rate.verdict import Judgement
from lrdoctor.learning_rate.view import view
from lrdoctor.learning_rate.window import LATER, STEP, WIDTHS, Belief, believe, highest
from lrdoctor.run import Block, Run

Trained = Callable[..., Run]
GOOD = (0.003, 0.65)
"""Rates that end within 5 % of the way from the first loss to the best of a whole grid."""


@pytest.mark.parametrize("first", [1e-6, 1e-4, 1e-2, 0.1, 1.2, 30.0])
def test_following_the_advice_arrives_within_three_retrains(trained: Trained, first: float) -> None:
    runs = [trained(first)]
    for _ in range(3):
        answer = next_learning_rate(runs)
        if answer.value is None:
            break
        runs.append(trained(answer.value))
    assert any(GOOD[0] <= float(run["lr"].values[0]) <= GOOD[1] for run in runs)
    kept = next_learning_rate(runs).best
    assert kept is not None
    assert GOOD[0] <= float(kept.removeprefix("lr-")) <= GOOD[1]


def test_it_stops_by_itself_and_names_the_run_to_keep(trained: Trained) -> None:
    runs = [trained(rate) for rate in (1e-3, 0.01, 0.05, 0.1, 0.3, 2.0)]
    answer = next_learning_rate(runs)
    assert answer.value is None
    assert answer.best in {run.path for run in runs[1:5]}
    assert answer.reason.startswith("Enough")


def test_one_run_that_is_clearly_fine_is_enough(trained: Trained) -> None:
    answer = next_learning_rate([trained(0.01)])
    assert answer.value is None
    assert answer.best == "lr-0.01"


def part_of(run: Run, first: int, last: int) -> Run:
    """Some rows of its log, at the steps that they were."""
    part = Run(f"{run.path}-{first}", f"{run.path}-{first}", "csv")
    for tag in ("loss", "lr"):
        series = run.tags[tag]
        part.add(Block(tag, series.steps[first:last], series.values[first:last]))
    return part


def test_a_rate_that_no_log_speaks_for_is_called_a_first_guess(trained: Trained) -> None:
    run = trained(0.03)
    short, headless = part_of(run, 0, 6), part_of(run, 100, 200)
    for ask in (next_learning_rate, lambda runs: compare(runs).suggestion):
        told = [ask(runs).reason for runs in ([short], [headless], [short, headless])]
        assert told[0].endswith("A first guess: the log is too short to judge its rate.")
        assert told[1].endswith("A first guess: the log begins in the middle of its training.")
        assert "every log so far is too short to judge its rate or begins in the" in told[2]
        assert "guess" not in ask([short, headless, run]).reason


@pytest.mark.parametrize(
    ("rates", "named"),
    [
        ([0.1], "0.1, the one so far"),
        ([1e-4, 0.01], "0.01, the best of 2 runs so far"),
    ],
)
def test_a_run_to_be_surer_names_the_one_to_beat(
    trained: Trained, rates: list[float], named: str
) -> None:
    reason = next_learning_rate([trained(rate) for rate in rates]).reason
    assert re.match(rf"Keep {re.escape(named)}: it is good", reason), reason


def test_the_order_of_the_runs_does_not_matter(trained: Trained) -> None:
    runs = [trained(rate) for rate in (1e-4, 3.0)]
    forwards, backwards = next_learning_rate(runs), next_learning_rate(runs[::-1])
    assert forwards == backwards


def test_between_a_too_low_and_a_diverged_run_it_goes_between(trained: Trained) -> None:
    answer = next_learning_rate([trained(1e-4), trained(3.0)])
    assert answer.value is not None
    assert 1e-3 < answer.value < 1.0
    assert answer.low is not None
    assert answer.high is not None
    assert answer.low <= answer.value <= answer.high
    assert 0 < answer.confidence <= 1


def test_a_tried_rate_is_not_tried_again(trained: Trained) -> None:
    runs = [trained(rate) for rate in (1e-4, 1e-3, 3.0)]
    answer = next_learning_rate(runs)
    assert answer.value is not None
    away = [abs(np.log10(answer.value) - np.log10(float(r["lr"].values[0]))) for r in runs]
    assert min(away) > 0.15


def test_runs_without_a_rate_are_refused_with_one_line() -> None:
    run = Run("bare", "bare", "test")
    run.add(Block("loss", np.arange(50), np.linspace(2, 1, 50)))
    with pytest.raises(UsageError, match="log the rate too"):
        next_learning_rate([run])
    with pytest.raises(UsageError):
        next_learning_rate([])


def test_a_rate_that_was_lost_bounds_all_that_is_believed(trained: Trained) -> None:
    """However many other runs say that good rates reach far: that a loss was lost is no judgement
    to be softened."""
    some, lost = (view(trace(trained(rate)), model()) for rate in (0.01, 5.0))
    sure = np.array([0.05, 0.95, 0.0])
    far = np.array([[0.5, 2.5], [-0.3, 2.0], [-0.7, 0.1]])  # decades from its rate
    held = [(-4.5, 1.8), (-4.0, 1.4), (-3.5, 0.61), (-3.0, 0.63), (-2.7, 0.76)]
    views = [replace(some, rate=rate, probabilities=sure, edges=far, start=2.3, end=end)
             for rate, end in held]  # fmt: skip
    views += [replace(lost, rate=rate) for rate in (-2.5, -2.0)]
    grid, good = believe(views).inside()
    assert good[grid > -2.0].max() < 0.05 < good[grid < -2.7].max()
    assert look(views).next < -2.5


def test_a_best_run_whose_own_log_calls_its_rate_too_high_is_trusted_less(
    trained: Trained,
) -> None:
    seen = [view(trace(trained(rate)), model()) for rate in (0.05, 1e-4)]
    doubted = [replace(seen[0], probabilities=np.array([0.0, 0.4, 0.6])), seen[1]]
    assert look(doubted).best == look(seen).best == 0
    assert look(doubted).sure(model()) < look(seen).sure(model())


def test_trying_more_rates_leaves_less_chance_that_none_is_good(trained: Trained) -> None:
    belief = believe([view(trace(trained(1e-3)), model())])
    tried = np.array([-3.0, -2.0, -1.5, -1.0, 0.0])
    missed = [belief.none_good(tried[:count]) for count in range(len(tried) + 1)]
    assert missed[0] == pytest.approx(1.0)
    assert np.all(np.diff(missed) <= 0)
    assert 0 <= missed[-1] < 0.5
    rates, good = belief.inside()
    # Between two points of the grid good windows hold both: none that ends on the lower one.
    between, lower = np.array([-1.55]), int(np.abs(rates + 1.6).argmin())
    ends = belief.starts[:, None] + WIDTHS
    ending = float(belief.mass[np.abs(ends - rates[lower]) < STEP / 2].sum())
    assert belief.none_good(between) == pytest.approx(1 - good[lower] + ending, abs=1e-9)


def test_a_window_holds_the_grid_points_where_it_begins_and_ends(trained: Trained) -> None:
    belief = believe([view(trace(trained(1e-3)), model())])
    rates, good = belief.inside()
    for nudge in (0.0, 1e-12, -1e-12):
        missed = [belief.none_good(np.array([rate + nudge])) for rate in rates]
        assert missed == pytest.approx(1 - good, abs=1e-9)


def test_between_two_likelier_rates_it_tries_the_one_that_tells_which_of_them_is_good() -> None:
    mass = np.zeros((40, len(WIDTHS)))
    mass[[5, 15, 25], 0] = 0.34, 0.32, 0.34  # three narrow windows, a decade apart
    points = np.array([5, 15, 25])
    belief = Belief(-4.0 + STEP * np.arange(40.0), mass)
    assert belief.inside()[1][points] == pytest.approx([0.34, 0.32, 0.34])
    assert belief.worth(points) == pytest.approx(
        [0.34 + LATER * 0.34, 0.32 + LATER * (0.34 + 0.34), 0.34 + LATER * 0.34]
    )
    assert belief.worth(points).argmax() == 1


def test_what_a_rate_is_worth_is_summed_over_all_windows() -> None:
    rng = np.random.default_rng(0)
    mass = rng.random((12, len(WIDTHS))) ** 6
    belief = Belief(STEP * np.arange(12.0), mass / mass.sum())
    points = np.array([2, 5, 6, 9, 20])
    starts = np.arange(12)[:, None]
    ends = starts + np.round(WIDTHS / STEP).astype(int)
    expected = []
    for x in points:
        holds = (starts <= x) & (x <= ends)
        worth = belief.mass[holds].sum()
        for side, others in ((ends < x, points[points < x]), (starts > x, points[points > x])):
            found = [belief.mass[side & (starts <= y) & (y <= ends)].sum() for y in others]
            worth += LATER * max(found, default=0.0)
        expected.append(worth)
    assert belief.worth(points) == pytest.approx(expected)


def test_no_last_bit_of_a_rate_decides_on_which_side_of_it_a_window_lies(trained: Trained) -> None:
    own = view(trace(trained(1e-3)), model())
    # The grid begins at the same point for all three.
    exact, below, above = (believe([replace(own, rate=-3.0 + off)]) for off in (0, -1e-12, 1e-12))
    assert below.starts[0] == exact.starts[0] == above.starts[0]
    np.testing.assert_allclose(below.mass, exact.mass, rtol=1e-6, atol=1e-12)
    np.testing.assert_allclose(above.mass, exact.mass, rtol=1e-6, atol=1e-12)


def still(rate: float | None) -> Run:
    run = Run("still", "still.csv", "csv")
    steps = np.arange(400)
    run.add(Block("loss", steps, np.full(400, 0.6931)))
    if rate is not None:
        run.add(Block("lr", steps, np.full(400, rate)))
    return run


def test_a_loss_that_does_not_move_in_any_digit_asks_for_no_rate_that_nothing_trains_at() -> None:
    asked = next_learning_rate([still(1e-3)])
    assert asked.value is not None
    assert 0.1 < asked.value <= 20
    assert asked.confidence < 0.5


@pytest.mark.parametrize("rate", [1e-3, 1.0, 15.0])
def test_one_log_and_several_are_bounded_alike(rate: float) -> None:
    own = view(trace(still(rate)), model())
    most = max(20.0, 10 * rate) * 1.001
    move = suggest(own, Judgement(Verdict.TOO_LOW, 0.9, Verdict.TOO_LOW))
    assert move is not None
    assert rate < rate * move.factor <= most
    assert 10 ** look([own]).next <= most


def test_without_a_rate_there_is_no_bound() -> None:
    own = view(trace(still(None)), model())
    assert highest([own]) == np.inf
    assert highest([view(trace(still(1.0)), model())]) < 1.31
