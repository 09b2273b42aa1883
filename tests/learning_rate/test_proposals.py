"""Which schedules are proposed for what, and that their code draws them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lrdoctor.diagnosis import LearningRate, Verdict
from lrdoctor.errors import UsageError
from lrdoctor.learning_rate import situation
from lrdoctor.learning_rate.optimizers import OPTIMIZERS
from lrdoctor.learning_rate.proposals import propose, warmup
from lrdoctor.learning_rate.situation import Situation
from lrdoctor.learning_rate.snippets import FRAMEWORKS
from lrdoctor.run import Block, Run, Settings

ADAM = Situation(3e-4, 50_000, optimizer="adamw")


def names(at: Situation) -> list[str]:
    return [one.name for one in propose(at)]


def test_the_optimizer_decides_which_comes_first() -> None:
    assert names(ADAM)[0] == "warmup-linear"
    assert names(replace(ADAM, optimizer="momentum"))[:2] == ["warmup-cosine", "drops"]
    assert names(replace(ADAM, optimizer="radam"))[0] == "linear"


@pytest.mark.parametrize("optimizer", ["adamw", "momentum"])
def test_a_rate_to_hold_is_held_until_the_last_fifth(optimizer: str) -> None:
    at = replace(ADAM, optimizer=optimizer)
    held = names(replace(at, held=True))
    assert held[0] == "wsd"
    assert held[1:] == [name for name in names(at) if name != "wsd"]


@pytest.mark.parametrize(("schedule", "held"), [("constant", True), ("cosine", False)])
def test_a_constant_run_s_rate_is_one_to_hold(schedule: str, held: bool) -> None:
    run = Run("demo", "demo.csv", "csv")
    run.add(Block("loss", np.arange(100), np.linspace(2, 1, 100)))
    told = LearningRate(value=1e-2, current=1e-2, schedule=schedule)
    assert situation.of(run, told).held is held


def test_without_a_known_end_the_rate_stays_until_the_last_fifth() -> None:
    first = propose(replace(ADAM, told=False))[0]
    assert first.name == "wsd"
    assert "when training ends" in first.reason
    rates = dict(first.rates)
    stands = [rate for step, rate in rates.items() if 0.1 * 50_000 < step <= 0.8 * 50_000]
    assert stands == pytest.approx([3e-4] * len(stands))
    assert rates[50_000] == pytest.approx(0, abs=1e-12)


@pytest.mark.parametrize(
    ("at", "steps"),
    [
        (ADAM, 2000),  # 2 / (1 - 0.999)
        (replace(ADAM, beta2=0.95), 40),
        (replace(ADAM, total=3000), 300),  # no more than a tenth
        (replace(ADAM, optimizer="momentum", total=90_000), 5000),  # 5 of 90 epochs
        (replace(ADAM, optimizer="momentum", total=90, unit="epoch"), 5),
        (replace(ADAM, beta2=0.95, rough_start=True), 5000),
        (replace(ADAM, total=4), 0),
    ],
)
def test_the_warmup_is_as_long_as_its_source_says(at: Situation, steps: int) -> None:
    assert warmup(at)[0] == steps


def test_a_loss_that_stands_still_at_the_peak_is_to_decay_or_to_be_cut_now() -> None:
    at = replace(ADAM, step=20_000, current=3e-4, stuck=True)
    cooldown, drop, *_ = propose(at)
    assert (drop.name, drop.from_step, drop.rates[0]) == (
        "drop",
        20_000,
        (20_000, pytest.approx(3e-5)),
    )
    assert (cooldown.name, cooldown.rates[-1][0]) == ("cooldown", 50_000)
    assert "drop" not in names(replace(at, current=3e-5))


def test_a_rate_that_is_too_high_goes_on_lower_from_the_best_checkpoint() -> None:
    at = replace(ADAM, old=3e-3, current=3e-3, factor=0.1, step=20_000, best_step=12_500)
    first = propose(at)[0]
    assert (first.name, first.from_step, first.steps) == ("lower", 12_500, 37_500)
    assert first.rates[0] == (12_500, pytest.approx(3e-4))
    assert first.rates[-1] == (50_000, 0)


@pytest.mark.parametrize("best", [None, 12_000])
def test_a_checkpoint_that_saves_little_is_no_reason_not_to_start_anew(best: int | None) -> None:
    at = replace(ADAM, old=3e-3, current=3e-3, factor=0.1, step=20_000, best_step=best)
    assert "lower" not in names(replace(at, total=50_000))


def test_one_lucky_batch_is_no_checkpoint_to_go_back_to() -> None:
    losses = 1 + 0.05 * np.random.default_rng(0).normal(size=100)
    losses[40] = 0.3
    run = Run("demo", "demo.csv", "csv")
    run.add(Block("loss", np.arange(100), losses))
    told = LearningRate(value=1e-2, current=1e-2, verdict=Verdict.TOO_HIGH, suggested=1e-3)
    assert situation.of(run, told).best_step is None


def test_a_rate_that_has_gone_to_nothing_cannot_be_cut() -> None:
    at = replace(ADAM, old=1e-3, current=5e-324, factor=0.1, step=20_000, best_step=10_000)
    assert "lower" not in names(at)


def test_a_rate_that_is_too_low_is_no_reason_to_go_on() -> None:
    at = replace(ADAM, old=3e-6, current=3e-6, factor=100.0, step=20_000, best_step=20_000)
    assert all(one.from_step == 0 for one in propose(at))


@given(
    total=st.integers(1, 10**7),
    base=st.floats(1e-8, 10),
    optimizer=st.sampled_from([None, *(one.name for one in OPTIMIZERS)]),
    told=st.booleans(),
    unit=st.sampled_from(["step", "epoch"]),
    share=st.floats(0, 1),
    stuck=st.booleans(),
    factor=st.sampled_from([1.0, 0.1, 10.0]),
)
def test_every_proposal_stays_below_its_peak_and_has_code(
    total: int, base: float, optimizer: str, told: bool, unit: str, share: float, stuck: bool,
    factor: float,
) -> None:  # fmt: skip
    at = Situation(
        base, total, told, optimizer, unit=unit, old=base / factor, step=int(share * total),  # type: ignore[arg-type]
        current=base / factor, stuck=stuck, factor=factor, best_step=int(share * total) // 2,
    )  # fmt: skip
    for one in propose(at):
        steps, rates = np.array(one.rates).T
        assert (np.diff(steps) > 0).all()
        assert steps[0] == one.from_step
        assert ((rates >= 0) & (rates <= one.schedule.base * (1 + 1e-9))).all()
        assert set(one.snippets) == set(FRAMEWORKS)
        for code in one.snippets.values():
            compile(code, "pasted", "exec")
        assert one.reason
        assert one.source


@pytest.mark.parametrize(("base", "total"), [(0.0, 10), (float("nan"), 10), (1e-3, 0)])
def test_nonsense_is_refused(base: float, total: int) -> None:
    with pytest.raises(UsageError):
        propose(Situation(base, total))


def test_a_run_says_what_its_schedule_is_for() -> None:
    settings = Settings("adamw", planned_steps=900, hyper_parameters={"adam_beta2": 0.95})
    run = Run("demo", "demo.csv", "csv", settings=settings)
    steps = np.arange(500)
    run.add(Block("loss", steps, 1 + (steps - 300.0) ** 2))
    told = LearningRate(
        value=1e-2, current=5e-3, verdict=Verdict.TOO_HIGH, suggested=1e-3, factor=0.1
    )
    at = situation.of(run, told, stuck=True)
    assert at == Situation(
        1e-3, 900, True, "adamw", 0.95, "step", 1e-2, 499, 5e-3, 0.1, True, False, 300
    )
    with pytest.raises(UsageError, match="no learning rate"):
        situation.of(run, LearningRate())


def test_a_training_may_be_planned_shorter_than_the_run_at_hand() -> None:
    run = Run("demo", "demo.csv", "csv")
    steps = np.arange(500)
    run.add(Block("loss", steps, 1 + (steps - 300.0) ** 2))
    told = LearningRate(value=1e-2, current=1e-2, verdict=Verdict.TOO_HIGH, factor=0.1)
    at = situation.of(run, told, steps=100)
    assert (at.total, at.told) == (100, True)
    run.settings = Settings(planned_steps=300)  # a plan that the run went beyond is none
    late = situation.of(run, told)
    assert (late.total, late.told) == (499, False)
    assert {(one.from_step, one.steps) for one in propose(at)} == {(0, 100)}


def test_a_range_test_is_planned_from_at_the_rate_that_is_given_over_so_many_steps() -> None:
    run, told = Run("demo", "demo.csv", "csv"), LearningRate(schedule="range-test")
    assert situation.of(run, told, base=2e-3, steps=100) == Situation(2e-3, 100, held=True)
    with pytest.raises(UsageError, match="number of steps"):
        situation.of(run, told, base=2e-3)
