# /// script
# requires-python = ">=3.11"
# dependencies = ["torch==2.13.0", "numpy", "torchrl==0.14.1"]
# [tool.recorder]
# environment = "torchrl"
# ///
"""TorchRL's folder of an experiment: a table a metric, names with slashes, the settings as text."""

from __future__ import annotations

from _linear import descend
from _recording import Recording
from torchrl.record.loggers.csv import CSVLogger

recording = Recording("bare-numbers")
for name, rate in (("well", 0.05), ("diverged", 1e40)):
    run = recording.run(name, optimizer="sgd", learning_rate=rate, batch_size=8)
    logger = CSVLogger(name, log_dir=str(recording.log))
    logger.log_hparams({"optimizer": "SGD", "lr": rate, "batch_size": 8})
    for step in descend(rate, 12):
        for tag, value in (("train/loss", step.loss), ("eval/loss", step.val_loss),
                           ("train/lr", step.lr), ("grad_norm", step.grad_norm)):  # fmt: skip
            logger.log_scalar(tag, value, step=100 * step.number)
            run.log(tag, 100 * step.number, value)
recording.write()
