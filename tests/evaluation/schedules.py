"""How many learning-rate schedules are recognised, by kind and by how much of them was logged.

usage: python tests/evaluation/schedules.py [--each N] [--seed S] [--noise SIZE] [--misses]
                                            [--clinic clinic.npz]

Draws N schedules of each kind as the frameworks define them, with random lengths, peaks and
shapes; logs them every few steps or once an epoch, updated as often or once an epoch and logged at
least four times in each; with gaps, as float64, float32, with a relative jitter of 1e-6 or to five
digits; and shows a quarter, a half or all of them. Half of the time the planned length is told.
From a prefix, what can be known then counts: a cosine with restarts is a cosine before its first
restart, and one drop may be either a step or a plateau's.

With ``--noise`` each rate is off by so much, relative and normally distributed, instead: as
where it was measured rather than set.
"""

from __future__ import annotations

import argparse
import collections
import json
import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from lrdoctor.schedules import recognise

Expected = Callable[[np.ndarray], set[str]]
"""Steps logged -> the kinds that are right answers then."""


@dataclass(frozen=True)
class Drawn:
    """One schedule: its rate at each step, and what it may be called."""

    rates: Callable[[np.ndarray], np.ndarray]
    total: int
    expected: Expected


def always(*kinds: str) -> Expected:
    return lambda steps: set(kinds)


def after(border: float, early: set[str], late: set[str], slack: float) -> Expected:
    """``early`` up to the border, ``late`` once ``slack`` steps beyond it, either in between."""

    def expected(steps: np.ndarray) -> set[str]:
        last = steps[-1]
        if last < border:
            return early
        return late if last > border + slack else early | late

    return expected


def warm(warmup: float, expected: Expected) -> Expected:
    """A warmup that left less than one point in the log cannot be known of, nor one of fewer than
    three epochs where each holds its rate."""

    def seen(steps: np.ndarray) -> set[str]:
        kinds = expected(steps)
        seen = np.unique(steps)
        visible = np.sum(seen < 0.99 * warmup) >= (1 if len(seen) == len(steps) else 3)
        return kinds if visible else kinds | {k.removeprefix("warmup-") for k in kinds}

    return seen


def total_steps(rng: np.random.Generator) -> int:
    """Between 30 and 300,000; two of three are round, as people choose them."""
    total = 10 ** rng.uniform(1.5, 5.5)
    return int(float(f"{total:.1g}") if rng.random() < 2 / 3 else total)


def warmup_of(rng: np.random.Generator, total: int) -> int:
    return max(1, int(total * rng.choice([0.01, 0.03, 0.06, 0.1, 0.2])))


def warmed(t: np.ndarray, w: float, low: float = 0.0) -> np.ndarray:
    return np.minimum(1.0, low + (1 - low) * t / w) if w else np.ones_like(t)


def constant(rng, total):
    return Drawn(np.ones_like, total, always("constant"))


def warmup_constant(rng, total):
    w, low = warmup_of(rng, total), rng.choice([0, 0, 1e-3, 0.1, 1 / 3])
    return Drawn(lambda t: warmed(t, w, low), total, warm(w, always("warmup-constant")))


def _stairs(drops, factors, kind, total, w=0):
    levels = np.cumprod([1.0, *factors])
    flat = "warmup-constant" if w else "constant"

    def rates(t):
        return warmed(t, w) * levels[np.searchsorted(drops, t, side="right")]

    def expected(steps):
        last = steps[-1]
        seen = np.searchsorted(drops, last, side="right")
        gap = total / 20
        recent = bool(np.any((drops <= last) & (drops > last - gap)))
        if seen == 0:
            return {flat}
        right = {"step", "reduce-on-plateau"} if seen == 1 else {kind}
        return right | ({flat} if seen == 1 and recent else set()) | (
            {"step", "reduce-on-plateau"} if seen == 2 and recent else set())  # fmt: skip

    return Drawn(rates, total, warm(w, expected))


def step(rng, total):
    total = max(total, 100)
    w = 0 if rng.random() < 0.7 else max(1, total // 50)
    if rng.random() < 0.5:
        period = max(2, round(total / rng.integers(2, 9), -1 if total > 200 else 0))
        drops = np.arange(period, total, period)
    else:
        parts = [[0.5, 0.75], [0.3, 0.6, 0.9], [0.6, 0.8], [0.25, 0.5, 0.75]][rng.integers(4)]
        drops = np.floor(total * np.array(parts))
    factor = rng.choice([0.1, 0.1, 0.2, 0.3, 0.5])
    return _stairs(drops, [factor] * len(drops), "step", total, w)


def reduce_on_plateau(rng, total):
    total = max(total, 100)
    count = rng.integers(1, 6)
    drops = np.sort(rng.choice(np.arange(total // 8, total), size=count, replace=False))
    drops = drops[np.append(True, np.diff(drops) > total // 25)]
    factor = rng.choice([0.1, 0.2, 0.5])
    return _stairs(drops, [factor] * len(drops), "reduce-on-plateau", total)


def exponential(rng, total):
    gone = rng.uniform(0.7, 7)
    return Drawn(lambda t: np.exp(-gone * t / total), total, always("exponential"))


def linear(rng, total):
    final = rng.choice([0, 0, 0.01, 0.1])
    return Drawn(lambda t: final + (1 - final) * np.maximum(0, 1 - t / total), total,
                 always("linear"))  # fmt: skip


def polynomial(rng, total):
    power, final = rng.choice([0.5, 0.9, 2, 3]), rng.choice([0, 0, 1e-3, 0.1])
    return Drawn(lambda t: final + (1 - final) * np.maximum(0, 1 - t / total) ** power, total,
                 always("polynomial"))  # fmt: skip


def cosine(rng, total):
    final = rng.choice([0, 0, 0.01, 0.1])
    end = total if rng.random() < 0.8 else 0.8 * total
    return Drawn(lambda t: final + (1 - final) * _half(t / end), total, always("cosine"))


def warmup_cosine(rng, total):
    w, final = warmup_of(rng, total), rng.choice([0, 0, 0.1])
    return Drawn(
        lambda t: np.where(t < w, warmed(t, w), final + (1 - final) * _half((t - w) / (total - w))),
        total, warm(w, after(w, {"warmup-constant"}, {"warmup-cosine"}, 0.1 * total)),
    )  # fmt: skip


def warmup_linear(rng, total):
    w = warmup_of(rng, total)
    return Drawn(
        lambda t: np.where(t < w, warmed(t, w), np.maximum(0, (total - t) / (total - w))),
        total, warm(w, after(w, {"warmup-constant"}, {"warmup-linear"}, 0.1 * total)),
    )  # fmt: skip


def cosine_restarts(rng, total):
    total = max(total, 60)
    w = 0 if rng.random() < 0.7 else max(1, total // 30)
    kind = "warmup-cosine" if w else "cosine"
    multiple, final = rng.choice([1, 1, 2]), rng.choice([0, 0, 0.05])
    first = (total - w) / (rng.integers(2, 7) if multiple == 1 else rng.choice([3, 7]))

    def rates(t):
        passed = np.maximum(t - w, 0) / first
        number = np.floor(passed) if multiple == 1 else np.floor(np.log2(passed + 1 + 1e-12))
        phase = passed - number if multiple == 1 else (passed + 1) / 2**number - 1
        return np.where(t < w, warmed(t, w), final + (1 - final) * _half(phase))

    early = {kind} if not w else {kind, "warmup-constant"}
    late = after(w + first, early, {"cosine-restarts"}, 0.05 * total)
    return Drawn(rates, total, warm(w, late))


def cyclic(rng, total):
    total = max(total, 60)
    count, low = rng.integers(2, 7), rng.choice([0, 0.1, 0.25])
    shrink = rng.choice([1.0, 1.0, 0.5])

    def rates(t):
        number = np.floor(t / total * count + 1e-12)
        phase = np.clip(t / total * count - number, 0, 1)
        return low + (1 - low) * (1 - np.abs(2 * phase - 1)) * shrink**number

    def expected(steps):
        last = steps[-1]
        cycles = last / total * count
        if cycles <= 0.55:
            return {"warmup-constant", "range-test", "warmup-linear", "one-cycle"}
        return {"cyclic"} if cycles > 1.2 else {"cyclic", "warmup-linear", "one-cycle"}

    return Drawn(rates, total, expected)


def one_cycle(rng, total):
    total = max(total, 60)
    share, start, end = rng.choice([0.2, 0.25, 0.3, 0.4]), rng.choice([1 / 25, 0.1]), 1e-4
    top = share * total
    if rng.random() < 0.7:
        return Drawn(
            lambda t: np.where(t < top, start + (1 - start) * (1 - _half(t / top)),
                               end + (1 - end) * _half((t - top) / (total - top))),
            total, always("one-cycle"),
        )  # fmt: skip

    def expected(steps):
        last = steps[-1]
        if steps[-2] <= top:
            return {"warmup-constant"}
        return {"one-cycle"} if last > 0.9 * total else {"one-cycle", "warmup-linear"}

    return Drawn(
        lambda t: np.where(t < top, warmed(t, top, start),
                           np.maximum(end, 1 - (1 - end) * (t - top) / (total - top))),
        total, expected,
    )  # fmt: skip


def inverse_sqrt(rng, total):
    w = 0 if rng.random() < 0.5 else warmup_of(rng, total)
    scale = rng.uniform(0.02, 0.3) * total
    if w:
        return Drawn(lambda t: np.minimum(t / w, np.sqrt(w / np.maximum(t, 1e-9))), total,
                     after(w, {"warmup-constant"}, {"inverse-sqrt"}, 0.1 * total))  # fmt: skip
    return Drawn(lambda t: 1 / np.sqrt(1 + t / scale), total, always("inverse-sqrt"))


def wsd(rng, total):
    total = max(total, 60)
    w = 0 if rng.random() < 0.3 else max(1, int(total * rng.choice([0.01, 0.05, 0.1])))
    begin = total * rng.choice([0.5, 0.7, 0.8])
    shape = [lambda u: 1 - u, _half, lambda u: 1 - np.sqrt(u)][rng.integers(3)]
    flat = "warmup-constant" if w else "constant"
    return Drawn(
        lambda t: np.where(t < w, warmed(t, w),
                           shape(np.clip((t - begin) / (total - begin), 0, 1))),
        total, warm(w, after(begin, {flat}, {"wsd"}, 0.08 * total)),
    )  # fmt: skip


def range_test(rng, total):
    decades = rng.uniform(4, 9)
    return Drawn(lambda t: 10 ** (decades * (t / total - 1)), total, always("range-test"))


def _half(u):
    return 0.5 * (1 + np.cos(np.pi * np.clip(u, 0, 1)))


DRAWS = {f.__name__.replace("_", "-"): f for f in (
    constant, warmup_constant, step, reduce_on_plateau, exponential, linear, polynomial, cosine,
    warmup_cosine, warmup_linear, cosine_restarts, cyclic, one_cycle, inverse_sqrt, wsd,
    range_test)}  # fmt: skip
SHARES = (0.25, 0.5, 1.0)
FEWEST = 8
"""Points that a log must hold to count: the whole of a curve cannot be told from fewer."""


def logged(rng: np.random.Generator, drawn: Drawn, share: float, noise: float = 0.0):
    """Steps and rates as a log would hold them, and the steps at which those rates were set."""
    last = drawn.total * share
    every = max(1, int(drawn.total / 10 ** rng.uniform(1.6, 3.3)))
    first = int(rng.choice([0, 1, every]))
    steps = np.arange(first, last + 1, every)
    if rng.random() < 0.3:
        steps = steps[rng.random(len(steps)) > 0.2]
    held = steps
    epoch = int(drawn.total / rng.integers(50, 200))
    if rng.random() < 0.25 and epoch >= 4 * every:  # updated once an epoch, logged more often
        held = steps - steps % epoch
    rates = drawn.rates(held.astype(float)) * 10 ** rng.uniform(-6, 0)
    form = rng.integers(4)
    if noise:
        rates = rates * (1 + noise * rng.standard_normal(len(rates)))
    elif form == 0:
        rates = rates.astype(np.float32).astype(float)
    elif form == 1:
        rates = rates * (1 + 1e-6 * rng.standard_normal(len(rates)))
    elif form == 2:
        rates = np.array([float(f"{r:.5g}") for r in rates])
    return steps, rates, held


def generated(
    each: int, seed: int, misses: bool, noise: float = 0.0
) -> tuple[dict[str, list[float]], float]:
    """Share recognised by kind, at each of ``SHARES``, and milliseconds a call."""
    rows: dict[str, list[float]] = {}
    spent, calls = 0.0, 0
    for kind, draw in DRAWS.items():
        rows[kind] = []
        for share in SHARES:
            right = count = 0
            for k in range(each):
                rng = np.random.default_rng([seed, k, int(100 * share), *kind.encode()])
                drawn = draw(rng, total_steps(rng))
                steps, rates, held = logged(rng, drawn, share, noise)
                if len(np.unique(held)) < FEWEST:
                    continue
                planned = drawn.total if rng.random() < 0.5 else None
                expected = drawn.expected(held)
                begun = time.process_time()
                found = recognise(steps, rates, planned)
                spent, calls = spent + time.process_time() - begun, calls + 1
                count += 1
                right += found.kind in expected
                if misses and found.kind not in expected:
                    print(f"  {kind} {share} #{k}: {found.kind}, not {sorted(expected)}; "
                          f"{len(steps)} points, fit {found.fit:.6f}")  # fmt: skip
            rows[kind].append(right / max(count, 1))
    return rows, 1e3 * spent / calls


CLINIC = {"constant": "constant", "step": "step", "exp": "exponential", "cosine": "cosine",
          "warmcos": "warmup-cosine", "warmlin": "warmup-linear", "onecycle": "one-cycle",
          "cyclic": "cyclic", "restarts": "cosine-restarts", "wsd": "wsd",
          "poly": "polynomial"}  # fmt: skip


def clinic(path: str) -> dict[str, tuple[float, int, dict[str, int]]]:
    """By kind: share recognised, runs, and what others were called.

    The recorded runs without an injected fault that reached their planned end.
    """
    data = np.load(path)
    truth, families = json.loads(str(data["truth"])), json.loads(str(data["families"]))
    columns, offsets = [str(c) for c in data["columns"]], data["offsets"]
    table = data["table"].astype(float)
    at, lr = columns.index("step"), columns.index("lr")
    right, seen, wrong = collections.Counter(), collections.Counter(), collections.Counter()
    for i, run in enumerate(truth):
        if run["event"] is not None or run["stopped_early"]:
            continue
        rows = table[offsets[i] : offsets[i + 1]]
        family = families[run["family"]]
        found = recognise(rows[:, at], rows[:, lr], family["steps"])
        expected = CLINIC[family["sched"]]
        seen[expected] += 1
        right[expected] += found.kind == expected
        wrong[expected, found.kind] += found.kind != expected
    return {
        kind: (right[kind] / seen[kind], seen[kind],
               {k: n for (e, k), n in wrong.items() if e == kind and n})
        for kind in seen
    }  # fmt: skip


def print_generated(rows: dict[str, list[float]], each_call: float) -> None:
    print(f"{'kind':<20}" + "".join(f"{s:>8.0%}" for s in SHARES))
    for kind, shares in rows.items():
        print(f"{kind:<20}" + "".join(f"{s:>8.3f}" for s in shares))
    means = np.mean(list(rows.values()), axis=0)
    print(f"{'all':<20}" + "".join(f"{s:>8.3f}" for s in means) + f"   mean {means.mean():.4f}")
    print(f"{each_call:.2f} ms a call")


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--each", type=int, default=100)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--noise", type=float, default=0.0)
    parser.add_argument("--clinic")
    parser.add_argument("--misses", action="store_true", help="print what was not recognised")
    arguments = parser.parse_args()
    if arguments.clinic:
        for kind, (share, runs, others) in clinic(arguments.clinic).items():
            print(f"{kind:<20}{share:>8.3f}{runs:>6} {others or ''}")
    else:
        told = generated(arguments.each, arguments.seed, arguments.misses, arguments.noise)
        print_generated(*told)


if __name__ == "__main__":
    main()
