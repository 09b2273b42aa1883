"""Trains random families of small networks, each at every learning rate of a grid.

    python tests/evaluation/families/train.py OUT.npz [--families 200] [--seed 0] [--workers 1]
                                              [--wide]

A family is a task, a network, an optimizer, a batch size, a schedule and a length, all drawn at
random. The file has the clinic's shape (table, offsets, columns, truth, families), so that its
scripts read it: a rate is too high or too low only where another, all else equal, ends lower.
"""

from __future__ import annotations

import argparse
import json
import math
import sys
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parent))
import losses
import networks
import tape
from optimizers import RATES, SCALE_MOVES, Optimizer
from tape import Array, Node
from tasks import MORE, NAMES, Task, task

COLUMNS = ("step", "train_loss", "val_loss", "val_acc", "lr", "grad_norm", "nonfinite")
SCHEDULES = ("constant", "constant", "constant", "step", "exp", "cosine", "warmcos", "warmlin",
             "onecycle", "cyclic", "restarts", "wsd", "poly")  # fmt: skip
OPTIMIZERS = ("sgd", "sgd", "momentum", "momentum", "nesterov", "adam", "adam", "adam", "adamw",
              "adamw", "rmsprop", "rmsprop", "nadam", "radam", "adamax", "adagrad", "adadelta",
              "lion", "adafactor")  # fmt: skip
MORE_OPTIMIZERS = (*OPTIMIZERS, "muon", "muon", "lion")
NETWORKS = {
    "vector": ("linear", "deeplinear", "mlp-relu-32x1", "mlp-relu-64x2", "mlp-tanh-32x2",
               "mlp-relu-48x3-ln", "mlp-gelu-48x2-ln", "mlp-relu-48x2-bn", "mlp-gelu-32x4-res",
               "mlp-tanh-24x5", "mlp-sigmoid-32x2", "mlp-relu-24x6"),
    "image": ("patches", "patches", "mlp-relu-64x2", "linear"),
    "pair": ("factor", "pairs"),
    "tokens": ("context", "rnn"),
    "sequence": ("rnn", "attention", "attention"),
}  # fmt: skip
STEP = 1 / 3
"""Decades between neighbouring rates of a grid."""


def draw(rng: np.random.Generator, wide: bool = False) -> dict[str, object]:
    """A random family; ``wide`` ones know more problems and optimizers, and stray further."""
    name = str(rng.choice(MORE if wide else NAMES))
    seed = int(rng.integers(1 << 30))
    shape = task(name, np.random.default_rng(seed)).shape
    scale = 10 ** rng.uniform(-1.5, 2) if rng.random() < 0.3 else 1.0
    every = int(rng.choice([1, 2, 5, 5, 8, 10, 10, 20, 40]))
    odd = 2.0 if wide else 1.0
    model = str(rng.choice(NETWORKS[shape]))
    if name == "modular":
        model = "pairs"  # the other network of pairs has one output
    return {
        "task": name, "seed": seed, "model": model,
        "opt": str(rng.choice(MORE_OPTIMIZERS if wide else OPTIMIZERS)),
        "batch": int(2 ** rng.uniform(3, 7)),
        "steps": max(int(10 ** rng.uniform(2.2, 3.1)), 12 * every), "every": every,
        "sched": str(rng.choice(SCHEDULES)), "clip": float(rng.choice([0, 0, 0, 1.0])),
        "val": bool(rng.random() < 0.8), "acc": False, "gn": bool(rng.random() < 0.7),
        "scale": round(float(scale), 4),
        "xscale": round(float(10 ** rng.uniform(-1, 1)), 3) if rng.random() < 0.2 * odd else 1.0,
        "pre": int(rng.integers(30, 200)) if rng.random() < 0.2 * odd else 0,
        "decay": float(rng.choice([0, 0, 0.01])),
    }  # fmt: skip


def multiplier(kind: str, u: float) -> float:
    """The schedule's share of the base rate when ``u`` of the run is done."""
    cosine = 0.5 * (1 + math.cos(math.pi * u))
    warm = min(1.0, u / 0.1 + 1e-3)
    return {
        "constant": 1.0, "step": 0.1 ** ((u >= 0.5) + (u >= 0.75)), "exp": math.exp(-4 * u),
        "cosine": cosine,
        "warmcos": warm if u < 0.1 else 0.5 * (1 + math.cos(math.pi * (u - 0.1) / 0.9)),
        "warmlin": warm if u < 0.1 else (1 - u) / 0.9,
        "onecycle": 0.04 + 0.48 * (1 - math.cos(math.pi * u / 0.3)) if u < 0.3
        else 0.5 * (1 + math.cos(math.pi * (u - 0.3) / 0.7)) + 1e-4,
        "cyclic": 0.1 + 0.9 * (1 - abs(2 * ((u * 4) % 1) - 1)),
        "restarts": 0.5 * (1 + math.cos(math.pi * ((u * 3) % 1))),
        "wsd": min(warm, 1.0) if u < 0.8 else (1 - u) / 0.2, "poly": (1 - u) ** 2,
    }[kind]  # fmt: skip


class Training:
    """A family's network at all rates at once."""

    def __init__(self, family: dict[str, object], rates: Array) -> None:
        self.family = family
        self.rng = np.random.default_rng(int(family["seed"]))  # type: ignore[call-overload]
        self.task: Task = task(str(family["task"]), self.rng)
        self.rates = rates.astype(np.float32)
        weights, self.forward = networks.network(
            str(family["model"]), self.task.inputs, self.task.outputs, self.rng
        )
        size = len(rates)
        self.weights = {
            k: tape.parameter(np.broadcast_to(w[None], (size, *w.shape)).copy())
            for k, w in weights.items()
        }
        token = self.task.shape in ("pair", "tokens", "sequence")
        self.x = self.task.x if token else self.task.x * np.float32(family["xscale"])  # type: ignore[arg-type]

    def loss(self, rows: slice | Array, weights: dict[str, Node]) -> Node:
        name = self.task.loss
        y = self.task.y[rows]
        p = self.forward(weights, self.x[rows])
        if name == "smoothed":
            value = losses.cross_entropy(p, y, 0.2)
        else:
            value = getattr(losses, name)(p, y)
        return value * tape.constant(np.float32(self.family["scale"]))  # type: ignore[arg-type]

    def full(self, part: str) -> Array:
        """The loss over up to 800 rows of ``train`` or ``val``, one a rate."""
        n = self.task.train
        rows = slice(0, min(n, 800)) if part == "train" else slice(n, n + 800)
        frozen = {k: tape.constant(w.value) for k, w in self.weights.items()}
        return self.loss(rows, frozen).value

    def batches(self):  # type: ignore[no-untyped-def]
        n, size = self.task.train, min(int(self.family["batch"]), self.task.train)  # type: ignore[call-overload]
        while True:
            order = self.rng.permutation(n)
            for at in range(0, n - size + 1, size):
                yield order[at : at + size]

    def warm_start(self) -> None:
        """Fine-tuning begins from weights that learnt a disturbed version of the problem."""
        clean = self.x
        if self.task.shape in ("vector", "image"):
            noise = self.rng.normal(size=clean.shape) * clean.std() * 0.4
            self.x = (clean + noise).astype(np.float32)
        optimizer = Optimizer("adam", self.weights)
        batches = self.batches()
        for _ in range(int(self.family["pre"])):  # type: ignore[call-overload]
            tape.backward(self.loss(next(batches), self.weights))
            optimizer.step(np.full(len(self.rates), 3e-3, np.float32))
        self.x = clean

    def run(self) -> tuple[list[Array], list[dict[str, object]]]:
        """A log a rate, shape (rows, 7) as ``COLUMNS``, and the truth that goes with it."""
        f = self.family
        steps, every = int(f["steps"]), int(f["every"])  # type: ignore[call-overload]
        if f["pre"]:
            self.warm_start()
        start = self.full("train")
        optimizer = Optimizer(str(f["opt"]), self.weights, float(f["decay"]))  # type: ignore[arg-type]
        batches = self.batches()
        rows: list[Array] = []
        total, seen = np.zeros(len(self.rates)), 0
        for t in range(steps):
            lr = self.rates * np.float32(multiplier(str(f["sched"]), t / steps))
            loss = self.loss(next(batches), self.weights)
            tape.backward(loss)
            norm = self.norm()
            self.clip(norm)
            optimizer.step(lr)
            total, seen = total + loss.value, seen + 1
            if (t + 1) % every == 0 or t == 0:
                rows.append(self._row(t + 1, total / seen if every > 20 else loss.value, lr, norm))
                total, seen = np.zeros(len(self.rates)), 0
        return self._cut(np.stack(rows, axis=1)), self._truth(start)

    def norm(self) -> Array:
        squares = [
            (n.grad.astype(np.float64) ** 2).reshape(len(self.rates), -1).sum(axis=1)
            for n in self.weights.values()
            if n.grad is not None
        ]
        return np.sqrt(np.sum(squares, axis=0))

    def clip(self, norm: Array) -> None:
        """Shortens the gradients to the family's longest, where it has one."""
        longest = float(self.family["clip"])  # type: ignore[arg-type]
        for node in self.weights.values():
            if longest and node.grad is not None:
                short = np.minimum(1, longest / (norm + 1e-6)).astype(np.float32)
                node.grad = node.grad * short.reshape(-1, *[1] * (node.value.ndim - 1))

    def _row(self, step: int, loss: Array, lr: Array, norm: Array) -> Array:
        f, nothing = self.family, np.full(len(self.rates), np.nan)
        often = int(f["every"]) > 20 or step % (5 * int(f["every"])) == 0  # type: ignore[call-overload]
        val = self.full("val") if f["val"] and often else nothing
        grad = norm if f["gn"] else nothing
        bad = (~np.isfinite(loss)).astype(float)
        return np.stack([np.full(len(lr), step), loss, val, nothing, lr, grad, bad], axis=1)

    def _cut(self, table: Array) -> list[Array]:
        """A trainer stops after six rows without a number."""
        logs = []
        for log in table:
            bad = log[:, 6] > 0
            ends = np.flatnonzero(np.convolve(bad, np.ones(6))[: len(bad)] >= 6)
            logs.append(log[: ends[0] + 1] if len(ends) else log)
        return logs

    def _truth(self, start: Array) -> list[dict[str, object]]:
        train, val = self.full("train"), self.full("val")
        return [
            {"lr": float(self.rates[i]), "event": None, "l0": float(start[i]),
             "final_train": float(train[i]) if np.isfinite(train[i]) else None,
             "final_val": float(val[i]) if np.isfinite(val[i]) else None}
            for i in range(len(self.rates))
        ]  # fmt: skip


def grid(family: dict[str, object]) -> Array:
    """The rates to train at: the optimizer's usual ones, moved where loss or inputs are scaled."""
    low, high = RATES[str(family["opt"])]
    move = -2 * math.log10(float(family["xscale"])) / 2  # type: ignore[arg-type]
    if family["opt"] in SCALE_MOVES and not family["clip"]:
        move += -math.log10(float(family["scale"]))  # type: ignore[arg-type]
    return 10 ** np.arange(low + move, high + move + 1e-6, STEP)


def train(family: dict[str, object]):  # type: ignore[no-untyped-def]
    """The family's logs and truths; None where its best rate is at the grid's end."""
    with np.errstate(all="ignore"):
        logs, truth = Training(family, grid(family)).run()
    ends = [t["final_train"] if t["final_train"] is not None else math.inf for t in truth]
    starts = [t["l0"] for t in truth if math.isfinite(float(t["l0"]))]  # type: ignore[arg-type]
    best = int(np.argmin(ends))  # type: ignore[arg-type]
    inside = 2 <= best < len(ends) - 1
    learnt = starts and float(ends[best]) < float(starts[0]) - 0.02 * abs(float(starts[0]))  # type: ignore[arg-type]
    return (family, logs, truth) if inside and learnt else None


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("out")
    parser.add_argument("--families", type=int, default=200)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--wide", action="store_true", help="more kinds of problems, see draw()")
    a = parser.parse_args()
    rng = np.random.default_rng(a.seed)
    drawn = [draw(rng, a.wide) for _ in range(a.families)]
    families, logs, truths = [], [], []
    with ProcessPoolExecutor(a.workers) as pool:
        for i, made in enumerate(pool.map(train, drawn)):
            if i % 10 == 0:
                print(i, "of", a.families, flush=True)
            if made is None:
                continue
            family, own, truth = made
            logs += own
            truths += [{**t, "split": "families", "family": len(families)} for t in truth]
            families.append(family)
    np.savez_compressed(
        a.out, table=np.concatenate(logs).astype("f4"), columns=np.array(COLUMNS),
        offsets=np.cumsum([0] + [len(log) for log in logs]),
        truth=np.array(json.dumps(truths)), families=np.array(json.dumps(families)),
    )  # fmt: skip
    print("wrote", a.out, len(families), "families,", len(logs), "runs")


if __name__ == "__main__":
    main()
