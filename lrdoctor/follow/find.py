"""Where the logs are: a walk over the given paths that costs one ``stat`` a folder when repeated.

Only regular files count. Symbolic links are followed where they stay below their PATH, after
everything else, so that a log keeps the name of its real place and a loop ends.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import PurePath

from lrdoctor.follow import downloads, event_folder, metric_folder, rotation
from lrdoctor.follow.gather import newest_checkpoints, once, together
from lrdoctor.follow.metric_folder import MetricFolder
from lrdoctor.follow.names import PLAIN, matcher, originals
from lrdoctor.follow.place import Place, measured, recorded, single

SKIPPED = frozenset({"__pycache__", "node_modules", "site-packages", "venv"})
"""Folders that hold programs; hidden ones are passed over as well."""

SETTLED = 2.0
"""Seconds after which a time stamp no longer changes without being seen: the coarsest file
systems that are met (FAT, some network ones) stamp every 2 s."""


_NEVER = (-1, -1, -1)
_Spot = tuple[str, str]
"""A path, and what it is below its root: ``""`` for the root itself."""
_Inner = tuple[str, str, str]
"""A folder likewise, and its real path."""


@dataclass(frozen=True, slots=True)
class _Folder:
    """What one folder holds, as long as its time stamp stays."""

    stamp: tuple[int, int, int]
    places: tuple[Place, ...]
    folders: tuple[_Inner, ...]
    links: tuple[_Spot, ...]


class Finder:
    """Finds the places under the given paths; ask again as often as you like."""

    def __init__(
        self,
        paths: Sequence[str],
        patterns: Iterable[str],
        ignore: Sequence[str] = (),
        *,
        own: Iterable[str] = (),
    ) -> None:
        """
        Args:
            paths: files and folders as the user gave them.
            patterns: shell patterns of the file names that may be logs. ``*`` stands for names
                without a suffix: opening every picture and checkpoint would take too long.
            ignore: shell patterns of paths below the given ones that are no logs.
            own: files that this process writes. It must not even look into them: closing one that
                is a database would let go of its own locks on it.
        """
        self._own = frozenset(map(os.path.realpath, own))
        self._own_names = frozenset(map(os.path.basename, self._own))
        self.paths = tuple(dict.fromkeys(path for path in paths if not self._is_own(path)))
        self.missing: tuple[str, ...] = ()
        """The given paths that were not there at the last look, or that no log can be."""
        self.barred: tuple[str, ...] = ()
        """Folders among them or below that could not be listed for want of a permission."""
        self._refused: list[str] = []
        self._ignore = tuple(ignore)
        self._above = ""
        """The PATH that is walked over, absolute."""
        self._with_events: dict[str, bool] = {}
        self._outside: dict[str, bool] = {}
        self._candidate = matcher(patterns)
        self._plain = matcher(PLAIN)
        self._folders: dict[str, _Folder] = {}
        self._seen: list[Place] = []
        self._found: list[Place] = []

    def is_candidate(self, path: str) -> bool:
        """Whether a file of this name may be a log."""
        folder, name = os.path.split(path)
        if self._is_own(path):
            return False
        return self._candidate(name) or _is_metric(metric_folder.around(folder), name)

    def find(self, now: float = 0.0) -> list[Place]:
        """Every place, in the order of the paths, then by name: the same list as long as nothing
        came, went or moved.

        Args:
            now: UTC seconds. A folder that changed just before may change again within the same
                time stamp: it is listed anew next time. 0: list every folder anew.
        """
        seen: list[Place] = []
        missing = []
        self._refused.clear()
        for root in self.paths:
            try:
                mode = os.stat(root).st_mode
            except OSError:
                missing.append(root)
                continue
            if stat.S_ISDIR(mode):
                seen += self._in_folder(root, now)
            elif stat.S_ISREG(mode):
                seen.append(single(root, None, root, os.path.realpath(root), plain=True))
            else:
                missing.append(root)
        self.missing = tuple(missing)
        self.barred = tuple(self._refused)
        if seen != self._seen:  # quick where nothing changed: then they are the same objects
            self._found = newest_checkpoints(together(once(seen)))
        self._seen = seen
        return self._found

    def _in_folder(self, root: str, now: float) -> Iterator[Place]:
        inside = os.path.realpath(root) + os.sep
        self._above = os.path.abspath(root)
        self._outside.clear()
        seen: set[tuple[int, int]] = set()
        later: list[_Spot] = []
        stack: list[_Inner] = [(root, "", os.path.realpath(root))]
        while stack or later:
            if not stack:
                path, below = later.pop()
                target = self._target(path, inside)
                if target is not None:
                    folder = os.path.dirname(below)
                    yield single(root, folder, path, target, plain=self._is_plain(path))
                real = os.path.realpath(path)
                if target is not None or not real.startswith(inside):
                    continue
                stack.append((path, below, real))
            listed = self._list(root, stack.pop(), seen, now)
            if listed is not None:
                yield from listed.places
                stack += listed.folders
                later += listed.links

    def _is_own(self, path: str) -> bool:
        return os.path.basename(path) in self._own_names and os.path.realpath(path) in self._own

    def _target(self, link: str, inside: str) -> str | None:
        """The file that a link leads to, if it may be a log and lies below the link's PATH."""
        real = os.path.realpath(link)
        reached = real.startswith(inside) and real not in self._own
        wanted = reached and self.is_candidate(link) and os.path.isfile(real)
        return real if wanted else None

    def _list(
        self, root: str, spot: _Inner, seen: set[tuple[int, int]], now: float
    ) -> _Folder | None:
        """What the folder holds; None where it was seen already or is out of reach."""
        path = spot[0]
        try:
            state = os.stat(path)
        except OSError:
            return None
        if (state.st_dev, state.st_ino) in seen:
            return None
        seen.add((state.st_dev, state.st_ino))
        stamp = (state.st_dev, state.st_ino, state.st_mtime_ns)
        known = self._folders.get(path)
        if known is not None and known.stamp == stamp:
            return known
        if now - state.st_mtime < SETTLED:
            stamp = _NEVER
        folder = self._listed(stamp, root, spot)
        if folder is not None:
            self._folders[path] = folder
        return folder

    def _listed(self, stamp: tuple[int, int, int], root: str, spot: _Inner) -> _Folder | None:
        path, below, real = spot
        metrics = metric_folder.around(path)
        try:
            files, folders, links = self._scanned(path, metrics)
        except OSError as error:
            if isinstance(error, PermissionError):
                self._refused.append(path)
            return None  # out of reach, or no folder: nothing can be found in it
        # Last in, first out: what comes first by name is walked first.
        inner = tuple(
            (_inside(path, name), _inside(below, name), _inside(real, name))
            for name in self._heeded(below, sorted(folders, reverse=True))
        )
        outer = tuple(
            (_inside(path, name), _inside(below, name))
            for name in self._heeded(below, sorted(links, reverse=True))
        )
        found = self._heeded(below, originals(path, files))
        events = [name for name in found if "tfevents" in name]
        absolute = _inside(self._above, below) if below else self._above
        self._with_events[absolute] = bool(events)
        places = list(self._places(root, spot, absolute, found, metrics))
        if events:
            group = event_folder.around(path, self._has_events)
            places.append(recorded(group, root, path, below, events))
            stamp = stamp if group.settled else _NEVER
        return _Folder(stamp, tuple(places), inner, outer)

    def _scanned(
        self, path: str, metrics: MetricFolder | None
    ) -> tuple[list[str], list[str], list[str]]:
        """The names in a folder that may be logs, its folders, and its symbolic links.

        Raises:
            OSError: it is out of reach, or no folder.
        """
        files: list[str] = []
        folders: list[str] = []
        links: list[str] = []
        with os.scandir(path) as entries:
            for entry in entries:
                name = entry.name
                if name.startswith("."):
                    continue  # also the unfinished copies that rsync and editors make
                if entry.is_symlink():
                    links.append(name)
                elif entry.is_dir(follow_symlinks=False):
                    if name not in SKIPPED:
                        folders.append(name)
                elif (
                    (self._candidate(name) or _is_metric(metrics, name))
                    and entry.is_file(follow_symlinks=False)
                    and not self._is_own(entry.path)
                ):
                    files.append(name)
        return files, folders, links

    def _has_events(self, folder: str) -> bool:
        """Answered from what was listed; only above the paths are folders listed for it."""
        known = self._with_events.get(folder, self._outside.get(folder))
        if known is None:
            known = self._outside[folder] = bool(event_folder.events_in(folder))
        return known

    def _places(
        self,
        root: str,
        spot: _Inner,
        absolute: str,
        names: Sequence[str],
        metrics: MetricFolder | None,
    ) -> Iterator[Place]:
        path, below, real = spot
        held = []
        logs = []
        for name in names:
            if _is_metric(metrics, name):
                held.append(_inside(real, name))
            elif "tfevents" not in name:
                logs.append(name)
        curves, logs = downloads.runs(logs)
        for log, parts in (*curves.items(), *rotation.logs(logs)):
            file = _inside(path, log if len(parts) > 1 and log not in curves else parts[0])
            opened = tuple(_inside(real, part) for part in parts)
            yield Place(_inside(absolute, log), root, below, file,
                        opened, self._is_plain(log), real)  # fmt: skip
        if held and metrics is not None:
            yield measured(metrics, root, tuple(held))

    def _heeded(self, below: str, names: list[str]) -> list[str]:
        """These entries of a folder without the ignored ones."""
        if not self._ignore:
            return names
        return [name for name in names if not self._ignored(_inside(below, name))]

    def _ignored(self, below: str) -> bool:
        # "**/old/*" also means a top folder "old": the leading slash lets "**/" match nothing.
        path = PurePath(below).as_posix()
        return any(fnmatch(path, p) or fnmatch("/" + path, p) for p in self._ignore)

    def _is_plain(self, path: str) -> bool:
        return self._plain(os.path.basename(path))


def _inside(folder: str, name: str) -> str:
    """``os.path.join`` with the plain name of an entry, at a third of its cost."""
    return f"{folder}{os.sep}{name}" if folder and folder[-1] != os.sep else folder + name


def _is_metric(metrics: MetricFolder | None, name: str) -> bool:
    return metrics is not None and metrics.holds(name)
