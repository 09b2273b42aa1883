"""Following advice by really training: from bad rates on, each method names the next rate itself.

A family is one training (task, network, optimizer, schedule); only its base rate changes. Solved is
the clinic's word: a run that ends with a gap of 0.05 or less, where the gap is 0 at the best full
training loss that any run of the family ended with and 1 where training began.
"""

from __future__ import annotations

import math
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import lrdoctor

STARTS = (1e-5, 1e-4, 1e-3, 1e-2, 1e-1, 1.0)
"""Six rates over five decades; those that are good already are no start."""
GRID = tuple(10 ** (k / 2) for k in range(-8, 2))
"""Half decades from 1e-4 to 3: what "the best" is measured on, beside all runs that were made."""
BLIND = (10**-1.67, 10**-0.5, 10**-1.0)
"""Three rates tried in turn whatever the logs say: the list that does best on the clinic."""
LOWEST, HIGHEST = 1e-6, 10.0
"""What Optuna searches."""
RETRAINS = 3
SOLVED = 0.05
WORST = 3.0
"""A gap beyond this says no more than "diverged"; Optuna is told no more, either."""


@dataclass(frozen=True, slots=True)
class End:
    """What a training came to: full training loss before and after; inf where it broke."""

    before: float
    after: float


Train = Callable[[float, Path], End]
"""Trains at a base rate and writes its log, and how it was set up, into a folder."""


@dataclass
class Family:
    """One training. Runs of the same rate are the same run (one seed), so each is made once."""

    name: str
    train: Train
    place: Path
    """Where the logs of its runs lie, a folder each."""
    ends: dict[float, End] = field(default_factory=dict)

    def run(self, rate: float) -> Path:
        """The folder of the run at this rate, which is trained if it was not yet."""
        rate = float(f"{rate:.3g}")
        folder = self.place / "runs" / f"{rate:g}"
        if rate not in self.ends:
            folder.mkdir(parents=True)
            end = self.train(rate, folder)
            self.ends[rate] = End(end.before, end.after if math.isfinite(end.after) else math.inf)
        return folder

    def gap(self, rate: float) -> float:
        """How much of the way is missing, by all runs made so far; inf where it broke."""
        end = self.ends[float(f"{rate:.3g}")]
        best = min(each.after for each in self.ends.values())
        return (end.after - best) / (end.before - best)


@dataclass(frozen=True, slots=True)
class Played:
    """What one method did from one start."""

    family: str
    method: str
    start: float
    rates: tuple[float, ...]
    """The start and every rate it retrained at."""
    kept: float
    """The rate of the run to keep in the end."""


Choose = Callable[[Sequence[float]], float | None]
"""From the rates run so far to the next one; None: enough."""


def play(family: Family, method: str, start: float, choose: Choose,
         keep: Callable[[Sequence[float]], float]) -> Played:  # fmt: skip
    """Retrain until the method has enough, or ``RETRAINS`` times."""
    family.run(start)
    rates = [start]
    for _ in range(RETRAINS):
        rate = choose(rates)
        if rate is None:
            break
        family.run(rate)
        rates.append(rate)
    return Played(family.name, method, start, tuple(rates), keep(rates))


def by_logs(family: Family, start: float) -> Played:
    """As ``lrdoctor next`` says of the logs on disk, and of nothing else."""
    logs = family.place / f"from-{start:g}"

    def told(rates: Sequence[float]) -> lrdoctor.diagnosis.Suggestion:
        folder = logs / f"{len(rates)}"
        if not folder.exists():
            shutil.copytree(family.run(rates[-1]), folder)
        return lrdoctor.next_learning_rate([logs])

    def keep(rates: Sequence[float]) -> float:
        best = Path(str(told(rates).best)).relative_to(logs).parts[0]
        return rates[int(best) - 1]

    return play(family, "lrdoctor", start, lambda rates: told(rates).value, keep)


def by_list(family: Family, start: float) -> Played:
    """The blind list."""

    def choose(rates: Sequence[float]) -> float:
        return BLIND[len(rates) - 1]

    return play(family, "blind list", start, choose, lambda rates: lowest(family, rates))


def by_tpe(family: Family, start: float) -> Played:
    """Optuna's TPE, which sees each run's true full training loss, and no log."""
    import optuna

    optuna.logging.set_verbosity(optuna.logging.ERROR)
    space = optuna.distributions.FloatDistribution(LOWEST, HIGHEST, log=True)
    seed = abs(round(10 * math.log10(start)))

    def choose(rates: Sequence[float]) -> float:
        sampler = optuna.samplers.TPESampler(seed=seed, n_startup_trials=1)
        study = optuna.create_study(sampler=sampler)
        for rate in rates:
            value = min(family.gap(rate), WORST)
            study.add_trial(
                optuna.trial.create_trial(
                    params={"lr": rate}, distributions={"lr": space}, value=value
                )
            )
        return float(study.ask({"lr": space}).params["lr"])

    return play(family, "Optuna TPE", start, choose, lambda rates: lowest(family, rates))


METHODS = (by_logs, by_tpe, by_list)


def lowest(family: Family, rates: Sequence[float]) -> float:
    return min(rates, key=family.gap)


def prove(
    family: Family, say: Callable[[str], None], starts: Sequence[float] = STARTS,
    grid: Sequence[float] = GRID,
) -> list[Played]:  # fmt: skip
    """Play every method from every bad start of a family."""
    for rate in {*grid, *starts}:
        family.run(rate)
    bad = [start for start in starts if family.gap(start) > SOLVED]
    played = [method(family, start) for method in METHODS for start in bad]
    say(f"{family.name}: {len(family.ends)} trainings, {len(bad)} bad starts")
    return played
