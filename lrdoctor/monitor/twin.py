"""What a log and the errors' file beside it end in, where the log itself was not read for it.

Of a training that dies, the reason mostly goes to the errors' file; and one that dies before its
first figures leaves a file that no reader takes.
"""

from __future__ import annotations

import os
import re
import stat
from functools import lru_cache

from lrdoctor.ending import Ending
from lrdoctor.readers._console_end import ending_in

_NAMES = ((re.compile(r"stdout"), "stderr"), (re.compile(r"\.out(?=$|\.\d+$)"), ".err"),
          (re.compile(r"\.o(?=\d+$)"), ".e"))  # fmt: skip
"""torchrun's and most tools' names; Slurm's, LSF's and people's; PBS's and Grid Engine's."""
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
            return _ending_of(os.path.join(folder, other), output=path)
    return None


def ending_without_figures(path: str) -> Ending | None:
    """What a file that no reader takes ends in, or the errors' file beside it."""
    return _ending_of(path) or ending_beside(path)


def _ending_of(path: str, output: str = "") -> Ending | None:
    """
    Args:
        output: the file that must not have gone on for long after it; "": none.
    """
    try:
        state = os.lstat(path)
        after = bool(output) and state.st_mtime < os.stat(output).st_mtime - _TOGETHER
        if not stat.S_ISREG(state.st_mode) or after:
            return None
        return _told_by(path, state.st_size, state.st_mtime_ns)
    except OSError:
        return None  # not there, or not for us: it tells nothing


@lru_cache(256)
def _told_by(path: str, size: int, mtime_ns: int) -> Ending | None:
    """Kept as long as size and time stay: files without figures are asked at each look.

    Raises:
        OSError: see ``open``.
    """
    with open(path, "rb") as file:
        file.seek(max(0, size - _TAIL))
        return ending_in(file.read(_TAIL))
