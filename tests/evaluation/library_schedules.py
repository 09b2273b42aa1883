"""How many schedules that the libraries themselves drew are recognised, and how exactly.

usage: python tests/evaluation/library_schedules.py [--seeds odd|even|all] [--misses] [--times N]

The rates were recorded by ``libraries/record.py``: even seeds are for looking and choosing, odd
ones are reported. Each curve is logged as a trainer would: the scheduler stepped once an update or
once an epoch, every few steps or once an epoch, from step 0, 1 or later, with gaps and repeated
rows, rounded as trainers print, with or without the planned length; and seen to 10, 25, 50 and
100 %. What may be said of a part is the rule of ``schedules.py``: a warmup before its end is one
whatever follows, the decay after it counts once a tenth of the run has shown it, one drop may be a
step's or a plateau's, and a warmup that left no point in the log cannot be known of. Names with a
star have no kind in the contract; they count beside the others, not among them.
"""

from __future__ import annotations

import argparse
import collections
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from lrdoctor.schedules import Schedule, recognise

KEPT = Path(__file__).with_name("data") / "library_schedules.npz"
SHARES = (0.1, 0.25, 0.5, 1.0)
FEWEST = 8
"""Different updates that a log must show to count, as in ``schedules.py``."""
CLOSE = 0.05
"""Part of the peak by which a foretold rate may miss, on average over the rest."""
STYLES: Mapping[str, Callable[[float], str]] = {
    "repr": repr, "%.5g": "{:.5g}".format, "%.4g": "{:.4g}".format, "%.3e": "{:.3e}".format,
    "%.2e": "{:.2e}".format, "%.6f": "{:.6f}".format,
}  # fmt: skip

DIGITS: Mapping[str, int] = {"repr": 6, "%.5g": 4, "%.4g": 3, "%.3e": 3, "%.2e": 2, "%.6f": 2}
"""After the first one, that each style shows."""


@dataclass(frozen=True)
class Curve:
    """One schedule as a library drew it."""

    library: str
    name: str
    seed: int
    phases: list[tuple[float, float, list[str]]]
    truth: Mapping[str, float]
    rates: np.ndarray

    def right(self, log: Log) -> set[str]:
        """Kinds that are right answers for this log."""
        last, kinds, before = float(log.updates[-1]), set[str](), set[str]()
        for start, slack, named in self.phases:
            if last >= start:
                before, kinds = kinds, set(named)
                kinds |= before if last <= start + slack else set()
        warmup = self.truth.get("warmup_steps", self.phases[1][0] if self.warms else 0.0)
        seen = np.unique(log.updates)
        hidden = np.sum(seen < 0.99 * warmup) < (1 if log.every_update else 3)
        return kinds | {k.removeprefix("warmup-") for k in kinds} if warmup and hidden else kinds

    @property
    def warms(self) -> bool:
        return "warmup-constant" in self.phases[0][2] and len(self.phases) > 1


@dataclass(frozen=True)
class Log:
    """What a trainer wrote of it. Arrays have shape (n,)."""

    steps: np.ndarray
    rates: np.ndarray
    updates: np.ndarray
    """Of the scheduler, in force at each row."""
    each: int
    """Steps between two of them."""
    style: str
    planned: int | None

    @property
    def every_update(self) -> bool:
        return self.each == 1


def curves(path: Path = KEPT) -> list[Curve]:
    data = np.load(path)
    about, offsets, rates = json.loads(str(data["about"])), data["offsets"], data["rates"]
    return [Curve(**one, rates=rates[a:b].astype(float))
            for one, a, b in zip(about, offsets[:-1], offsets[1:], strict=True)]  # fmt: skip


def logged(curve: Curve, share: float, rng: np.random.Generator) -> Log:
    n = len(curve.rates)
    each = 1 if rng.random() < 0.6 or n > 400 else int(rng.choice([4, 10, 60]))
    total = n * each
    every = max(1, int(total / 10 ** rng.uniform(1.5, 2.9)))
    if each > 1:  # once an epoch, or some rows in each
        every = each if rng.random() < 0.4 else min(every, each // 2)
    steps = np.arange(int(rng.choice([0, 1, every])), max(2, int(total * share)), every)
    if rng.random() < 0.3:
        steps = steps[rng.random(len(steps)) > 0.2]
    if rng.random() < 0.1:
        steps = np.sort(np.append(steps, rng.choice(steps, len(steps) // 10)))
    updates = np.minimum(steps // each, n - 1)
    styles = [s for s in STYLES if s != "%.6f" or curve.rates.max() >= 1e-3]
    style = styles[rng.integers(len(styles))]
    rates = np.array([float(STYLES[style](r)) for r in curve.rates[updates].tolist()])
    return Log(steps, rates, updates, each, style, total if rng.random() < 0.5 else None)


@dataclass(frozen=True)
class Answer:
    curve: Curve
    share: float
    log: Log
    found: Schedule

    @property
    def right(self) -> bool:
        return self.found.kind in self.curve.right(self.log) or self.alike

    @property
    def alike(self) -> bool:
        """A straight line draws every digit of this part: no one could tell it from another."""
        if self.share == 1.0 or not self.found.kind.endswith(("linear", "constant")):
            return False
        drawn = self.found.rate_at(self.log.steps).tolist()
        printed = [float(STYLES[self.log.style](r)) for r in drawn]
        unit = 10.0 ** (
            np.floor(np.log10(np.maximum(self.log.rates, 1e-12))) - DIGITS[self.log.style]
        )
        return bool(np.all(np.abs(np.array(printed) - self.log.rates) <= 1.01 * unit))

    @property
    def settled(self) -> bool:
        """The last phase is under way, and the log fixes the rest."""
        start, slack, _ = self.curve.phases[-1]
        return self.right and bool(self.log.updates[-1] > start + slack)

    def missed(self) -> dict[str, float]:
        """Relative errors of the parameters; a rate near 0 against the peak."""
        found, each = self.found.parameters, self.log.each
        errors = {}
        for name, true in self.curve.truth.items():
            if name not in found:
                continue
            value, scale = found[name], abs(true)
            if name == "gamma":
                value, true, scale = each * np.log(value), np.log(true), abs(np.log(true))
            elif name.endswith(_LENGTHS):
                value, scale = value / each, max(scale, 1.0)
            elif name == "final":
                scale = max(scale, 0.01 * self.curve.truth["peak"])
            errors[name] = float(abs(value - true) / scale)
        return errors

    def ahead(self) -> float | None:
        """By how much the rates still to come were missed, on average, in peaks."""
        n, each = len(self.curve.rates), self.log.each
        rest = np.arange(int(self.log.updates[-1]) + 1, n)
        if not len(rest) or not (self.settled and self.found.determined):
            return None
        drawn = self.found.rate_at(rest * each + each // 2)
        return float(np.mean(np.abs(drawn - self.curve.rates[rest])) / self.curve.rates.max())


_LENGTHS = ("_steps", "_drop", "period", "timescale", "_start")


def answers(chosen: list[Curve], times: int = 1) -> Iterator[Answer]:
    for curve in chosen:
        key = [curve.seed, *f"{curve.library} {curve.name}".encode()]
        for share in SHARES:
            for time in range(times):
                log = logged(curve, share, np.random.default_rng([time, int(100 * share), *key]))
                if len(np.unique(log.updates)) >= FEWEST:
                    yield Answer(curve, share, log, recognise(log.steps, log.rates, log.planned))


def of(seeds: str, path: Path = KEPT) -> list[Curve]:
    parity = {"even": (0,), "odd": (1,), "all": (0, 1)}[seeds]
    return [c for c in curves(path) if c.seed % 2 in parity]


def named(all_answers: list[Answer]) -> list[Answer]:
    return [a for a in all_answers if not a.curve.name.endswith("*")]


def share_right(some: list[Answer]) -> float:
    return sum(a.right for a in some) / max(len(some), 1)


def figures(all_answers: list[Answer]) -> dict[str, float]:
    """What ``figures.json`` keeps."""
    some = named(all_answers)
    ahead = [e for a in some if (e := a.ahead()) is not None]
    peaks = [e for a in some if a.settled for k, e in a.missed().items() if k == "peak"]
    return {"recognised": share_right(some), "schedules": len(some),
            "peak within 5 %": float(np.mean(np.array(peaks) <= 0.05)),
            "rest within 5 %": float(np.mean(np.array(ahead) <= CLOSE))}  # fmt: skip


def by(all_answers: list[Answer], key: Callable[[Answer], object]) -> dict[object, list[Answer]]:
    groups: dict[object, list[Answer]] = collections.defaultdict(list)
    for answer in all_answers:
        groups[key(answer)].append(answer)
    return groups


def rows(some: list[Answer]) -> list[tuple[str, ...]]:
    """Library, right at each share."""
    told = []
    for library, its in by(some, lambda a: a.curve.library).items():
        shares = by(its, lambda a: a.share)
        told.append((str(library), *(f"{share_right(shares[s]):.3f}" for s in SHARES)))
    return told


def parameters(some: list[Answer]) -> list[tuple[str, int, float, float]]:
    """Parameter, how many, the median error and the share of errors up to 5 %."""
    errors = collections.defaultdict(list)
    for answer in some:
        if answer.settled:
            for name, e in answer.missed().items():
                errors[name].append(e)
    return [(name, len(es), float(np.median(es)), float(np.mean(np.array(es) <= 0.05)))
            for name, es in sorted(errors.items())]  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seeds", default="odd", choices=("odd", "even", "all"))
    parser.add_argument("--times", type=int, default=1, help="logs of each curve and share")
    parser.add_argument("--misses", action="store_true")
    parser.add_argument("--data", type=Path, default=KEPT)
    asked = parser.parse_args()
    told = list(answers(of(asked.seeds, asked.data), asked.times))
    some = named(told)
    if asked.misses:
        confusion = collections.Counter(
            (a.curve.library, a.curve.name, a.share, a.found.kind,
             "/".join(sorted(a.curve.right(a.log)))) for a in some if not a.right)  # fmt: skip
        for key, count in sorted(confusion.items()):
            print(*key, count, sep=" | ")
    for row in rows(some):
        print(f"{row[0]:<14}" + "".join(f"{s:>8}" for s in row[1:]))
    for style, its in by(some, lambda a: a.log.style).items():
        print(f"{style!s:<14}{share_right(its):>8.3f}{len(its):>6}")
    for name, count, median, near in parameters(some):
        print(f"{name:<16}{count:>6}{median:>10.5f}{near:>8.3f}")
    beside = [a for a in told if a.curve.name.endswith("*")]
    print(f"beside: {share_right(beside):.3f} of {len(beside)}")
    print({k: round(v, 4) for k, v in figures(told).items()})


if __name__ == "__main__":
    main()
