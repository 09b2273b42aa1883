"""What the files beside a log tell of how its run was set up."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from lrdoctor.follow.find import Place
from lrdoctor.readers import _side
from lrdoctor.run import Settings

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
        folder = os.path.dirname(place.files[0])
        settings = self._told_in(folder)
        if place.folder:
            settings = settings.merged(self._told_in(os.path.dirname(folder)))
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
    for name in _side.SIDE_FILES:
        try:
            state = os.lstat(os.path.join(folder, name))
        except OSError:
            continue  # not there, or not for us: it tells nothing
        if stat.S_ISREG(state.st_mode):
            found.append((name, state.st_size, state.st_mtime_ns))
    return tuple(found)


def _read(folder: str, stamp: _Stamp) -> Settings:
    settings = Settings()
    for name, size, _ in stamp:
        if size > _side.LARGEST:
            continue
        try:
            data = Path(folder, name).read_bytes()
        except OSError:
            continue  # no longer there, or not for us
        settings = settings.merged(_side.settings_from(name, data))
    return settings
