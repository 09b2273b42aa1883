# /// script
# requires-python = ">=3.11"
# dependencies = ["stable-baselines3==2.9.2", "torch==2.13.0"]
# [tool.recorder]
# environment = "agents"
# ///
"""Stable-Baselines3: what ``EvalCallback`` keeps of each episode in ``evaluations.npz``."""

from __future__ import annotations

import gymnasium
from _recording import Recording, tidy
from stable_baselines3 import PPO
from stable_baselines3.common.callbacks import EvalCallback
from stable_baselines3.common.logger import KVWriter, Logger
from stable_baselines3.common.monitor import Monitor

recording = Recording("numpy-arrays")
run = recording.run()


class Noted(KVWriter):
    """Notes what the logger tells of the evaluations."""

    def write(self, values: dict[str, object], excluded: object, step: int = 0) -> None:
        for tag in ("eval/mean_reward", "eval/mean_ep_length"):
            if tag in values:
                run.log(tag, step, values[tag])


evaluated = Monitor(gymnasium.make("CartPole-v1"))
callback = EvalCallback(evaluated, n_eval_episodes=3, eval_freq=64, log_path=str(recording.log),
                        deterministic=False, verbose=0)  # fmt: skip
model = PPO("MlpPolicy", "CartPole-v1", n_steps=64, batch_size=32, device="cpu", seed=0)
model.set_logger(Logger(str(recording.log), [Noted()]))
model.learn(512, callback=callback)
tidy(recording.log, "evaluations.npz")
recording.write()
