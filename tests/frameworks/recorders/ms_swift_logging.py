# /// script
# requires-python = ">=3.11"
# dependencies = [
#   "transformers==5.23.0", "accelerate==1.15.0", "torch==2.13.0", "peft==0.21.2",
#   "datasets==5.2.0",
# ]
#
# [tool.recorder]
# environment = "llm"
# without-dependencies = ["ms-swift==4.6.0"]
# ///
"""ms-swift's own progress callback in Hugging Face's trainer, which it puts there itself. Only the
module of the callback is loaded: the package asks for a hub and many models' libraries."""

from __future__ import annotations

import sys
from pathlib import Path
from types import ModuleType

from _absent import pretend
from _recording import Recording
from _trainer import Model, Noted, keep_logs_only, trainer

pretend("modelscope", "modelscope_hub", "json_repair")

import swift.utils

bare = ModuleType("swift.trainers")
bare.__path__ = [str(Path(swift.__file__).parent / "trainers")]
arguments = ModuleType("swift.trainers.arguments")
arguments.TrainingArguments = object
sys.modules |= {bare.__name__: bare, arguments.__name__: arguments}

import swift.trainers.patcher  # makes its callbacks those that every trainer has
from transformers import TrainingArguments

TrainingArguments.max_epochs = None  # of swift's own arguments, which its callbacks look at


class Own(Noted):
    """The callback rounds to eight decimals."""

    def note(self, name: str, step: int, value: float) -> None:
        if isinstance(value, float) and not name.startswith("train_speed"):
            self.run.log(name, step, round(value, 8))


recording = Recording("ms-swift")
for name, model in (("whole", Model()), ("nan", Model(25))):
    run = recording.run(name, planned_steps=40)
    for clock in ("max_steps", "train_speed(s/it)"):
        run.clock(clock)
    whole = trainer(recording.log / name, model, Own(run), logging_nan_inf_filter=False,
                    save_strategy="no")  # fmt: skip
    whole.train()
    swift.utils.append_to_jsonl(
        str(recording.log / name / "logging.jsonl"),
        # As its training pipeline closes the file.
        {"global_step": whole.state.global_step, "best_metric": None,
         "log_history": whole.state.log_history},
    )  # fmt: skip
keep_logs_only(recording.log)
recording.write()
