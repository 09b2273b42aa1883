"""Laws that every rule obeys: Causality, Units, Quiet, Degenerate."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from samples import all_samples, load, odd_runs, run_of, sample

from lrdoctor import metrics
from lrdoctor.diagnosis import Clue, Finding, Severity
from lrdoctor.doctor import diagnose
from lrdoctor.rules import LOSS, Rule, rules
from lrdoctor.rules._sensitivity import LEVELS, thresholds
from lrdoctor.run import Block, Run

RULES = [pytest.param(rule(), id=name) for name, rule in rules().items()]
SAMPLES = [pytest.param(path, id=f"{path.parent.name}-{path.stem}") for path in all_samples()]
ODD = [pytest.param(run, id=name) for name, run in odd_runs()]


def long_run() -> Run:
    """5,000 steps, beyond the part of a curve that is held point by point, with every trouble."""
    random = np.random.default_rng(8)
    index = np.arange(5000)
    losses = 0.4 + 2 * np.exp(-index / 400) + random.normal(0, 0.05, 5000)
    losses[1700] += 6
    losses[2500:3500] += 0.8 * np.sin(index[2500:3500] / 40)
    losses[3600:4400] += np.linspace(0, 5, 800)
    losses[4700:] = np.nan
    return run_of(
        {
            "loss": losses,
            "val_loss": np.where(index < 2000, losses, losses + index / 2000),
            "lr": np.where(index < 4500, 0.01 * np.exp(-index / 3000), 0.0),
            "grad_norm": np.where(index < 3900, 1, 60) * np.exp(random.normal(0, 0.3, 5000)),
        }
    )


@cache
def run_at(path: Path | None) -> Run:
    return long_run() if path is None else load(path)


def findings(run: Run) -> list[Finding]:
    return [finding for rule in rules().values() for finding in rule().examine(run)]


def fixed(finding: Finding) -> Finding:
    """What may not change while the run goes on. NaN is written as a word: it equals nothing."""
    measured = finding.measured if np.isfinite(finding.measured) else 0.0
    return replace(finding, last_step=0, resolved=False, measured=measured)


@pytest.mark.parametrize(
    "path", [*SAMPLES, pytest.param(None, id="long-run")], ids=lambda path: None
)
def test_a_cut_run_shows_exactly_the_findings_fired_by_then(path: Path | None) -> None:
    run = run_at(path)
    whole = [fixed(finding) for finding in findings(run)]
    steps = np.unique(np.concatenate([series.steps for series in run.tags.values()]))
    cuts = set(steps[np.linspace(0, len(steps) - 1, 25).astype(int)].tolist())
    # The steps about each finding are where a look ahead would show.
    cuts |= {f.fired_step + d for f in whole for d in (-1, 0)} | {f.onset_step for f in whole}
    for cut in sorted(cuts):
        seen = [fixed(finding) for finding in findings(run.until(cut))]
        assert seen == [f for f in whole if f.fired_step <= cut], f"cut at {cut}"


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("path", SAMPLES)
def test_findings_do_not_outrun_the_log(rule: Rule, path: Path) -> None:
    run = run_at(path)
    for finding in rule.examine(run):
        assert run.first_step <= finding.onset_step <= finding.fired_step <= run.last_step
        assert finding.onset_step <= finding.last_step <= run.last_step
        assert 0 < finding.confidence <= 1
        assert rules()[finding.rule] is type(rule)
        assert finding.metric in run.metrics


@pytest.mark.parametrize(
    "path", [*SAMPLES, pytest.param(None, id="long-run")], ids=lambda path: None
)
def test_what_is_over_still_held_at_its_last_step(path: Path | None) -> None:
    run = run_at(path)
    # What is over with the point that tells it, as a resume, held nowhere else.
    for finding in (f for f in findings(run) if f.resolved and f.last_step > f.fired_step):
        then = findings(run.until(finding.last_step))
        assert fixed(finding) in [fixed(f) for f in then if not f.resolved], finding


@pytest.mark.parametrize("scale", [1e-3, 7.0, 1e4])
@pytest.mark.parametrize("shift", [-50.0, 0.0, 1e3])
def test_losses_in_other_units_fire_at_the_same_steps(scale: float, shift: float) -> None:
    for path in [*all_samples(), None]:
        run = run_at(path)
        other = Run(run.name, run.path, run.format, x_axis=run.x_axis, settings=run.settings)
        other.resumes, other.ending = run.resumes, run.ending
        for name, series in run.metrics.items():
            loss = metrics.kind(name) == "loss"
            values = scale * series.values + shift * (scale if loss else 0)
            shown = values if loss else series.values
            other.add(Block(series.tag, series.steps, shown, series.wall_times))
        # How little of its height a loss has won says that it is flat, and a shift moves that; so
        # it does how many times its first it was thrown up to.
        shifted = shift != 0
        assert steps_of(other, shifted) == steps_of(run, shifted), path


def steps_of(run: Run, shifted: bool) -> list[tuple[str, str, int, int]]:
    found = findings(run)
    if shifted:
        found = [f for f in found if f.rule != "flat" and f.clue is not Clue.THROWN_UP]
    return [(f.rule, f.metric, f.onset_step, f.fired_step) for f in found]


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("path", SAMPLES)
def test_a_rule_looks_where_it_finds_and_finds_nothing_without_what_it_needs(
    rule: Rule, path: Path
) -> None:
    run = run_at(path)
    assert rule.can_look(run) or not list(rule.examine(run))
    if rule.needs:
        # Nor is it a log that tells more than metrics.
        without = Run(run.name, run.path, "csv", x_axis=run.x_axis, settings=run.settings)
        for name, series in run.metrics.items():
            is_loss = rule.needs == LOSS and metrics.kind(name) == "loss"
            if name not in rule.needs and not is_loss:
                without.add(Block(series.tag, series.steps, series.values, series.wall_times))
        assert not rule.can_look(without)
        assert not list(rule.examine(without))


@pytest.mark.parametrize("name", rules())
def test_a_rule_fires_on_its_own_sample(name: str) -> None:
    assert {finding.rule for finding in rules()[name]().examine(load(sample(name, "fires")))} == {
        name
    }


@pytest.mark.parametrize("name", rules())
def test_no_rule_worries_on_a_quiet_sample(name: str) -> None:
    found = findings(load(sample(name, "quiet")))
    assert [f for f in found if f.severity is not Severity.INFO] == []
    assert name not in {finding.rule for finding in found}


@pytest.mark.parametrize("run", ODD)
def test_odd_data_raises_nothing_and_warns_of_nothing(run: Run) -> None:
    diagnosis = diagnose(run)
    assert diagnosis.headline
    diagnosis.to_dict()
    for finding in diagnosis.findings:
        for advice in rules()[finding.rule]().advise(finding, run):
            assert advice.source
            assert advice.reason


@pytest.mark.parametrize("rule", RULES)
def test_a_threshold_out_of_range_names_the_range(rule: Rule) -> None:
    for name in rule.__dataclass_fields__:
        for wrong in (-1e12, 1e12):
            with pytest.raises(ValueError, match=rf"{name} is .*must be"):
                type(rule)(**{name: wrong})


@pytest.mark.parametrize("level", sorted(set(LEVELS) - {"normal"}))
@pytest.mark.parametrize("name", rules())
def test_a_calmer_or_keener_rule_does_not_look_ahead_either(name: str, level: str) -> None:
    rule = rules()[name](**thresholds(rules()[name], level))
    run = load(sample(name, "fires"))
    whole = [fixed(finding) for finding in rule.examine(run)]
    steps = np.unique(np.concatenate([series.steps for series in run.tags.values()]))
    cuts = set(steps[np.linspace(0, len(steps) - 1, 5).astype(int)].tolist())
    cuts |= {f.fired_step + d for f in whole for d in (-1, 0)}
    for cut in sorted(cuts):
        seen = [fixed(finding) for finding in rule.examine(run.until(cut))]
        assert seen == [f for f in whole if f.fired_step <= cut], f"cut at {cut}"
