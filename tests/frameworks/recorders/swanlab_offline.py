# /// script
# requires-python = ">=3.11"
# dependencies = ["swanlab==0.10.3"]
# ///
"""SwanLab's own log of a run, offline and local: the latter also leaves JSON lines beside it."""

from __future__ import annotations

import os
import tempfile

import swanlab
from _descent import descend
from _recording import Recording, tidy

recording = Recording("swanlab")
os.environ["SWANLAB_SAVE_DIR"] = tempfile.mkdtemp()


def record(mode: str, rate: float, steps: int) -> None:
    own = swanlab.init(project="descent", experiment_name=mode, mode=mode, log_dir=recording.log,
                       config={"learning_rate": rate, "optimizer": "adam"})  # fmt: skip
    del own
    folder = max(recording.log.glob("run-*"), key=os.path.getmtime).name
    run = recording.run(folder, learning_rate=rate, optimizer="adam")
    for step, (loss, held_out) in enumerate(descend(rate, steps)):
        swanlab.log({"train/loss": loss, "zero": 0.0})
        run.log("train/loss", step, loss)
        run.log("zero", step, 0.0)
        if step % 10 == 9:
            swanlab.log({"val/loss": held_out}, step=step)
            run.log("val/loss", step, held_out)
    swanlab.finish()


record("offline", 0.1, 60)
record("local", 1e8, 60)
tidy(recording.log, "*.swanlab", "config.yaml", "1000.log")
recording.write()
