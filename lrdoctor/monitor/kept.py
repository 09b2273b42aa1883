"""What goes to the store and comes back: how far a file was read, and what changed of a run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import msgspec

from lrdoctor.follow.tail import Mark
from lrdoctor.monitor.file import LogFile
from lrdoctor.monitor.notes import Notes
from lrdoctor.store import FileState, RunChange

_ALL = 1 << 64
_NOTES = msgspec.json.Decoder(Notes)


def file_of(state: FileState, columns: Mapping[str, str]) -> LogFile:
    """The file as another process left it; its reader's state comes later."""
    mark = Mark(state.device % _ALL, state.inode % _ALL, state.offset, state.size,
                state.mtime_ns, state.ctime_ns, state.tail)  # fmt: skip
    notes = _NOTES.decode(state.notes)
    return LogFile(state.path, mark=mark, format=state.format, notes=notes, columns=columns)


def state_of(file: LogFile) -> FileState:
    """What another process needs to go on with the file."""
    mark = file.tail.mark or Mark.none()
    return FileState(
        path=file.path,
        format=file.format,
        device=_signed(mark.device),
        inode=_signed(mark.inode),
        offset=mark.offset,
        size=mark.size,
        mtime_ns=_within(mark.mtime_ns),
        ctime_ns=_within(mark.ctime_ns),
        tail=mark.tail,
        reader=b"" if file.reader is None else file.reader.state(),
        notes=msgspec.json.encode(file.notes),
    )


def joined(former: RunChange, change: RunChange) -> RunChange:
    """Both as one, where the former is not committed yet."""
    return replace(
        change,
        line=former.line if change.line is None else change.line,
        edition=former.edition if change.line is None else change.edition,
        updated_at=former.updated_at if change.updated_at is None else change.updated_at,
        formerly=former.formerly,
        fresh=former.fresh or change.fresh,
        blocks=change.blocks if change.fresh else [*former.blocks, *change.blocks],
        files=former.files if change.files is None else change.files,
    )


def _signed(number: int) -> int:
    """As the store has it. FUSE and CIFS give inodes above the largest signed number."""
    return (number + _ALL // 2) % _ALL - _ALL // 2


def _within(nanoseconds: int) -> int:
    """The nearest time that the store has: a file system may tell of any year."""
    return max(-_ALL // 2, min(nanoseconds, _ALL // 2 - 1))
