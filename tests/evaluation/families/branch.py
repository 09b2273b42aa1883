"""Trains small networks at a constant rate, then goes on with it, and with a tenth of it.

    python tests/evaluation/families/branch.py OUT.npz [--seed 31] [--seconds 300]

What a cut of the rate wins at a plateau can only be known by making it: both branches start from
the same weights and the same optimizer's state, see the same batches, and go on for as many steps
as were made before. Families are those of ``train.py --wide`` with SGD, momentum or Adam and
batches of 8 to 64, their rate constant; each is trained at ten rates of the upper half of its grid
at once. Kept are those runs only whose loss came down and hardly did in the newest half.
``tests/evaluation/cut.py`` measures by these what foretells the gain.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parent))
import tape
from optimizers import Optimizer
from tape import Array
from train import COLUMNS, Training, draw, grid

CUT = 0.1
PARTS = ("before", "kept", "cut")
EACH = 10
"""Rates a family is trained at."""
UPPER = (0.45, 0.95)
"""Part of the grid that they come from: lower ones reach no plateau."""
OPTIMIZERS = ("sgd", "momentum", "nesterov", "adam", "adamw")
STEPS = (400, 1000)
"""Before the branching: fewer reach no plateau."""
ROWS = 60
"""Rows of a log at the least."""
ENDS = 8
"""Losses of the training set, over the newest tenth of the steps, whose mean is the truth of where
a part ended."""
STILL = 0.06
"""Share of the progress made in the newest half under which a run is kept: twice the rule's, whose
own medians decide afterwards."""
Told = list[tuple[Array, dict[str, object]]]


class Branching(Training):
    """A family's network at all rates at once, that can be gone on with twice."""

    def __init__(self, family: dict[str, object], rates: Array) -> None:
        super().__init__(family, rates)
        if family["pre"]:
            self.warm_start()
        self.optimizer = Optimizer(str(family["opt"]), self.weights, float(family["decay"]))  # type: ignore[arg-type]
        self.order = self.batches()
        self.made = 0

    def branch(self) -> None:
        """Each network twice from here on, the second at a tenth of the rate."""
        self.rates = np.concatenate([self.rates, np.float32(CUT) * self.rates])
        self.weights = {k: tape.parameter(_twice(w.value)) for k, w in self.weights.items()}
        self.optimizer.weights = self.weights
        for memory in self.optimizer.memory.values():
            memory.update({k: _twice(v) for k, v in memory.items()})

    def go_on(self, steps: int) -> tuple[Array, Array]:
        """Logs, shape (rates, rows, 7), and the training set's loss at their ends, (rates,)."""
        every = int(self.family["every"])  # type: ignore[call-overload]
        last = self.made + steps
        looks = set(np.linspace(last - steps // 10, last - 1, ENDS).astype(int).tolist())
        rows: list[Array] = []
        ends: list[Array] = []
        total, seen = np.zeros(len(self.rates)), 0
        for t in range(self.made, last):
            loss = self.loss(next(self.order), self.weights)
            tape.backward(loss)
            total, seen = total + loss.value, seen + 1
            if (t + 1) % every == 0 or t == 0:
                told = total / seen if every > 20 else loss.value
                rows.append(self._row(t + 1, told, self.rates, self.norm()))
                total, seen = np.zeros(len(self.rates)), 0
            self.optimizer.step(self.rates)
            if t in looks:
                ends.append(self.full("train"))
        self.made = last
        return np.stack(rows, 1), np.mean(ends, 0)


def _twice(value: Array) -> Array:
    return np.concatenate([value, value])


def stands(log: Array) -> bool:
    """Whether the loss came down, and hardly did over the newest half."""
    losses = log[:, 1]
    part = max(len(losses) // 10, 3)
    first, now = float(losses[0]), float(np.median(losses[-part:]))
    half = float(np.median(losses[len(losses) // 2 - part : len(losses) // 2]))
    return half - now < STILL * (first - now)


def cut(number: int, seed: int) -> Told:
    """Each part of each branching of one family; none where it is not one of those that count."""
    rng = np.random.default_rng([seed, number])
    family = draw(rng, wide=True)
    batch = int(family["batch"])  # type: ignore[call-overload]
    if family["opt"] not in OPTIMIZERS or family["model"] in ("rnn", "attention") or batch > 64:
        return []
    steps = int(rng.integers(*STEPS))
    every = max(1, min(int(family["every"]), steps // ROWS))  # type: ignore[call-overload]
    family |= {"every": every, "val": False, "gn": True, "clip": 0.0}
    low, high = np.log10(grid(family)[[0, -1]])
    rates = 10 ** (low + rng.uniform(*UPPER, EACH) * (high - low))
    out: Told = []
    with np.errstate(all="ignore"):  # rates that are too high break
        training = Branching(family, rates)
        before, begun = training.go_on(steps)
        training.branch()
        after, ended = training.go_on(steps)
    for k in range(EACH):
        logs, ends = (before[k], after[k], after[EACH + k]), (begun[k], ended[k], ended[EACH + k])
        finite = all(np.isfinite(log[:, 1]).all() for log in logs) and np.isfinite(ends).all()
        if not (finite and stands(before[k])):
            continue
        for part, log, end in zip(PARTS, logs, ends, strict=True):
            told = {n: family[n] for n in ("task", "model", "opt", "batch", "every")}
            out.append((log, {"family": number, "part": part, "end": float(end), **told}))
    return out


def write(path: Path, told: Told) -> None:
    np.savez_compressed(
        path, table=np.concatenate([log for log, _ in told]).astype("f4"),
        columns=np.array(COLUMNS), offsets=np.cumsum([0] + [len(log) for log, _ in told]),
        truth=np.array(json.dumps([t for _, t in told])),
    )  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("out", type=Path)
    parser.add_argument("--seed", type=int, default=31)
    parser.add_argument("--seconds", type=float, default=300)
    a = parser.parse_args()
    end = time.monotonic() + a.seconds
    told: Told = []
    number = 0
    while time.monotonic() < end:
        more = cut(number, a.seed)
        told, number = told + more, number + 1
        if more:
            write(a.out, told)
            print(number, len(told) // len(PARTS), more[0][1]["task"], flush=True)


if __name__ == "__main__":
    main()
