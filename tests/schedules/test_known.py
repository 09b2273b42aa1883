"""What is known of a run's schedule: found once a look, and from nothing later than asked about."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from lrdoctor import schedules
from lrdoctor.run import Block, Run, Settings

N = 600


def run_of(rates: np.ndarray, planned: int | None = None) -> Run:
    run = Run("r", "r", "test", settings=Settings(planned_steps=planned))
    run.add(Block("lr", np.arange(len(rates)), rates))
    return run


def cosine(n: int = N, total: int = N) -> np.ndarray:
    t, w = np.arange(n), total // 12
    return np.where(t < w, t / w, 0.5 + 0.5 * np.cos(np.pi * (t - w) / (total - w))) * 1e-3


@pytest.fixture
def looks(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many rates each look took."""
    taken: list[int] = []

    def counted(steps: np.ndarray, rates: np.ndarray, planned: int | None) -> schedules.Schedule:
        taken.append(len(rates))
        return original(steps, rates, planned)

    original: Callable[..., schedules.Schedule] = schedules.recognise
    monkeypatch.setattr(schedules, "recognise", counted)
    return taken


def test_none_without_a_rate():
    run = Run("r", "r", "test")
    run.add(Block("loss", np.arange(5), np.ones(5)))
    assert schedules.of(run) is None
    assert schedules.known(run, 4) is None
    assert schedules.known(run_of(cosine()), -1) is None


def test_what_was_known_at_a_step_does_not_depend_on_what_came_later():
    whole = run_of(cosine(), N)
    for step in (3, 17, 49, 60, 133, 298, 500, N - 1):
        then = schedules.known(whole.until(step), step)
        assert schedules.known(whole, step) == then
        assert schedules.known(run_of(cosine(step + 1), N), step) == then


def test_the_kind_becomes_known_as_the_rates_come():
    run = run_of(cosine())
    kinds = [schedules.known(run, step).kind for step in (40, 300, N - 1)]
    assert kinds == ["warmup-constant", "warmup-cosine", "warmup-cosine"]


def test_asked_at_every_step_it_looks_a_logarithmic_number_of_times(looks: list[int]):
    run = run_of(cosine())
    for step in range(N):
        schedules.known(run, step)
    assert len(looks) == len(set(looks)) <= 8 * (np.log2(N) - 1)
    for step in range(N):
        schedules.known(run, step)
    assert len(looks) == len(set(looks))


def test_one_look_until_a_rate_comes(looks: list[int]):
    run = run_of(cosine(500))
    first = schedules.of(run)
    assert schedules.of(run) is first
    assert looks == [500]
    run.add(Block("lr", np.arange(500, 510), cosine(510)[500:]))
    assert schedules.of(run) is not first
    assert looks == [500, 510]


def test_a_resume_or_a_new_plan_makes_it_look_again():
    run = run_of(cosine(500))
    before = schedules.known(run, 499), schedules.of(run)
    run.add(Block("lr", np.arange(50, 500), np.full(450, 1e-3)))
    assert schedules.known(run, 499).kind == schedules.of(run).kind == "warmup-constant"
    assert before[0].kind == before[1].kind == "warmup-cosine"
    run = run_of(np.linspace(1e-3, 5e-4, 300))
    told = schedules.of(run)
    run.settings = replace(run.settings, planned_steps=299)
    assert schedules.of(run) is not told


def test_a_long_log_costs_no_more_than_a_short_one(looks: list[int]):
    run = run_of(cosine(200 * N, 200 * N))
    assert schedules.of(run).kind == "warmup-cosine"
    assert max(looks) <= schedules.MOST
