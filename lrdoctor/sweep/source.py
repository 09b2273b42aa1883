"""Where a study comes from: Optuna's storages, tables of trials, or the logs of runs."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from lrdoctor.config import Config
from lrdoctor.errors import UsageError
from lrdoctor.follow.remote import is_url
from lrdoctor.readers.optuna_journal import OptunaJournal
from lrdoctor.sweep import database, journal, logs, storage, table
from lrdoctor.sweep.trial import Study, chosen

_SQLITE = "sqlite:///"
_STORAGES = ("sqlite", "mysql", "postgresql", "oracle", "mssql", "mariadb", "cockroachdb")
"""Schemes of URLs that are SQLAlchemy's; others are of logs."""
_HEAD = 64 << 10


def load(
    paths: Sequence[str | os.PathLike[str]],
    study: str | None = None,
    *,
    metric: str | None = None,
    config: Config | None = None,
) -> Study:
    """The study under these paths as it stands.

    SQLite and journals are read from outside, without Optuna and without a lock; other storages by
    Optuna itself.

    Args:
        paths: one storage, as a file or as the URL that Optuna takes; or one table of trials (CSV,
            JSON); or the logs of runs, and folders that hold them.
        study: the study's name where the storage holds several.
        metric: what runs are judged by; see ``logs.study``.

    Raises:
        UsageError: there is no such study, or Optuna is needed and not installed.
        LogUnreadable: it cannot be read.
        OSError: it is gone or out of reach.
    """
    if not paths:
        raise UsageError("name a study's storage, a table of trials, or the logs of runs")
    known = [told for path in paths if (told := _kept(os.fspath(path))) is not None]
    if known and len(paths) > 1:
        raise UsageError("name one storage or one table alone, or logs of runs only")
    if known:
        return chosen(known[0], study, storage.bare(os.fspath(paths[0])))
    if study is not None:
        raise UsageError(f"--study {study!r} chooses within a storage; these are logs of runs")
    return logs.study(paths, metric=metric, config=config)


def stamp(paths: Sequence[str | os.PathLike[str]]) -> object:
    """What is another once anything under these paths has changed; None where that cannot be told
    but by reading: at a URL."""
    if any(is_url(os.fspath(path)) for path in paths):
        return None
    named = [os.fspath(path) for path in paths]
    files = [f"{path}{beside}" for path in named for beside in ("", "-wal", "-journal")]
    for path in named:
        files += [os.path.join(at, n) for at, _, names in os.walk(path) for n in names]
    return [(file, _looks(file)) for file in files]


def _looks(file: str) -> tuple[int, int, int] | None:
    try:
        state = os.stat(file)
    except OSError:
        return None  # gone meanwhile, or never there
    return state.st_size, state.st_mtime_ns, state.st_ino


def _kept(path: str) -> list[Study] | None:
    """The studies of a storage or a table; None where the path is neither."""
    if is_url(path):
        if path.startswith(_SQLITE):
            return _kept(path.removeprefix(_SQLITE).partition("?")[0]) or []
        scheme = path.partition("://")[0].partition("+")[0]
        return storage.studies(path) if scheme in _STORAGES else None
    file = Path(path)
    if not file.is_file():
        return None
    with file.open("rb") as opened:
        head = opened.read(_HEAD)
    if head.startswith(database.MAGIC) and database.is_studies(path):
        return database.studies(path)
    if OptunaJournal.recognises(file, head):
        return journal.studies(path)
    return [table.read(file)] if table.recognises(file, head) else None
