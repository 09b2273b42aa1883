"""A log as lrdoctor reads it, beside what was logged while it was written."""

from __future__ import annotations

import json
import math
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from lrdoctor import monitor
from lrdoctor.config import Config
from lrdoctor.run import Run

Point = tuple[int, float]


def differences(truth: Path, log: Path) -> list[str]:
    """Every way in which the runs below ``log`` are not what ``truth`` tells."""
    told = json.loads(truth.read_text())["runs"]
    runs = {run.name: run for run in monitor.read([log], config=Config())}
    if set(told) == {""} and len(runs) == 1:
        runs = {"": next(iter(runs.values()))}
    found = [f"run {name!r} is not found" for name in told.keys() - runs.keys()]
    found += [f"run {name!r} is made up" for name in runs.keys() - told.keys()]
    for name in told.keys() & runs.keys():
        found += [f"run {name!r}: {what}" for what in _of_run(told[name], runs[name])]
    return sorted(found)


def points_in(truth: Path) -> int:
    """How many points a recording holds."""
    runs = json.loads(truth.read_text())["runs"].values()
    return sum(len(points) for run in runs for points in run["tags"].values())


def _of_run(told: Mapping[str, object], run: Run) -> Iterator[str]:
    for what in ("format", "x_axis"):
        if told[what] != getattr(run, what):
            yield f"{what} is {getattr(run, what)!r}, not {told[what]!r}"
    for name, value in told["settings"].items():
        if value != getattr(run.settings, name):
            yield f"{name} is {getattr(run.settings, name)!r}, not {value!r}"
    ending = None if run.ending is None else run.ending.kind.value
    if told.get("ending") != ending:
        yield f"ending is {ending!r}, not {told.get('ending')!r}"
    tags: dict[str, list[tuple[int, float | str]]] = told["tags"]
    clocks = set(told.get("clocks", ()))
    for tag in run.tags.keys() - tags.keys() - clocks:
        yield f"tag {tag!r} is made up"
    for tag in clocks - run.tags.keys():
        yield f"tag {tag!r} is not found"
    for tag, points in tags.items():
        logged = [(step, float(value)) for step, value in points]
        yield from _of_tag(tag, logged, run, told["rounded"].get(tag))


def _of_tag(tag: str, logged: Sequence[Point], run: Run, rounded: str | None) -> Iterator[str]:
    series = run.tags.get(tag)
    if series is None:
        yield f"tag {tag!r} is not found"
        return
    standing, overtaken = _standing(logged)
    if series.overtaken != overtaken:
        yield f"tag {tag!r}: {series.overtaken} points overtaken by a resume, not {overtaken}"
    wanted = Counter(_comparable(point, rounded) for point in standing)
    read = zip(series.steps.tolist(), series.values.tolist(), strict=True)
    there = Counter(_comparable(point, rounded) for point in read)
    for what, points in (("lost", wanted - there), ("made up", there - wanted)):
        if points:
            first = min(points, key=str)
            yield f"tag {tag!r}: {points.total()} points {what}, such as {first}"


def _standing(logged: Sequence[Point]) -> tuple[list[Point], int]:
    """The points that no later one of a lower step has overtaken, and how many were."""
    standing: list[Point] = []
    for point in logged:
        while standing and standing[-1][0] > point[0]:
            # A step that goes back takes with it all from there on, its own former point too.
            standing = [kept for kept in standing if kept[0] < point[0]]
        standing.append(point)
    return standing, len(logged) - len(standing)


def _comparable(point: Point, rounded: str | None) -> tuple[int, str]:
    """Step and value, exact to the last bit; or as the framework rounds it."""
    step, value = point
    if rounded is None or not math.isfinite(value):
        return step, repr(value)
    return step, format(value, rounded)
