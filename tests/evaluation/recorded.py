"""Recorded families of training runs (the clinic's file shape), with what is true of each rate."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from lrdoctor.run import Block, Floats, Run, Settings

FORMATS = ("keras_csv", "lightning_csv", "hf_trainer_state", "jsonl", "tfevents", "yolo_csv",
           "mmengine_json")  # fmt: skip
TAGS = {"train_loss": "loss", "val_loss": "val/loss", "lr": "lr", "grad_norm": "grad_norm"}


@dataclass(frozen=True)
class Recorded:
    """One run of one family. ``gap`` is 0 at the family's best final loss and 1 where it began."""

    family: int
    rate: float
    """log10 of the base rate."""
    gap: float
    label: str | None
    """too_low, ok, too_high; None between, where neither can be said."""
    low: float
    high: float
    """log10 of the rates between which ``gap`` is at most 0.05."""
    log: dict[str, Floats] = field(repr=False)


@dataclass(frozen=True)
class Family:
    name: str
    task: str
    settings: Settings
    format: str
    steps: int
    runs: tuple[Recorded, ...]
    """By rising rate."""


def load(path: str | Path, prefix: str = "") -> list[Family]:
    """The families of a recorded file; ``prefix`` keeps tasks of different files apart."""
    z = np.load(path)
    truth, families = json.loads(str(z["truth"])), json.loads(str(z["families"]))
    columns = [str(c) for c in z["columns"]]
    offsets, table = z["offsets"], z["table"].astype(np.float64)
    rows: dict[int, list[tuple[dict[str, object], dict[str, Floats]]]] = {}
    for i, t in enumerate(truth):
        if t["event"] is None:
            part = table[offsets[i] : offsets[i + 1]]
            log = {c: part[:, k] for k, c in enumerate(columns)}
            rows.setdefault(t["family"], []).append((t, log))
    return [_family(n, f, rows[n], prefix) for n, f in enumerate(families) if n in rows]


def _family(number: int, told: dict[str, object], rows: list, prefix: str) -> Family:  # type: ignore[type-arg]
    rows = sorted(rows, key=lambda row: row[0]["lr"])
    start = next(t["l0"] for t, _ in rows if math.isfinite(t["l0"]))
    ends = np.array([math.inf if t["final_train"] is None else t["final_train"] for t, _ in rows])
    best = ends.min()
    gaps = (ends - best) / (start - best)
    rates = np.array([math.log10(t["lr"]) for t, _ in rows])
    middle = float(np.median(rates[gaps <= 0.02]))
    low, high = _window(rates, gaps, middle)
    runs = tuple(
        Recorded(number, float(x), float(gap), _label(float(gap), float(x), middle), low, high, log)
        for x, gap, (_, log) in zip(rates, gaps, rows, strict=True)
    )
    settings = Settings(optimizer=str(told["opt"]), batch_size=int(told["batch"]),  # type: ignore[call-overload]
                        planned_steps=int(told["steps"]))  # type: ignore[call-overload]  # fmt: skip
    name = "/".join(str(told[k]) for k in ("task", "model", "opt", "sched"))
    return Family(name, prefix + str(told["task"]).partition("_")[0], settings,
                  FORMATS[number % 7], int(told["steps"]), runs)  # type: ignore[call-overload]  # fmt: skip


def _label(gap: float, rate: float, middle: float) -> str | None:
    if gap <= 0.05:
        return "ok"
    if gap < 0.15:
        return None
    return "too_high" if rate > middle else "too_low"


def _window(rates: Floats, gaps: Floats, middle: float) -> tuple[float, float]:
    """Where ``gap`` crosses 0.05 on both sides of the best, by interpolation of its logarithm."""
    level = np.log10(np.clip(np.nan_to_num(gaps, nan=2.0, posinf=2.0), 0.004, 2.0) / 0.05)
    at = int(np.abs(rates - middle).argmin())
    if gaps[at] > 0.05:
        at = int(np.argmin(gaps))
    low, high = float(rates[0]) - 0.17, float(rates[-1]) + 0.17
    for i in range(at, 0, -1):
        if level[i - 1] > 0:
            low = float(np.interp(0.0, [level[i], level[i - 1]], [rates[i], rates[i - 1]]))
            break
    for i in range(at, len(rates) - 1):
        if level[i + 1] > 0:
            high = float(np.interp(0.0, [level[i], level[i + 1]], [rates[i], rates[i + 1]]))
            break
    return low, high


def as_run(
    family: Family,
    recorded: Recorded,
    *,
    share: float = 1.0,
    shift: float = 0.0,
    settings: Settings | None = None,
    logged: frozenset[str] = frozenset(TAGS),
    name: str = "run",
) -> Run:
    """The run as a log of ``share`` of the planned steps, its rates moved by ``shift`` decades."""
    log = recorded.log
    steps = np.maximum.accumulate(log["step"])
    keep = max(3, int(np.searchsorted(steps, share * family.steps, side="right")))
    run = Run(name, name, "recorded", settings=family.settings if settings is None else settings)
    for column, tag in TAGS.items():
        if column not in logged:
            continue
        values = log[column][:keep] * (10.0**shift if column == "lr" else 1.0)
        there = np.ones(len(values), bool) if column == "train_loss" else np.isfinite(values)
        if there.any():
            run.add(Block(tag, steps[:keep][there].astype(np.int64), values[there]))
    return run


def as_format_tells(family: Family, recorded: Recorded, *, share: float = 1.0,
                    shift: float = 0.0, name: str = "run") -> Run:  # fmt: skip
    """The run with what the log format of its family tells and no more."""
    own, kind = family.settings, family.format
    settings = Settings(
        optimizer=own.optimizer if kind in ("lightning_csv", "yolo_csv") else None,
        planned_steps=own.planned_steps if kind == "hf_trainer_state" else None,
        learning_rate=10 ** (recorded.rate + shift)
        if kind in ("lightning_csv", "yolo_csv")
        else None,
    )
    hidden = {"grad_norm"} if kind in ("keras_csv", "yolo_csv") else set()
    return as_run(family, recorded, share=share, shift=shift, settings=settings,
                  logged=frozenset(set(TAGS) - hidden), name=name)  # fmt: skip
