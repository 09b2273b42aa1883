"""Hugging Face's ``trainer_state.json``."""

from __future__ import annotations

from pathlib import PurePath

from lrdoctor.readers._document_dialect import DocumentDialect
from lrdoctor.readers.jsonl import value_of


class Huggingface(DocumentDialect):
    """Hugging Face's ``trainer_state.json``: the history, the planned steps and the batch size.

    Bare ``NaN`` is data. The mean loss of the whole run, which the last entry holds, is no point.
    """

    patterns = ("*.json",)

    @classmethod
    def wrote(cls, path: PurePath, start: bytes) -> bool:
        if not (b'"log_history"' in start and b'"global_step"' in start):
            return False
        first, _, rest = start.partition(b"\n")
        return not rest.strip() or value_of(first) is None  # else it is JSON lines
