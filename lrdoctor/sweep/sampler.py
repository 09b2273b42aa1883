"""Optuna samplers and pruners that decide as lrdoctor does. Importing this needs Optuna."""

from __future__ import annotations

import logging
import math
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Any

import numpy as np
import optuna
from optuna.distributions import BaseDistribution, FloatDistribution
from optuna.trial import FrozenTrial, TrialState

from lrdoctor import doctor
from lrdoctor.diagnosis import Severity, Suggestion
from lrdoctor.doctor.headline import active
from lrdoctor.errors import UsageError
from lrdoctor.learning_rate.next_rate import TRIED
from lrdoctor.readers._side import settings_of
from lrdoctor.sweep.storage import of_frozen, of_optuna
from lrdoctor.sweep.summary import next_rate
from lrdoctor.sweep.trial import State, Study

_log = logging.getLogger("lrdoctor.sweep")


class NextRateSampler(optuna.samplers.BaseSampler):
    """Samples the learning rate as ``lrdoctor next`` answers, and the rest as another sampler does.

    The adviser looks at what earlier trials reported on their way (``trial.report``), not only at
    what they came to: one trial's losses tell on which side of the good rates it is, and how far.
    Only trials with the same other parameters speak, where there are any. The first trial gets the
    middle of the range, on a log scale where the distribution has one.

    Args:
        rate: the parameter that is the learning rate; None: the one of a usual name (``lr``,
            ``learning_rate``, ``base_lr``, ...).
        rest: samples everything else; None: Optuna's ``TPESampler``.
        stop: end ``study.optimize`` once the adviser says "enough: keep the best". False: rates are
            drawn from among the good ones from then on.
        seed: of the draws among the good rates, and of the default for ``rest``.

    Examples:
        study = optuna.create_study(sampler=NextRateSampler())
    """

    def __init__(
        self,
        rate: str | None = None,
        *,
        rest: optuna.samplers.BaseSampler | None = None,
        stop: bool = True,
        seed: int | None = None,
    ) -> None:
        self._rate = rate
        self._rest = rest or optuna.samplers.TPESampler(seed=seed)
        self._stop = stop
        self._random = np.random.default_rng(seed)

    def reseed_rng(self) -> None:
        self._random = np.random.default_rng()
        self._rest.reseed_rng()

    def infer_relative_search_space(
        self, study: optuna.Study, trial: FrozenTrial
    ) -> dict[str, BaseDistribution]:
        space = self._rest.infer_relative_search_space(study, trial)
        return {name: told for name, told in space.items() if not self._is_rate(name, told)}

    def sample_relative(
        self, study: optuna.Study, trial: FrozenTrial, search_space: dict[str, BaseDistribution]
    ) -> dict[str, Any]:
        return self._rest.sample_relative(study, trial, search_space)

    def sample_independent(
        self, study: optuna.Study, trial: FrozenTrial, param_name: str,
        param_distribution: BaseDistribution,
    ) -> Any:  # fmt: skip
        if not self._is_rate(param_name, param_distribution):
            return self._rest.sample_independent(study, trial, param_name, param_distribution)
        assert isinstance(param_distribution, FloatDistribution)
        known = of_optuna(study)
        told = self._advice(known, trial, param_name)
        if told is not None:
            _log.info("trial %d: %s", trial.number, told.reason)
        tried = [rate for one in known.trials if (rate := known.rate_of(one, param_name))]
        return self._value(told, param_distribution, tried)

    def before_trial(self, study: optuna.Study, trial: FrozenTrial) -> None:
        self._raise_error_if_multi_objective(study)
        self._rest.before_trial(study, trial)

    def after_trial(
        self, study: optuna.Study, trial: FrozenTrial, state: TrialState,
        values: Sequence[float] | None,
    ) -> None:  # fmt: skip
        self._rest.after_trial(study, trial, state, values)
        if self._stop and state in (TrialState.COMPLETE, TrialState.PRUNED):
            self._end(study, trial, state, values)

    def _end(
        self, study: optuna.Study, trial: FrozenTrial, state: TrialState,
        values: Sequence[float] | None,
    ) -> None:  # fmt: skip
        """Stop the study where with this trial, which is not stored yet, it is enough."""
        names = [name for name, d in trial.distributions.items() if self._is_rate(name, d)]
        if not names:
            return
        told = of_optuna(study)
        now = replace(of_frozen(trial, study.study_name), state=State[state.name],
                      value=None if values is None else float(values[0]))  # fmt: skip
        trials = tuple(now if one.number == now.number else one for one in told.trials)
        advice = self._advice(replace(told, trials=trials), trial, names[0])
        if advice is not None and advice.value is None:
            _log.info("trial %d: %s", trial.number, advice.reason)
            # Who asks and tells instead has no loop to leave, and sees it in the next answer.
            with suppress(RuntimeError):
                study.stop()

    def _is_rate(self, name: str, distribution: BaseDistribution) -> bool:
        if not isinstance(distribution, FloatDistribution) or distribution.low <= 0:
            return False
        return name == self._rate if self._rate else _names_a_rate(name)

    def _advice(self, study: Study, trial: FrozenTrial, name: str) -> Suggestion | None:
        """What the adviser says; None before any trial has told something."""
        try:
            return next_rate(_alike(study, trial, name), name)
        except UsageError:
            return None  # nothing to go by yet

    def _value(
        self, told: Suggestion | None, space: FloatDistribution, tried: Sequence[float]
    ) -> float:
        """The rate to try. One that is under way, or was stopped too early to have told anything,
        is not tried again: then one is drawn from among those that may be good."""
        if told is None and not tried:
            value = math.sqrt(space.low * space.high) if space.log else (space.low + space.high) / 2
        elif told is None:
            value = float(np.exp(self._random.uniform(math.log(space.low), math.log(space.high))))
        elif told.value is not None and not _near(told.value, tried):
            value = told.value
        else:
            low, high = np.log([told.low or space.low, told.high or space.high])
            value = float(np.exp(self._random.uniform(low, high)))
        value = min(max(value, space.low), space.high)
        if space.step is None:
            return value
        whole = space.low + space.step * round((value - space.low) / space.step)
        return min(whole, space.high)


class DiagnosisPruner(optuna.pruners.BasePruner):
    """Prunes a trial that ``lrdoctor check`` would call critical: diverged, NaN, dead.

    It judges a trial by its own reports alone and so needs no others to compare with; a pruner that
    compares, such as Optuna's ``HyperbandPruner``, is asked where the diagnosis finds nothing.

    Args:
        otherwise: the pruner that is asked then; None: none is.

    Examples:
        study = optuna.create_study(pruner=DiagnosisPruner(optuna.pruners.HyperbandPruner()))
    """

    def __init__(self, otherwise: optuna.pruners.BasePruner | None = None) -> None:
        self._otherwise = otherwise

    def prune(self, study: optuna.Study, trial: FrozenTrial) -> bool:
        if trial.intermediate_values:
            told = Study(study.study_name, "", (), study.direction.name != "MAXIMIZE")
            diagnosis = doctor.diagnose(told.run(of_frozen(trial, study.study_name)))
            if any(f.severity is Severity.CRITICAL for f in active(diagnosis.findings)):
                _log.info("trial %d is pruned: %s", trial.number, diagnosis.headline)
                return True
        return self._otherwise is not None and self._otherwise.prune(study, trial)


def _alike(study: Study, trial: FrozenTrial, rate: str) -> Study:
    """The study with those of its trials that share the parameters drawn so far, the rate apart;
    all of it where none does."""
    drawn = {name: value for name, value in trial.params.items() if name != rate}
    alike = tuple(
        one
        for one in study.trials
        if all(one.params.get(name) == value for name, value in drawn.items())
    )
    return replace(study, trials=alike) if alike else study


def _near(rate: float, tried: Sequence[float]) -> bool:
    return any(abs(math.log10(rate / other)) < TRIED for other in tried)


def _names_a_rate(name: str) -> bool:
    return settings_of({name: 1.0}).learning_rate is not None
