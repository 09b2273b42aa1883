from __future__ import annotations

import numpy as np

from lrdoctor.diagnosis import Action, Severity
from lrdoctor.rules.stalled import Stalled
from lrdoctor.run import Block, Run, Settings

BEGIN = 1_800_000_000.0


def run_at(times: np.ndarray, seen: float | None = None, planned: int | None = None) -> Run:
    run = Run("run", "run.csv", "csv", settings=Settings(planned_steps=planned), observed_at=seen)
    run.add(Block("loss", np.arange(len(times)), np.linspace(2, 1, len(times)), times))
    return run


def steady(size: int = 200, each: float = 30.0) -> np.ndarray:
    return BEGIN + np.cumsum(each * np.random.default_rng(0).uniform(0.8, 1.2, size))


def test_told_live_after_many_gaps() -> None:
    times = steady()
    run = run_at(times, seen=times[-1] + 1200)
    (finding,) = Stalled().examine(run)
    assert (finding.severity, finding.resolved) == (Severity.WARNING, False)
    assert finding.onset_step == 199
    assert finding.message == "No line for 20.0 minutes since step 199."
    assert [a.action for a in Stalled().advise(finding, run)] == [Action.RESTORE_CHECKPOINT]


def test_quiet_before_and_where_nobody_watches() -> None:
    times = steady()
    assert list(Stalled().examine(run_at(times, seen=times[-1] + 500))) == []
    assert list(Stalled().examine(run_at(times))) == []


def test_any_metric_s_line_ends_the_silence() -> None:
    times = steady()
    run = run_at(times, seen=times[-1] + 1200)
    run.add(Block("lr", np.array([250]), np.array([0.1]), times[-1:] + 1100))
    assert list(Stalled().examine(run)) == []
    untimed = run_at(times, seen=times[-1] + 1200)
    untimed.add(Block("lr", np.array([250]), np.array([0.1]), None))
    (finding,) = Stalled().examine(untimed)
    assert finding.measured == 1200


def test_a_silence_longer_than_the_run_is_its_end() -> None:
    times = steady()
    (finding,) = Stalled().examine(run_at(times, seen=times[-1] + 1e6))
    assert finding.severity is Severity.INFO


def test_quiet_at_the_planned_end() -> None:
    times = steady()
    assert list(Stalled().examine(run_at(times, seen=times[-1] + 3000, planned=200))) == []
    assert len(list(Stalled().examine(run_at(times, seen=times[-1] + 3000, planned=900)))) == 1


def test_the_pause_of_an_epoch_is_usual_once_seen() -> None:
    gaps = np.where(np.arange(300) % 50 == 49, 900.0, 5.0)
    times = BEGIN + np.cumsum(gaps)
    assert [f.onset_step for f in Stalled().examine(run_at(times))] == [48]
    assert len(list(Stalled().examine(run_at(times, seen=times[-1] + 1000)))) == 1


def test_a_silence_that_is_over_is_worth_knowing() -> None:
    times = steady()
    times[120:] += 7200
    (finding,) = Stalled().examine(run_at(times))
    assert (finding.onset_step, finding.fired_step) == (119, 120)
    assert (finding.severity, finding.resolved) == (Severity.INFO, True)


def test_found_within_the_blocks_of_a_long_log() -> None:
    times = steady(20_000, each=1.0)
    times[15_000:] += 7200
    (finding,) = Stalled().examine(run_at(times))
    assert finding.onset_step <= 15_000 <= finding.fired_step


def test_quiet_without_times() -> None:
    run = Run("run", "run.csv", "csv", observed_at=BEGIN)
    run.add(Block("loss", np.arange(50), np.linspace(2, 1, 50)))
    assert list(Stalled().examine(run)) == []


def test_a_run_cut_short_had_not_fallen_silent() -> None:
    times = steady()
    run = run_at(times, seen=times[-1] + 1200)
    assert list(Stalled().examine(run.until(100))) == []
    assert len(list(Stalled().examine(run.until(199)))) == 1
