"""What the files beside a log tell of how its run was set up."""

from __future__ import annotations

import os
import stat
from pathlib import Path, PurePath

from lrdoctor.follow.find import Place
from lrdoctor.readers import _side
from lrdoctor.run import Settings

_PARAMETERS = "params"
_Stamp = tuple[tuple[str, int, int], ...]


class SideFiles:
    """Settings by folder, read again when a side file changes."""

    def __init__(self) -> None:
        self._folders: dict[str, tuple[_Stamp, Settings]] = {}
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
            return known[1]
        self._looked.add(folder)
        stamp = _stamp(folder)
        if known is None or known[0] != stamp:
            known = self._folders[folder] = (stamp, _read(folder, stamp))
        return known[1]


def _stamp(folder: str) -> _Stamp:
    found = []
    for name in (*_side.SIDE_FILES, *_parameters(folder)):
        try:
            state = os.lstat(f"{folder}{os.sep}{name}")  # a third of ``join``, and often asked
        except OSError:
            continue  # not there, or not for us: it tells nothing
        if stat.S_ISREG(state.st_mode):
            found.append((name, state.st_size, state.st_mtime_ns))
    return tuple(found)


def _parameters(folder: str) -> list[str]:
    """MLflow's file store keeps a small file a hyper-parameter, named below ``params``."""
    if not os.path.exists(os.path.join(folder, "meta.yaml")):
        return []
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
