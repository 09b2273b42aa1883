"""What runs are called: the path of their folder below the PATH given."""

from __future__ import annotations

import os
import re
from collections import Counter
from collections.abc import Collection, Sequence

from lrdoctor.follow.place import Place
from lrdoctor.follow.shown import shown

_UNNAMED = re.compile(r"#\d+")
"""What a reader calls further runs that their file does not name."""


def names(places: Sequence[Place]) -> list[str]:
    """One name a place, unique among them, in their order.

    A folder that holds one log lends it its name; logs that share a folder add their file's. A
    PATH that is a file lends its file's name. Further places of one name get ``#2``, ``#3``.
    """
    return [name for name, _ in names_of_runs(places, [()] * len(places))]


def names_of_runs(
    places: Sequence[Place], runs: Sequence[Collection[str]]
) -> list[tuple[str, dict[str, str]]]:
    """For each place its own name and those of its runs, all unique, in their order.

    Args:
        runs: for each place what its runs are called inside of it; see ``Block.run``.
    """
    logs_in = Counter((place.root, place.folder) for place in places)
    given = []
    taken: set[str] = set()
    tried: dict[str, int] = {}
    for place, inside in zip(places, runs, strict=True):
        alone = logs_in[place.root, place.folder] == 1
        name = unique(shown(_name(place, alone=alone)), taken, tried)
        taken.add(name)
        given.append((name, inside_of(name, inside, taken)))
    return given


def inside_of(name: str, runs: Collection[str], taken: set[str]) -> dict[str, str]:
    """Names for the runs of one place; they join ``taken``, which holds those of all the others.

    A single run has the name of its place. Of several, those that the file names add theirs,
    ``exp#lr-0.1``, those that it does not name ``#2``, ``#3`` but for the first.
    """
    if len(runs) < 2:
        return dict.fromkeys(runs or ("",), name)
    given: dict[str, str] = {}
    tried: dict[str, int] = {}
    for run in runs:
        if not run:
            given[run] = name
            continue
        told = " ".join(run.split())
        wanted = name + run if _UNNAMED.fullmatch(run) else f"{name}#{told}"
        given[run] = unique(wanted, taken, tried)
        taken.add(given[run])
    return given


def unique(wanted: str, taken: Collection[str], tried: dict[str, int] | None = None) -> str:
    """The name wanted, or with the first of ``#2``, ``#3`` … that makes it none of those taken.

    Args:
        tried: the last number of each name, kept from call to call while ``taken`` only grows: of
            thousands of one name each would else be tried with the numbers of all before it.
    """
    numbers = {} if tried is None else tried
    further = numbers.get(wanted, 1)
    name = wanted if further == 1 else f"{wanted}#{further}"
    while name in taken:
        further += 1
        name = f"{wanted}#{further}"
    numbers[wanted] = further
    return name


def _name(place: Place, *, alone: bool) -> str:
    file = os.path.basename(place.key)
    if place.folder is None:
        return file
    folder = place.folder.replace(os.sep, "/")
    if not alone:
        return f"{folder}/{file}" if folder else file
    if folder:
        return folder
    return os.path.basename(os.path.abspath(place.root)) or file
