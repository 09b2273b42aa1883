# /// script
# requires-python = ">=3.11"
# dependencies = ["transformers==5.23.0", "accelerate==1.15.0", "torch==2.13.0"]
# ///
"""Hugging Face's ``Trainer``: finished, with only checkpoints left, resumed, and with NaN."""

from __future__ import annotations

from types import SimpleNamespace

from _recording import Recording, Run
from _trainer import Model, Noted, keep_logs_only, trainer
from transformers import TrainerCallback


class End(TrainerCallback):
    """Ends the training as a kill does: without a state beside the checkpoints."""

    def __init__(self, at: int) -> None:
        self.at = at

    def on_step_end(self, args: object, state: object, control: object, **further: object) -> None:
        if state.global_step == self.at:
            raise KeyboardInterrupt


def begin(name: str, **told: float | str) -> Run:
    """A run; only its model card tells more than the state does."""
    return recording.run(name, batch_size=8, planned_steps=40, **told)


recording = Recording("huggingface")
whole = trainer(
    recording.log / "whole",
    Model(),
    Noted(begin("whole", learning_rate=0.05, optimizer="adamw")),
    save_total_limit=1,
)
result = whole.train()
whole.save_metrics("train", result.metrics)
whole.save_metrics("eval", whole.evaluate())
whole.save_state()
whole.model.config = SimpleNamespace(_name_or_path="")  # the card asks what it is a tuning of
whole.create_model_card(model_name="tiny")

with_nan = trainer(
    recording.log / "nan", Model(25), Noted(begin("nan")), logging_nan_inf_filter=False
)
with_nan.train()
with_nan.save_state()

run = begin("killed")
try:
    trainer(recording.log / "killed", Model(), Noted(run), End(at=27)).train()
except KeyboardInterrupt:
    # What came after the last checkpoint was logged nowhere but to the console.
    run.tags = {tag: [p for p in points if p[0] <= 20] for tag, points in run.tags.items()}

run = begin("resumed")
try:
    trainer(recording.log / "resumed", Model(), Noted(run), End(at=27)).train()
except KeyboardInterrupt:
    run.tags = {tag: [p for p in points if p[0] <= 20] for tag, points in run.tags.items()}
again = trainer(recording.log / "resumed", Model(), Noted(run))
again.train(resume_from_checkpoint=True)
again.save_state()

keep_logs_only(recording.log)
recording.write()
