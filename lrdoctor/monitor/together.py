"""What the files of one log tell together."""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce

from lrdoctor.ending import Ending, Interruption
from lrdoctor.monitor.file import AnewError, LogFile
from lrdoctor.readers import Reader
from lrdoctor.run import Block, Settings


def x_axis_of(run: str, files: Sequence[LogFile]) -> str:
    """What the steps of one run inside the log are: the first file that counts any tells."""
    axes = (reader.x_axis_of(run) for reader in _readers(files))
    return next((axis for axis in axes if axis != "row"), "row")


def settings_of(run: str, files: Sequence[LogFile]) -> Settings:
    """What the files tell of how one run was set up, the first of them before the others."""
    told = [reader.settings_of(run) for reader in _readers(files)]
    return reduce(Settings.merged, told) if told else Settings()


def ending(files: Sequence[LogFile]) -> Ending | None:
    """What the log ends in, where a file of it says why the training died."""
    return next((told for file in files if (told := file.ending) is not None), None)


def interruptions(files: Sequence[LogFile]) -> tuple[Interruption, ...]:
    """What looked like the training's end until further figures followed."""
    return tuple(one for reader in _readers(files) for one in reader.interruptions)


def ended(run: str, files: Sequence[LogFile]) -> bool:
    """Whether the log goes on with other runs than this one."""
    readers = _readers(files)
    return bool(readers) and all(reader.ended(run) for reader in readers)


def set_up(run: str, files: Sequence[LogFile]) -> list[tuple[str, Settings, bool]]:
    """All that the files tell of one run beside its points."""
    readers = _readers(files)
    return [(r.x_axis_of(run), r.settings_of(run), r.ended(run)) for r in readers]


def told(files: Sequence[LogFile]) -> list[tuple[object, ...]]:
    """All that is said of the log as a whole depends on this; what no reader takes may end in a
    death that it tells."""
    return [
        (f.format, f.why, tuple(f.notes.faults), f.notes.untold, f.notes.packing_fault, f.ending,
         0 if f.format or f.tail.mark is None else f.tail.mark.size)
        for f in files
    ]  # fmt: skip


def rewritten(files: Sequence[LogFile]) -> bool:
    """Whether each save replaces all of the log."""
    readers = _readers(files)
    return bool(readers) and all(reader.rewritten for reader in readers)


def counted(file: LogFile, blocks: list[Block], files: Sequence[LogFile]) -> list[Block]:
    """The blocks, noted as this file's.

    Raises:
        AnewError: they belong before points that a later file has brought.
    """
    if len(files) == 1 or not blocks:
        return blocks
    brought = {f"{block.run}\n{block.tag}" if block.run else block.tag for block in blocks}
    later = files[files.index(file) + 1 :]
    new = brought.difference(file.notes.tags)
    if any(brought.intersection(other.notes.tags) for other in later) or (
        new and any(other.notes.tags for other in later)
    ):
        raise AnewError
    file.notes.tags += sorted(new)
    return blocks


def _readers(files: Sequence[LogFile]) -> list[Reader]:
    return [file.reader for file in files if file.reader is not None]
