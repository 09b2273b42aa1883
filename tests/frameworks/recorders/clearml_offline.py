# /// script
# requires-python = ">=3.11"
# dependencies = ["clearml==2.1.12", "numpy==2.4.6"]
# [tool.recorder]
# environment = "trackers"
# ///
"""ClearML offline. NaN and infinity come out as 0.0, which no reader can undo."""

from __future__ import annotations

import json
import math
import os
import shutil
import sys

from _linear import descend
from _recording import Recording

os.environ["CLEARML_CACHE_DIR"] = os.path.abspath(os.path.join(sys.argv[-1], "cache"))

from clearml import Task

recording = Recording("clearml")
Task.set_offline(True)
for name, rate in (("well", 0.05), ("diverged", 1e40)):
    run = recording.run(name, learning_rate=rate, batch_size=8)
    task = Task.init("lrdoctor", name, auto_connect_frameworks=False,
                     auto_resource_monitoring=False, reuse_last_task_id=False)  # fmt: skip
    task.connect({"lr": rate, "batch_size": 8})
    logger = task.get_logger()
    for step in descend(rate, 12):
        shown = {"loss/train": step.loss, "loss/val": step.val_loss, "lr/lr": step.lr}
        for tag, value in shown.items():
            logger.report_scalar(*tag.split("/"), value, step.number)
            run.log(tag, step.number, value if math.isfinite(value) else 0.0)
    folder = task.get_offline_mode_folder()
    task.close()
    shutil.copytree(folder, recording.log / name)
    told = recording.log / name / "task.json"
    # The rest tells of the machine.
    hyper = json.loads(told.read_text())["hyperparams"]
    told.write_text(json.dumps({"name": name, "hyperparams": hyper}))
    (recording.log / name / "log.jsonl").unlink(missing_ok=True)
recording.write()
