"""Advice to go back names the checkpoint to go back to."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import lrdoctor
from lrdoctor import monitor
from lrdoctor.diagnosis import Action, Advice, Diagnosis, LearningRate, Verdict
from lrdoctor.follow import checkpoint
from lrdoctor.follow.find import Finder
from lrdoctor.monitor import Monitor
from lrdoctor.monitor.checkpoint import with_checkpoints
from lrdoctor.reports import _words

STEPS, BREAK = 400, 250


def diverging(path: Path, place: Callable[[int], str], header: str) -> Path:
    """A log whose loss rises for good from row ``BREAK`` on."""
    rows = np.arange(STEPS)
    noise = np.random.default_rng(1).normal(0, 0.03, STEPS)
    loss = 0.3 + 2 * np.exp(-rows / 80) + noise + np.maximum(rows - BREAK, 0) * 0.05
    path.parent.mkdir(parents=True, exist_ok=True)
    lines = [f"{place(row)},{value:.4f}" for row, value in zip(rows, loss, strict=True)]
    path.write_text("\n".join([f"{header},loss", *lines]) + "\n")
    return path


@pytest.fixture
def log(tmp_path: Path) -> Path:
    return diverging(tmp_path / "run" / "log.csv", lambda row: f"{row * 10},{row // 40}",
                     "step,epoch")  # fmt: skip


def saved(log: Path, *names: str) -> None:
    for name in names:
        (log.parent / name).mkdir(parents=True)


def back(one: Diagnosis) -> Advice:
    (advice,) = (a for a in one.advice if a.action is Action.RESTORE_CHECKPOINT)
    return advice


def told(log: Path, until: int | None = None) -> Advice:
    (one,) = lrdoctor.check([log.parent], until=until)
    return back(one)


def test_the_newest_checkpoint_before_the_step_is_named(log: Path) -> None:
    onset = told(log).from_step
    assert onset is not None
    saved(log, "checkpoint-1000", f"checkpoint-{onset - 1}", f"checkpoint-{onset}")
    advice = told(log)
    assert advice.checkpoint == f"checkpoint-{onset - 1}"
    assert f" The newest found up to there is checkpoint-{onset - 1}." in advice.reason
    assert advice.to_dict()["checkpoint"] == f"checkpoint-{onset - 1}"


def test_a_new_rate_is_to_be_set_after_the_old_one_is_loaded(log: Path) -> None:
    saved(log, "checkpoint-1000")
    (one,) = lrdoctor.check([log.parent])
    assert one.learning_rate.verdict is Verdict.TOO_HIGH
    assert back(one).reason.endswith("old learning rate back: set the new one after loading.")


def test_a_rate_that_stays_needs_no_setting(log: Path) -> None:
    saved(log, "checkpoint-1000")
    (place,) = Finder([str(log.parent)], ("*.csv",)).find()
    (run,) = monitor.read([log.parent])
    (one,) = lrdoctor.check([log.parent])
    go_back = Advice(Action.RESTORE_CHECKPOINT, "nan", "Go back.", "", sound_step=1500)
    rate = LearningRate(verdict=Verdict.OK, factor=1.0)
    kept = replace(one, learning_rate=rate, advice=(go_back,))
    (advice,) = with_checkpoints(kept, run, place).advice
    assert advice.reason == "Go back. The newest found up to there is checkpoint-1000."


def test_where_none_is_early_enough_the_oldest_is_told(log: Path) -> None:
    assert "checkpoint found" not in told(log).reason
    saved(log, "checkpoint-3000", "checkpoint-3500")
    advice = told(log)
    assert advice.checkpoint is None
    assert advice.reason.endswith(" No checkpoint found is that early: the oldest is of step 3000.")


def test_an_epochs_checkpoint_is_placed_by_the_rows_of_its_log(log: Path) -> None:
    assert 2400 < (told(log).from_step or 0) < 2790  # in the epoch that the log calls the seventh
    for epoch in range(1, 11):
        (log.parent / f"cp-{epoch:04d}.weights.h5").touch()  # Keras: the first is 1
    assert told(log).checkpoint == "cp-0006.weights.h5"
    for epoch in range(10):
        (log.parent / f"epoch_{epoch}.pth").touch()  # as the log counts: the first is 0
    (log.parent / "cp-0006.weights.h5").unlink()
    assert told(log).checkpoint == "epoch_5.pth"


def test_an_epochs_number_is_as_its_framework_counts(tmp_path: Path) -> None:
    log = diverging(tmp_path / "run" / "results.csv", lambda row: str(row + 1), "epoch")
    onset = told(log).from_step
    assert onset is not None
    (log.parent / "weights").mkdir()
    for epoch in (onset - 2, onset - 1):
        (log.parent / "weights" / f"epoch{epoch}.pt").touch()
    # Ultralytics' table counts from 1, its checkpoints from 0: the later holds the onset's weights.
    assert told(log).checkpoint == f"weights/epoch{onset - 2}.pt"


def test_a_row_is_no_step(tmp_path: Path) -> None:
    log = diverging(tmp_path / "run" / "log.csv", lambda row: f"{row % 7}", "seconds_per_it")
    saved(log, "checkpoint-100")
    (one,) = lrdoctor.check([log.parent])
    assert one.x_axis == "row"
    assert back(one).checkpoint is None


def test_a_log_cut_short_names_it_by_its_step_alone(log: Path) -> None:
    saved(log, "checkpoint-1000", "checkpoint-3900")
    assert told(log, until=3500).checkpoint == told(log).checkpoint == "checkpoint-1000"


def test_folders_are_listed_only_where_advice_asks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = []
    monkeypatch.setattr(checkpoint, "beside", asked.append)
    path = tmp_path / "log.csv"
    losses = 0.3 + np.exp(-np.arange(200) / 60)
    path.write_text("step,loss\n" + "".join(f"{n},{v:.4f}\n" for n, v in enumerate(losses)))
    lrdoctor.check([path])
    assert asked == []


def test_a_checkpoint_saved_meanwhile_is_named_with_the_next_point(log: Path) -> None:
    monitor = Monitor([log.parent], clock=lambda: log.stat().st_mtime + 1)
    (one,) = monitor.poll()
    assert back(one).checkpoint is None
    saved(log, "checkpoint-1000")
    with log.open("a") as file:
        file.write("4000,10,9.0\n")
    (one,) = monitor.poll()
    assert back(one).checkpoint == "checkpoint-1000"


def test_names_cannot_steer_a_terminal(log: Path) -> None:
    (log.parent / "a\x1b[31m\u202estep_7.pt").touch()
    (one,) = lrdoctor.check([log.parent])
    assert back(one).reason.isprintable()
    tried = _words.attempt(one)
    assert tried is not None
    assert r"restart from a\x1b[31m\u202estep_7.pt" in tried[2]
    assert json.loads(json.dumps(one.to_dict())) == one.to_dict()
