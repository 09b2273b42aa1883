from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
import pytest

from lrdoctor import doctor
from lrdoctor.diagnosis import (
    Action,
    Advice,
    Clue,
    Finding,
    LearningRate,
    Problem,
    Severity,
    Status,
    Verdict,
)
from lrdoctor.ending import End, Ending
from lrdoctor.rules import Rule, rules
from lrdoctor.run import Block, Run, Settings
from lrdoctor.schedules import KINDS

OPEN = "the rate or the data is to blame, and logging the gradient norm would tell"


@dataclass(frozen=True, slots=True)
class Says(Rule):
    """A rule that says what it is told to."""

    findings: tuple[Finding, ...] = ()
    advice: tuple[Advice, ...] = ()

    def examine(self, run: Run) -> Iterator[Finding]:
        yield from self.findings

    def advise(self, finding: Finding, run: Run) -> Iterator[Advice]:
        yield from self.advice


def finding(
    rule: str = "divergence",
    severity: Severity = Severity.CRITICAL,
    onset: int = 60,
    *,
    last: int = 99,
    resolved: bool = False,
    measured: float = 2.0,
) -> Finding:
    return Finding(rule=rule, severity=severity, metric="train/loss", onset_step=onset,
                   fired_step=onset + 5, last_step=last, resolved=resolved, measured=measured,
                   limit=1.0, unit="u", confidence=0.9, message="It says so.")  # fmt: skip


def run_of(losses: np.ndarray, x_axis: str = "step", **more: np.ndarray) -> Run:  # type: ignore[type-arg]
    run = Run("a/b", "a/b.csv", "csv", x_axis=x_axis)
    for tag, values in {"loss": losses, **more}.items():
        run.add(Block(tag, np.arange(len(values)), np.asarray(values, np.float64)))
    return run


@dataclass(frozen=True, slots=True)
class Breaks(Rule):
    """A rule of somebody's own, with a defect."""

    yields: tuple[object, ...] = ()

    def examine(self, run: Run) -> Iterator[Finding]:
        yield from self.yields  # type: ignore[misc]
        raise ValueError("boom\nof two lines")


def _boom(*_: object) -> None:
    raise ValueError("boom")


FALLING = np.linspace(2, 1, 100) + np.random.default_rng(0).normal(0, 0.02, 100)


@pytest.fixture
def said(monkeypatch: pytest.MonkeyPatch) -> object:
    """Diagnose a run whose rules and learning rate say what the test tells them."""

    def diagnose(
        *findings: Finding,
        rate: LearningRate | None = None,
        advice: tuple[Advice, ...] = (),
        run: Run | None = None,
    ) -> doctor.Diagnosis:
        monkeypatch.setattr(
            doctor.learning_rate, "assess", lambda run, findings: rate or LearningRate()
        )
        names = {f.rule for f in findings} or {"divergence"}
        monkeypatch.setattr(doctor, "_name_of", lambda rule: rule.findings[0].rule)
        told = [Says(tuple(f for f in findings if f.rule == name), advice) for name in names]
        return doctor.diagnose(run or run_of(FALLING), told if findings else ())

    return diagnose


def test_the_worst_active_finding_is_the_status(said) -> None:  # type: ignore[no-untyped-def]
    spike = finding("spike", Severity.WARNING)
    assert said(finding(), spike).status is Status.CRITICAL
    assert said(spike).status is Status.WARNING
    assert said(finding("plateau", Severity.INFO)).status is Status.HEALTHY


def test_what_is_over_is_watched_while_it_is_recent(said) -> None:  # type: ignore[no-untyped-def]
    recent = said(finding(last=90, resolved=True))
    assert recent.status is Status.WATCHING
    assert recent.headline == "The loss was diverging from step 60; it held until step 90."
    assert said(finding(last=70, resolved=True)).status is Status.HEALTHY


def test_the_finding_that_the_headline_tells_is_named(said) -> None:  # type: ignore[no-untyped-def]
    plateau = finding("plateau", Severity.INFO)
    spike = finding("spike", Severity.WARNING, last=90, resolved=True)
    over = said(plateau, spike)
    assert over.headline.startswith("The loss jumped at step 60")
    assert over.told is not None
    assert over.told.rule == "spike"
    assert over.findings[over.to_dict()["told"]] is over.told
    assert said(plateau, finding()).told.rule == "divergence"
    assert said(plateau).to_dict()["told"] is None


def test_the_headline_says_what_since_when_and_why(said) -> None:  # type: ignore[no-untyped-def]
    high = LearningRate(verdict=Verdict.TOO_HIGH, confidence=0.9)
    assert said(finding(onset=2), rate=high).headline == (
        "The loss has been diverging since step 2; the learning rate is too high."
    )
    low = LearningRate(verdict=Verdict.TOO_LOW, confidence=0.9)
    assert said(finding("flat", Severity.WARNING, 0), rate=low).headline == (
        "The loss has not moved since step 0; the learning rate is too low."
    )
    unsure = LearningRate(verdict=Verdict.TOO_HIGH, confidence=0.4)
    assert said(finding(), rate=unsure).headline == (
        f"The loss has been diverging since step 60; {OPEN}."
    )


def test_a_divergence_that_ends_in_nan_is_one_sentence(said) -> None:  # type: ignore[no-untyped-def]
    nan = finding("nan", onset=80, measured=float("nan"))
    assert said(finding(), nan).headline == (
        f"The loss has been diverging since step 60 and is NaN from step 80 on; {OPEN}."
    )
    both = said(nan, finding(onset=80)).headline
    assert both == (
        "The loss is NaN from step 80 on; a bad batch or an overflow; the inputs of that step "
        "would tell."
    )


def test_a_jump_of_the_rate_is_the_cause(said) -> None:  # type: ignore[no-untyped-def]
    rates = np.where(np.arange(100) < 60, 0.01, 1.0)
    assert said(finding(), run=run_of(FALLING, lr=rates)).headline == (
        "The loss has been diverging since step 60; the learning rate jumped from 0.01 to 1."
    )
    climbing = np.minimum(np.arange(1, 101) / 80, 1)
    headline = said(finding(), run=run_of(FALLING, lr=climbing)).headline
    assert headline == f"The loss has been diverging since step 60; {OPEN}."


def test_a_jump_between_the_onset_and_its_alarm_is_the_cause(said) -> None:  # type: ignore[no-untyped-def]
    for step in (48, 64):
        rates = np.where(np.arange(100) < step, 0.01, 1.0)
        assert "jumped from 0.01 to 1." in said(finding(), run=run_of(FALLING, lr=rates)).headline
    later = np.where(np.arange(100) < 70, 0.01, 1.0)
    assert "jumped" not in said(finding(), run=run_of(FALLING, lr=later)).headline


def test_a_rate_that_was_right_until_the_break_is_not_its_cause(said) -> None:  # type: ignore[no-untyped-def]
    high = LearningRate(verdict=Verdict.TOO_HIGH, confidence=0.99)
    assert said(finding(), rate=high).headline.endswith(f"{OPEN}.")
    led = finding("spike", Severity.WARNING, 59, last=59, resolved=True)
    assert said(led, finding(), rate=high).headline.endswith(f"{OPEN}.")
    climbing = run_of(FALLING, lr=np.minimum(np.arange(1, 101) / 70, 1))
    assert "rate is too high" in said(finding(), rate=high, run=climbing).headline


def test_a_loss_lost_at_once_is_blamed_on_a_rate_only_above_the_usual(said) -> None:  # type: ignore[no-untyped-def]
    high = LearningRate(verdict=Verdict.TOO_HIGH, confidence=0.99)
    lost = finding("nan", onset=2, measured=float("nan"))
    for rate, why in ((1e-3, "look the same"), (3.0, "rate is too high")):
        run = run_of(FALLING, lr=np.full(100, rate))
        run.settings = Settings(optimizer="AdamW")
        assert why in said(lost, rate=high, run=run).headline
    grown = replace(lost, clue=Clue.METRIC_ROSE)
    assert "rate is too high" in said(grown, rate=high).headline
    warmed = replace(lost, clue=Clue.RATE_ROSE)
    assert "run at a lower peak" in said(warmed, rate=high).headline


def test_a_model_that_hardly_learns_has_not_too_few_data(said) -> None:  # type: ignore[no-untyped-def]
    low = LearningRate(value=1e-6, verdict=Verdict.TOO_LOW, confidence=0.9)
    rising = finding("overfitting", Severity.WARNING)
    assert said(rising, rate=low).headline.endswith("while the training loss falls.")


def test_a_few_rows_at_a_rate_of_zero_are_told_as_that(said) -> None:  # type: ignore[no-untyped-def]
    none = LearningRate(value=0.0, verdict=Verdict.TOO_LOW, confidence=0.9)
    stuck = finding("flat", Severity.WARNING, 0)
    assert said(stuck, rate=none).headline.endswith("; the learning rate is zero.")


def test_a_loss_that_stands_still_at_a_usual_rate_may_lack_a_gradient(said) -> None:  # type: ignore[no-untyped-def]
    run, stuck = run_of(FALLING), finding("flat", Severity.WARNING, 0)
    run.settings = Settings(optimizer="AdamW")
    for value, unsure in ((1e-3, True), (1e-6, False)):
        low = LearningRate(value=value, verdict=Verdict.TOO_LOW, confidence=0.9)
        headline = said(stuck, rate=low, run=run).headline
        assert "rate is too low" in headline
        assert ("usual for AdamW, units are dead or frozen" in headline) is unsure


def test_a_game_of_two_networks_is_not_judged_but_for_what_is_lost() -> None:
    climbing = np.linspace(0.1, 5, 300) + np.random.default_rng(0).normal(0, 0.3, 300)

    def play(*more: float) -> Run:
        run = Run("gan", "gan.csv", "csv")
        for tag, values in {"loss_D": climbing, "loss_G": climbing[::-1]}.items():
            run.add(Block(tag, np.arange(300 + len(more)), np.append(values, more)))
        return run

    told = doctor.diagnose(play())
    assert (told.status, told.findings) == (Status.HEALTHY, ())
    assert "Two networks' losses" in told.headline
    assert told.learning_rate.verdict is Verdict.UNKNOWN
    assert doctor.diagnose(run_of(climbing)).status is not Status.HEALTHY
    assert [f.rule for f in doctor.diagnose(play(np.nan)).findings] == ["nan", "nan"]


def test_the_gradient_is_gone_and_the_loss_stays(said) -> None:  # type: ignore[no-untyped-def]
    gone = replace(finding("vanishing-gradient", Severity.WARNING), metric="grad_norm")
    assert said(gone).headline.startswith(
        "The gradient has been gone since step 60, and the loss stays up;"
    )


def test_what_is_over_tells_its_cause_where_the_log_shows_it(said) -> None:  # type: ignore[no-untyped-def]
    over = finding("spike", Severity.WARNING, last=90, resolved=True)
    spikes = replace(over, clue=Clue.EVERY_EPOCH)
    assert said(spikes).headline == (
        "The loss jumped at step 60; it held until step 90; "
        "the same batches of every epoch are to blame."
    )


@pytest.mark.parametrize(("value", "told"), [(0.2, "a tenth of the rate"), (1e-4, "ten times the")])
def test_a_flat_loss_at_an_unusually_high_rate_asks_for_a_run_at_a_lower_one(  # type: ignore[no-untyped-def]
    said, value: float, told: str
) -> None:
    run = run_of(FALLING, grad_norm=np.ones(100))
    run.settings = replace(run.settings, optimizer="adamw")
    rate = LearningRate(value=value, verdict=Verdict.OK, confidence=0.9)
    assert told in said(finding("flat", Severity.WARNING), run=run, rate=rate).headline


@pytest.mark.parametrize(("losses", "progress"), [(FALLING, True), (3 - FALLING, False)])
def test_only_a_loss_below_its_first_is_said_to_make_progress(  # type: ignore[no-untyped-def]
    said,
    losses: np.ndarray,
    progress: bool,  # type: ignore[type-arg]
) -> None:
    high = LearningRate(verdict=Verdict.TOO_HIGH, confidence=0.9)
    headline = said(run=run_of(losses), rate=high).headline
    assert headline.endswith("the learning rate looks too high.")
    assert ("makes progress" in headline) is progress


def test_a_rate_of_zero_goes_before_what_it_brings_about(said) -> None:  # type: ignore[no-untyped-def]
    zero = finding("zero-learning-rate", Severity.WARNING, 0)
    told = said(zero, finding("divergence", Severity.WARNING), finding("flat", Severity.WARNING, 0))
    assert told.headline == "The learning rate has been zero since step 0."


@pytest.mark.parametrize("word", ["rose", "learning rate rose", "order of the data",
                                  "same place of an epoch"])  # fmt: skip
@pytest.mark.parametrize("rule", ["nan", "spike", "oscillation"])
def test_no_cause_is_read_from_a_sentence(said, rule: str, word: str) -> None:  # type: ignore[no-untyped-def]
    plain = finding(rule, onset=80, measured=float("nan"))
    named = replace(plain, message=f"{word} is the name of a metric.")
    assert said(named).headline == said(plain).headline


def test_the_causes_that_symptoms_have_in_common(said) -> None:  # type: ignore[no-untyped-def]
    def why(*told: Finding, **tags: np.ndarray) -> str:  # type: ignore[type-arg]
        return said(*told, run=run_of(FALLING, **tags)).headline.partition("; ")[2]

    nan = finding("nan", onset=80, measured=float("nan"))
    assert "bad batch" in why(nan)
    assert "steps were too long" in why(replace(nan, clue=Clue.METRIC_ROSE))
    scaled = np.where(np.isin(np.arange(100), (20, 50)), np.inf, 1.0)
    assert "half precision overflowed" in why(nan, grad_norm=scaled)
    waves = replace(finding("oscillation"), clue=Clue.EVERY_EPOCH)
    assert "same order" in why(waves)
    spikes = replace(finding("spike"), clue=Clue.EVERY_EPOCH)
    assert "same batches" in why(spikes)
    few = replace(finding("oscillation"), clue=Clue.SAME_BATCHES)
    assert "same batches" in why(few)
    stuck = finding("flat", Severity.WARNING)
    assert "dead units" in why(stuck, grad_norm=np.zeros(100))
    assert "ten times the rate" in why(stuck, grad_norm=np.ones(100))
    assert "logging the gradient norm" in why(stuck)
    assert "too few data" in why(finding("overfitting", Severity.WARNING))
    forgot = replace(finding("schedule-mismatch", Severity.INFO), clue=Clue.AFTER_RESUME)
    assert "did not restore" in why(finding(), forgot)
    assert "third of the rate" in why(finding(), grad_norm=np.ones(100))


def test_what_stands_up_since_one_jump_is_laid_to_the_data_where_the_rate_was_calm(said) -> None:  # type: ignore[no-untyped-def]
    jump = replace(finding("spike", Severity.WARNING), clue=Clue.STAYED_UP)
    losses = FALLING + np.where(np.arange(100) < 60, 0.0, 0.5)
    calm = run_of(losses, lr=np.full(100, 0.01))
    high = LearningRate(verdict=Verdict.TOO_HIGH, confidence=0.9)
    told = said(jump, run=calm, rate=high).headline
    assert told.startswith("The loss jumped at step 60 and has stayed up; labels or inputs ")
    assert "the rate, labels or inputs " in said(jump, run=run_of(losses), rate=high).headline
    rates = run_of(losses, lr=np.where(np.arange(100) < 60, 0.01, 1.0))
    assert "the learning rate jumped" in said(jump, run=rates, rate=high).headline
    rise = said(finding(), jump, run=calm, rate=high).headline
    assert "labels or inputs changed" in rise
    short = run_of(losses[52:], lr=np.full(48, 0.01))
    early = replace(jump, onset_step=2, fired_step=8)
    assert "the learning rate is too high" in said(early, run=short, rate=high).headline


def test_what_stands_up_since_a_resume_is_laid_to_it(said) -> None:  # type: ignore[no-untyped-def]
    jump = replace(finding("spike", Severity.WARNING), clue=Clue.STAYED_UP)
    run = run_of(FALLING[:64], lr=np.full(64, 0.01))
    steps = np.arange(59, 100)
    run.add(Block("loss", steps, FALLING[59:] + 0.5))
    run.add(Block("lr", steps, np.full(41, 0.01)))
    assert [resume.step for resume in run.resumes][:1] == [59]
    assert "it came with a resume" in said(jump, run=run).headline


def test_a_loss_that_a_jump_brought_back_to_its_start_had_moved(said) -> None:  # type: ignore[no-untyped-def]
    flat = replace(finding("flat", Severity.WARNING, onset=0), fired_step=90)
    jump = replace(finding("spike", Severity.WARNING), clue=Clue.STAYED_UP)
    assert said(flat, jump).headline.startswith("The loss jumped at step 60 and has stayed up")
    early = replace(flat, fired_step=50)
    assert said(early, replace(jump, clue=None)).headline.startswith("The loss has not moved")


def test_a_log_that_begins_in_the_middle_is_not_said_to_converge(said) -> None:  # type: ignore[no-untyped-def]
    piece, whole = (Run("a/b", "a/b.csv", "csv") for _ in range(2))
    piece.add(Block("loss", np.arange(60, 160), FALLING))
    whole.add(Block("loss", np.arange(1, 101), FALLING))
    assert said(run=piece).headline == (
        "No trouble seen since step 60, where the log begins; what the training had learnt "
        "before, the log does not tell."
    )
    assert said(run=whole).headline.startswith("Converging normally")
    whole.add(Block("val_loss", np.array([0, 50, 99]), np.array([2.0, 1.5, 1.0])))
    assert said(run=whole).headline.startswith("Converging normally")


@pytest.mark.parametrize("onset", [0, 60])
def test_infinite_gradients_of_a_finite_loss_overflow(said, onset: int) -> None:  # type: ignore[no-untyped-def]
    told = replace(finding("nan", onset=onset, measured=float("inf")), metric="grad_norm")
    assert "the gradients overflow" in said(told).headline
    assert "the gradients overflow" not in said(replace(told, measured=float("nan"))).headline
    lost = np.where(np.arange(100) == 70, np.nan, FALLING)
    assert "the gradients overflow" not in said(told, run=run_of(lost)).headline


def test_a_validation_loss_that_never_fell_may_be_of_data_prepared_otherwise(said) -> None:  # type: ignore[no-untyped-def]
    run = run_of(FALLING, val_loss=np.linspace(2.0, 4.0, 100))
    first = int(run["val/loss"].steps[0])

    def why(onset: int) -> str:
        told = replace(finding("overfitting", Severity.WARNING, onset=onset), metric="val/loss")
        return str(said(told, run=run).headline)

    assert "the validation's loss on training data would tell" in why(first)
    assert "prepared in another way" not in why(first + 10)


@pytest.mark.parametrize("rule", ["divergence", "spike"])
def test_a_rate_at_which_the_loss_had_been_calm_is_not_blamed_for_its_jump(said, rule: str) -> None:  # type: ignore[no-untyped-def]
    high = LearningRate(verdict=Verdict.TOO_HIGH, confidence=0.9)
    run = run_of(FALLING, lr=np.full(100, 0.01))
    told = said(finding(rule, Severity.WARNING, onset=80), run=run, rate=high)
    assert "the rate or the data is to blame" in told.headline


@pytest.mark.parametrize("rule", ["stalled", "zero-learning-rate", "resume", "overfitting"])
def test_no_rate_too_high_is_blamed_for_what_it_cannot_bring_about(said, rule: str) -> None:  # type: ignore[no-untyped-def]
    high = LearningRate(verdict=Verdict.TOO_HIGH, confidence=0.9)
    assert "too high" not in said(finding(rule, Severity.WARNING), rate=high).headline
    assert "too high" in said(finding("plateau", Severity.WARNING), rate=high).headline


@pytest.mark.parametrize(("kind", "blamed"), [(End.OUT_OF_MEMORY, False), (End.NOT_FINITE, True)])
def test_a_rising_loss_explains_no_death_but_one_by_it(said, kind: End, blamed: bool) -> None:  # type: ignore[no-untyped-def]
    rates = np.where(np.arange(100) < 60, 0.01, 1.0)
    run = run_of(FALLING, lr=rates)
    run.ending = Ending(kind, "the log's words")
    rise = finding("divergence", Severity.WARNING)
    headline = said(finding("crash", onset=99), rise, run=run).headline
    assert headline.startswith("The training ")
    assert ("the learning rate jumped from 0.01 to 1" in headline) == blamed


def test_a_gradient_that_is_gone_leaves_the_loss_up() -> None:
    noise, steps = np.random.default_rng(0), np.arange(60)
    norms = np.where(steps < 30, 1.0, 1e-6) * np.exp(noise.normal(0, 0.3, 60))
    run = run_of(2.3 + noise.normal(0, 0.05, 60), grad_norm=norms)
    headline = doctor.diagnose(run).headline
    assert headline.startswith("The gradient has been gone since step 30, and the loss stays up; ")


@pytest.mark.parametrize(
    ("rule", "sentence"),
    [
        ("oscillation", f"The loss has been swinging up and down since epoch 60; {OPEN}."),
        ("spike", f"The loss jumped at epoch 60; {OPEN}."),
        ("unstable-accuracy", "train/loss has been jumping about since epoch 60."),
        ("plateau", "The loss has made no progress since epoch 60."),
        ("zero-learning-rate", "The learning rate has been zero since epoch 60."),
        ("exploding-gradient", "The gradient norm has been exploding since epoch 60."),
        ("of-another-package", "It says so."),
    ],
)
def test_every_rule_has_its_sentence(said, rule: str, sentence: str) -> None:  # type: ignore[no-untyped-def]
    run = run_of(FALLING, x_axis="epoch")
    assert said(finding(rule, Severity.WARNING), run=run).headline == sentence


@pytest.mark.parametrize(
    ("rule", "sentence"),
    [
        ("flat", "The loss did not move until epoch 90."),
        ("plateau", "The loss made no progress from epoch 60; it held until epoch 90."),
        ("overfitting", "train/loss was rising from epoch 60 while the training loss fell; "
         "it held until epoch 90."),
        ("vanishing-gradient", "The gradient was gone from epoch 60, and the loss stayed up; "
         "it held until epoch 90."),
    ],
)  # fmt: skip
def test_what_is_over_is_told_in_the_past(said, rule: str, sentence: str) -> None:  # type: ignore[no-untyped-def]
    over = finding(rule, Severity.WARNING, last=90, resolved=True)
    assert said(over, run=run_of(FALLING, x_axis="epoch")).headline == sentence


def test_a_finding_of_another_loss_names_it(said) -> None:  # type: ignore[no-untyped-def]
    plateau = replace(finding("plateau", Severity.WARNING), metric="val/loss")
    assert said(plateau).headline == "val/loss has made no progress since step 60."


def test_only_a_gradient_that_is_all_zero_tells_of_dead_units(said) -> None:  # type: ignore[no-untyped-def]
    stuck, norms = finding("flat", Severity.WARNING), np.zeros(100)
    norms[-3] = 0.5
    assert "dead units" not in said(stuck, run=run_of(FALLING, grad_norm=norms)).headline


@pytest.mark.parametrize(
    ("verdict", "why"),
    [
        (Verdict.TOO_HIGH, "the learning rate is too high"),
        (
            Verdict.OK,
            "the rate, a batch or an overflow is to blame, and the gradient norm would tell",
        ),
    ],
)  # fmt: skip
def test_a_training_that_gave_up_says_why_as_far_as_is_known(said, verdict, why: str) -> None:  # type: ignore[no-untyped-def]
    run = run_of(FALLING)
    run.ending = Ending(End.NOT_FINITE, "the log's words")
    rate = LearningRate(verdict=verdict, confidence=0.9)
    headline = said(finding("crash", onset=99), rate=rate, run=run).headline
    assert headline == f"The training gave up on a value that is not finite at step 99; {why}."


@pytest.mark.parametrize("kind", sorted({*KINDS} - {"unknown", "range-test"}))
def test_every_kind_of_schedule_has_its_words(said, kind: str) -> None:  # type: ignore[no-untyped-def]
    assert said(rate=LearningRate(schedule=kind)).headline.startswith("Converging normally ")


def test_health_is_told_with_its_schedule(said) -> None:  # type: ignore[no-untyped-def]
    cosine = LearningRate(schedule="cosine", verdict=Verdict.OK, confidence=0.9)
    assert said(rate=cosine).headline == "Converging normally on a cosine schedule."
    assert said().headline == "Converging normally."


@pytest.mark.parametrize(
    ("scatter", "status", "sentence"),
    [
        (
            0.001,
            Status.HEALTHY,
            "Converged by step 40 on a cosine schedule; going on wins nothing ",
        ),
        (
            0.05,
            Status.HEALTHY,
            "The loss has come no lower since step 40 on a cosine schedule; it ",
        ),
        (
            0.3,
            Status.WATCHING,
            "The loss has come no lower since step 40 on a cosine schedule; it ",
        ),
    ],
)
def test_only_a_calm_loss_has_converged(said, scatter, status, sentence) -> None:  # type: ignore[no-untyped-def]
    cosine = LearningRate(schedule="cosine", verdict=Verdict.OK, confidence=0.9)
    swings = scatter * np.random.default_rng(0).normal(0, 1, 100)
    run = run_of(1 + np.exp(-np.arange(100) / 8) + swings)
    stands = said(finding("plateau", Severity.INFO, 40), rate=cosine, run=run)
    assert (stands.status, stands.headline[: len(sentence)]) == (status, sentence)


def test_a_loss_thrown_up_by_its_first_steps_is_told_by_how_far(said) -> None:  # type: ignore[no-untyped-def]
    spike = replace(finding("spike", Severity.WARNING, 1, measured=1.7e7), clue=Clue.THROWN_UP)
    told = said(spike, rate=LearningRate(verdict=Verdict.TOO_HIGH, confidence=0.9))
    assert told.headline == (
        "The loss was thrown up to 1.7e+07 times its first at step 1; "
        "the learning rate is too high."
    )


@pytest.mark.parametrize(
    ("verdict", "sure", "status"),
    [
        (Verdict.TOO_HIGH, 0.96, Status.WARNING),
        (Verdict.TOO_HIGH, 0.94, Status.WATCHING),
        (Verdict.TOO_LOW, 0.99, Status.WATCHING),
    ],
)
def test_a_rate_that_is_certainly_too_high_is_a_warning_of_its_own(  # type: ignore[no-untyped-def]
    said,
    verdict: Verdict,
    sure: float,
    status: Status,
) -> None:
    told = said(rate=LearningRate(verdict=verdict, confidence=sure))
    assert told.status is status
    side = "high" if verdict is Verdict.TOO_HIGH else "low"
    assert told.headline == f"Training makes progress, but the learning rate looks too {side}."


def test_a_rate_certainly_too_high_is_told_before_a_plateau_that_scatters(  # type: ignore[no-untyped-def]
    said,
) -> None:
    high = LearningRate(verdict=Verdict.TOO_HIGH, confidence=0.96)
    swings = 0.3 * np.random.default_rng(0).normal(0, 1, 100)
    run = run_of(1 + np.exp(-np.arange(100) / 8) + swings)
    told = said(finding("plateau", Severity.INFO, 40), rate=high, run=run)
    assert told.headline.endswith("but the learning rate looks too high.")


def test_a_doubtful_rate_alone_is_watched(said) -> None:  # type: ignore[no-untyped-def]
    low = LearningRate(verdict=Verdict.TOO_LOW, confidence=0.9)
    assert said(rate=low).status is Status.WATCHING
    assert "looks too low" in said(rate=low).headline


def test_a_short_run_says_how_many_points_are_needed() -> None:
    diagnosis = doctor.diagnose(run_of(FALLING[:6]))
    assert diagnosis.status is Status.TOO_SHORT
    assert diagnosis.headline == (
        "Only 6 points of train/loss so far; 10 are needed for a diagnosis."
    )
    assert "Only 1 point of" in doctor.diagnose(run_of(FALLING[:1])).headline


def test_trouble_is_told_however_short_the_run() -> None:
    diagnosis = doctor.diagnose(run_of(np.array([2.0, 1.9, np.nan])))
    assert diagnosis.status is Status.CRITICAL
    assert diagnosis.headline.startswith("The loss is NaN from step 2 on")


def test_a_log_without_a_loss_says_what_it_has() -> None:
    run = Run("r", "r.csv", "csv")
    run.add(Block("reward", np.arange(20), np.arange(20.0)))
    diagnosis = doctor.diagnose(run)
    assert diagnosis.status is Status.UNREADABLE
    assert "reward" in diagnosis.headline
    assert "lrdoctor.toml" in diagnosis.headline


def test_raising_the_rate_is_withheld_while_a_critical_finding_lasts(said) -> None:  # type: ignore[no-untyped-def]
    raising = (Advice(Action.RAISE_LR, "flat", "", "", 10.0), Advice(Action.STOP, "flat", "", ""))
    flat = finding("flat", Severity.WARNING)
    assert {a.action for a in said(flat, advice=raising).advice} == {Action.RAISE_LR, Action.STOP}
    assert {a.action for a in said(flat, finding(), advice=raising).advice} == {Action.STOP}


def test_lowering_the_rate_follows_the_learning_rates_own_factor(said) -> None:  # type: ignore[no-untyped-def]
    lower = (Advice(Action.LOWER_LR, "divergence", "", "", 0.3),)
    (advice,) = said(finding(), advice=lower, rate=LearningRate(factor=0.05)).advice
    assert advice.lr_factor == 0.05
    (advice,) = said(finding(), advice=lower, rate=LearningRate(factor=3.0)).advice
    assert advice.lr_factor == 0.3


def test_all_rules_look_and_those_that_found_nothing_are_named() -> None:
    diagnosis = doctor.diagnose(run_of(FALLING))
    looked = set(rules()) - {f.rule for f in diagnosis.findings} - set(diagnosis.unchecked)
    assert set(diagnosis.checked) == looked


def test_a_rule_that_lacks_its_metric_has_not_looked() -> None:
    told = doctor.diagnose(run_of(FALLING)).to_dict()["unchecked"]
    assert told["exploding-gradient"] == ["grad_norm"]
    assert told["zero-learning-rate"] == ["lr"]
    assert told["unstable-accuracy"] == ["val/accuracy", "train/accuracy"]
    assert "divergence" not in told


def test_a_log_without_a_loss_clears_no_rule_that_looks_at_one() -> None:
    run = Run("run", "run.csv", "csv")
    run.add(Block("lr", np.arange(100), np.full(100, 1e-3)))
    diagnosis = doctor.diagnose(run)
    of_losses = {"divergence", "flat", "hidden-nan", "oscillation", "plateau", "slow", "spike"}
    assert not of_losses & set(diagnosis.checked)
    assert {diagnosis.unchecked[rule] for rule in of_losses} == {("loss",)}
    assert {"nan", "resume", "zero-learning-rate"} <= set(diagnosis.checked)
    assert diagnosis.learning_rate.reason == "The log holds no loss to judge its learning rate by."


def test_a_loss_under_a_name_of_its_own_is_looked_at() -> None:
    run = Run("run", "run.csv", "csv")
    run.add(Block("aux_loss", np.arange(100), FALLING))
    assert "divergence" in doctor.diagnose(run).checked


def test_the_figures_of_each_metric() -> None:
    losses = FALLING.copy()
    losses[30] = -5.0
    losses[40] = np.nan
    run = run_of(losses, accuracy=np.linspace(0, 1, 100), lr=np.full(100, 0.1))
    run.add(Block("loss", np.array([90, 91]), np.array([1.0, np.inf])))
    metrics = doctor.diagnose(run).metrics
    loss = metrics["train/loss"]
    # A hundred points, two after a resume; the ten they overtook were logged as well.
    assert (loss.tag, loss.count, loss.non_finite) == ("loss", 102, 2)
    assert (loss.best, loss.best_step, loss.first, loss.last) == (-5.0, 30, losses[0], np.inf)
    assert (metrics["train/accuracy"].best, metrics["train/accuracy"].best_step) == (1.0, 99)
    assert metrics["lr"].best is None


@pytest.mark.parametrize("size", [5_000, 100_000])
def test_the_best_of_a_long_run_is_exact(size: int) -> None:
    losses = np.random.default_rng(0).normal(size=size)
    summary = doctor.diagnose(run_of(losses)).metrics["train/loss"]
    assert (summary.best, summary.best_step) == (losses.min(), losses.argmin())


@pytest.mark.parametrize("size", [1, 59, 60, 61, 1000, 50_000])
def test_a_sparkline_follows_the_loss(size: int) -> None:
    shown = doctor.diagnose(run_of(np.arange(size, dtype=float))).sparkline
    assert min(size, 30) <= len(shown) <= 60
    assert list(shown) == sorted(shown)
    assert shown[0] < 0.05 * size
    assert shown[-1] > 0.9 * (size - 1) - 1


def test_a_sparkline_has_gaps_where_the_loss_was_not_finite() -> None:
    losses = FALLING[:60].copy()
    losses[10] = np.nan
    shown = doctor.diagnose(run_of(losses)).sparkline
    assert shown[10] is None
    assert None not in shown[:10] + shown[11:]


def test_problems_are_carried_and_a_diagnosis_is_strict_json() -> None:
    problem = Problem("a/b.csv", 3, "a word where a number should be")
    losses = np.concatenate([FALLING, [np.inf, np.nan]])
    diagnosis = doctor.diagnose(run_of(losses), problems=[problem])
    assert diagnosis.problems == (problem,)
    line = json.dumps(diagnosis.to_dict(), allow_nan=False)
    assert json.loads(line)["metrics"]["train/loss"]["last"] == "nan"


def test_what_cannot_be_read_tells_its_first_reason() -> None:
    problem = Problem("x.bin", None, "it is no log")
    diagnosis = doctor.unreadable("x", "x.bin", "", [problem])
    assert diagnosis.status is Status.UNREADABLE
    assert diagnosis.headline == "This log cannot be read: it is no log"
    assert doctor.unreadable("x", "x.bin", "", []).headline.endswith("make sense of it")


def test_a_range_tests_blow_up_is_no_finding_and_a_later_rise_at_one_rate_is() -> None:
    rng, steps = np.random.default_rng(0), np.arange(300)
    rates = 1e-6 * 10 ** (6 * steps / 300)
    losses = 2.3 - 1.5 * np.clip((steps - 120) / 60, 0, 1) + 0.02 * rng.standard_normal(300)
    losses[240:] += np.linspace(0, 30, 60)
    for lr, expected in ((rates, set()), (np.full(300, 1e-3), {"divergence"})):
        run = Run("r", "r", "test")
        run.add(Block("loss", steps, losses))
        run.add(Block("lr", steps, lr))
        said = {f.rule for f in doctor.diagnose(run).findings if f.severity is Severity.CRITICAL}
        assert said == expected


def test_a_range_test_is_called_one() -> None:
    random = np.random.default_rng(2)
    rates = np.geomspace(1e-6, 0.1, 300)
    losses = 2.3 - 1.2 / (1 + (0.01 / rates) ** 1.5) + random.normal(0, 0.01, 300)
    run = Run("sweep", "sweep.csv", "csv")
    run.add(Block("loss", np.arange(300), losses))
    run.add(Block("lr", np.arange(300), rates))
    assert doctor.diagnose(run).headline.startswith("A learning-rate range test")


def test_a_loss_that_was_nan_before_any_update_is_not_blamed_on_the_rate() -> None:
    lost = np.full(40, np.nan)
    told = doctor.diagnose(run_of(lost, lr=np.full(40, 1e-3)))
    assert "no update had been made by then" in told.headline
    assert told.learning_rate.verdict is Verdict.UNKNOWN
    assert told.learning_rate.suggested is None
    # An epoch is many batches: there the rate may have been too high.
    told = doctor.diagnose(run_of(lost, "epoch", lr=np.full(40, 1e-3)))
    assert told.learning_rate.verdict is Verdict.TOO_HIGH


def test_a_checkpoint_of_before_the_growth_is_named_and_none_from_within_it(said) -> None:  # type: ignore[no-untyped-def]
    nan = finding("nan", onset=80, measured=float("nan"))
    back = (Advice(Action.RESTORE_CHECKPOINT, "nan", "r", "s", from_step=79),)
    (advice,) = said(nan, advice=back).advice
    assert advice.from_step == 79
    grown = finding("exploding-gradient", Severity.WARNING, onset=71)
    (advice,) = said(nan, grown, advice=back).advice
    assert advice.from_step == 71
    assert "before step 71, where the gradient norm began to grow" in advice.reason
    (advice,) = said(nan, replace(grown, resolved=True), advice=back).advice
    assert advice.from_step == 79


@pytest.mark.parametrize("yields", [(), ("a sentence",), (None,), (finding("of-another-name"),)])
def test_a_rule_that_fails_is_named_and_costs_the_others_nothing(
    yields: tuple[object, ...],
) -> None:
    run = run_of(np.append(FALLING, [np.nan] * 5))
    alone = doctor.diagnose(run, [rules()["nan"]()])
    beside = doctor.diagnose(run, [Breaks(yields), rules()["nan"]()])
    assert repr(beside.findings) == repr(alone.findings) != "()"
    (problem,) = beside.problems
    assert problem.what.startswith("the rule ")
    assert "\n" not in problem.what
    assert "Error" in problem.what
    assert "breaks" not in beside.checked


def test_a_rule_that_fails_to_say_whether_it_can_look_costs_the_others_nothing() -> None:
    run = run_of(np.append(FALLING, [np.nan] * 5))
    blind = type("Blind", (Breaks,), {"can_look": _boom})
    told = doctor.diagnose(run, [blind(), rules()["nan"]()])
    assert [finding.rule for finding in told.findings] == ["nan"]
    assert [problem.what.split(" (")[0] for problem in told.problems] == [
        "the rule blind failed on this run"
    ]


def test_a_rule_that_fails_among_the_alarms_is_warned_of_and_costs_the_others_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    run = run_of(np.append(FALLING, [np.nan] * 5))
    alone = doctor.alarms(run)
    monkeypatch.setattr(rules()["divergence"], "examine", _boom)
    with pytest.warns(RuntimeWarning, match="the rule divergence failed on this run"):
        beside = doctor.alarms(run)
    assert repr(beside) == repr(alone) != "()"


def test_one_class_for_every_example_is_said_so(said) -> None:  # type: ignore[no-untyped-def]
    one = replace(finding("flat", Severity.WARNING, 20), clue=Clue.ONE_CLASS)
    start = "The model has been giving every example the same class since step 20"
    assert said(one).headline.startswith(start)
    over = replace(one, resolved=True, last_step=95)
    assert said(over).headline.startswith("The model gave every example the same class from step")
