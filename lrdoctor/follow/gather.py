"""Places that several folders told, as the logs they are: each file once, each run once."""

from __future__ import annotations

import math
import os
import re
from collections.abc import Iterable, Iterator

from msgspec.structs import replace

from lrdoctor.follow.place import Place

_STATE = "trainer_state.json"
_CHECKPOINT = re.compile(r"checkpoint-(\d{1,18})")


def once(places: Iterable[Place]) -> Iterator[Place]:
    """Without those that only hold files of others: the paths given may overlap."""
    taken: set[str] = set()
    for place in places:
        if not taken.issuperset(place.files):
            taken.update(place.files)
            yield place


def together(places: Iterable[Place]) -> list[Place]:
    """The metrics of one run lie in several folders where their names have slashes."""
    joined: dict[str, Place] = {}
    for place in places:
        former = joined.get(place.key)
        joined[place.key] = place if former is None else _joined(former, place)
    return list(joined.values())


def newest_checkpoints(places: list[Place]) -> list[Place]:
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


def _joined(former: Place, place: Place) -> Place:
    """Both as one log."""
    folder = os.path.join(former.root, former.folder) if former.folder else former.root
    return replace(
        former,
        files=former.files + place.files,
        called=former.called + place.called,
        path=folder if place.called else former.path,
    )
