# /// script
# requires-python = ">=3.11"
# dependencies = ["stable-baselines3==2.9.2", "torch==2.13.0"]
# [tool.recorder]
# environment = "agents"
# ///
"""Stable-Baselines3's ``Monitor``: rewards of episodes, and no loss."""

from __future__ import annotations

import gymnasium
from _recording import Recording
from stable_baselines3.common.monitor import Monitor

recording = Recording("episode-monitor")
run = recording.run(x_axis="row")
environment = Monitor(gymnasium.make("CartPole-v1"), str(recording.log / "agent"))
environment.action_space.seed(0)
for number in range(1, 15):
    environment.reset(seed=number)
    over = False
    while not over:
        _, _, ended, truncated, told = environment.step(environment.action_space.sample())
        over = ended or truncated
    for tag in ("r", "l", "t"):
        run.log(tag, number, told["episode"][tag])
environment.close()
recording.write()
