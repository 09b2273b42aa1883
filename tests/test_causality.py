"""What was said of a growing run at a step is what the finished log says of that step.

Over recorded trainings, many cuts, and everything that is said: status, headline, findings, the
learning rate with its schedule and forecast, advice.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from lrdoctor import cli, doctor
from lrdoctor.diagnosis import Json
from lrdoctor.monitor import Monitor
from lrdoctor.run import Block, Run, Settings

CLINIC = Path(__file__).parent / "evaluation" / "data" / "clinic.npz"
TAGS = {"train_loss": "loss", "val_loss": "val/loss", "val_acc": "val/acc", "lr": "lr",
        "grad_norm": "grad_norm"}  # fmt: skip
EVENTS = (None, "lr_jump", "lr_oscillate", "lr_zero", "bad_labels", "grad_blowup", "nan_batch")
CUTS = 12


def recorded(event: str | None, count: int) -> Iterator[tuple[dict[str, np.ndarray], int]]:
    """Logs with this fault, far apart in the clinic, each with its planned steps."""
    z = np.load(CLINIC)
    truth, families = json.loads(str(z["truth"])), json.loads(str(z["families"]))
    having = [i for i, t in enumerate(truth) if t["event"] == event]
    for i in having[3 :: len(having) // count][:count]:
        part = z["table"][z["offsets"][i] : z["offsets"][i + 1]].astype(np.float64)
        log = {str(c): part[:, k] for k, c in enumerate(z["columns"])}
        yield log, families[truth[i]["family"]]["steps"]


def grown(log: dict[str, np.ndarray], planned: int) -> Iterator[tuple[int, Run]]:
    """One run, as it grows row by row, at each cut."""
    run = Run("r", "r", "test", settings=Settings(planned_steps=planned, optimizer="adam"))
    steps = log["step"].astype(np.int64)
    cuts = np.unique(np.geomspace(4, len(steps), CUTS).astype(int))
    done = 0
    for cut in cuts.tolist():
        for column, tag in TAGS.items():
            values = log[column][done:cut]
            there = np.isfinite(values) | (column == "train_loss")
            if there.any():
                run.add(Block(tag, steps[done:cut][there], values[there]))
        done = cut
        yield int(steps[cut - 1]), run


@pytest.mark.parametrize("event", EVENTS)
def test_the_finished_log_says_of_a_step_what_was_said_then(event: str | None) -> None:
    for log, planned in recorded(event, 5):
        said: dict[int, dict[str, Json]] = {}
        for step, run in grown(log, planned):
            said[step] = doctor.diagnose(run).to_dict()
        for step, then in said.items():
            assert doctor.diagnose(run.until(step)).to_dict() == then, step


def test_check_until_says_what_watch_said(tmp_path: Path) -> None:
    for log, _ in recorded("lr_jump", 3):
        path = tmp_path / "log.csv"
        path.unlink(missing_ok=True)
        monitor = Monitor([path], clock=lambda: 1e9)
        said = {}
        with path.open("w") as file:
            file.write("step,loss,lr\n")
            for row, step in enumerate(log["step"].astype(int)):
                file.write(f"{step},{log['train_loss'][row]:.7g},{log['lr'][row]:.7g}\n")
                if row % 25 == 24:
                    file.flush()
                    (diagnosis,) = monitor.poll() or monitor.diagnoses
                    said[step] = diagnosis.to_dict()
        monitor.close()
        for step, then in said.items():
            shown = CliRunner().invoke(
                cli.app, ["check", str(path), "--until", str(step), "--format", "jsonl",
                          "--fail-on", "never"],
            )  # fmt: skip
            assert json.loads(shown.stdout) == then, step
