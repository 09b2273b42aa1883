"""Which lrdoctor a diagnosis is by: the next edition may say something else of the same points."""

from __future__ import annotations

import zlib
from functools import cache
from importlib.metadata import entry_points, version
from pathlib import Path

DECIDES = ("arrival.py", "diagnosis", "ending.py", "rate.py", "doctor",
           "learning_rate", "metrics", "rules", "run", "schedules", "signals")  # fmt: skip
"""The files and folders of the package that decide what is said of points."""
_KINDS = (".py", ".json")
"""Of files in them. Compiled code gives to the bit what the Python beside it gives."""


@cache
def edition() -> str:
    """The release, and a checksum of all that decides: rules, models, thresholds, words; rules of
    other distributions by their releases. Reads some hundred small files, once."""
    own = Path(__file__).parent
    code = 0
    for part in DECIDES:
        found = own / part
        files = [found] if found.is_file() else sorted(found.rglob("*"))
        for path in files:
            if path.suffix in _KINDS:
                code = zlib.crc32(path.read_bytes(), code)
    for entry in sorted(entry_points(group="lrdoctor.rules")):
        told = f"{entry.value} {entry.dist.version if entry.dist else ''}"
        code = zlib.crc32(told.encode(), code)
    return f"{version('lrdoctor')} {code:08x}"
