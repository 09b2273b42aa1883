"""What is noted of a file that is followed, for another process to go on."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from lrdoctor.diagnosis import Problem
from lrdoctor.readers import Fault

FAULTS_TOLD = 20
"""So many faults of one file are told one by one; the others are counted."""


class Notes(msgspec.Struct):
    """What is kept of a file beside its mark and its reader's state."""

    faults: list[tuple[int | None, str]] = []
    """The first of them: line, what."""
    untold: int = 0
    """How many further ones there were."""
    tags: list[str] = []
    """What it brought points of; empty for the only file of a log."""
    ended: bool = False
    """Its unfinished end was read as if nothing came after it."""
    settled: bool = False
    """It has no unfinished end."""
    recognised: int = -1
    """Checksum of the head that its format was last recognised by."""
    looked_at: int = 0
    """Bytes of that head."""
    text: bool = False
    """Its head held no zero byte."""
    packing: str = ""
    encoding: str = ""
    """See ``follow.decoder``."""
    given: int = 0
    """Bytes that packed ones unfolded to."""
    pending: bytes = b""
    """Of a character that is not whole yet."""
    packing_fault: str = ""
    """What is wrong with packed data."""
    read_by: str = ""
    """The release of lrdoctor that read it, and which columns it was told to place rows by."""
    told_as: str = ""
    """What the run's diagnosis depended on beside the log."""

    def take(self, faults: Sequence[Fault]) -> None:
        """Note further ones."""
        told = max(FAULTS_TOLD - len(self.faults), 0)
        self.faults += [(fault.line, fault.what) for fault in faults[:told]]
        self.untold += len(faults[told:])

    def problems(self, path: str) -> list[Problem]:
        """What could not be read, for the user.

        Args:
            path: the file's as the user wrote it.
        """
        told = [Problem(path, line, what) for line, what in self.faults]
        if self.packing_fault:
            told.append(Problem(path, None, self.packing_fault))
        if self.untold:
            told.append(Problem(path, None, f"and {self.untold} more of this kind"))
        return told
