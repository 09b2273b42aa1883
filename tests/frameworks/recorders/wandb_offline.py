# /// script
# requires-python = ">=3.11"
# dependencies = ["wandb==0.31.0", "numpy"]
# ///
"""W&B's own log of offline runs: one that learns, one that diverges, one of Lightning's names."""

from __future__ import annotations

import wandb
from _descent import descend
from _recording import Recording, tidy

recording = Recording("wandb")
QUIET = wandb.Settings(
    console="off", silent=True, host="trainer", x_disable_stats=True, x_disable_meta=True,
    x_disable_machine_info=True, save_code=False, disable_git=True,
)  # fmt: skip


def record(name: str, rate: float, steps: int) -> None:
    config = {"learning_rate": rate, "optimizer": {"name": "SGD"}, "data": {"batch_size": 8}}
    with wandb.init(project="descent", name=name, id=name, mode="offline", config=config,
                    dir=recording.log / name, settings=QUIET) as own:  # fmt: skip
        folder = own.dir.removesuffix("/files").removeprefix(f"{recording.log}/")
        run = recording.run(folder, learning_rate=rate, optimizer="sgd", batch_size=8)
        for step, (loss, held_out) in enumerate(descend(rate, steps)):
            row = {"train": {"loss": loss}, "lr": rate}
            if step % 10 == 9:
                row["val/loss"] = held_out
                run.log("val/loss", step, held_out)
            if step == 20:
                row["weights"] = wandb.Histogram([1, 2, 3])
                row["note"] = "7"
            own.log(row)
            run.log("train/loss", step, loss)
            run.log("lr", step, rate)
        own.summary["best"] = 0.5
        own.config.update({"later": True})


def record_lightning(rate: float) -> None:
    """As Lightning's logger does: its own step, of which W&B knows that it is the axis."""
    with wandb.init(project="descent", id="lightning", mode="offline", dir=recording.log / "l",
                    settings=QUIET) as own:  # fmt: skip
        own.define_metric("trainer/global_step")
        own.define_metric("*", step_metric="trainer/global_step", step_sync=True)
        folder = own.dir.removesuffix("/files").removeprefix(f"{recording.log}/")
        run = recording.run(folder)
        for step, (loss, held_out) in enumerate(descend(rate, 40)):
            if step % 5 == 4:
                own.log({"train_loss": loss, "trainer/global_step": step})
                run.log("train_loss", step, loss)
            if step % 20 == 19:
                own.log({"val_loss": held_out, "trainer/global_step": step})
                run.log("val_loss", step, held_out)


for name in ("good", "diverged", "l"):
    (recording.log / name).mkdir()
record("good", 0.1, 200)
record("diverged", 1e8, 60)
record_lightning(0.05)
tidy(recording.log, "*.wandb")
recording.write()
