"""Logs that were cut into files as they grew: ``train.log.2.gz``, ``train.log.1``, ``train.log``.

What logrotate, Python's handlers and people leave: numbers that rise with age, or dates. The files
are one log, read in the order in which they were written, so that a rotation loses and doubles
nothing, and neither does packing a part of it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from lrdoctor.follow.unpack import bare

_PART = re.compile(r"(.+\.[a-z][a-z0-9]*)[.-](\d{1,14})", re.IGNORECASE)
_DATE = 8
"""Digits from which on a number is a date: ``20260131``, ``2026013117``."""

_Age = tuple[int, int]
_NEWEST = (2, 0)


def log_of(name: str) -> str:
    """The log that a file of this name is, or is a part of."""
    return _place(name)[0]


def logs(names: Iterable[str]) -> Iterator[tuple[str, list[str]]]:
    """The logs that these files of one folder make, and the parts of each, the oldest first.

    Parts whose newest is not there are logs of their own: they may be a file for each process. A
    part that is also there packed counts once.
    """
    found: dict[str, dict[_Age, str]] = {}
    for name in names:
        log, age = _place(name)
        parts = found.setdefault(log, {})
        if age not in parts or bare(name) == name:
            parts[age] = name
    for log, parts in found.items():
        if _NEWEST in parts and (1, 0) not in parts:
            yield log, [parts[age] for age in sorted(parts)]
        else:
            yield from ((bare(part), [part]) for part in parts.values())


def _place(name: str) -> tuple[str, _Age]:
    plain = bare(name)
    found = _PART.fullmatch(plain)
    if found is None:
        return plain, _NEWEST
    number = int(found[2])
    return found[1], (0, number) if len(found[2]) >= _DATE else (1, -number)
