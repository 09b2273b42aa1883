"""One run of a family of ``recorded_by_torch.py``: trained at one rate, with or without a fault.

As the recorded clinic does it: the logger writes every so many steps (the mean since its last row
where that is more than 20), the gradient's norm before clipping, the validation loss less often.
"""

from __future__ import annotations

import math
import time
import zlib
from functools import lru_cache

import numpy as np
import torch
from torch import Tensor, nn
from torch_losses import CLASSES, LOSSES
from torch_networks import network
from torch_numbers import NUMBERS, OTHERS
from torch_sequences import SEQUENCES, sequence
from torch_tables import CLASSES as CLASS_TABLES
from torch_tables import IMAGES, Task

COLUMNS = ("step", "train_loss", "val_loss", "val_acc", "lr", "grad_norm", "nonfinite")
EVENTS = ("lr_jump", "lr_oscillate", "lr_zero", "nan_batch", "bad_labels", "grad_blowup", "resume",
          "dead_init")  # fmt: skip
LONGEST = 6.0
"""Seconds of a core that one run may take; its family is dropped."""
LOOKED_AT = 1200
"""Rows over which a loss of the whole data is taken."""
BROKEN_ROWS = 6
"""Rows without a number after which a trainer gives up."""
Family = dict[str, object]
Log = np.ndarray  # type: ignore[type-arg]
TABLES = {**CLASS_TABLES, **NUMBERS, **OTHERS, **IMAGES}


class TooSlow(Exception):
    pass


@lru_cache(maxsize=3)
def problem(name: str, seed: int) -> Task:
    rng = np.random.default_rng([seed, zlib.crc32(name.encode())])
    return sequence(name, rng) if name in SEQUENCES else TABLES[name](rng)


def optimizer(name: str, weights: list[nn.Parameter], rate: float) -> torch.optim.Optimizer:
    o = torch.optim
    makers = {
        "sgd": lambda: o.SGD(weights, rate),
        "momentum": lambda: o.SGD(weights, rate, momentum=0.9),
        "nesterov": lambda: o.SGD(weights, rate, momentum=0.9, nesterov=True),
        "adamw": lambda: o.AdamW(weights, rate, weight_decay=0.01),
        "adam": lambda: o.Adam(weights, rate), "rmsprop": lambda: o.RMSprop(weights, rate),
        "adagrad": lambda: o.Adagrad(weights, rate), "nadam": lambda: o.NAdam(weights, rate),
        "adadelta": lambda: o.Adadelta(weights, rate), "radam": lambda: o.RAdam(weights, rate),
        "adafactor": lambda: o.Adafactor(weights, rate),
        "adamax": lambda: o.Adamax(weights, rate),
    }  # fmt: skip
    return makers[name]()


def multiplier(kind: str, u: float, first: float) -> float:
    """The schedule's share of the base rate when ``u`` of the run is done; ``first`` is a step."""
    cosine = 0.5 * (1 + math.cos(math.pi * u))
    return {
        "constant": 1.0, "step": 0.1 ** ((u >= 0.5) + (u >= 0.75)), "exp": math.exp(-4 * u),
        "cosine": cosine, "poly": (1 - u) ** 2,
        "warmcos": min(1.0, (u + first) / 0.1) if u < 0.1
        else 0.5 * (1 + math.cos(math.pi * (u - 0.1) / 0.9)),
        "warmlin": min(1.0, (u + first) / 0.06) if u < 0.06 else (1 - u) / 0.94,
        "onecycle": 0.04 + 0.48 * (1 - math.cos(math.pi * u / 0.3)) if u < 0.3
        else 0.5 * (1 + math.cos(math.pi * (u - 0.3) / 0.7)) + 1e-4,
        "cyclic": 0.1 + 0.9 * (1 - abs(2 * ((u * 4) % 1) - 1)),
        "restarts": 0.5 * (1 + math.cos(math.pi * ((u * 3) % 1))),
        "wsd": min(1.0, (u + first) / 0.05) if u < 0.8 else max(0.0, (1 - u) / 0.2),
    }[kind]  # fmt: skip


class Training:
    """A family's network and data, ready to be trained from one seed."""

    def __init__(self, family: Family, seed: int) -> None:
        self.family, self.seed = family, seed
        self.task = problem(str(family["task"]), int(family["seed"]))  # type: ignore[call-overload]
        torch.manual_seed(seed)
        self.model = network(str(family["model"]), self.task)
        self.x = torch.from_numpy(np.ascontiguousarray(self.task.x))
        self.y = torch.from_numpy(np.ascontiguousarray(self.task.y))
        if self.x.is_floating_point():
            self.x = self.x * float(family["xscale"])  # type: ignore[arg-type]
        self.began = time.process_time()
        if family["pre"]:
            self._learn_beforehand()

    def loss(self, x: Tensor, y: Tensor) -> tuple[Tensor, Tensor]:
        """The loss, multiplied as the family's, and the predictions."""
        if self.task.shape == "views":
            p = self.model(x.flatten(0, 1)).unflatten(0, (len(x), 2))
        else:
            p = self.model(x)
        return LOSSES[self.task.loss](p, y) * float(self.family["scale"]), p  # type: ignore[arg-type]

    def full(self, part: str, steady: bool = True) -> tuple[float, float]:
        """Loss and accuracy over ``train`` or ``val``; ``steady`` as in use, without batches."""
        n = self.task.train
        own = slice(0, min(n, LOOKED_AT)) if part == "train" else slice(n, n + LOOKED_AT)
        self.model.train(not steady)
        with torch.no_grad():
            loss, p = self.loss(self.x[own], self.y[own])
        self.model.train()
        if self.task.loss not in CLASSES:
            return float(loss), math.nan
        return float(loss), float((p.argmax(-1) == self.y[own]).float().mean())

    def batches(self, seed: int):  # type: ignore[no-untyped-def]
        """Indices of the rows of each step, without end."""
        rng = np.random.default_rng(seed)
        n, size = self.task.train, min(int(self.family["batch"]), self.task.train)  # type: ignore[call-overload]
        while True:
            order = rng.permutation(n)
            for at in range(0, n - size + 1, size):
                yield torch.from_numpy(order[at : at + size])

    def check_time(self) -> None:
        if time.process_time() - self.began > LONGEST:
            raise TooSlow

    def _learn_beforehand(self) -> None:
        """Fine-tuning starts from weights that learnt the problem on disturbed inputs."""
        learner = torch.optim.Adam(self.model.parameters(), 3e-3)
        batches = self.batches(self.seed + 9)
        for _ in range(int(self.family["pre"])):  # type: ignore[call-overload]
            rows = next(batches)
            x = self.x[rows]
            x = x + 0.3 * torch.randn(x.shape) if x.is_floating_point() else x
            learner.zero_grad()
            self.loss(x, self.y[rows])[0].backward()
            learner.step()


def train(family: Family, rate: float, seed: int, event: str | None = None
          ) -> tuple[Log, dict[str, object]]:  # fmt: skip
    """The log, shape (rows, 7) as ``COLUMNS``, and what became of the run.

    Raises:
        TooSlow: after ``LONGEST`` seconds.
    """
    run = Training(family, seed)
    if event == "dead_init":
        for p in run.model.parameters():
            p.data.zero_()
    start = run.full("train", steady=False)[0]
    rows = _trained(run, rate, event)
    (train_end, _), (val_end, accuracy) = run.full("train"), run.full("val")
    return np.array(rows, np.float32), {
        "l0": start, "final_train": train_end if math.isfinite(train_end) else None,
        "final_val": val_end if math.isfinite(val_end) else None,
        "final_acc": accuracy if math.isfinite(accuracy) else None,
        "stopped_early": len(rows) >= BROKEN_ROWS and all(r[6] for r in rows[-BROKEN_ROWS:]),
    }  # fmt: skip


def _trained(run: Training, rate: float, event: str | None) -> list[list[float]]:
    f = run.family
    steps, every = int(f["steps"]), int(f["every"])  # type: ignore[call-overload]
    clip = float(f["clip"]) or 1e30  # type: ignore[arg-type]
    learner = optimizer(str(f["opt"]), list(run.model.parameters()), rate)
    batches, fault = run.batches(run.seed + 1), Fault(event, steps)
    rows: list[list[float]] = []
    total, seen = 0.0, 0
    for t in range(steps):
        x, y = (part[rows_] for rows_ in [next(batches)] for part in (run.x, run.y))
        now = rate * multiplier(str(f["sched"]), t / steps, 1 / steps) * fault.of_rate(t)
        x, y = fault.of_batch(t, x, y, run.task)
        fault.of_model(t, run.model)
        for group in learner.param_groups:
            group["lr"] = now
        learner.zero_grad()
        loss = run.loss(x, y)[0]
        loss.backward()
        logged = (t + 1) % every == 0 or t == 0
        norm = math.nan
        if f["clip"] or (logged and f["gn"]):
            norm = float(nn.utils.clip_grad_norm_(run.model.parameters(), clip))
        learner.step()
        value = float(loss.detach())
        total, seen = total + value, seen + 1
        if not logged:
            continue
        val = (math.nan, math.nan)
        if f["val"] and (every > 20 or (t + 1) % (5 * every) == 0):
            val = run.full("val")
        rows.append([t + 1 - fault.behind, total / seen if every > 20 else value, val[0],
                     val[1] if f["acc"] else math.nan, now, norm if f["gn"] else math.nan,
                     float(not math.isfinite(value))])  # fmt: skip
        total, seen = 0.0, 0
        run.check_time()
        if len(rows) >= BROKEN_ROWS and all(r[6] for r in rows[-BROKEN_ROWS:]):
            break
    return rows


class Fault:
    """What goes wrong half way: the clinic's faults. Without a name nothing does."""

    def __init__(self, name: str | None, steps: int) -> None:
        self.name = name
        self.onset = steps // 2
        self.kept = int(steps * 0.35)
        self.copy: dict[str, Tensor] = {}
        self.behind = 0
        """Steps by which the log's own count fell back."""

    def of_rate(self, t: int) -> float:
        """What the rate is multiplied by."""
        if t < self.onset:
            return 1.0
        return {"lr_jump": 300.0, "lr_oscillate": 12.0, "lr_zero": 0.0}.get(self.name or "", 1.0)

    def of_batch(self, t: int, x: Tensor, y: Tensor, task: Task) -> tuple[Tensor, Tensor]:
        if self.name == "nan_batch" and t == self.onset:
            x = x.clone()
            x[0] = math.nan
        if self.name == "bad_labels" and t >= self.onset and (t - self.onset) % 60 < 3:
            if task.shape == "views":
                return torch.stack([x[:, 1], x[torch.randperm(len(x)), 0]], 1), y
            off = task.loss in ("squared", "huber", "absolute", "pinball") and not task.words
            return x, y * -6 if off else y[torch.randperm(len(y))]
        return x, y

    def of_model(self, t: int, model: nn.Module) -> None:
        if self.name == "resume" and t == self.kept:
            self.copy = {k: v.clone() for k, v in model.state_dict().items()}
        if t != self.onset:
            return
        if self.name == "grad_blowup":
            for p in model.parameters():
                p.data.mul_(6.0)
        if self.name == "resume":
            model.load_state_dict(self.copy)
            self.behind = self.onset - self.kept


def range_test(family: Family, low: float, high: float, seed: int) -> tuple[Log, dict[str, object]]:
    """A learning-rate range test: the rate grows by a factor a step until the loss blows up.

    When that is differs from finder to finder, so it is drawn: the smoothed loss at four times its
    best (fastai, Lightning), or a loss that has lost some times what had been won.
    """
    rng = np.random.default_rng(seed)
    low, high = low + rng.choice([0.0, 0.0, rng.uniform(-1, 1.5)]), high + 0.5
    count = int(rng.choice([200, int((high - low) * rng.uniform(15, 50))]))
    times, smooth = (4.0 if rng.random() < 0.7 else math.inf), float(rng.choice([0.0, 0.9, 0.98]))
    clip = float(family["clip"]) or 1e30  # type: ignore[arg-type]
    run = Training(family, seed)
    learner = optimizer(str(family["opt"]), list(run.model.parameters()), 10**low)
    batches = run.batches(seed + 1)
    start = run.full("train", steady=False)[0]
    rows: list[list[float]] = []
    mean, best = 0.0, math.inf
    for t, exponent in enumerate(np.linspace(low, high, count)):
        for group in learner.param_groups:
            group["lr"] = 10**exponent
        at = next(batches)
        learner.zero_grad()
        loss = run.loss(run.x[at], run.y[at])[0]
        loss.backward()
        norm = float(nn.utils.clip_grad_norm_(run.model.parameters(), clip))
        learner.step()
        value = float(loss.detach())
        rows.append([t + 1, value, math.nan, math.nan, 10**exponent,
                     norm if family["gn"] else math.nan,
                     float(not math.isfinite(value))])  # fmt: skip
        mean = smooth * mean + (1 - smooth) * value
        level = mean / (1 - smooth ** (t + 1))
        best = min(best, level)
        run.check_time()
        lost = level > start + 4 * max(start - best, 0.1 * abs(start))
        if not math.isfinite(value) or (t > 10 and (lost or level > times * best > 0)):
            break
    end = run.full("train")[0]
    return np.array(rows, np.float32), {
        "event": "range_test", "lr": rows[-1][4], "l0": start,
        "final_train": end if math.isfinite(end) else None,
    }  # fmt: skip
