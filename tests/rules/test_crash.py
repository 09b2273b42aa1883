from __future__ import annotations

import numpy as np
import pytest

from lrdoctor.diagnosis import Action, Severity
from lrdoctor.doctor import diagnose
from lrdoctor.ending import End, Ending
from lrdoctor.rules.crash import Crash
from lrdoctor.rules.stalled import Stalled
from lrdoctor.run import Block, Run, Settings

OOM = Ending(End.OUT_OF_MEMORY, "torch.OutOfMemoryError: CUDA out of memory. Tried to allocate.")


def died(ending: Ending | None, losses: np.ndarray | None = None, **settings: object) -> Run:
    run = Run("run", "train.log", "console", settings=Settings(**settings))  # type: ignore[arg-type]
    falling = 2 * np.exp(-np.arange(100) / 30) + np.random.default_rng(0).normal(0.5, 0.02, 100)
    values = falling if losses is None else losses
    run.add(Block("loss", np.arange(1, len(values) + 1), values))
    run.ending = ending
    return run


def severity(kind: End, **settings: object) -> Severity:
    (finding,) = Crash().examine(died(Ending(kind, "words"), **settings))
    return finding.severity


def test_it_is_told_at_the_last_step_in_the_log_s_words() -> None:
    (finding,) = Crash().examine(died(Ending(End.EXCEPTION, "my.errors.BadBatch: no labels.")))
    assert (finding.onset_step, finding.fired_step, finding.last_step) == (100, 100, 100)
    assert finding.message == 'The log ends in "BadBatch: no labels" after step 100.'


def test_quiet_where_the_log_tells_of_no_end() -> None:
    assert list(Crash().examine(died(None))) == []


def test_a_log_that_is_cut_earlier_tells_of_none() -> None:
    assert list(Crash().examine(died(OOM).until(99))) == []
    assert len(list(Crash().examine(died(OOM).until(100)))) == 1


@pytest.mark.parametrize("kind", End)
def test_an_error_is_critical_an_end_from_outside_a_warning_one_by_hand_worth_knowing(
    kind: End,
) -> None:
    outside = (End.TIME_LIMIT, End.PREEMPTED, End.NODE_FAILURE, End.TERMINATED)
    by_hand = (End.CANCELLED, End.INTERRUPTED)
    expected = Severity.INFO if kind in by_hand else Severity.CRITICAL
    assert severity(kind) is (Severity.WARNING if kind in outside else expected)


def test_after_the_last_planned_step_it_is_milder() -> None:
    assert severity(End.EXCEPTION, planned_steps=100) is Severity.WARNING
    assert severity(End.TIME_LIMIT, planned_steps=100) is Severity.INFO
    assert severity(End.EXCEPTION, planned_steps=200) is Severity.CRITICAL


@pytest.mark.parametrize("kind", End)
def test_every_end_has_its_words(kind: End) -> None:
    diagnosis = diagnose(died(Ending(kind, "words of the log")))
    assert diagnosis.ending == Ending(kind, "words of the log")
    assert diagnosis.to_dict()["ending"] == {"kind": kind.value, "said": "words of the log"}
    if kind not in (End.INTERRUPTED, End.CANCELLED):
        assert diagnosis.headline.startswith("The training ")
        assert "at step 100" in diagnosis.headline
        assert Action.RESTORE_CHECKPOINT in [one.action for one in diagnosis.advice]


def test_an_interruption_by_hand_does_not_make_a_run_sick() -> None:
    diagnosis = diagnose(died(Ending(End.INTERRUPTED, "KeyboardInterrupt")))
    assert [f.severity for f in diagnosis.findings if f.rule == "crash"] == [Severity.INFO]
    assert diagnosis.advice == ()
    assert diagnosis.headline.startswith("Converg")


def test_a_full_memory_asks_for_a_smaller_batch_with_the_optimizers_own_rule() -> None:
    for optimizer, factor in (("sgd", 0.5), ("adamw", 0.5**0.5)):
        diagnosis = diagnose(died(OOM, optimizer=optimizer, batch_size=64))
        (advice,) = (one for one in diagnosis.advice if one.action is Action.SMALLER_BATCH)
        assert advice.lr_factor == pytest.approx(factor)
        assert "from 64 to 32" in advice.reason


def test_the_headline_joins_a_death_with_the_loss_that_had_diverged_before() -> None:
    random = np.random.default_rng(1)
    losses = 2 * np.exp(-np.arange(120) / 30) + 0.5 + random.normal(0, 0.02, 120)
    losses[70:] += 0.2 * np.arange(50) ** 1.3
    said = "FloatingPointError: Minimum loss scale reached (0.0001)."
    diagnosis = diagnose(died(Ending(End.NOT_FINITE, said), losses))
    assert diagnosis.headline.startswith("The loss has been diverging since step 7")
    assert (
        "and the training gave up on a value that is not finite at step 120; " in diagnosis.headline
    )


def test_a_log_that_says_why_it_fell_silent_is_not_called_stalled() -> None:
    times = 1_800_000_000 + 30.0 * np.arange(100)
    run = Run("run", "train.log", "console", observed_at=times[-1] + 1500)
    run.add(Block("loss", np.arange(100), np.linspace(2, 1, 100), times))
    assert len(list(Stalled().examine(run))) == 1
    run.ending = OOM
    assert list(Stalled().examine(run)) == []
    assert len(list(Crash().examine(run))) == 1
