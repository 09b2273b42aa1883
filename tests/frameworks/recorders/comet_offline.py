# /// script
# requires-python = ">=3.11"
# dependencies = ["comet_ml==3.58.8"]
# [tool.recorder]
# environment = "trackers"
# ///
"""Comet offline: contexts, parameters, and a loss that outgrows every number; unpacked."""

from __future__ import annotations

import json
import zipfile

import comet_ml
from _linear import descend
from _recording import Recording

TOLD = ("metric_msg", "parameter_msg")
recording = Recording("comet")
for name, rate in (("well", 0.05), ("diverged", 1e40)):
    run = recording.run(name, learning_rate=rate, batch_size=8, optimizer="sgd")
    archives = recording.out / name
    experiment = comet_ml.OfflineExperiment(
        project_name="lrdoctor", workspace="none", offline_directory=str(archives), log_code=False,
        log_graph=False, log_env_details=False, log_git_metadata=False,
        auto_metric_logging=False, auto_output_logging=False, display_summary_level=0,
    )  # fmt: skip
    experiment.log_parameters({"lr": rate, "batch_size": 8, "optimizer": "SGD"})
    for step in descend(rate, 24):
        with experiment.train():
            experiment.log_metric("loss", step.loss, step=step.number)
        run.log("train_loss", step.number, step.loss)
        experiment.log_metric("lr", step.lr, step=step.number)
        run.log("lr", step.number, step.lr)
        if step.number % 4 == 0:
            with experiment.validate():
                experiment.log_metric("loss", step.val_loss, step=step.number)
            run.log("validate_loss", step.number, step.val_loss)
    experiment.end()
    text = zipfile.ZipFile(next(archives.glob("*.zip"))).read("messages.json").decode()
    # The rest tells of the machine.
    kept = [
        line
        for line in text.splitlines()
        if json.loads(line)["type"] in TOLD and "process duration" not in line
    ]
    (recording.log / name).mkdir()
    (recording.log / name / "messages.json").write_text("\n".join(kept) + "\n")
recording.write()
