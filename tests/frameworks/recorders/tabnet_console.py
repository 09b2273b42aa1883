# /// script
# requires-python = ">=3.11"
# dependencies = ["pytorch-tabnet==4.1.0", "torch==2.13.0"]
# [tool.recorder]
# environment = "tabnet"
# ///
"""TabNet's printed epochs: the loss, the metric of each evaluation set, and the time so far."""

from __future__ import annotations

import contextlib

import numpy as np
from _recording import Recording
from pytorch_tabnet.callbacks import Callback
from pytorch_tabnet.tab_model import TabNetClassifier

recording = Recording("console")
run = recording.run(x_axis="epoch")


class Noted(Callback):
    """Notes what the history holds at the end of an epoch."""

    def on_epoch_end(self, epoch: int, logs: object = None) -> None:
        for tag in ("loss", "train_auc"):
            run.log(tag, epoch, self.trainer.history.epoch_metrics[tag])
            run.rounded(tag, ".5f")


random = np.random.default_rng(0)
inputs = random.normal(size=(512, 6)).astype("f4")
labels = (inputs[:, 0] + 0.3 * random.normal(size=512) > 0).astype(int)
model = TabNetClassifier(seed=0, verbose=1)
with (recording.log / "train.log").open("w") as out, contextlib.redirect_stdout(out):
    model.fit(
        inputs[:384], labels[:384], eval_set=[(inputs[:384], labels[:384])], eval_name=["train"],
        eval_metric=["auc"], max_epochs=24, patience=0, batch_size=64, virtual_batch_size=32,
        drop_last=False, callbacks=[Noted()],
    )  # fmt: skip
recording.write()
