"""The whole assessment of one run: numbers, words, and silence where the log does not tell."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from lrdoctor.diagnosis import Finding, LearningRate, Severity, Verdict
from lrdoctor.learning_rate import assess
from lrdoctor.rate import format_rate
from lrdoctor.run import Block, Run, Settings

Trained = Callable[..., Run]
BROKEN = Finding("nan", Severity.CRITICAL, "train/loss", 10, 10, 12, False, 1.0, 0.0, "values",
                 1.0, "The loss is not a number.")  # fmt: skip


def test_too_low_names_a_higher_rate_its_range_and_its_reasons(trained: Trained) -> None:
    told = assess(trained(1e-4))
    assert told.verdict is Verdict.TOO_LOW
    assert told.value == told.current == pytest.approx(1e-4)
    assert told.suggested is not None
    assert told.low is not None
    assert told.high is not None
    assert 0.003 < told.suggested < 1.5
    assert told.low <= told.suggested <= told.high
    assert told.factor == pytest.approx(told.suggested / 1e-4)
    said = f"Raise the learning rate to {format_rate(told.suggested)}, by a factor of "
    assert told.reason.startswith(said)
    assert told.reason.endswith(".")
    assert 1 <= len(told.evidence) <= 3
    assert all(phrase in told.reason for phrase in told.evidence[:2])


def test_the_code_to_paste_sets_the_suggested_rate(trained: Trained) -> None:
    told = assess(trained(1e-4))
    assert told.suggested is not None
    assert set(told.snippets) == {"pytorch", "keras", "huggingface", "lightning", "optax"}
    assert all(format_rate(told.suggested) in code for code in told.snippets.values())
    assert not assess(trained(0.1)).snippets


def test_an_assessment_travels_to_another_process_with_its_code(trained: Trained) -> None:
    told = assess(trained(1e-4))
    received = pickle.loads(pickle.dumps(told))
    assert received == told
    assert received.to_dict() == told.to_dict()


def test_ok_keeps_the_very_rate(trained: Trained) -> None:
    told = assess(trained(0.1))
    assert told.verdict is Verdict.OK
    assert told.suggested == told.value
    assert told.factor == 1.0
    assert told.reason.startswith("Keep")


def with_rates(trained: Trained, **rates: float) -> Run:
    told = trained(1e-4)["train/loss"]
    run = Run("groups", "groups", "test")
    run.add(Block("loss", told.steps, told.values))
    for name, rate in rates.items():
        run.add(Block(name.replace("__", "/"), told.steps, np.full(len(told.steps), rate)))
    return run


def test_of_several_groups_it_says_whose_rate_it_is(trained: Trained) -> None:
    told = assess(with_rates(trained, lr__group0=1e-5, lr__group1=1e-3))
    assert told.value == 1e-5
    assert told.reason.endswith(
        " This is lr/group0: multiply the other groups' rates by the same factor."
    )


def test_groups_of_one_rate_are_not_told_apart(trained: Trained) -> None:
    told = assess(with_rates(trained, lr__group0=1e-4, lr__group1=1e-4, weight_decay=0.05))
    assert told.verdict is Verdict.TOO_LOW
    assert "group" not in told.reason


def test_a_logarithm_is_no_rate(trained: Trained) -> None:
    told = assess(with_rates(trained, lr=-4.0))
    assert told.value is told.suggested is None
    assert told.reason.startswith("Raise the learning rate by a factor of ")


@pytest.mark.parametrize("floor", [0.01, 0.05])
def test_how_far_the_loss_came_is_told_once(floor: float) -> None:
    steps = np.arange(300)
    way = np.exp(-steps / 60)
    noise = np.random.default_rng(0).normal(0, 0.02, 300) * (0.1 + way)
    run = Run("far", "far", "test")
    run.add(Block("train/loss", steps, floor + 2 * way + noise))
    run.add(Block("lr", steps, np.full(300, 0.1)))
    told = assess(run).evidence
    assert sum("its start" in phrase for phrase in told) == 1


def test_too_high_names_a_lower_rate(trained: Trained) -> None:
    told = assess(trained(1.5))
    assert told.verdict is Verdict.TOO_HIGH
    assert told.suggested is not None
    assert told.suggested < 1.0
    assert told.reason.startswith("Lower the learning rate")


def test_without_a_rate_it_names_a_factor_alone(trained: Trained) -> None:
    run = Run("bare", "bare", "test")
    told = trained(1e-4)["train/loss"]
    run.add(Block("loss", told.steps, told.values))
    answer = assess(run)
    assert answer.verdict is Verdict.TOO_LOW
    assert answer.value is answer.suggested is None
    assert answer.reason.startswith("Raise the learning rate by a factor of ")
    assert answer.factor is not None
    assert answer.factor > 3


def test_an_unresolved_breakdown_never_raises_the_rate(trained: Trained) -> None:
    for rate in (1e-5, 1e-3, 0.1, 2.0):
        told = assess(trained(rate), [BROKEN])
        assert told.verdict is not Verdict.TOO_LOW
        assert told.factor is None or told.factor <= 1.0
    resolved = assess(trained(1e-5), [replace(BROKEN, resolved=True)])
    assert resolved.verdict is Verdict.TOO_LOW


def test_a_finding_that_blocks_is_named_in_the_reason(trained: Trained) -> None:
    assert "the run of NaN is not over" in assess(trained(1e-5), [BROKEN]).reason


def test_a_range_test_is_not_judged() -> None:
    run = Run("sweep", "sweep", "test")
    steps = np.arange(1, 201)
    run.add(Block("lr", steps, np.logspace(-6, 1, 200)))
    run.add(Block("loss", steps, 2.3 - 1.5 / (1 + np.exp(-(steps - 120) / 10))))
    told = assess(run)
    assert told.schedule == "range-test"
    assert told.verdict is Verdict.UNKNOWN
    assert told.suggested is None
    assert "range test" in told.reason


def test_an_optimizer_that_finds_its_own_rate_is_not_judged(trained: Trained) -> None:
    run = trained(1.0)
    run.settings = Settings(optimizer="Prodigy")
    told = assess(run)
    assert told.verdict is Verdict.UNKNOWN
    assert "own rate" in told.reason


def test_the_rest_of_a_known_schedule_is_drawn_ahead() -> None:
    run = Run("cosine", "cosine", "test", settings=Settings(planned_steps=1000))
    steps = np.arange(1, 501)
    run.add(Block("lr", steps, 1e-3 * 0.5 * (1 + np.cos(np.pi * steps / 1000))))
    run.add(Block("loss", steps, 2 * np.exp(-steps / 100)))
    told = assess(run)
    assert told.schedule == "cosine"
    assert told.planned[-1][0] == 1000
    assert told.planned[-1][1] < 1e-4


def test_it_works_on_every_beginning_of_a_log(trained: Trained) -> None:
    run = trained(0.1)
    verdicts = [assess(run.until(step)).verdict for step in (1, 2, 3, 5, 10, 40, 100, 400)]
    assert verdicts[0] is Verdict.UNKNOWN
    assert verdicts[-1] is Verdict.OK


def test_it_says_the_same_again(trained: Trained) -> None:
    assert assess(trained(1e-3)) == assess(trained(1e-3))


@pytest.mark.parametrize(
    "losses",
    [[], [1.0], [np.nan] * 5, [np.inf] * 5, [1.0] * 100, [1e300] * 50, [-1e300, 1e300] * 25,
     [0.0] * 40, [1.0, 2.0, np.nan]],
    ids=["empty", "one", "nan", "inf", "constant", "huge", "alternating", "zero", "short"],
)  # fmt: skip
@pytest.mark.parametrize("rates", [None, 1e-3, 0.0, np.nan, np.inf, -1.0])
def test_degenerate_logs_neither_raise_nor_warn(losses: list[float], rates: float | None) -> None:
    run = Run("odd", "odd", "test")
    steps = np.arange(len(losses))
    run.add(Block("loss", steps, np.array(losses, float)))
    if rates is not None:
        run.add(Block("lr", steps, np.full(len(losses), rates)))
        run.add(Block("grad_norm", steps, np.full(len(losses), rates)))
    told = assess(run)
    assert isinstance(told, LearningRate)
    assert told.suggested is None or np.isfinite(told.suggested)
    told.to_dict()


def test_a_million_points_are_judged_like_a_thousand(trained: Trained) -> None:
    short = trained(1e-4, steps=1000)
    long = Run("long", "long", "test")
    steps = np.arange(1, 200_001)
    loss = np.interp(steps / 200, short["train/loss"].steps, short["train/loss"].values)
    noise = np.random.default_rng(0).normal(0, 0.5, len(steps))
    long.add(Block("loss", steps, loss + noise))
    long.add(Block("lr", steps, np.full(len(steps), 1e-4)))
    assert assess(long).verdict is assess(short).verdict


def _rows(steps: np.ndarray, losses: np.ndarray) -> Run:
    run = Run("run", "run.csv", "csv", settings=Settings(optimizer="adam", learning_rate=1e-5))
    run.add(Block("loss", steps, losses))
    return run


def test_a_log_too_short_for_a_diagnosis_names_no_rate() -> None:
    losses = np.linspace(2.3, 2.29, 10)
    short = assess(_rows(np.arange(1, 10), losses[:9]))
    assert (short.verdict, short.factor) == (Verdict.UNKNOWN, None)
    assert short.reason == "The log is too short to judge its learning rate."
    assert assess(_rows(np.arange(1, 11), losses)).verdict is Verdict.TOO_LOW


def test_a_short_log_in_which_a_rule_sees_trouble_is_judged() -> None:
    run = _rows(np.arange(1, 9), 2.3 + np.exp(np.arange(8.0)))
    rising = replace(BROKEN, rule="divergence", severity=Severity.WARNING)
    assert assess(run, [rising]).verdict is not Verdict.UNKNOWN
    assert assess(run, [replace(rising, resolved=True)]).verdict is Verdict.UNKNOWN


def test_a_log_that_begins_in_the_middle_names_no_rate() -> None:
    losses = np.linspace(2.3, 2.29, 40)
    begun = np.arange(1, 41) * 50
    for late in (begun + 150, begun + 10_000):
        told = assess(_rows(late, losses))
        assert (told.verdict, told.suggested, told.factor) == (Verdict.UNKNOWN, None, None)
        assert told.reason.startswith("The log begins in the middle of the training")
    for whole in (begun, begun - 50, begun + 50, np.repeat([1, 2], 20)):
        assert assess(_rows(whole, losses)).verdict is Verdict.TOO_LOW


def test_nan_in_a_log_from_the_middle_is_not_held_against_its_rate() -> None:
    losses = np.append(np.linspace(2.3, 2.29, 40), np.nan)
    steps = np.arange(1, 42) * 50
    assert assess(_rows(steps + 10_000, losses), [BROKEN]).verdict is Verdict.UNKNOWN


def test_a_log_from_the_middle_that_diverges_has_too_high_a_rate() -> None:
    run = _rows(np.arange(1, 41) * 50 + 10_000, 2.3 + np.exp(np.arange(40) / 8))
    told = assess(run, [replace(BROKEN, rule="divergence")])
    assert told.verdict is Verdict.TOO_HIGH
