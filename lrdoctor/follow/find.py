"""Where the logs are: a walk over the given paths that costs one ``stat`` a folder when repeated.

Only regular files count. Symbolic links are followed where they stay below their PATH, after
everything else, so that a log keeps the name of its real place and a loop ends.
"""

from __future__ import annotations

import math
import os
import re
import stat
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from fnmatch import fnmatch, translate
from pathlib import PurePath

from lrdoctor.follow import downloads, event_folder, metric_folder, rotation
from lrdoctor.follow.event_folder import EventFolder
from lrdoctor.follow.metric_folder import MetricFolder
from lrdoctor.follow.shown import shown

SKIPPED = frozenset({"__pycache__", "node_modules", "site-packages", "venv"})
"""Folders that hold programs; hidden ones are passed over as well."""

PLAIN = ("*.csv", "*.tsv", "*.jsonl", "*.ndjson", "*tfevents*", "trainer_state.json",
         "history.json", "scalars.json", "metrics.json")  # fmt: skip
"""Names that promise a log: where no reader takes such a file, the user is told why."""

SETTLED = 2.0
"""Seconds after which a time stamp no longer changes without being seen: the coarsest file
systems that are met (FAT, some network ones) stamp every 2 s."""


@dataclass(frozen=True, slots=True)
class Place:
    """Files that make one log: a single one, all event files of a folder, a run's metrics."""

    key: str
    """Absolute; the same in every process."""
    root: str
    """The PATH it was found under, as given."""
    folder: str | None
    """The run's own, below ``root``: ``""`` is the root itself; None where the PATH is the file."""
    path: str
    """As the user would write it."""
    files: tuple[str, ...]
    """What to open, in the order to read: event files by name, which begins with their time."""
    plain: bool
    """Given itself as a PATH, or plainly named as a log."""
    home: str
    """The run's folder, to look for side files in."""
    called: tuple[str, ...] = ()
    """For each file what its tags are called, where that depends on its folder; see
    ``EventFolder.tags``."""

    @property
    def shown(self) -> str:
        """``path`` as text."""
        return shown(self.path)

    def tag_of(self, path: str, tag: str) -> str:
        """What a tag of one of the files is called in the run."""
        if not self.called:
            return tag
        return shown(self.called[self.files.index(path)]).replace(event_folder.TAG, tag, 1)


_STATE = "trainer_state.json"
_CHECKPOINT = re.compile(r"checkpoint-(\d{1,18})")
_STAMPED = re.compile(r"\d{8}_\d{6}\.json")
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
        self._ignore = tuple(ignore)
        self._with_events: dict[str, bool] = {}
        self._outside: dict[str, bool] = {}
        self._candidate = _matcher(patterns)
        self._plain = _matcher(PLAIN)
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
        for root in self.paths:
            try:
                mode = os.stat(root).st_mode
            except OSError:
                missing.append(root)
                continue
            if stat.S_ISDIR(mode):
                seen += self._in_folder(root, now)
            elif stat.S_ISREG(mode):
                seen.append(_single(root, None, root, os.path.realpath(root), plain=True))
            else:
                missing.append(root)
        self.missing = tuple(missing)
        if seen != self._seen:  # quick where nothing changed: then they are the same objects
            self._found = _newest_checkpoints(_together(_once(seen)))
        self._seen = seen
        return self._found

    def _in_folder(self, root: str, now: float) -> Iterator[Place]:
        inside = os.path.realpath(root) + os.sep
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
                    yield _single(root, folder, path, target, plain=self._is_plain(path))
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
        files: list[str] = []
        folders: list[str] = []
        links: list[str] = []
        metrics = metric_folder.around(path)
        try:
            with os.scandir(path) as entries:
                for entry in entries:
                    if entry.name.startswith("."):
                        continue  # also the unfinished copies that rsync and editors make
                    if entry.is_symlink():
                        links.append(entry.name)
                    elif entry.is_dir(follow_symlinks=False):
                        if entry.name not in SKIPPED:
                            folders.append(entry.name)
                    elif (
                        (self._candidate(entry.name) or _is_metric(metrics, entry.name))
                        and entry.is_file(follow_symlinks=False)
                        and not self._is_own(entry.path)
                    ):
                        files.append(entry.name)
        except OSError:
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
        found = self._heeded(below, _originals(path, files))
        events = [name for name in found if "tfevents" in name]
        absolute = os.path.abspath(path)
        self._with_events[absolute] = bool(events)
        places = list(self._places(root, spot, absolute, found, metrics))
        if events:
            group = event_folder.around(path, self._has_events)
            places.append(_recorded(group, root, path, below, events))
            stamp = stamp if group.settled else _NEVER
        return _Folder(stamp, tuple(places), inner, outer)

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
        measured = []
        logs = []
        for name in names:
            if _is_metric(metrics, name):
                measured.append(_inside(real, name))
            elif "tfevents" not in name:
                logs.append(name)
        curves, logs = downloads.runs(logs)
        for log, parts in (*curves.items(), *rotation.logs(logs)):
            file = _inside(path, log if len(parts) > 1 and log not in curves else parts[0])
            opened = tuple(_inside(real, part) for part in parts)
            yield Place(_inside(absolute, log), root, below, file,
                        opened, self._is_plain(log), real)  # fmt: skip
        if measured and metrics is not None:
            yield _measured(metrics, root, tuple(measured))

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


def _measured(metrics: MetricFolder, root: str, files: tuple[str, ...]) -> Place:
    """The log of one run of a tracker, as far as one folder holds it."""
    below = os.path.relpath(metrics.run, os.path.abspath(root))
    inside = below != os.curdir and not below.startswith(os.pardir)
    path = os.path.join(root, below) if inside else root
    return Place(metrics.path, root, below if inside else "", path, files, metrics.suffix != "",
                 os.path.realpath(metrics.run))  # fmt: skip


def _once(places: Iterable[Place]) -> Iterator[Place]:
    """Without those that only hold files of others: the paths given may overlap."""
    taken: set[str] = set()
    for place in places:
        if not taken.issuperset(place.files):
            taken.update(place.files)
            yield place


def _together(places: Iterable[Place]) -> list[Place]:
    """The metrics of one run lie in several folders where their names have slashes."""
    joined: dict[str, Place] = {}
    for place in places:
        former = joined.get(place.key)
        joined[place.key] = place if former is None else _joined(former, place)
    return list(joined.values())


def _originals(folder: str, names: list[str]) -> list[str]:
    """The names in order; without the copy of ``vis_data/scalars.json`` that mmengine writes
    beside it under a time stamp."""
    if "scalars.json" in names and os.path.basename(folder) == "vis_data":
        names = [name for name in names if not _STAMPED.fullmatch(name)]
    return sorted(names)


def _newest_checkpoints(places: list[Place]) -> list[Place]:
    """Hugging Face leaves the whole history in each ``checkpoint-500``, ``checkpoint-1000``, …
    and at last beside them: one run, whose log is the newest of these files."""
    newest: dict[str, tuple[float, Place]] = {}
    for place in places:
        key, number = place.key, math.inf
        if place.path.endswith(_STATE) and place.folder is not None:
            parent, name = os.path.split(place.folder)
            found = _CHECKPOINT.fullmatch(name)
            if found is not None:
                number = int(found[1])
                key = os.path.join(os.path.dirname(os.path.dirname(key)), _STATE)
                place = replace(place, key=key, folder=parent)
        if key not in newest or number > newest[key][0]:
            newest[key] = number, place
    return [place for _, place in newest.values()]


def _single(root: str, folder: str | None, path: str, real: str, *, plain: bool) -> Place:
    home, name = os.path.split(real)
    metrics = metric_folder.around(home)
    if metrics is not None and metrics.holds(name):
        home = metrics.run
    called: tuple[str, ...] = ()
    if "tfevents" in name:
        group = event_folder.around(home, lambda above: bool(event_folder.events_in(above)))
        called = (group.tags,)
    return Place(os.path.abspath(path), root, folder, path, (real,), plain, home, called)


def _recorded(group: EventFolder, root: str, path: str, below: str, events: Sequence[str]) -> Place:
    """The log that the event files of one folder belong to, as far as this folder holds it."""
    names = sorted(events, key=event_folder.order)
    run = os.path.relpath(group.run, os.path.abspath(root))
    if run == os.pardir or run.startswith(os.pardir + os.sep):
        run, folder = below, os.path.abspath(path)  # the run's own folder is not watched
    else:
        run, folder = "" if run == os.curdir else run, group.run
    told = os.path.join(root, run) if run else root
    if len(names) == 1 and folder == os.path.abspath(path):
        told = os.path.join(path, names[0])
    real = os.path.realpath(path)
    return Place(
        os.path.join(folder, "events.out.tfevents"), root, run, told,
        tuple(os.path.join(real, name) for name in names), True, os.path.realpath(folder),
        (group.tags,) * len(names),
    )  # fmt: skip


def _joined(former: Place, place: Place) -> Place:
    """Both as one log."""
    folder = os.path.join(former.root, former.folder) if former.folder else former.root
    return replace(
        former,
        files=former.files + place.files,
        called=former.called + place.called,
        path=folder if place.called else former.path,
    )


def _matcher(patterns: Iterable[str]) -> Callable[[str], bool]:
    known = set(patterns)
    told = "|".join(translate(p.lower()) for p in sorted(known - {"*"})) or "(?!)"
    of_log = re.compile(told).match
    match = re.compile(rf"{told}|[^.]+\Z").match if "*" in known else of_log

    def matches(name: str) -> bool:
        name = name.lower()
        return match(name) is not None or of_log(rotation.log_of(name)) is not None

    return matches
