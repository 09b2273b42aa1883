"""Files that make one log, and what a log of each kind is called."""

from __future__ import annotations

import os
from collections.abc import Sequence

import msgspec

from lrdoctor.follow import event_folder, metric_folder
from lrdoctor.follow.event_folder import EventFolder
from lrdoctor.follow.metric_folder import MetricFolder
from lrdoctor.follow.shown import shown


class Place(msgspec.Struct, frozen=True, gc=False):
    """Files that make one log: a single one, all event files of a folder, a run's metrics.

    A struct, as what else is made of each of ten thousand logs: it takes a tenth of the time that a
    frozen dataclass does.
    """

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


def single(root: str, folder: str | None, path: str, real: str, *, plain: bool) -> Place:
    """A log that is one file, where a folder above it may have the say."""
    home, name = os.path.split(real)
    metrics = metric_folder.around(home)
    if metrics is not None and metrics.holds(name):
        home = metrics.run
    called: tuple[str, ...] = ()
    if "tfevents" in name:
        group = event_folder.around(home, lambda above: bool(event_folder.events_in(above)))
        called = (group.tags,)
    return Place(os.path.abspath(path), root, folder, path, (real,), plain, home, called)


def recorded(group: EventFolder, root: str, path: str, below: str, events: Sequence[str]) -> Place:
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


def measured(metrics: MetricFolder, root: str, files: tuple[str, ...]) -> Place:
    """The log of one run of a tracker, as far as one folder holds it."""
    below = os.path.relpath(metrics.run, os.path.abspath(root))
    inside = below != os.curdir and not below.startswith(os.pardir)
    path = os.path.join(root, below) if inside else root
    return Place(metrics.path, root, below if inside else "", path, files, metrics.suffix != "",
                 os.path.realpath(metrics.run))  # fmt: skip
