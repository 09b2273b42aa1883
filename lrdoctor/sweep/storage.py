"""Optuna itself, where it is installed: studies at any storage URL, and trials added to them."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping
from types import ModuleType
from typing import TYPE_CHECKING, Any

from lrdoctor.errors import UsageError
from lrdoctor.readers._optuna import run_name
from lrdoctor.sweep._builder import TrialBuilder
from lrdoctor.sweep.trial import Plain, State, Study, Trial, thinned

if TYPE_CHECKING:
    import optuna

_URL = re.compile(r"([\w.+-]+://)(?:[^@?]*@)?([^@?]*)(?:\?[^@]*)?")
JOURNALS = (".log", ".journal", ".jsonl")
DATABASES = (".db", ".sqlite", ".sqlite3")
SOURCE = "lrdoctor:source"
"""The user attribute that tells which log or trial an added trial was; none is added twice."""


def package() -> ModuleType:
    """Optuna.

    Raises:
        UsageError: it is not installed.
    """
    try:
        import optuna
    except ImportError as error:
        raise UsageError("this needs Optuna: pip install 'lrdoctor[sweep]'") from error
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    return optuna


def is_storage(path: str) -> bool:
    """Whether a study can be kept there: a URL, or a file of a storage's name."""
    return "://" in path or path.lower().endswith((*JOURNALS, *DATABASES))


def at(path: str) -> Any:
    """What Optuna calls the storage at this path or URL; see ``is_storage``."""
    optuna = package()
    if "://" in path:
        return path
    if path.lower().endswith(JOURNALS):
        backend = optuna.storages.journal.JournalFileBackend(path)
        return optuna.storages.JournalStorage(backend)
    return f"sqlite:///{path}"


def studies(url: str) -> list[Study]:
    """Every study at a storage's URL.

    Raises:
        UsageError: Optuna is not installed, or cannot open it; the message says why.
    """
    optuna = package()
    try:
        names = optuna.get_all_study_names(at(url))
        loaded = [optuna.load_study(study_name=name, storage=at(url)) for name in names]
        return [of_optuna(study, bare(url)) for study in loaded]
    except Exception as error:
        raise UsageError(f"{bare(url)}: {_one_line(error)}") from error


def of_optuna(study: optuna.Study, path: str = "") -> Study:
    """A study of Optuna's as it stands. Of several objectives the first counts.

    Hyperband shows samplers one bracket as if it were the study; a rate is judged by all trials.
    """
    study = getattr(study, "_study", study)
    upward = study.directions[0].name == "MAXIMIZE"
    names = study.metric_names
    metric = names[0] if names else "intermediate_value" if upward else "objective"
    frozen = study.get_trials(deepcopy=False)
    trials = tuple(of_frozen(trial, study.study_name) for trial in frozen)
    return Study(study.study_name, path, trials, not upward, metric)


def of_frozen(trial: optuna.trial.FrozenTrial, study: str) -> Trial:
    """One trial of Optuna's."""
    first = trial.values[0] if trial.values else None
    built = TrialBuilder(State[trial.state.name], value=None if first is None else float(first),
                         spans=_spans(trial.distributions))  # fmt: skip
    for name, value in trial.params.items():
        built.set(name, value)
    for step, value in trial.intermediate_values.items():
        built.report(step, value)
    return built.trial(trial.number, run_name(study, trial.number))


def _spans(told: Mapping[str, Any]) -> dict[str, tuple[float, float]]:
    numbers = (package().distributions.FloatDistribution, package().distributions.IntDistribution)
    return {name: (float(d.low), float(d.high)) for name, d in told.items()
            if isinstance(d, numbers)}  # fmt: skip


def add(study: Study, target: str, name: str | None) -> tuple[int, int]:
    """Add a study's trials to one of Optuna's, which is made where it is not there.

    Trials that came to an end are added; those that broke count as pruned with what they reported
    before, since Optuna's samplers learn from pruned trials and pass over failed ones. One that was
    added before is not added again.

    Returns:
        How many were added, and how many were left out.

    Raises:
        UsageError: Optuna is not installed, the storage cannot be opened, or the study there
            optimises in the other direction or has parameters of other kinds or choices.
    """
    optuna = package()
    wanted = "minimize" if study.minimise else "maximize"
    try:
        there = optuna.create_study(storage=at(target), study_name=name or study.name,
                                    direction=wanted, load_if_exists=True)  # fmt: skip
    except Exception as error:
        raise UsageError(f"{bare(target)}: {_one_line(error)}") from error
    if there.direction.name.lower() != wanted:
        raise UsageError(f"{bare(target)}: the study {there.study_name!r} does not {wanted}")
    held = there.get_trials(deepcopy=False)
    known = {trial.user_attrs.get(SOURCE) for trial in held}
    # Optuna lets no study's choices grow: those that it has are the ones to choose from.
    choices = {name: space for trial in held for name, space in trial.distributions.items()
               if isinstance(space, optuna.distributions.CategoricalDistribution)}  # fmt: skip
    spaces = {**distributions(study.trials), **choices}
    trials = map(thinned, study.trials) if study.dense else study.trials
    try:
        frozen = [f for t in trials if t.name not in known and (f := _frozen(t, spaces))]
        for trial in frozen:
            there.add_trial(trial)
    except ValueError as error:
        raise UsageError(
            f"{bare(target)}: the parameters of the study {there.study_name!r} are "
            f"others ({_one_line(error)}): name a new one by --into"
        ) from error
    return len(frozen), len(study.trials) - len(frozen)


def distributions(trials: Iterable[Trial]) -> Mapping[str, Any]:
    """What each parameter may be: a number between the least and the largest seen, on a log scale
    where all are positive; or one of the words seen."""
    optuna = package()
    seen: dict[str, list[Plain]] = {}
    for trial in trials:
        for name, value in trial.params.items():
            seen.setdefault(name, []).append(value)
    out: dict[str, Any] = {}
    for name, values in seen.items():
        numbers = [v for v in values if isinstance(v, float | int) and not isinstance(v, bool)]
        if len(numbers) == len(values):
            low, high = min(numbers), max(numbers)
            out[name] = optuna.distributions.FloatDistribution(low, high, log=low > 0)
        else:
            out[name] = optuna.distributions.CategoricalDistribution(list(dict.fromkeys(values)))
    return out


def _frozen(trial: Trial, spaces: Mapping[str, Any]) -> optuna.trial.FrozenTrial | None:
    """The trial as Optuna keeps it; None where it did not come to an end."""
    if not trial.state.ended:
        return None
    states = package().trial.TrialState
    whole = trial.state is State.COMPLETE and trial.value is not None
    whole = whole and not math.isnan(float(trial.value or 0.0))
    pairs = zip(trial.steps.tolist(), trial.values.tolist(), strict=True)
    reports = {step: value for step, value in pairs if whole or math.isfinite(value)}
    state = states.COMPLETE if whole else states.PRUNED if reports else states.FAIL
    known = trial.value is not None and math.isfinite(trial.value) and state is not states.FAIL
    value = trial.value if whole or known else None
    frozen: optuna.trial.FrozenTrial = package().trial.create_trial(
        state=state, value=value, params=dict(trial.params),
        distributions={name: spaces[name] for name in trial.params},
        intermediate_values=reports, user_attrs={SOURCE: trial.name},
    )  # fmt: skip
    return frozen


def ask(target: str, name: str | None, params: Mapping[str, float]) -> int:
    """Queue parameters for the next trial of a study. Returns how many trials wait in it.

    Raises:
        UsageError: Optuna is not installed, or there is no such study.
    """
    optuna = package()
    try:
        study = optuna.load_study(study_name=name, storage=at(target))
    except Exception as error:
        raise UsageError(f"{bare(target)}: {_one_line(error)}") from error
    study.enqueue_trial(dict(params))
    waiting = (optuna.trial.TrialState.WAITING,)
    return len(study.get_trials(deepcopy=False, states=waiting))


def bare(path: str) -> str:
    """A storage's path or URL as it may be shown: without who logs in and what is asked for."""
    if "://" not in path:
        return path
    found = _URL.fullmatch(path)
    return found[1] + found[2] if found else f"{path.partition('://')[0]}://..."


def _one_line(error: Exception) -> str:
    return f"{type(error).__name__}: {str(error).splitlines()[0] if str(error) else 'no reason'}"
