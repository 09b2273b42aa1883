"""What the files beside a log tell of how its run was set up."""

from __future__ import annotations

import os
import stat
import time
from collections.abc import Container
from pathlib import Path, PurePath
from typing import NamedTuple

from lrdoctor.follow.find import SETTLED
from lrdoctor.follow.place import Place
from lrdoctor.readers import _side
from lrdoctor.run import Settings

_META, _PARAMETERS = "meta.yaml", "params"
_INSIDE = (_META, *dict.fromkeys(name.partition("/")[0] for name in _side.SIDE_FILES))
_Stamp = tuple[tuple[str, int, int], ...]
_Listing = tuple[int, int, int]


class _Folder(NamedTuple):
    """What was seen of one folder."""

    listing: _Listing | None
    """As ``_listing`` gave it before the folder was searched."""
    inside: frozenset[str]
    """Which names the folder itself held: side files, and folders that may hold some."""
    stamp: _Stamp
    settings: Settings


class SideFiles:
    """Settings by folder, read again when a side file changes."""

    def __init__(self) -> None:
        self._folders: dict[str, _Folder] = {}
        self._looked: set[str] = set()

    def look_again(self) -> None:
        """Side files may have changed since: compare their time stamps when next asked."""
        self._looked.clear()

    def of(self, place: Place) -> Settings:
        """Told by the log's own folder, completed by the one above it where that is watched too."""
        settings = self._told_in(place.home)
        if place.folder:
            settings = settings.merged(self._told_in(os.path.dirname(place.home)))
        return settings

    def _told_in(self, folder: str) -> Settings:
        known = self._folders.get(folder)
        if known is not None and folder in self._looked:
            return known.settings
        self._looked.add(folder)
        listing = _listing(folder)
        if known is not None and listing is not None and known.listing == listing:
            inside = known.inside  # no name has come: of twenty that may be there, mostly none is
        else:
            inside = frozenset(name for name in _INSIDE if os.path.lexists(_in(folder, name)))
        stamp = _stamp(folder, inside) if inside else ()
        same = known is not None and known.stamp == stamp
        settings = known.settings if known is not None and same else _read(folder, stamp)
        self._folders[folder] = _Folder(listing, inside, stamp, settings)
        return settings


def _in(folder: str, name: str) -> str:
    """``os.path.join`` at a third of its cost: it is often asked."""
    return f"{folder}{os.sep}{name}"


def _listing(folder: str) -> _Listing | None:
    """What changes whenever a name comes or goes in the folder; None: one may just be doing so."""
    try:
        state = os.stat(folder)
    except OSError:
        return None
    if time.time() - max(state.st_mtime, state.st_ctime) < SETTLED:
        return None
    return state.st_ino, state.st_mtime_ns, state.st_ctime_ns


def _stamp(folder: str, inside: Container[str]) -> _Stamp:
    found = []
    names = [name for name in _side.SIDE_FILES if name.partition("/")[0] in inside]
    if _META in inside:
        names += _parameters(folder)
    for name in names:
        try:
            state = os.lstat(_in(folder, name))
        except OSError:
            continue  # not there, or not for us: it tells nothing
        if stat.S_ISREG(state.st_mode):
            found.append((name, state.st_size, state.st_mtime_ns))
    return tuple(found)


def _parameters(folder: str) -> list[str]:
    """MLflow's file store keeps a small file a hyper-parameter, named below ``params``."""
    found: list[str] = []
    for path, folders, names in os.walk(os.path.join(folder, _PARAMETERS)):
        folders.sort()
        found += (os.path.relpath(os.path.join(path, name), folder) for name in sorted(names))
        if len(found) >= _side.MOST:
            break
    return found[: _side.MOST]


def _read(folder: str, stamp: _Stamp) -> Settings:
    settings = Settings()
    parameters = {}
    for name, size, _ in stamp:
        if size > _side.LARGEST:
            continue
        try:
            data = Path(folder, name).read_bytes()
        except OSError:
            continue  # no longer there, or not for us
        below = PurePath(name)
        if below.parts[0] == _PARAMETERS:
            key = below.relative_to(_PARAMETERS).as_posix()
            parameters[key] = data.decode(errors="replace").strip()
        else:
            settings = settings.merged(_side.settings_from(name, data))
    return settings.merged(_side.settings_of(parameters)) if parameters else settings
