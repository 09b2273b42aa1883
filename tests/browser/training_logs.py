"""Training logs as trainings write them, for the pages to show, each with its own noise."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

GROWING = ("wikitext/gpt2-small-lr-3e-3/metrics.csv", "energy/lstm-a/metrics.csv",
           "wikitext/llama-lora-r16/metrics.csv")  # fmt: skip
"""Logs of ``write_ward`` that ``grow`` can lengthen."""

SWEEP = (1e-5, 3e-5, 1e-4, 2e-4, 3e-4, 1e-3, 2e-3, 3e-3, 1e-2)
Row = dict[str, float | int | str]
HOSTILE = (
    '<img src=x onerror=alert(1)> &amp; <a href="https://example.com">free gpu</a> \u202egpj.exe'
)


def write_ward(folder: Path, now: float) -> None:
    """One log of each kind; all ended a moment before ``now``, UTC seconds."""
    write_csv(folder / "wikitext" / "gpt2-small-lr-3e-3" / "metrics.csv", diverging(now))
    write_jsonl(folder / "imagenet" / "vit-b16-finetune" / "log.jsonl", lost_to_nan(now))
    write_csv(folder / "speech" / "wav2vec-ft" / "metrics.csv", swinging(now))
    write_csv(folder / "energy" / "lstm-a" / "metrics.csv", flat(now))
    write_csv(folder / "wikitext" / "llama-lora-r16" / "metrics.csv", healthy(now))
    write_csv(folder / "cells" / "unet-17" / "metrics.csv", healthy(now - 3600, seed=5, rate=1e-3))
    write_jsonl(folder / "summaries" / "t5-base" / "log.jsonl", spiking(now))
    write_csv(folder / "ner" / "bert-seed2" / "metrics.csv", young(now))
    write_hostile(folder, now)
    broken = folder / "old" / "crashed" / "metrics.csv"
    broken.parent.mkdir(parents=True, exist_ok=True)
    hour_ago = now - 3600
    os.utime(folder / "cells" / "unet-17" / "metrics.csv", (hour_ago, hour_ago))
    broken.write_text("epoch,comment\n1,started on gpu 3\n2,looks fine\n3,still fine\n", "utf-8")


def write_sweep(folder: Path, rates: Sequence[float] = SWEEP) -> None:
    """Runs of one experiment over a grid of rates, two of which diverge, and a range test."""
    for rate in rates:
        name = folder / "cifar100" / f"r18-lr{rate:g}"
        write_csv(name / "metrics.csv", attempt(rate))
        settings = {"learning_rate": rate, "optimizer": "adamw", "batch_size": 256}
        lines = [f"{key}: {value}\n" for key, value in settings.items()]
        (name / "hparams.yaml").write_text("".join(lines), "utf-8")
    write_csv(folder / "cifar100" / "range-test" / "metrics.csv", range_test())


def attempt(rate: float, steps: int = 900) -> Iterator[Row]:
    """Falls the faster the higher the rate, up to where it bounces, and from there on diverges."""
    random = np.random.default_rng(round(-1e3 * np.log(rate)))
    loss = 2.3
    for step in range(1, steps + 1):
        loss += (loss - 0.42) * -13 * rate / (1 + (rate / 2.2e-3) ** 1.5) + 0.02 * (
            rate / 6e-3
        ) ** 1.3
        if rate > 2.5e-3 and step > 0.36 / rate:
            loss *= 1.03
        noisy = loss + 0.012 * (1 + 200 * rate) * random.standard_normal()
        yield {"step": step, "train_loss": "nan" if loss > 40 else round(noisy, 5), "lr": rate}
        if loss > 60:
            return


def range_test(points: int = 520) -> Iterator[Row]:
    """A rate that grows from far too low until the loss blows up."""
    random = np.random.default_rng(12)
    loss = 2.33
    for step, rate in enumerate(np.geomspace(1e-7, 1.0, points)):
        loss -= 3 * rate * (loss - 0.4) / (1 + (rate / 2e-2) ** 2)
        loss *= 1 + (0.02 * (rate / 4e-2) ** 2 if rate > 2e-2 else 0.0)
        if loss > 9:
            return
        yield {"step": step, "train_loss": round(loss + 0.05 * random.standard_normal(), 5),
               "lr": float(f"{rate:.6g}")}  # fmt: skip


def write_hostile(folder: Path, now: float) -> None:
    """A run whose folder and columns are written to break pages."""
    name = HOSTILE.replace("/", "\u2215")
    rows = [
        {**row, "<b onclick=alert(2)>loss</b>": row["loss"], "=cmd|' /C calc'!A0": row["lr"]}
        for row in healthy(now, seed=9, steps=400)
    ]
    write_csv(folder / name / "metrics.csv", iter(rows))


def diverging(now: float, steps: int = 5120) -> Iterator[Row]:
    """Down to step 3180, then up: warmup carries the rate too far."""
    random = np.random.default_rng(1)
    for step in range(1, steps + 1, 4):
        rate = 3e-3 * min(1.0, step / 3700)
        loss = 3.0 + 6.6 * np.exp(-step / 850)
        norm = 0.9 + 0.08 * random.standard_normal()
        if step > 3180:
            grown = (step - 3180) / (5120 - 3180)
            loss += 9.5 * grown**1.4
            norm += 8.5 * grown
        noise = 0.13 if step < 3180 else 0.13 + 0.6 * (step - 3180) / 1940
        row: Row = {"step": step, "loss": round(loss + noise * random.standard_normal(), 5),
                    "lr": round(rate, 9), "grad_norm": round(abs(norm), 5),
                    "time": round(now - (steps - step) * 0.45, 3)}  # fmt: skip
        if step % 400 == 1:
            row["val_loss"] = round(loss + 0.25, 5)
        yield row


def lost_to_nan(now: float, steps: int = 4700) -> Iterator[Row]:
    """Healthy until the gradient runs away within sixty steps; NaN from step 4206 on."""
    random = np.random.default_rng(2)
    for step in range(1, steps + 1, 5):
        loss = 1.15 + 5.4 * np.exp(-step / 640) + 0.06 * random.standard_normal()
        norm = 1.1 + 0.1 * random.standard_normal()
        if step > 4140:
            loss += 2.2 * np.exp((step - 4206) / 14)
            norm *= np.exp((step - 4140) / 18)
        lost = step >= 4206
        yield {"step": step, "loss": "NaN" if lost else round(loss, 5),
               "grad_norm": "NaN" if lost else round(norm, 4),
               "learning_rate": round(1e-3 * min(1.0, step / 250), 9),
               "timestamp": round(now - (steps - step) * 0.9, 2)}  # fmt: skip


def swinging(now: float, steps: int = 3000) -> Iterator[Row]:
    """A rate at the edge of stability: the loss bounces around a level."""
    random = np.random.default_rng(3)
    for step in range(1, steps + 1, 3):
        loss = 2.1 + 4 * np.exp(-step / 260)
        if step > 900:
            loss += 0.55 * np.sin(step * 1.7) * min(1.0, (step - 900) / 300)
        yield {"step": step, "loss": round(loss + 0.03 * random.standard_normal(), 5), "lr": 0.8,
               "time": round(now - (steps - step) * 0.3, 3)}  # fmt: skip


def flat(now: float, steps: int = 9000) -> Iterator[Row]:
    """A rate so small that nothing moves."""
    random = np.random.default_rng(4)
    for step in range(1, steps + 1, 9):
        yield {"step": step, "loss": round(4.61 + 0.045 * random.standard_normal(), 5), "lr": 1e-6,
               "grad_norm": round(1.4 + 0.2 * random.standard_normal(), 4),
               "time": round(now - (steps - step) * 0.25, 3)}  # fmt: skip


def healthy(now: float, seed: int = 6, rate: float = 3e-4, steps: int = 22_360) -> Iterator[Row]:
    """Falls on a cosine schedule after warmup; validation follows."""
    random = np.random.default_rng(seed)
    stride, whole, warmup = max(1, steps // 1400), steps * 1.79, steps * 0.09
    for step in range(1, steps + 1, stride):
        turn = np.pi * max(0.0, step - warmup) / (whole - warmup)
        lr = rate * min(step / warmup, 0.05 + 0.95 * (1 + np.cos(turn)) / 2)
        loss = 2.7 + 8.2 * np.exp(-step / (0.13 * steps)) - 0.2 * step / steps
        row: Row = {"step": step, "loss": round(loss * (1 + 0.02 * random.standard_normal()), 5),
                    "lr": float(f"{lr:.6g}"),
                    "grad_norm": round(0.85 * (1 + 0.12 * random.standard_normal()), 4),
                    "time": round(now - (steps - step) * 1.1, 3)}  # fmt: skip
        if (step // stride) % 110 == 100:
            row["val_loss"] = round(loss * 1.02, 5)
        yield row


def spiking(now: float, steps: int = 9000) -> Iterator[Row]:
    """Three jumps, each larger, each recovered."""
    random = np.random.default_rng(7)
    for step in range(1, steps + 1, 9):
        loss = 1.9 + 3.2 * np.exp(-step / 1100)
        for at, size in ((3600, 1.2), (5600, 2.0), (8000, 3.0)):
            if step >= at:
                loss += size * np.exp(-(step - at) / 40)
        yield {"step": step, "loss": round(loss + 0.04 * random.standard_normal(), 5),
               "lr": 5e-4, "timestamp": round(now - (steps - step) * 0.5, 2)}  # fmt: skip


def young(now: float) -> Iterator[Row]:
    for step in range(1, 6):
        yield {"step": step, "loss": 3.4 - 0.1 * step, "lr": 3e-5, "time": now - (6 - step)}


def write_csv(path: Path, rows: Iterator[Row]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    every = list(rows)
    names = list(dict.fromkeys(name for row in every for name in row))
    lines = [",".join(quoted(name) for name in names)]
    lines += [",".join(str(row.get(name, "")) for name in names) for row in every]
    path.write_text("\n".join(lines) + "\n", "utf-8")


def write_jsonl(path: Path, rows: Iterator[Row]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    lines = []
    for row in rows:
        numbers = {k: float(v) if isinstance(v, str) else v for k, v in row.items()}
        lines.append(json.dumps(numbers))
    path.write_text("\n".join(lines) + "\n", "utf-8")


def grow(path: Path, now: float) -> None:
    """One more line, like the last one but a step later."""
    lines = path.read_text("utf-8").splitlines()
    head, last = lines[0].split(","), lines[-1].split(",")
    last[head.index("step")] = str(int(last[head.index("step")]) + 4)
    last[head.index("time")] = f"{now:.3f}"
    with path.open("a", encoding="utf-8") as log:
        log.write(",".join(last) + "\n")


def write_lines(path: Path, lines: Sequence[str]) -> None:
    """Complete lines, into a new log."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(f"{line}\n" for line in lines), "utf-8")


def quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"' if any(c in name for c in ',"\n') else name
