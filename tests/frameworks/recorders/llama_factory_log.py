# /// script
# requires-python = ">=3.11"
# dependencies = [
#   "transformers==5.23.0", "accelerate==1.15.0", "torch==2.13.0", "peft==0.21.2",
#   "datasets==5.2.0",
# ]
#
# [tool.recorder]
# environment = "llm"
# without-dependencies = ["llamafactory==0.9.5", "trl==1.16.0"]
# ///
"""LLaMA-Factory's own ``LogCallback`` in Hugging Face's trainer, where its workflows put it."""

from __future__ import annotations

from _recording import Recording
from _trainer import Model, Noted, keep_logs_only, trainer
from llamafactory.train.callbacks import LogCallback
from transformers import TrainerCallback

NAMES = {"loss": "loss", "eval_loss": "eval_loss", "learning_rate": "lr", "epoch": "epoch"}


class Own(Noted):
    """Notes what the callback keeps."""

    def on_log(self, args: object, state: object, control: object, logs: dict[str, float],
               **further: object) -> None:  # fmt: skip
        for name, value in logs.items():
            if name in NAMES:
                self.run.log(NAMES[name], state.global_step, value)
        self.run.log("total_steps", state.global_step, state.max_steps)
        self.run.log("percentage", state.global_step, 100 * state.global_step / state.max_steps)


recording = Recording("llama-factory")
for name, model in (("whole", Model()), ("nan", Model(25))):
    run = recording.run(name, planned_steps=40)
    run.rounded("percentage", ".2f")
    own: list[TrainerCallback] = [LogCallback(), Own(run)]
    trainer(recording.log / name, model, *own, logging_nan_inf_filter=False,
            save_strategy="no").train()  # fmt: skip
keep_logs_only(recording.log)
recording.write()
