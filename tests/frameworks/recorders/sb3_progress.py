# /// script
# requires-python = ">=3.11"
# dependencies = ["stable-baselines3==2.9.2", "torch==2.13.0"]
# [tool.recorder]
# environment = "agents"
# ///
"""Stable-Baselines3: PPO's ``progress.csv``, whose first row has no training yet, and episodes."""

from __future__ import annotations

import gymnasium
from _recording import Recording
from stable_baselines3 import PPO
from stable_baselines3.common.logger import CSVOutputFormat, KVWriter, Logger
from stable_baselines3.common.monitor import Monitor

recording = Recording("stable-baselines")
run = recording.run("ppo/progress.csv")
episodes = recording.run("ppo/0.monitor.csv", x_axis="row", format="episode-monitor")
CLOCK = "time/total_timesteps"


class Noted(KVWriter):
    """Notes what the logger hands to its outputs."""

    def write(self, values: dict[str, object], excluded: object, step: int = 0) -> None:
        for tag, value in values.items():
            if tag != CLOCK:
                run.log(tag, values[CLOCK], value)
                # float32 is written as NumPy shows it, Python's own floats with all their digits.
                run.rounded(tag, ".6g")


class Watched(Monitor):
    """Notes the episodes as ``Monitor`` writes them."""

    def step(self, action: object) -> tuple:
        told = super().step(action)
        episode = told[4].get("episode")
        if episode is not None:
            self.ended = getattr(self, "ended", 0) + 1
            for tag in ("r", "l", "t"):
                episodes.log(tag, self.ended, episode[tag])
        return told


environment = Watched(gymnasium.make("CartPole-v1"), str(recording.log / "ppo" / "0"))
model = PPO("MlpPolicy", environment, n_steps=64, batch_size=32, n_epochs=2, device="cpu", seed=0)
outputs = [CSVOutputFormat(str(recording.log / "ppo" / "progress.csv")), Noted()]
model.set_logger(Logger(str(recording.log / "ppo"), outputs))
model.learn(512)
recording.write()
