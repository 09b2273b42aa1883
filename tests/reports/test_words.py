from __future__ import annotations

from dataclasses import replace

import pytest

from lrdoctor.diagnosis import (
    Action,
    Advice,
    Diagnosis,
    Finding,
    LearningRate,
    Severity,
    Status,
    Verdict,
)
from lrdoctor.reports import _words


@pytest.mark.parametrize(
    ("value", "said"),
    [(0.3, "0.3"), (3e-4, "3e-4"), (0.0025, "2.5e-3"), (1e-6, "1e-6"), (0.0, "0"), (0.015, "0.015"),
     (1.0, "1"), (9.999e-3, "0.01"), (999.9, "1e3"), (12345.0, "1.23e4")],
)  # fmt: skip
def test_a_rate_is_written_as_people_write_it(value: float, said: str) -> None:
    assert _words.rate(value) == said


@pytest.mark.parametrize(
    ("factor", "said"),
    [
        (0.1, "10× lower"),
        (0.3, "3.3× lower"),
        (30.0, "30× higher"),
        (22_400.0, "22,000× higher"),
        (0.0101, "99× lower"),
        (1.0, "the same"),
    ],
)
def test_a_factor_says_its_direction(factor: float, said: str) -> None:
    assert _words.change(factor) == said


@pytest.mark.parametrize(
    ("count", "said"),
    [(0, "0 B"), (999, "999 B"), (1000, "1.0 kB"), (15_300, "15 kB"), (999_600, "1.0 MB"),
     (1_200_000_000, "1.2 GB"), (3_000_000_000_000, "3.0 TB")],
)  # fmt: skip
def test_a_size_has_two_figures(count: int, said: str) -> None:
    assert _words.size(count) == said


def sick(learning_rate: LearningRate, *advice: Advice) -> Diagnosis:
    return Diagnosis(
        "a", "a", "csv", Status.CRITICAL, "h", learning_rate=learning_rate, advice=advice
    )


def test_a_rate_that_was_never_logged_is_told_as_a_factor() -> None:
    one = sick(LearningRate(factor=0.1, confidence=0.8))
    assert _words.attempt(one) == ("", "a rate 10× lower", "80% sure")


def test_it_is_the_verdict_that_is_sure_not_the_rate_to_try() -> None:
    low = LearningRate(factor=100.0, confidence=0.8, verdict=Verdict.TOO_LOW)
    assert _words.attempt(sick(low)) == ("", "a rate 100× higher", "80% sure that it was too low")


def test_nothing_is_tried_where_nothing_is_suggested() -> None:
    assert _words.attempt(sick(LearningRate())) is None


def test_further_advice_stands_behind_the_rate() -> None:
    clip = Advice(Action.CLIP_GRADIENTS, "nan", "r", "s")
    one = sick(LearningRate(value=1e-3, suggested=2e-4, factor=0.2, confidence=0.9), clip, clip)
    assert _words.attempt(one) == ("1e-3", "2e-4", "5× lower, 90% sure; clip gradients")


def test_a_checkpoint_to_keep_is_none_to_restart_from() -> None:
    keep = Advice(Action.RESTORE_CHECKPOINT, "overfitting", "Keep it.", "s", from_step=100)
    one = sick(LearningRate(factor=0.1, confidence=0.8), keep)
    assert _words.attempt(one) == ("", "a rate 10× lower", "80% sure")


def test_a_log_of_epochs_is_restarted_from_an_epoch() -> None:
    back = Advice(Action.RESTORE_CHECKPOINT, "divergence", "r", "s", from_step=1005)
    one = sick(LearningRate(factor=0.1, confidence=0.8), back)
    for axis in ("step", "epoch"):
        tried = _words.attempt(replace(one, x_axis=axis))
        assert tried == ("", "a rate 10× lower", f"80% sure; restart from {axis} 1,005")


def test_no_restart_is_named_from_the_step_at_which_the_trouble_began() -> None:
    back = Advice(Action.RESTORE_CHECKPOINT, "divergence", "r", "s", from_step=207, sound_step=206)
    tried = _words.attempt(sick(LearningRate(factor=0.1, confidence=0.8), back))
    assert tried == ("", "a rate 10× lower", "80% sure; restart from step 206 or earlier")


def test_a_training_that_died_says_its_last_words_before_any_rate() -> None:
    words = "The log ends in \"KeyError: 'labels'\" after step 99."
    died = Finding(
        "crash", Severity.CRITICAL, "train/loss", 99, 99, 99, False, 99.0, 0.0, "", 0.95, words
    )
    back = Advice(Action.RESTORE_CHECKPOINT, "crash", "Restart from there.", "s", from_step=99)
    low = LearningRate(
        value=3e-4, suggested=0.016, factor=53.0, confidence=0.9, verdict=Verdict.TOO_LOW,
        evidence=("the loss hardly fell",),
    )  # fmt: skip
    one = replace(sick(low, back), findings=(died,))
    assert _words.evidence(one, rate_is_wrong=True) == f"{words} Restart from there."
    tried = _words.attempt(one)
    assert tried == ("3e-4", "0.016", "53× higher, 90% sure that it was too low")
