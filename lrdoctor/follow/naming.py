"""What runs are called: the path of their folder below the PATH given."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Sequence
from pathlib import PurePath

from lrdoctor.follow.find import Place


def names(places: Sequence[Place]) -> list[str]:
    """One name a place, unique among them, in their order.

    A folder that holds one log lends it its name; logs that share a folder add their file's. A
    PATH that is a file lends its file's name. Further places of one name get ``#2``, ``#3``.
    """
    logs_in = Counter((place.root, place.folder) for place in places)
    given: list[str] = []
    taken: set[str] = set()
    for place in places:
        alone = logs_in[place.root, place.folder] == 1
        name = base = _name(place, alone=alone)
        further = 1
        while name in taken:
            further += 1
            name = f"{base}#{further}"
        taken.add(name)
        given.append(name)
    return given


def _name(place: Place, *, alone: bool) -> str:
    file = os.path.basename(place.key)
    if place.folder is None:
        return file
    if not alone:
        return (PurePath(place.folder) / file).as_posix()
    if place.folder:
        return PurePath(place.folder).as_posix()
    return os.path.basename(os.path.abspath(place.root)) or file
