"""Studies of a small problem that is really trained, in Optuna's own storages."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import optuna
import pytest
from optuna.storages import JournalStorage
from optuna.storages.journal import JournalFileBackend

optuna.logging.disable_default_handler()

EVERY = 10
"""Steps between two reports: a storage on disk is written to for each."""
SPACE = {"lr": optuna.distributions.FloatDistribution(1e-6, 10, log=True)}


def losses(rate: float, steps: int = 200, seed: int = 0) -> Iterator[float]:
    """Stochastic gradient descent on least squares: 0.02 to 0.3 arrive, above 1 diverges."""
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(600, 8))
    y = x @ rng.normal(size=8) + 0.5 * rng.normal(size=600)
    w = np.zeros(8)
    for _ in range(steps):
        rows = rng.integers(0, 600, 32)
        with np.errstate(over="ignore", invalid="ignore"):
            off = x[rows] @ w - y[rows]
            yield float(np.mean(off * off))
            w = w - rate * 2 * x[rows].T @ off / 32


def objective(trial: optuna.Trial, every: int = EVERY) -> float:
    """Mean of the last losses; reports one in ``every``, and stops where it is told to."""
    rate = trial.suggest_float("lr", 1e-6, 10, log=True)
    told = []
    for step, loss in enumerate(losses(rate, seed=trial.number)):
        told.append(loss)
        if step % every:
            continue
        trial.report(loss, step)
        if trial.should_prune():
            raise optuna.TrialPruned
    return float(np.mean(told[-30:]))


def run(study: optuna.Study, *rates: float) -> None:
    """Train at these rates."""
    for rate in rates:
        study.enqueue_trial({"lr": rate})
    study.optimize(objective, n_trials=len(rates), catch=(ValueError,))


def begin(study: optuna.Study, rate: float, steps: int) -> optuna.Trial:
    """A trial that is still running, so many steps in."""
    study.enqueue_trial({"lr": rate})
    trial = study.ask()
    trial.suggest_float("lr", 1e-6, 10, log=True)
    for step, loss in enumerate(losses(rate, steps, seed=trial.number)):
        trial.report(loss, step)
    return trial


@pytest.fixture(params=["database", "journal"])
def storage(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[str, object]:
    """Where it lies, and what Optuna takes for it."""
    if request.param == "database":
        return str(tmp_path / "s.db"), f"sqlite:///{tmp_path / 's.db'}"
    path = str(tmp_path / "s.log")
    return path, JournalStorage(JournalFileBackend(path))


@pytest.fixture
def study_of() -> Callable[..., optuna.Study]:
    """A study in a storage."""

    def make(storage: object = None, **further: object) -> optuna.Study:
        further = {"study_name": "study", **further}
        return optuna.create_study(storage=storage, **further)  # type: ignore[arg-type]

    return make
