# /// script
# requires-python = ">=3.11"
# dependencies = ["torch==2.13.0", "fvcore==0.1.5.post20221221"]
# ///
"""detectron2's ``metrics.json``. detectron2 is on no package index: its ``JSONWriter`` is followed
here (detectron2/utils/events.py), on the ``HistoryBuffer`` of fvcore that it uses itself. Every 20
iterations it writes the medians of the latest 20, a line for each iteration that brought news, so
that the figures of an evaluation come on a line of their own."""

from __future__ import annotations

import json
from collections import defaultdict

import torch
from _recording import Recording, Run
from fvcore.common.history_buffer import HistoryBuffer

WINDOW = 20


class Storage:
    """The latest figures, and those before them."""

    def __init__(self) -> None:
        self.histories: dict[str, HistoryBuffer] = defaultdict(HistoryBuffer)
        self.latest: dict[str, tuple[float, int]] = {}
        self.plain: set[str] = set()
        self.written = -1

    def put(self, name: str, value: float, iteration: int, *, smoothed: bool = True) -> None:
        self.histories[name].update(value, iteration)
        self.latest[name] = value, iteration
        if not smoothed:
            self.plain.add(name)

    def write(self, log: object, run: Run) -> None:
        lines: dict[int, dict[str, float]] = defaultdict(dict)
        for name, (value, iteration) in self.latest.items():
            if iteration > self.written:
                smoothed = name not in self.plain
                shown = self.histories[name].median(WINDOW) if smoothed else value
                lines[iteration][name] = float(shown)
        self.written = max(lines, default=self.written)
        for iteration, figures in lines.items():
            for name, value in figures.items():
                run.log(name, iteration, value)
            log.write(json.dumps({**figures, "iteration": iteration}, sort_keys=True) + "\n")
        log.flush()


torch.manual_seed(0)
inputs = torch.randn(160, 4)
targets = inputs.sum(1, keepdim=True)
recording = Recording("detectron2")
for name, broken_from in (("whole", 1000), ("nan", 90)):
    run = recording.run(name)
    (recording.log / name).mkdir()
    model = torch.nn.Linear(4, 1)
    optimizer = torch.optim.SGD(model.parameters(), 0.02)
    schedule = torch.optim.lr_scheduler.LinearLR(optimizer, 0.01, total_iters=50)
    storage = Storage()
    with (recording.log / name / "metrics.json").open("a") as log:
        for iteration in range(160):
            part = slice(iteration % 10 * 16, iteration % 10 * 16 + 16)
            loss = torch.nn.functional.mse_loss(model(inputs[part]), targets[part])
            shown = loss.item() if iteration < broken_from else float("nan")
            storage.put("loss_cls", shown / 2, iteration)
            storage.put("total_loss", shown, iteration)
            storage.put("lr", optimizer.param_groups[0]["lr"], iteration, smoothed=False)
            storage.put("eta_seconds", 0.01 * (160 - iteration), iteration, smoothed=False)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            schedule.step()
            if iteration % 50 == 49:
                storage.put("bbox/AP", 100 - shown, iteration, smoothed=False)
            if iteration % WINDOW == WINDOW - 1:
                storage.write(log, run)
recording.write()
