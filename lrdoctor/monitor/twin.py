"""The errors' file beside the output's: of a training that dies, the reason mostly goes there."""

from __future__ import annotations

import os
import re
import stat

from lrdoctor.ending import Ending
from lrdoctor.readers._console_end import ending_in

_NAMES = ((re.compile(r"stdout"), "stderr"), (re.compile(r"\.out(?=$|\.\d+$)"), ".err"))
"""torchrun's and most tools' names; Slurm's, LSF's and people's."""
_TAIL = 1 << 14
"""Bytes at its end that are read: a launcher's table of eight failed ranks takes a fifth."""
_TOGETHER = 60.0
"""Seconds between the last bytes of both where one end is told; what the training survived lies
further back."""


def ending_beside(path: str) -> Ending | None:
    """What the errors' file beside an output's file ends in; None where there is none, or where it
    tells of no end, or the output went on for long after it."""
    folder, name = os.path.split(path)
    for pattern, instead in _NAMES:
        found = pattern.search(name)
        if found is not None:
            other = f"{name[: found.start()]}{instead}{name[found.end() :]}"
            return _ending_of(os.path.join(folder, other), path)
    return None


def _ending_of(path: str, output: str) -> Ending | None:
    try:
        state = os.lstat(path)
        if not stat.S_ISREG(state.st_mode) or state.st_mtime < os.stat(output).st_mtime - _TOGETHER:
            return None
        with open(path, "rb") as file:
            file.seek(max(0, state.st_size - _TAIL))
            return ending_in(file.read(_TAIL))
    except OSError:
        return None  # not there, or not for us: it tells nothing
