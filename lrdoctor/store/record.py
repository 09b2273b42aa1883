"""The shapes that enter and leave a store."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import msgspec
import orjson

from lrdoctor.run import Block


class RunEntry(msgspec.Struct, frozen=True, gc=False):
    """One run as it is listed: what there is to send of it lies ready.

    A struct, for ten thousand of them are made for one answer: it takes a tenth of the time that a
    frozen dataclass does.
    """

    id: str
    """Opaque; stable for a log as long as the store lives."""
    head: bytes
    """What the store knows of it: see ``head``."""
    line: bytes
    """Its diagnosis: the JSON of ``Diagnosis.to_dict()``."""


class RunRecord(RunEntry, frozen=True, gc=False):
    """One run as readers of the store see it."""

    version: int
    """The store's version at this run's last change."""
    name: str
    observed_at: float
    """When it was last diagnosed, UTC seconds."""
    updated_at: float
    """When its log last grew, UTC seconds."""
    growing: bool
    gone: bool
    """Its log is no longer on disk."""


def head(
    id: str, version: int, observed_at: float, updated_at: float, growing: object, gone: object
) -> bytes:
    """What the store knows of a run as a JSON object without its closing brace, for more to follow.

    It is kept with the run: to make ten thousand of them takes as long as to read their lines.
    """
    told = {
        "id": id,
        "version": version,
        "observed_at": observed_at,
        "updated_at": updated_at,
        "growing": bool(growing),  # SQLite has numbers for them
        "gone": bool(gone),
    }
    return orjson.dumps(told)[:-1]


@dataclass(frozen=True, slots=True)
class IngestStatus:
    """What the process that fills the store is doing."""

    alive_at: float
    """Its last sign of life, UTC seconds."""
    started_at: float
    roots: tuple[str, ...] = ()
    """The paths it was given; for display only."""
    files: int = 0
    files_read: int = 0
    notices: tuple[str, ...] = ()
    """What the user should know of the watching itself: one line each."""
    done: bool = False
    """Every file has been read once."""


class FileState(msgspec.Struct, frozen=True, gc=False):
    """How far one file of a log has been read, and how to go on."""

    path: str
    format: str
    device: int
    inode: int
    offset: int
    """Bytes handed to the reader."""
    size: int
    mtime_ns: int
    ctime_ns: int
    tail: bytes
    """Hash of the last bytes before ``offset``."""
    reader: bytes
    """The reader's own state."""
    notes: bytes
    """What the monitor keeps of this file, as JSON."""


@dataclass(frozen=True, slots=True)
class RunChange:
    """What one look changed about one run; committed as a whole."""

    key: str
    """The log that the run is read from."""
    name: str
    line: bytes | None
    """Its diagnosis as JSON; None: as before."""
    observed_at: float
    updated_at: float | None
    """None: as before."""
    growing: bool = True
    gone: bool = False
    fresh: bool = False
    """Its former points go before ``blocks`` come."""
    blocks: Sequence[Block] = ()
    """New points in file order."""
    files: Sequence[FileState] | None = None
    """All files of the log, of whose runs one brings them; None: as before."""
    run: str = ""
    """Which run inside the log; the pair of both is unique in the store."""
    formerly: str | None = None
    """What it was called inside the log so far; None: so as well."""
    edition: str = ""
    """Which lrdoctor ``line`` is by."""


class KnownRun(msgspec.Struct, frozen=True, gc=False):
    """What the store knows of a run without touching its points. ``files`` lack reader states."""

    key: str
    name: str
    observed_at: float
    updated_at: float
    growing: bool
    gone: bool
    run: str
    edition: str
    """Which lrdoctor its diagnosis is by."""
    listed: bool
    files: tuple[FileState, ...]
    """Of its log: the same for all runs in that."""
