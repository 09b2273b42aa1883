# /// script
# requires-python = ">=3.11"
# dependencies = ["transformers==5.23.0", "accelerate==1.15.0", "torch==2.13.0"]
# ///
"""What Hugging Face's trainer prints: a dictionary a log, without and with the progress bar."""

from __future__ import annotations

import contextlib
import os

os.environ["TQDM_MININTERVAL"] = "0"  # a bar that is redrawn at every step, as in a slow training

from _recording import Recording, Run
from _trainer import Model, Noted, trainer

CLOCKS = ("runtime", "samples_per_second", "steps_per_second")


class Printed(Noted):
    """Notes what is printed. Without a bar no line tells its step: they are counted."""

    def __init__(self, run: Run, *, bar: bool) -> None:
        super().__init__(run)
        self.bar, self.rows = bar, 0

    def on_log(self, args: object, state: object, control: object, logs: dict[str, float],
               **further: object) -> None:  # fmt: skip
        self.rows += 1
        for name, value in logs.items():
            if name != "epoch" and "train_runtime" not in logs and not name.endswith(CLOCKS):
                self.run.log(name, state.global_step if self.bar else self.rows, value)
                self.run.rounded(name, ".4g")


recording = Recording("console")
for name, bar in (("plain", False), ("bar", True)):
    run = recording.run(name, x_axis="step" if bar else "row")
    for clock in ("epoch", *(f"{part}_{clock}" for part in ("eval", "train") for clock in CLOCKS)):
        run.clock(clock)
    (recording.log / name).mkdir()
    scratch = recording.out / name
    with contextlib.ExitStack() as stack:
        out = stack.enter_context((recording.log / name / "nohup.out").open("w", encoding="utf-8"))
        stack.enter_context(contextlib.redirect_stdout(out))
        stack.enter_context(contextlib.redirect_stderr(out))
        trainer(scratch, Model(25), Printed(run, bar=bar), disable_tqdm=not bar,
                logging_nan_inf_filter=False, save_strategy="no").train()  # fmt: skip
recording.write()
