"""Trains small real models and writes their logs as the sample logs of the rules.

usage: python tests/make_samples.py [RULE ...]

Each rule gets ``sample_logs/<rule>/fires.*`` and ``quiet.*``: two trainings that differ in the one
thing that goes wrong. Everything is seeded; a second call writes the same bytes.
"""

from __future__ import annotations

import csv
import json
import linecache
import math
import sys
import traceback
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np

from lrdoctor.demo.digits import Digits, digits
from lrdoctor.demo.network import Adam, Network, Optimizer, Sgd

ROOT = Path(__file__).resolve().parent.parent / "sample_logs"
Row = dict[str, float | str]
Schedule = Callable[[int], float]


def constant(step: int) -> float:
    return 1.0


def cosine(steps: int) -> Schedule:
    return lambda step: 0.5 * (1 + math.cos(math.pi * step / steps))


def linear(steps: int) -> Schedule:
    return lambda step: max(0.0, 1 - step / steps)


def classify(
    optimizer: Optimizer,
    rate: float,
    *,
    steps: int,
    schedule: Schedule = constant,
    every: int = 2,
    images: int = 1500,
    half: bool = False,
    hidden: Sequence[int] = (24,),
    noise: float = 0.15,
    validate: int = 0,
    clip: float = math.inf,
    batch_size: int = 32,
) -> Iterator[Row]:
    """A small network on drawn digits; one row every ``every`` steps.

    Args:
        validate: steps between two looks at 400 images that are not trained on; 0: none.
        clip: the largest gradient norm; the norm is logged after clipping.
    """
    random = np.random.default_rng(11)
    task, held_out = digits(images, random, noise=noise), digits(400, random, noise=noise)
    network = Network.create((task.images.shape[1], *hidden, 10), random, half=half)
    for step in range(1, steps + 1):
        chosen = random.integers(0, images, batch_size)
        batch = Digits(task.images[chosen], task.labels[chosen])
        now = rate * schedule(step)
        loss, gradient = network.gradient(batch)
        norm = math.sqrt(sum(float((part**2).sum()) for part in gradient))
        if norm > clip:
            gradient, norm = [part * (clip / norm) for part in gradient], clip
        if step % every == 0 or step == 1:
            row = {"step": step, "loss": loss, "lr": now, "grad_norm": norm}
            if validate and step % validate == 0:
                row["val_loss"] = network.loss(held_out)
            yield row
        optimizer.step(network.weights, gradient, now)


def regress(
    rate: float,
    momentum: float,
    *,
    steps: int,
    schedule: Schedule = constant,
    batch: int = 256,
    broken: Sequence[int] = (),
) -> Iterator[Row]:
    """Linear regression on 12 inputs of unlike scale by heavy-ball gradient descent.

    In the steps ``broken`` the targets come in unscaled, fifteen times too large.
    """
    random = np.random.default_rng(5)
    inputs = random.normal(size=(2000, 12)) * np.logspace(0, -1.2, 12)
    target = inputs @ random.normal(size=12) * 2 + random.normal(0, 0.3, 2000)
    weights, velocity = np.zeros(12), np.zeros(12)
    for step in range(1, steps + 1):
        chosen = random.integers(0, 2000, batch)
        wanted = target[chosen] * (15 if step in broken else 1)
        error = inputs[chosen] @ weights - wanted
        gradient = 2 * inputs[chosen].T @ error / len(chosen)
        now = rate * schedule(step)
        yield {
            "step": step,
            "loss": float(np.mean(error**2)),
            "lr": now,
            "grad_norm": float(np.linalg.norm(gradient)),
        }
        velocity = momentum * velocity - now * gradient
        weights = weights + velocity


def rectified(rate: float, *, steps: int) -> Iterator[Row]:
    """A regression by 16 rectified units without biases at the output, by gradient descent.

    One step too long leaves every unit on the side where it is zero for all inputs, for good.
    """
    random = np.random.default_rng(3)
    inputs = np.abs(random.normal(size=(1000, 6)))
    target = np.sin(inputs @ random.normal(size=6)) + random.normal(0, 0.1, 1000)
    first, last = random.normal(0, 0.5, (6, 16)), random.normal(0, 0.25, 16)
    for step in range(1, steps + 1):
        chosen = random.integers(0, 1000, 32)
        entered, wanted = inputs[chosen], target[chosen]
        hidden = np.maximum(entered @ first, 0)
        error = 2 * (hidden @ last - wanted) / 32
        by_last = hidden.T @ error
        by_first = entered.T @ (np.outer(error, last) * (hidden > 0))
        yield {
            "step": step,
            "loss": float(np.mean((hidden @ last - wanted) ** 2)),
            "grad_norm": math.sqrt(float((by_last**2).sum() + (by_first**2).sum())),
        }
        first, last = first - rate * by_first, last - rate * by_last


def clouds(rate: float, *, steps: int) -> Iterator[Row]:
    """Logistic regression between two overlapping clouds, two points a step."""
    random = np.random.default_rng(6)
    labels = random.integers(0, 2, 6000)
    inputs = random.normal(size=(6000, 8)) + 0.5 * (2 * labels[:, None] - 1)
    inputs[:, 0] = 6  # a bias that counts for more than it should
    weights = np.zeros(8)
    for step in range(1, steps + 1):
        chosen = random.integers(0, 4000, 2)
        logits = inputs[chosen] @ weights
        shares = 1 / (1 + np.exp(-logits))
        row: Row = {
            "step": step,
            "loss": float(np.mean(np.logaddexp(0, logits) - labels[chosen] * logits)),
        }
        if step % 10 == 0:
            row["val_acc"] = float(np.mean((inputs[4000:] @ weights > 0) == labels[4000:]))
        yield row
        weights = weights - rate * inputs[chosen].T @ (shares - labels[chosen]) / 2


def filtered(rows: Iterator[Row]) -> Iterator[Row]:
    """The log of a trainer that writes a loss of NaN as zero (Hugging Face's default)."""
    for row in rows:
        yield {**row, "loss": row["loss"] if math.isfinite(row["loss"]) else 0.0}


def timed(rows: Iterator[Row], *, wait: float, at: int) -> Iterator[Row]:
    """Rows with the time of day: 2 seconds a step, give or take, and ``wait`` more at one step."""
    random, now = np.random.default_rng(2), 1_800_000_000.0
    for row in rows:
        now += float(random.uniform(1.6, 2.4)) + wait * (row["step"] == at)
        yield {**row, "timestamp": round(now, 1)}


def resumed(rows: Iterator[Row], at: int, back: int) -> Iterator[Row]:
    """The log of a run that was ended at step ``at`` and resumed from ``back``."""
    done = list(rows)
    yield from (row for row in done if row["step"] <= at)
    yield from (row for row in done if row["step"] > back)


def forgetful(at: int, back: int, steps: int) -> Iterator[Row]:
    """A cosine run that is resumed with its weights, but with its schedule from the beginning."""
    plan = cosine(steps)
    first = classify(Adam(), 0.01, steps=at, schedule=plan)
    yield from first
    again = classify(
        Adam(), 0.01, steps=steps, schedule=lambda step: plan(step if step <= back else step - back)
    )
    yield from (row for row in again if row["step"] > back)


def printed(rows: Iterator[Row], *, broken: int, survives: bool) -> Iterator[Row]:
    """What a script prints of a training in which a batch cannot be read.

    Args:
        broken: after how many rows.
        survives: the script prints the traceback and goes on with the next batch.
    """
    for at, row in enumerate(rows, 1):
        yield {"text": "step {step}: loss {loss:.4f}, lr {lr:.6g}".format(**row)}
        if at == broken:
            yield {"text": _traceback()}
            if not survives:
                return


_SCRIPT = """
images = [0.1] * 1500
for place in (17, 1500):
    image = images[place]
"""


def _traceback() -> str:
    """As CPython prints it of a script that asks for an image that is not there."""
    name = "train.py"
    linecache.cache[name] = len(_SCRIPT), None, _SCRIPT.splitlines(keepends=True), name
    try:
        exec(compile(_SCRIPT, name, "exec"), {"__name__": "__main__"})
    except IndexError as error:
        own = error.__traceback__
        assert own is not None
        return "".join(traceback.format_exception(error.with_traceback(own.tb_next))).rstrip()
    raise AssertionError("the script ends without an error")


def jump(at: int, factor: float) -> Schedule:
    return lambda step: factor if step >= at else 1.0


def sweep(*rates: float) -> Iterator[Row]:
    """One training after the other in one table."""
    for rate in rates:
        for row in classify(Sgd(momentum=0.9), rate, steps=120):
            yield {"run_name": f"sgd-{rate:g}", **row}


def trials(*rates: float) -> Iterator[Row]:
    """Trainings side by side in one table."""
    trainings = [classify(Sgd(momentum=0.9), rate, steps=120) for rate in rates]
    for rows in zip(*trainings, strict=True):
        yield from ({"trial": trial, **row} for trial, row in enumerate(rows))


SAMPLES: dict[str, dict[str, Callable[[], Iterator[Row]]]] = {
    "formats/run-table": {
        "sweep.csv": lambda: sweep(0.001, 0.03, 2.0),
        "trials.jsonl": lambda: trials(0.001, 0.03, 2.0),
    },
    "nan": {
        "fires.csv": lambda: classify(Sgd(momentum=0.9), 0.05, steps=500, half=True),
        "quiet.csv": lambda: classify(Sgd(momentum=0.9), 0.05, steps=500),
    },
    "divergence": {
        "fires.jsonl": lambda: classify(
            Adam(), 0.6, steps=600, schedule=lambda step: min(1.0, step / 500)
        ),
        "quiet.jsonl": lambda: classify(Adam(), 0.02, steps=600, schedule=cosine(600)),
    },
    "flat": {
        "fires.csv": lambda: classify(Sgd(momentum=0.9), 1e-6, steps=500),
        "quiet.csv": lambda: classify(Sgd(momentum=0.9), 0.05, steps=500),
    },
    "plateau": {
        "fires.csv": lambda: regress(0.05, 0.0, steps=300, batch=64),
        "quiet.csv": lambda: classify(Sgd(), 0.05, steps=900, every=3),
    },
    "oscillation": {
        "fires.csv": lambda: regress(0.002, 0.9995, steps=450),
        "quiet.csv": lambda: regress(0.02, 0.9, steps=450),
    },
    "spike": {
        "fires.jsonl": lambda: regress(0.02, 0.0, steps=250, batch=32, broken=(170,)),
        "quiet.jsonl": lambda: regress(0.02, 0.0, steps=250, batch=32),
    },
    "crash": {
        "fires.log": lambda: printed(classify(Adam(), 0.01, steps=300), broken=90, survives=False),
        "quiet.log": lambda: printed(classify(Adam(), 0.01, steps=300), broken=90, survives=True),
    },
    "resume": {
        "fires.csv": lambda: resumed(classify(Adam(), 0.01, steps=300), 200, 120),
        "quiet.csv": lambda: classify(Adam(), 0.01, steps=300),
    },
    "zero-learning-rate": {
        "fires.csv": lambda: classify(Adam(), 0.01, steps=400, schedule=linear(250)),
        "quiet.csv": lambda: classify(Adam(), 0.01, steps=400, schedule=linear(400)),
    },
    "overfitting": {
        "fires.csv": lambda: classify(Adam(), 0.02, steps=500, images=60, noise=0.5, validate=10),
        "quiet.csv": lambda: classify(Adam(), 0.005, steps=500, images=3000, validate=10),
    },
    "clipping": {
        "fires.csv": lambda: classify(Sgd(), 0.3, steps=300, clip=0.1),
        "quiet.csv": lambda: classify(Sgd(), 0.05, steps=300, clip=5.0),
    },
    "vanishing-gradient": {
        "fires.csv": lambda: rectified(3.0, steps=150),
        "quiet.csv": lambda: rectified(0.02, steps=150),
    },
    "hidden-nan": {
        "fires.jsonl": lambda: filtered(
            classify(Sgd(momentum=0.9), 0.05, steps=500, half=True, every=5)
        ),
        "quiet.jsonl": lambda: filtered(classify(Sgd(momentum=0.9), 0.05, steps=500, every=5)),
    },
    "stalled": {
        "fires.csv": lambda: timed(classify(Adam(), 0.01, steps=300), wait=2400, at=200),
        "quiet.csv": lambda: timed(classify(Adam(), 0.01, steps=300), wait=20, at=200),
    },
    "unstable-accuracy": {
        "fires.csv": lambda: clouds(5.0, steps=800),
        "quiet.csv": lambda: clouds(0.02, steps=800),
    },
    "slow": {
        "fires.csv": lambda: classify(Sgd(), 0.01, steps=800, every=8, batch_size=1024),
        "quiet.csv": lambda: classify(Sgd(), 0.5, steps=800, every=8, batch_size=1024),
    },
    "schedule-mismatch": {
        "fires.csv": lambda: forgetful(200, 150, 300),
        "quiet.csv": lambda: resumed(
            classify(Adam(), 0.01, steps=300, schedule=cosine(300)), 200, 150
        ),
    },
    "exploding-gradient": {
        "fires.csv": lambda: regress(0.3, 0.0, steps=160, schedule=jump(120, 4.0)),
        "quiet.csv": lambda: regress(0.3, 0.0, steps=160),
    },
}


def write(path: Path, rows: Iterator[Row]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.suffix == ".log":
        path.write_text("".join(f"{row['text']}\n" for row in rows), encoding="utf-8")
        return
    shown = [{key: _short(value) for key, value in row.items()} for row in rows]
    with path.open("w", encoding="utf-8", newline="") as file:
        if path.suffix == ".jsonl":
            file.writelines(json.dumps(row) + "\n" for row in shown)
            return
        columns = list(dict.fromkeys(key for row in shown for key in row))
        table = csv.DictWriter(file, columns, lineterminator="\n")
        table.writeheader()
        table.writerows(shown)


def _short(value: float | str) -> float | int | str:
    """Six significant digits, as loggers write."""
    if isinstance(value, str):
        return value
    digits = 11 if abs(value) > 1e9 and math.isfinite(value) else 6  # a time of day, in tenths
    return value if isinstance(value, int) else float(f"{value:.{digits}g}")


def main(rules: Sequence[str]) -> None:
    for rule in rules or SAMPLES:
        for name, train in SAMPLES[rule].items():
            with np.errstate(over="ignore", invalid="ignore"):
                write(ROOT / rule / name, train())


if __name__ == "__main__":
    main(sys.argv[1:])
