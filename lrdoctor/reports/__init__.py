"""A check's outcome to text, HTML, JSON, …: one format per file, found by ``lrdoctor.discover``.

A report computes nothing: each number it shows is a field of a ``Diagnosis`` or of the outcome.
"""

from __future__ import annotations

import pkgutil
from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import TextIO

from lrdoctor.diagnosis import Diagnosis, Status


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one call of ``lrdoctor check`` found."""

    diagnoses: Sequence[Diagnosis]
    """In the order they were read."""
    paths: tuple[str, ...] = ()
    """As the user gave them."""
    fail_on: str = "critical"
    """``critical``, ``warning`` or ``never``."""
    seconds: float = 0.0
    bytes_read: int = 0

    @property
    def exit_code(self) -> int:
        """0: nothing at or above ``fail_on``; 1: something; 2: not one log could be read."""
        statuses = {one.status for one in self.diagnoses}
        if statuses <= {Status.UNREADABLE}:
            return 2
        return int(any(map(self.fails, self.diagnoses)))

    def fails(self, one: Diagnosis) -> bool:
        """Whether this run is in the state ``fail_on`` or worse."""
        return self.fail_on != "never" and one.status.rank <= Status(self.fail_on).rank

    @property
    def worst_first(self) -> list[Diagnosis]:
        return sorted(self.diagnoses, key=lambda one: one.status.rank)


class Report(ABC):
    """One way to write an outcome down. The module's name is what ``--format`` takes."""

    @abstractmethod
    def write(self, outcome: Outcome, stream: TextIO) -> None:
        """Write the whole report. Raises what ``stream.write`` raises."""


def names() -> list[str]:
    """The formats' names, without loading what writes them."""
    found = (info.name for info in pkgutil.iter_modules(__path__))
    return sorted(name for name in found if not name.startswith("_"))


@cache
def reports() -> dict[str, type[Report]]:
    """Every report by its format's name."""
    import sys

    from lrdoctor import discover

    return discover.classes(sys.modules[__name__], Report)  # type: ignore[type-abstract]
