"""The verdict: what it says of small problems whose answer is known, and when it stays silent."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from importlib.resources import files

import numpy as np
import pytest

from lrdoctor.diagnosis import Finding, Severity, Verdict
from lrdoctor.learning_rate.evidence import _speed
from lrdoctor.learning_rate.figures import NAMES
from lrdoctor.learning_rate.model import from_json, model
from lrdoctor.learning_rate.trace import trace
from lrdoctor.learning_rate.verdict import OK_DESPITE, blocking, judge
from lrdoctor.learning_rate.view import View, view
from lrdoctor.run import Block, Run

Trained = Callable[..., Run]


def verdict_of(run: Run) -> Verdict:
    return judge(view(trace(run), model()), model()).verdict


@pytest.mark.parametrize("rate", [1e-6, 1e-5, 1e-4])
def test_a_rate_that_hardly_moves_the_loss_is_too_low(trained: Trained, rate: float) -> None:
    assert verdict_of(trained(rate)) is Verdict.TOO_LOW


@pytest.mark.parametrize("rate", [0.03, 0.1])
def test_a_rate_that_arrives_is_ok_although_the_floor_is_high(
    trained: Trained, rate: float
) -> None:
    assert verdict_of(trained(rate)) is Verdict.OK
    assert verdict_of(trained(rate, floor=2.0)) is Verdict.OK


@pytest.mark.parametrize("rate", [1.2, 3.0])
def test_a_rate_that_diverges_is_too_high(trained: Trained, rate: float) -> None:
    assert verdict_of(trained(rate)) is Verdict.TOO_HIGH


def test_the_verdict_follows_the_curve_not_the_unit_of_the_rate(trained: Trained) -> None:
    for rate, expected in ((1e-5, Verdict.TOO_LOW), (0.1, Verdict.OK), (2.0, Verdict.TOO_HIGH)):
        run = trained(rate)
        moved = Run("moved", "moved", "test")
        moved.add(Block("loss", run["train/loss"].steps, run["train/loss"].values))
        moved.add(Block("lr", run["lr"].steps, 0.01 * run["lr"].values))
        assert verdict_of(moved) is expected


def test_without_a_logged_rate_the_curve_alone_decides(trained: Trained) -> None:
    for rate, expected in ((1e-5, Verdict.TOO_LOW), (0.1, Verdict.OK), (2.0, Verdict.TOO_HIGH)):
        run = Run("bare", "bare", "test")
        told = trained(rate)["train/loss"]
        run.add(Block("loss", told.steps, told.values))
        assert verdict_of(run) is expected


def test_unknown_where_no_verdict_is_likely_enough(trained: Trained) -> None:
    seen = view(trace(trained(0.1)), model())
    torn = replace(seen, probabilities=np.array([0.45, 0.3, 0.25]))
    judgement = judge(torn, replace(model(), bound=0.6))
    assert judgement.verdict is Verdict.UNKNOWN
    assert judgement.likeliest is Verdict.TOO_LOW
    assert judgement.confidence == pytest.approx(0.45)


@pytest.mark.parametrize(
    ("done", "verdict"), [(1.0, Verdict.TOO_LOW), (None, Verdict.TOO_LOW), (0.25, Verdict.UNKNOWN)]
)
def test_what_is_not_done_yet_needs_more_to_be_called_wrong(
    trained: Trained, done: float | None, verdict: Verdict
) -> None:
    seen = view(trace(trained(0.1)), model())
    figures = seen.figures.copy()
    figures[NAMES.index("progress")] = np.nan if done is None else np.log10(done)
    torn = replace(seen, probabilities=np.array([0.65, 0.3, 0.05]), figures=figures)
    assert judge(torn, replace(model(), bound=0.5)).verdict is verdict


def test_a_good_rate_needs_no_more_to_be_kept_while_the_run_is_not_done(trained: Trained) -> None:
    seen = view(trace(trained(0.1)), model())
    figures = seen.figures.copy()
    figures[NAMES.index("progress")] = np.log10(0.1)
    torn = replace(seen, probabilities=np.array([0.35, 0.4, 0.25]), figures=figures)
    assert judge(torn, model()).verdict is Verdict.OK


def test_unknown_for_a_log_of_two_points(trained: Trained) -> None:
    assert verdict_of(trained(0.1, steps=2)) is Verdict.UNKNOWN


def test_a_run_that_ends_in_nan_had_too_high_a_rate(trained: Trained) -> None:
    run = trained(1.5)
    run.add(Block("loss", np.array([401, 402]), np.array([np.nan, np.nan])))
    assert verdict_of(run) is Verdict.TOO_HIGH


def test_probabilities_sum_to_one_and_stay_calm_on_absurd_figures() -> None:
    wild = np.random.default_rng(0).normal(0, 1e6, (50, len(NAMES)))
    p = model().probabilities(model().standardised(wild))
    np.testing.assert_allclose(p.sum(axis=-1), 1.0)
    assert p.min() >= 0


def finding(**changes: object) -> Finding:
    made = Finding("divergence", Severity.CRITICAL, "train/loss", 1, 2, 3, False, 4.0, 1.5, "times",
                   0.9, "diverges")  # fmt: skip
    return replace(made, **changes)  # type: ignore[arg-type]


def test_only_an_unresolved_critical_breakdown_forbids_a_higher_rate() -> None:
    assert blocking([finding()]) is not None
    assert blocking([finding(resolved=True)]) is None
    assert blocking([finding(severity=Severity.WARNING)]) is None
    assert blocking([finding(rule="plateau")]) is None


def test_a_view_that_may_not_go_up_never_says_too_low(trained: Trained) -> None:
    seen = view(trace(trained(1e-5)), model())
    assert int(np.argmax(seen.probabilities)) == 0
    assert isinstance(seen.never_too_low(), View)
    assert seen.never_too_low().probabilities[0] == 0
    assert seen.never_too_low().probabilities.sum() == pytest.approx(1.0)


def test_coefficients_tell_where_they_come_from() -> None:
    told = json.loads(files("lrdoctor.learning_rate").joinpath("model.json").read_text())
    held = told["provenance"]["figures_held_out"]["clinic"]["1"]
    assert held["macro_f1"] >= 0.93
    assert held["wrong_on_fine"] <= 0.05
    assert held["calibration_error"] <= 0.04


def test_coefficients_of_other_figures_are_refused() -> None:
    told = json.loads(files("lrdoctor.learning_rate").joinpath("model.json").read_text())
    told["figures"] = told["figures"][1:]
    with pytest.raises(ValueError, match=r"fit_verdict\.py"):
        from_json(told)


def test_a_divergence_that_goes_on_weighs_against_the_rate(trained: Trained) -> None:
    seen = view(trace(trained(0.05)), model())
    before = seen.probabilities[1] / seen.probabilities[2]
    after = seen.never_too_low(ok=OK_DESPITE["divergence"]).probabilities
    assert after[1] / after[2] == pytest.approx(OK_DESPITE["divergence"] * before)


def test_progress_that_never_came_is_not_told_as_all_of_the_way() -> None:
    told = [_speed({"won_50": np.log10(share)}, None, Verdict.OK) for share in (0.31, 0.99, 1.0)]  # type: ignore[arg-type]
    assert told == [
        "half of the progress was made in the first 31 % of the way",
        "half of the progress was made in the first 99 % of the way",
        None,
    ]
