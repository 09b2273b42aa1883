"""Which files may be logs, by their names."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable
from fnmatch import translate

from lrdoctor.follow import rotation

PLAIN = ("*.csv", "*.tsv", "*.jsonl", "*.ndjson", "*tfevents*", "trainer_state.json",
         "history.json", "scalars.json", "metrics.json")  # fmt: skip
"""Names that promise a log: where no reader takes such a file, the user is told why."""
_NO_LOGS = frozenset({"training_metadata.json"})
"""Where a training is, beside the weights of Keras' ``BackupAndRestore``."""
_STAMPED = re.compile(r"\d{8}_\d{6}\.json")


def matcher(patterns: Iterable[str]) -> Callable[[str], bool]:
    """Whether a file's name is of these shell patterns, in any case, its number as a rotated log
    left out. ``*`` stands for names without a suffix."""
    known = set(patterns)
    told = "|".join(translate(p.lower()) for p in sorted(known - {"*"})) or "(?!)"
    of_log = re.compile(told).match
    match = re.compile(rf"{told}|[^.]+\Z").match if "*" in known else of_log

    def matches(name: str) -> bool:
        name = name.lower()
        return match(name) is not None or of_log(rotation.log_of(name)) is not None

    return matches


def originals(folder: str, names: list[str]) -> list[str]:
    """The names in order; without the copy of ``vis_data/scalars.json`` that mmengine writes
    beside it under a time stamp, nor what is known as no log."""
    if "scalars.json" in names and os.path.basename(folder) == "vis_data":
        names = [name for name in names if not _STAMPED.fullmatch(name)]
    return sorted(name for name in names if name not in _NO_LOGS)
