"""What runs are called: the path of their folder below the PATH given."""

from __future__ import annotations

import os
import re
from collections import Counter
from collections.abc import Collection, Sequence
from itertools import takewhile

from lrdoctor.follow.place import Place
from lrdoctor.follow.shown import shown

_UNNAMED = re.compile(r"#\d+")
"""What a reader calls further runs that their file does not name."""


def names(places: Sequence[Place]) -> list[str]:
    """One name a place, unique among them, in their order.

    A folder that holds one log lends it its name; logs that share a folder add their file's. A
    PATH that is a file lends its file's name. Places of one name below several PATHs begin with
    what tells these apart: ``a/m.csv`` and ``b/m.csv``. What is still alike gets ``#2``, ``#3``.
    """
    return [name for name, _ in names_of_runs(places, [()] * len(places))]


def names_of_runs(
    places: Sequence[Place], runs: Sequence[Collection[str]]
) -> list[tuple[str, dict[str, str]]]:
    """For each place its own name and those of its runs, all unique, in their order.

    Args:
        runs: for each place what its runs are called inside of it; see ``Block.run``.
    """
    given = []
    taken: set[str] = set()
    tried: dict[str, int] = {}
    for wanted, inside in zip(_wanted(places), runs, strict=True):
        name = unique(shown(wanted), taken, tried)
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


def _wanted(places: Sequence[Place]) -> list[str]:
    logs_in = Counter((place.root, place.folder) for place in places)
    below = [_below(place, alone=logs_in[place.root, place.folder] == 1) for place in places]
    paths = {place.root: _parts(place.root) for place in places}
    names = [told or paths[place.root][-1] for told, place in zip(below, places, strict=True)]
    if len(paths) == 1:
        return names
    lenders: dict[str, set[str]] = {}
    for name, place in zip(names, places, strict=True):
        lenders.setdefault(name, set()).add(place.root)
    shared = {
        name: _alike([paths[root][:-1] for root in roots])
        for name, roots in lenders.items()
        if len(roots) > 1
    }
    for at, (name, told, place) in enumerate(zip(names, below, places, strict=True)):
        if name in shared:
            apart = "/".join(paths[place.root][shared[name] :])
            names[at] = f"{apart}/{told}" if told else apart
    return names


def _alike(paths: Sequence[Sequence[str]]) -> int:
    """With how many words all of these begin."""
    return sum(1 for _ in takewhile(lambda words: len(set(words)) == 1, zip(*paths, strict=False)))


def _parts(root: str) -> list[str]:
    """The words of a PATH's whole path; the last is the name that it lends."""
    whole = root.rstrip("/") if "://" in root else os.path.abspath(root)
    return whole.split("/")


def _below(place: Place, *, alone: bool) -> str:
    """What a place is called below its PATH; "" where that lends its name."""
    file = os.path.basename(place.key)
    if place.folder is None:
        return ""
    folder = place.folder.replace(os.sep, "/")
    if not alone:
        return f"{folder}/{file}" if folder else file
    return folder or ("" if _parts(place.root)[-1] else file)
