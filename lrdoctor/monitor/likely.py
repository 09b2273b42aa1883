"""Files without figures that are printed logs all the same, as their names tell.

A folder holds many texts, and a traceback alone makes none of them a training's log.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from os.path import basename

from lrdoctor.monitor.log import Log

_OUTPUT = re.compile(
    r"(?:.*[^a-z])?train(?:ing)?(?:[^a-z].*)?\.(?:log|out|txt)|slurm-\d.*\.out|.*\.o\d+|stdout(?:\..*)?",
    re.IGNORECASE,
)
"""A training's output by its own name; Slurm's ``slurm-%j.out``; PBS's ``job.o123``; torchrun's
``stdout.log``."""
_NUMBER = re.compile(r"\d+")


def mark(logs: Iterable[Log]) -> None:
    """Note which logs that no reader takes are called as a training's output is, or as another log
    that was read, but for numbers."""
    logs = list(logs)
    unread = [log for log in logs if not (log.format or log.is_shown)]
    if not unread:
        return
    read = {_pattern(log) for log in logs if log.format}
    for log in unread:
        name = basename(log.place.path)
        log.is_likely = _OUTPUT.fullmatch(name) is not None or _pattern(log) in read


def _pattern(log: Log) -> str:
    return _NUMBER.sub("0", basename(log.place.path))
