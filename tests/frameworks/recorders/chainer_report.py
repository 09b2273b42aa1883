# /// script
# requires-python = ">=3.11"
# dependencies = ["chainer==7.8.1", "numpy<1.24"]
# [tool.recorder]
# environment = "chainer"
# by-hand = "its build needs setuptools<60 and no build isolation"
# ///
"""Chainer's ``LogReport``: an entry each epoch; a second training diverges."""

from __future__ import annotations

import chainer
import numpy as np
from _recording import Recording, Run
from chainer import training
from chainer.training import extensions

recording = Recording("chainer")
random = np.random.default_rng(0)
INPUTS = random.normal(size=(96, 4)).astype("float32")
TARGETS = (INPUTS @ np.array([1.0, -2.0, 0.5, 0.1], "float32"))[:, None]


class Noted(extensions.LogReport):
    """Notes each entry as it is written."""

    def __init__(self, run: Run) -> None:
        super().__init__()
        self.run, self.noted = run, 0

    def __call__(self, trainer: training.Trainer) -> None:
        super().__call__(trainer)
        for entry in self.log[self.noted :]:
            for tag, value in entry.items():
                if tag != "iteration":
                    self.run.log(tag, entry["iteration"], value)
        self.noted = len(self.log)


def train(name: str, rate: float) -> None:
    np.random.seed(0)
    model = chainer.links.Classifier(
        chainer.links.Linear(4, 1), chainer.functions.mean_squared_error
    )
    model.compute_accuracy = False
    optimizer = chainer.optimizers.SGD(rate).setup(model)
    data = list(zip(INPUTS[:64], TARGETS[:64], strict=True))
    held_out = list(zip(INPUTS[64:], TARGETS[64:], strict=True))
    updater = training.updaters.StandardUpdater(
        chainer.iterators.SerialIterator(data, 16), optimizer
    )
    trainer = training.Trainer(updater, (8, "epoch"), str(recording.log / name))
    test = chainer.iterators.SerialIterator(held_out, 32, repeat=False, shuffle=False)
    trainer.extend(extensions.Evaluator(test, model))
    trainer.extend(extensions.observe_lr())
    trainer.extend(Noted(recording.run(name)))
    trainer.run()


train("well", 0.05)
train("diverged", 1e8)
recording.write()
