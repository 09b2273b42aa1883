# /// script
# requires-python = ">=3.11"
# dependencies = ["stable-baselines3==2.9.2", "torch==2.13.0"]
# [tool.recorder]
# environment = "agents"
# ///
"""Stable-Baselines3: DQN's ``progress.json``."""

from __future__ import annotations

from _recording import Recording
from stable_baselines3 import DQN
from stable_baselines3.common.logger import JSONOutputFormat, KVWriter, Logger

recording = Recording("stable-baselines-json")
run = recording.run()
CLOCK = "time/total_timesteps"


class Noted(KVWriter):
    """Notes what the logger hands to its outputs."""

    def write(self, values: dict[str, object], excluded: object, step: int = 0) -> None:
        for tag, value in values.items():
            if tag != CLOCK:
                run.log(tag, values[CLOCK], value)


model = DQN("MlpPolicy", "CartPole-v1", device="cpu", seed=0, learning_starts=50)
outputs = [JSONOutputFormat(str(recording.log / "progress.json")), Noted()]
model.set_logger(Logger(str(recording.log), outputs))
model.learn(400)
recording.write()
