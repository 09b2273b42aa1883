"""Runs and series as strict JSON: no NaN, no infinity, nothing but strings out of log files."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence

import orjson

from lrdoctor.diagnosis import Json
from lrdoctor.run import Floats
from lrdoctor.server.buckets import Buckets
from lrdoctor.server.standing import UNREMARKED
from lrdoctor.store import RunEntry, RunRecord

Said = Mapping[str, Json]
"""What people said of a run: ``lrdoctor.server.standing``."""

MOST_TOLD = 64 * 1024
"""Bytes of lines in one event of the live stream: some thirty runs. Streams are not compressed, and
each viewer gets every event."""


def entry(run: RunEntry, said: Said) -> bytes:
    """A run's line with what the store knows of it, and people said of it, in front.

    The line is JSON already; parsing thousands of them to write them again would cost more than
    all the rest of a request.
    """
    return b"".join(_parts(run, said))


def _parts(run: RunEntry, said: Said) -> tuple[bytes, bytes, memoryview]:
    """What makes an entry when joined: tens of megabytes are copied once, not three times."""
    between = _NOTHING_SAID if said is UNREMARKED else _between(said)
    return run.head, between, memoryview(run.line)[1:]


def _between(said: Said) -> bytes:
    """What stands between a run's head and its line: both lack the brace there."""
    return b"," + orjson.dumps(said)[1:-1] + b","


_NOTHING_SAID = _between(UNREMARKED)


def listing(
    version: int,
    full: bool,
    status: dict[str, Json],
    pages: Iterable[tuple[Sequence[RunEntry], Mapping[str, Said]]],
) -> Iterator[bytes]:
    """The answer of ``/api/runs``, a page of runs at a time."""
    head = orjson.dumps({"version": version, "full": full, "status": status})
    begun: list[bytes | memoryview] = [head[:-1], b',"runs":[']
    for runs, said in pages:
        for run in runs:
            begun += (*_parts(run, said.get(run.id, UNREMARKED)), b",")
        # What stands last waits: whether a comma or the end follows it, the next page tells.
        yield b"".join(begun[:-1])
        begun = begun[-1:]
    if begun[-1] == b",":
        begun.pop()
    yield b"".join((*begun, b"]}"))


def change(
    since: int, version: int, full: bool, records: Sequence[RunRecord], said: Mapping[str, Said]
) -> bytes:
    """What the live stream says of what changed after ``since``: with ``"whole"``, each run's line
    as ``/api/runs`` tells it; where that is much for a stream, enough to know what to ask for."""
    whole = sum(len(record.line) for record in records) <= MOST_TOLD
    head = orjson.dumps({"since": since, "version": version, "full": full, "whole": whole})
    one = entry if whole else _brief
    runs = b",".join(one(record, said.get(record.id, UNREMARKED)) for record in records)
    return b"".join((head[:-1], b',"runs":[', runs, b"]}"))


def _brief(record: RunRecord, _: Said) -> bytes:
    line = orjson.loads(record.line)
    told = {name: line[name] for name in ("status", "points", "last_step")}
    return orjson.dumps({"id": record.id, "version": record.version, **told, "gone": record.gone})


def series(
    record: RunRecord, line: Mapping[str, Json], metric: str, tag: str, thin: Buckets
) -> bytes:
    """The answer of ``/api/runs/<id>/series`` for one metric; all arrays are parallel. ``line`` is
    the record's, parsed."""
    walls = thin.wall_times
    answer: dict[str, object] = {
        "metric": metric,
        "tag": tag,
        "x_axis": line["x_axis"],
        "steps": thin.steps.tolist(),
        "values": numbers(thin.values),
        "low": absent(thin.low),
        "high": absent(thin.high),
        "mean": absent(thin.mean),
        "wall_times": None if walls is None else absent(walls.round(3)),
        "total": thin.total,
        "non_finite": thin.non_finite,
        "raw": thin.raw,
        "first_step": line["first_step"],
        "last_step": line["last_step"],
        "version": record.version,
    }
    return orjson.dumps(answer)


def numbers(values: Floats) -> list[float | str]:
    """Logged values. JSON has no word for non-finite ones: ``"nan"``, ``"inf"``, ``"-inf"``."""
    return [value if math.isfinite(value) else str(value) for value in values.tolist()]


def absent(values: Floats) -> list[float | None]:
    """Figures that may be missing: null where not finite."""
    return [value if math.isfinite(value) else None for value in values.tolist()]
