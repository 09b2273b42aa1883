"""How many mistakes with schedules are told, and how often one is seen in a schedule that is right.

usage: python tests/evaluation/schedule_mistakes.py [--seeds odd|even|all] [--misses]

The schedules are those that libraries drew (``library_schedules.py``), logged as there; even seeds
are for looking and choosing, odd ones are reported. A mistake is put into the rates, the steps stay
as they were:

- ``short plan``, ``stepped each batch``: twice and ten times too many updates, so that the decay is
  over early (twice is what a scheduler that two places step does, too);
- ``long plan``, ``stepped each epoch``: half and a tenth of the updates, so that it never ends;
- ``endless warmup``: the warmup's steps are taken as epochs, and it takes longer than the run;
- ``floor above peak``: the rate that the decay ends at is several times the one it starts from;
- ``not restored``: the schedule begins anew after a resume.

All are told the planned length; ``no plan`` tells a short one without. A log counts where it shows
the mistake: five rows of a decay, of one that was to end (an exponential one never does), and where
the plan was too long a last rate above a quarter of the peak; after a resume a rate that comes a
tenth of the peak above its schedule, which had been under way in its last phase: before, a new
warmup and a new start look the same. What no log of rates shows is not among them: a scheduler
stepped before the optimizer is one update ahead, and a rate multiplied by the workers twice is a
higher one.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

import library_schedules
import numpy as np
from library_schedules import STYLES, Curve, Log

from lrdoctor.diagnosis import Finding, Severity
from lrdoctor.rules.schedule_mismatch import ScheduleMismatch
from lrdoctor.rules.zero_learning_rate import ZeroLearningRate
from lrdoctor.run import Block, Floats, Ints, Run, Settings

Parts = list[tuple[Ints, Floats]]
"""Steps and rates, one pair for each start of the training."""
ABOUT = (
    "Mistakes put into the schedules that libraries drew (`schedule_mistakes.py`, odd seeds; the "
    "rules were mended on even ones): a finding that answers to it, and one that is a warning or "
    "more; of schedules that are right any finding."
)
HEAD = ("schedule", "logs", "told", "warned")
ROWS = 20
"""Different updates that a log must show to count."""
SMOOTH = frozenset({"cosine", "warmup-cosine", "linear", "warmup-linear", "polynomial", "one-cycle",
                    "exponential", "inverse-sqrt", "wsd"})  # fmt: skip
LEFT = 0.25
"""Part of its peak that the rate of a plan too long must end above to count."""
APART = 0.1
"""Part of the peak that a rate must lie above its schedule after a resume to count."""


@dataclass
class Row:
    """What was said of the logs of one mistake."""

    logs: int = 0
    told: int = 0
    warned: int = 0


def run_of(parts: Parts, planned: int | None) -> Run:
    """A run that learns, with these rates."""
    run = Run("run", "run.csv", "csv", settings=Settings(planned_steps=planned))
    steps = np.concatenate([steps for steps, _ in parts])
    noise = np.random.default_rng(0).normal(0, 0.02, len(steps))
    run.add(Block("loss", steps, 0.3 + 2 * np.exp(-3 * steps / max(steps.max(), 1)) + noise))
    run.add(Block("lr", steps, np.concatenate([rates for _, rates in parts])))
    return run


def findings(run: Run) -> list[Finding]:
    return [*ScheduleMismatch().examine(run), *ZeroLearningRate().examine(run)]


def printed(log: Log, rates: Floats) -> Floats:
    return np.array([float(STYLES[log.style](rate)) for rate in rates.tolist()])


def _paced(curve: Curve, log: Log, pace: float) -> Parts | None:
    """So many times as fast as was meant."""
    last, peak = len(curve.rates) - 1, curve.rates.max()
    at = np.minimum(log.steps // log.each * pace, last)
    rates = printed(log, np.interp(at, np.arange(last + 1), curve.rates))
    falling = (rates > 0.05 * peak) & (rates < 0.95 * peak) & (at > np.argmax(curve.rates))
    high = rates[-1] > LEFT * peak and curve.phases[-1][2][0] != "exponential"
    if not _ends(curve) or falling.sum() < 5 or (pace < 1 and not high):
        return None
    return [(log.steps, rates)]


def _ends(curve: Curve) -> bool:
    smooth = curve.phases[-1][2][0] in SMOOTH
    return smooth and bool(curve.rates[-1] < 0.05 * curve.rates.max())


def _endless_warmup(curve: Curve, log: Log) -> Parts | None:
    top = int(np.argmax(curve.rates))
    if not curve.warms or top < 5:
        return None
    at = log.steps * top * 0.9 / (len(curve.rates) * log.each)
    rates = np.interp(at, np.arange(top + 1), curve.rates[: top + 1])
    return [(log.steps, printed(log, rates))]


def _high_floor(curve: Curve, log: Log) -> Parts | None:
    if not _ends(curve) or len(curve.phases) > 1 or np.argmax(curve.rates):
        return None
    shape = curve.rates / curve.rates.max()
    floor = (3.0, 10.0)[curve.seed // 2 % 2]
    rates = curve.rates.max() * (floor + (1 - floor) * shape)
    return [(log.steps, printed(log, rates[log.updates]))]


def _cut(log: Log, rng: np.random.Generator) -> tuple[int, int]:
    """Rows: where the run ended, and from where on it was made again."""
    end = len(log.steps) * int(rng.integers(30, 80)) // 100
    return end, max(1, end - len(log.steps) // 10)


def _not_restored(curve: Curve, log: Log, rng: np.random.Generator) -> Parts | None:
    start, slack, kinds = curve.phases[-1]
    end, back = _cut(log, rng)
    if kinds[0] not in SMOOTH or log.updates[back] <= start + slack:
        return None
    steps, meant = log.steps[back:], log.rates[back:]
    updates = np.minimum((steps - steps[0]) // log.each, len(curve.rates) - 1)
    rates = printed(log, curve.rates[updates])
    if not (rates - meant > APART * curve.rates.max()).any():
        return None
    return [(log.steps[:end], log.rates[:end]), (steps, rates)]


def _resumed(curve: Curve, log: Log, rng: np.random.Generator) -> Parts:
    end, back = _cut(log, rng)
    return [(log.steps[:end], log.rates[:end]), (log.steps[back:], log.rates[back:])]


def _warmed_again(curve: Curve, log: Log, rng: np.random.Generator) -> Parts:
    first, (steps, rates) = _resumed(curve, log, rng)
    rows = max(2, len(steps) // 10)
    climb = np.ones(len(steps))
    climb[:rows] = np.arange(rows) / rows
    return [first, (steps, printed(log, rates * climb))]


HEALTHY: Mapping[str, Callable[[Curve, Log, np.random.Generator], Parts]] = {
    "as drawn": lambda curve, log, rng: [(log.steps, log.rates)],
    "resumed": _resumed,
    "resumed with a warmup": _warmed_again,
}
_EARLY = ("since the decay ended", "learning rate now")
_LATE = ("at the planned end", "still climbs")
MISTAKES: Mapping[str, tuple[Callable[[Curve, Log, np.random.Generator], Parts | None],
                             tuple[str, ...]]] = {
    "short plan": (lambda c, log, rng: _paced(c, log, 2), _EARLY),
    "short plan, no plan told": (lambda c, log, rng: _paced(c, log, 2), _EARLY),
    "stepped each batch": (lambda c, log, rng: _paced(c, log, 10), _EARLY),
    "long plan": (lambda c, log, rng: _paced(c, log, 0.5), _LATE),
    "stepped each epoch": (lambda c, log, rng: _paced(c, log, 0.1), _LATE),
    "endless warmup": (lambda c, log, rng: _endless_warmup(c, log), _LATE),
    "floor above peak": (lambda c, log, rng: _high_floor(c, log), _LATE),
    "not restored": (_not_restored, ("after a resume",)),
}  # fmt: skip
"""What was put in, and the units of the findings that answer to it."""


def made(curve: Curve) -> Iterator[tuple[str, Run]]:
    """Each kind of run that this curve gives."""
    key = [curve.seed, *f"{curve.library} {curve.name}".encode()]
    log = library_schedules.logged(curve, 1.0, np.random.default_rng(key))
    if len(np.unique(log.updates)) < ROWS:
        return
    total = len(curve.rates) * log.each
    for name, healthy in HEALTHY.items():
        yield name, run_of(healthy(curve, log, np.random.default_rng(key)), total)
    for name, (mistake, _) in MISTAKES.items():
        parts = mistake(curve, log, np.random.default_rng(key))
        if parts is not None:
            yield name, run_of(parts, None if "no plan" in name else total)


def measure(seeds: str, misses: bool = False) -> dict[str, Row]:
    """By kind: how many logs, and of how many something was told and warned."""
    table = {name: Row() for name in (*HEALTHY, *MISTAKES)}
    for curve in library_schedules.of(seeds):
        if curve.name.endswith("*"):
            continue  # no kind of the contract
        for name, run in made(curve):
            wanted = MISTAKES[name][1] if name in MISTAKES else ("",)
            said = [f for f in findings(run) if any(unit in f.unit for unit in wanted)]
            row = table[name]
            row.logs += 1
            row.told += bool(said)
            row.warned += any(f.severity is not Severity.INFO for f in said)
            if misses and bool(said) == (name in HEALTHY):
                print(name, curve.library, curve.name, curve.seed, len(run["lr"]),
                      *(f.message for f in said), sep=" | ")  # fmt: skip
    return table


def rows(table: Mapping[str, Row]) -> list[tuple[str, int, float, float]]:
    """The table, beneath ``HEAD``."""
    return [
        (name, row.logs, row.told / max(row.logs, 1), row.warned / max(row.logs, 1))
        for name, row in table.items()
    ]


def total(table: Mapping[str, Row]) -> dict[str, float]:
    """What ``figures.json`` keeps."""
    healthy = [table[name] for name in HEALTHY]
    warned = sum(row.warned for row in healthy) / sum(row.logs for row in healthy)
    return {
        "warned": warned,
        **{name: told for name, _, told, _ in rows(table) if name in MISTAKES},
    }


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seeds", default="odd", choices=("odd", "even", "all"))
    parser.add_argument("--misses", action="store_true")
    asked = parser.parse_args()
    for name, logs, told, warned in rows(measure(asked.seeds, asked.misses)):
        print(f"{name:<26}{logs:>6}{told:>8.3f}{warned:>8.3f}")


if __name__ == "__main__":
    main()
