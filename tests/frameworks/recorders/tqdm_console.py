# /// script
# requires-python = ">=3.11"
# dependencies = ["tqdm==4.70.1"]
# ///
"""What is kept of a training whose only output is tqdm's progress bar, one for the whole run or one
an epoch, where its output goes into a file: every state of the bar behind a carriage return."""

from __future__ import annotations

from _descent import descend
from _recording import Recording
from tqdm import tqdm

STEPS, EPOCHS = 60, 6


recording = Recording("console")


def one_bar(rate: float, name: str) -> None:
    """As diffusion trainers show it: a bar over the optimizer's steps, loss and rate behind it."""
    run = recording.run(name, planned_steps=STEPS)
    run.rounded("loss", ".3g")
    (recording.log / name).mkdir()
    with (recording.log / name / "train.log").open("w", encoding="utf-8") as out:
        bar = tqdm(total=STEPS, desc="steps", file=out, ncols=100)
        for step, (loss, _) in enumerate(descend(rate, STEPS), 1):
            bar.update(1)
            bar.set_postfix(loss=loss, lr=rate)
            run.log("loss", step, loss)
            run.log("lr", step, rate)
        bar.close()


def bar_an_epoch() -> None:
    """The mean loss of each epoch is what its bar shows last."""
    run = recording.run("epochs", x_axis="epoch")
    run.rounded("loss", ".3g")
    steps = descend(0.1, STEPS)
    (recording.log / "epochs").mkdir()
    with (recording.log / "epochs" / "train.log").open("w", encoding="utf-8") as out:
        for epoch in range(EPOCHS):
            total = 0.0
            with tqdm(total=STEPS // EPOCHS, desc=f"Epoch {epoch}", file=out, ncols=100) as bar:
                for batch in range(1, STEPS // EPOCHS + 1):
                    total += next(steps)[0]
                    bar.update(1)
                    bar.set_postfix(loss=total / batch)
            run.log("loss", epoch, total / (STEPS // EPOCHS))


one_bar(0.1, "whole")
one_bar(8.0, "diverged")
bar_an_epoch()
recording.write()
