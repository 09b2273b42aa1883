"""Writes recorded runs as the log files that real frameworks leave behind.

    python tests/evaluation/write_logs.py RECORDED.npz FOLDER [--share 0.5] [--plain]

Each run becomes FOLDER/run-0000/ with one log in the format of its family (``FORMATS``), and a
side file of hyper-parameters where that framework writes one. Nothing in a log or its name tells
the truth: that stays in the recorded file. ``--share`` cuts the logs at so much of the planned
steps; ``--plain`` writes a CSV and JSON lines of the same rows instead, for tools that read no
more.
"""

from __future__ import annotations

import argparse
import csv
import json
import math
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np

Column = dict[str, np.ndarray]  # type: ignore[type-arg]
Row = dict[str, float]
Family = dict[str, object]


def write(recorded: Path, folder: Path, share: float = 1.0, plain: bool = False) -> None:
    """Write every run of a recorded file below ``folder``."""
    z = np.load(recorded)
    truth, families = json.loads(str(z["truth"])), json.loads(str(z["families"]))
    columns = [str(c) for c in z["columns"]]
    offsets, table = z["offsets"], z["table"].astype(np.float64)
    for i, told in enumerate(truth):
        family = families[told["family"]]
        part = table[offsets[i] : offsets[i + 1]]
        log = {c: part[:, k] for k, c in enumerate(columns)}
        if share < 1:
            done = np.maximum.accumulate(log["step"])
            keep = max(3, int(np.searchsorted(done, share * family["steps"], side="right")))
            log = {c: values[:keep] for c, values in log.items()}
        place = folder / f"run-{i:04d}"
        place.mkdir(parents=True)
        writer = as_plain if plain else WRITERS[told["family"] % len(WRITERS)]
        writer(place, log, family, told["lr"])


def rows(log: Column) -> Iterator[Row]:
    """One dictionary a logged row; a key is absent where the logger wrote nothing."""
    had_norm = bool(len(log["step"])) and bool(np.isfinite(log["grad_norm"][0]))
    for i, step in enumerate(log["step"]):
        row = {"step": int(step), "train_loss": float(log["train_loss"][i]),
               "lr": float(log["lr"][i])}  # fmt: skip
        for key in ("val_loss", "val_acc", "grad_norm"):
            value = float(log[key][i])
            broke = key == "grad_norm" and had_norm and log["nonfinite"][i]
            if math.isfinite(value) or broke:
                row[key] = value
        yield row


def keras_csv(place: Path, log: Column, family: Family, base: float) -> None:
    names = {"learning_rate": "lr", "loss": "train_loss", "val_accuracy": "val_acc",
             "val_loss": "val_loss"}  # fmt: skip
    keys = [k for k, c in names.items() if k[:3] != "val" or np.isfinite(log[c]).any()]
    with (place / "training_log.csv").open("w", newline="") as file:
        out = csv.writer(file)
        out.writerow(["epoch", *keys])
        out.writerows([i, *(r.get(names[k], "NA") for k in keys)] for i, r in enumerate(rows(log)))


def lightning_csv(place: Path, log: Column, family: Family, base: float) -> None:
    (place / "hparams.yaml").write_text(
        f"batch_size: {family['batch']}\nlr: {base:.6g}\noptimizer: {family['opt']}\n"
    )
    rate = "lr-" + str(family["opt"]).upper()
    with (place / "metrics.csv").open("w", newline="") as file:
        out = csv.DictWriter(
            file, ["epoch", "grad_norm", rate, "step", "train_loss", "val_acc", "val_loss"]
        )
        out.writeheader()
        for r in rows(log):
            at = {"epoch": int(r["step"]) // 100, "step": r["step"]}
            out.writerow({"step": r["step"], rate: r["lr"]})
            out.writerow(at | {k: r[k] for k in ("train_loss", "grad_norm") if k in r})
            if "val_loss" in r:
                out.writerow(at | {k: r[k] for k in ("val_loss", "val_acc") if k in r})


def hf_trainer_state(place: Path, log: Column, family: Family, base: float) -> None:
    history: list[dict[str, float]] = []
    for r in rows(log):
        at = {"epoch": round(r["step"] / 100, 4), "step": r["step"]}
        norm = {"grad_norm": r["grad_norm"]} if "grad_norm" in r else {}
        history.append(at | {"learning_rate": r["lr"], "loss": r["train_loss"]} | norm)
        if "val_loss" in r:
            score = {"eval_accuracy": r["val_acc"]} if "val_acc" in r else {}
            history.append(at | {"eval_loss": r["val_loss"], "eval_runtime": 1.25} | score)
    state = {"best_metric": None, "epoch": history[-1]["epoch"],
             "global_step": history[-1]["step"], "is_world_process_zero": True,
             "log_history": history, "max_steps": family["steps"],
             "train_batch_size": family["batch"]}  # fmt: skip
    (place / "trainer_state.json").write_text(json.dumps(state, indent=2, sort_keys=True))


def jsonl(place: Path, log: Column, family: Family, base: float) -> None:
    with (place / "metrics.json").open("w") as file:
        for r in rows(log):
            line = {"data_time": 0.01, "iteration": r["step"], "lr": r["lr"],
                    "total_loss": r["train_loss"]}  # fmt: skip
            for key, name in (("val_loss", "validation_loss"), ("grad_norm", "grad_norm")):
                if key in r:
                    line[name] = r[key]
            file.write(json.dumps(line, sort_keys=True) + "\n")


def yolo_csv(place: Path, log: Column, family: Family, base: float) -> None:
    epochs = int(family["steps"]) // int(family["every"]) + 1  # type: ignore[call-overload]
    (place / "args.yaml").write_text(
        f"task: detect\nbatch: {family['batch']}\noptimizer: {family['opt']}\n"
        f"lr0: {base:.6g}\nepochs: {epochs}\n"
    )
    keys = ("epoch", "time", "train/loss", "metrics/accuracy_top1", "val/loss", "lr/pg0", "lr/pg1")
    with (place / "results.csv").open("w") as file:
        file.write(",".join(k.rjust(23) for k in keys) + "\n")
        for i, r in enumerate(rows(log)):
            cells = (i + 1, 3.1 * i, r["train_loss"], r.get("val_acc"), r.get("val_loss"),
                     r["lr"], r["lr"])  # fmt: skip
            file.write(",".join(" " * 23 if v is None else f"{v:23.6g}" for v in cells) + "\n")


def mmengine_json(place: Path, log: Column, family: Family, base: float) -> None:
    (place / "vis_data").mkdir()
    with (place / "vis_data" / "scalars.json").open("w") as file:
        for r in rows(log):
            line = {"lr": r["lr"], "data_time": 0.004, "loss": r["train_loss"], "time": 0.11,
                    "epoch": 1 + int(r["step"]) // 100, "iter": r["step"], "memory": 1200,
                    "step": r["step"]}  # fmt: skip
            if "grad_norm" in r:
                line["grad_norm"] = r["grad_norm"]
            file.write(json.dumps(line) + "\n")
            if "val_loss" in r:
                score = {"accuracy/top1": 100 * r["val_acc"]} if "val_acc" in r else {}
                file.write(json.dumps({"val/loss": r["val_loss"], **score, "step": r["step"]}))
                file.write("\n")


def tfevents(place: Path, log: Column, family: Family, base: float) -> None:
    from tensorboard.compat.proto.event_pb2 import Event
    from tensorboard.compat.proto.summary_pb2 import Summary
    from tensorboard.summary.writer.event_file_writer import EventFileWriter

    tags = {"train_loss": "Loss/train", "val_loss": "Loss/val", "val_acc": "Accuracy/val",
            "lr": "lr", "grad_norm": "grad_norm"}  # fmt: skip
    out = EventFileWriter(str(place))
    for i, r in enumerate(rows(log)):
        for key, tag in tags.items():
            if key in r:
                scalar = Summary(value=[Summary.Value(tag=tag, simple_value=r[key])])
                out.add_event(Event(step=r["step"], wall_time=1.7e9 + 0.5 * i, summary=scalar))
    out.close()


def as_plain(place: Path, log: Column, family: Family, base: float) -> None:
    names = {"step": "step", "train_loss": "loss", "val_loss": "val_loss",
             "val_acc": "val_accuracy", "lr": "lr", "grad_norm": "grad_norm"}  # fmt: skip
    told = [{names[k]: v for k, v in r.items()} for r in rows(log)]
    with (place / "log.csv").open("w", newline="") as file:
        out = csv.DictWriter(file, [n for n in names.values() if any(n in r for r in told)])
        out.writeheader()
        out.writerows(told)
    with (place / "log.jsonl").open("w") as file:
        file.writelines(json.dumps(r) + "\n" for r in told)


WRITERS: tuple[Callable[[Path, Column, Family, float], None], ...] = (
    keras_csv, lightning_csv, hf_trainer_state, jsonl, tfevents, yolo_csv, mmengine_json,
)  # fmt: skip
"""A family's format is the one at its number, modulo their count."""


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("recorded", type=Path)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--share", type=float, default=1.0)
    parser.add_argument("--plain", action="store_true")
    asked = parser.parse_args()
    write(asked.recorded, asked.folder, asked.share, asked.plain)


if __name__ == "__main__":
    main()
