# /// script
# requires-python = ">=3.11"
# dependencies = ["optuna==5.0.0"]
# ///
"""Optuna's studies in SQLite."""

from __future__ import annotations

from _recording import Recording
from _study import record

recording = Recording("optuna-database")
(recording.log / "store").mkdir()
record(recording, f"sqlite:///{recording.log}/store/study.db")
recording.write()
