"""Event files that lie in several folders and are one run, whose curves TensorBoard draws apart.

- Keras keeps ``train/`` and ``validation/``, CatBoost ``learn/`` and ``test/``, TensorFlow's
  estimators ``eval/`` below the training's own: the run is the folder above, ``train/loss`` and
  ``validation/loss`` are its metrics.
- ``add_scalars("loss", {"val": …})`` makes ``loss_val/`` beside PyTorch's own file, ``loss/val/``
  beside tensorboardX's, with the tag ``loss`` in it: ``loss/val`` is a metric of the run above.
- ``add_hparams`` makes a folder that is called by the time.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

HasEvents = Callable[[str], bool]
"""Whether event files lie in a folder itself, given its absolute path."""

TAG = "*"
"""Stands for the tag itself in what a tag is called."""

_TRAIN = frozenset({"train", "training", "learn"})
_VAL = frozenset({"validation", "valid", "val"})
_TEST = frozenset({"eval", "evaluation", "test", "dev"})
"""They are also what people call a run: only beside a training's folder they are none."""
_TIME = re.compile(r"\d{10}(\.\d+)?")
_DEEPEST = 4
"""Folders between a run and those of ``add_scalars``: a tag may have so many slashes."""
_HEAD = 64 << 10
_BARE = 256
"""Bytes of a file that holds nothing but what its writer says of itself."""
_AFTER = rb"[\x12\x15\x42\x4a]"
"""Keys of the fields that may follow a tag in a value: plugin data, figure, tensor, metadata."""


@dataclass(frozen=True, slots=True)
class EventFolder:
    """What the event files of a folder belong to."""

    run: str
    """The folder of the run, absolute."""
    tags: str
    """What their tags are called there: ``train/*``, ``*/val``; ``*``: as they are."""
    settled: bool = True
    """False: it may become another's once there is more in it or beside it."""


def around(folder: str, has_events: HasEvents) -> EventFolder:
    """What the event files in this folder belong to, as far as can be told by now."""
    path = os.path.abspath(folder)
    parent, name = os.path.split(path)
    if _TIME.fullmatch(name) and has_events(parent):
        return EventFolder(parent, TAG)
    runs = [run for run in _above(path) if has_events(run)]
    head = _head(path) if runs else b""
    for run in runs:
        for tag, part in _split(os.path.relpath(path, run)):
            if _holds(head, tag):
                return EventFolder(run, f"{TAG}/{part}")
    split = name.lower()
    if split in _TRAIN | _VAL or (split in _TEST and _trains(parent, has_events)):
        return EventFolder(parent, f"{name}/{TAG}")
    return EventFolder(path, TAG, settled=split not in _TEST and not (runs and len(head) < _BARE))


def events_in(folder: str) -> list[str]:
    """The event files that lie in a folder itself; none where there is no such folder."""
    try:
        with os.scandir(folder) as entries:
            return sorted((e.name for e in entries if "tfevents" in e.name), key=order)
    except OSError:
        return []


def order(name: str) -> tuple[str | int, ...]:
    """Sorts event files as they were begun: ``….10`` comes after ``….2``."""
    return tuple(int(p) if p.isdecimal() else p for p in re.split(r"([0-9]{1,18})", name))


def _trains(folder: str, has_events: HasEvents) -> bool:
    """Whether a training's events lie in this folder, or below it under their own name."""
    return has_events(folder) or any(events_in(os.path.join(folder, n)) for n in _TRAIN)


def _above(path: str) -> Iterator[str]:
    for _ in range(_DEEPEST):
        above = os.path.dirname(path)
        if above == path:
            return
        yield above
        path = above


def _split(below: str) -> Iterator[tuple[str, str]]:
    """The tags and names for which ``add_scalars`` makes a folder called this below a run's."""
    main, slash, name = below.replace(os.sep, "/").rpartition("/")
    if slash:
        yield main, name
        return
    for cut in re.finditer("_", below):
        yield below[: cut.start()], below[cut.end() :]


def _holds(head: bytes, tag: str) -> bool:
    """Whether a value of this tag is among these events; PyTorch writes ``/`` as ``_``."""
    raw = tag.encode(errors="replace")
    if not 0 < len(raw) < 0x80:
        return False
    shown = re.escape(raw).replace(b"_", b"[_/]")
    return re.search(b"\x0a" + re.escape(bytes([len(raw)])) + shown + _AFTER, head) is not None


def _head(folder: str) -> bytes:
    """The first bytes of the first event file."""
    for name in events_in(folder)[:1]:
        try:
            file = os.open(os.path.join(folder, name), os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
        except OSError:
            return b""
        try:
            return os.read(file, _HEAD)
        except OSError:
            return b""
        finally:
            os.close(file)
    return b""
