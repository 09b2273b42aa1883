# /// script
# requires-python = ">=3.11"
# dependencies = ["optuna==5.0.0"]
# ///
"""Optuna's studies in a journal file."""

from __future__ import annotations

from _recording import Recording
from _study import record
from optuna.storages import JournalStorage
from optuna.storages.journal import JournalFileBackend

recording = Recording("optuna-journal")
(recording.log / "store").mkdir()
record(recording, JournalStorage(JournalFileBackend(f"{recording.log}/store/journal.log")))
recording.write()
