"""The server's own figures in the text format that Prometheus scrapes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from itertools import chain

import orjson

from lrdoctor import __version__
from lrdoctor.diagnosis import Status
from lrdoctor.server.source import Source


def exposition(source: Source, streams: int) -> str:
    """All figures. Labels are our own words: nothing out of a log appears here.

    Raises:
        StoreError: the store cannot be read.
    """
    version, status = source.version(), source.status()
    runs: Counter[str] = Counter()
    points = 0
    for record in chain.from_iterable(source.pages()):
        line = orjson.loads(record.line)
        runs[line["status"]] += 1
        points += line["points"]
    by_status = ((f'{{status="{state.value}"}}', runs[state.value]) for state in Status)
    parts = [
        _gauge("info", "The version that runs.", [(f'{{version="{__version__}"}}', 1)]),
        _gauge("runs", "Runs by status.", by_status),
        _gauge("points", "Points logged by all runs.", [("", points)]),
        _gauge("store_version", "Grows with every change.", [("", version)]),
        _gauge("files", "Log files found.", [("", _number(status["files"]))]),
        _gauge("files_read", "Log files read.", [("", _number(status["files_read"]))]),
        _gauge(
            "ingest_stale", "1: the ingest process is silent.", [("", int(bool(status["stale"])))]
        ),
        _gauge(
            "heartbeat_age_seconds", "Since its last sign of life.", [("", source.heartbeat_age())]
        ),
        _gauge("live_streams", "Live streams open in this process.", [("", streams)]),
    ]
    return "".join(parts)


def _gauge(name: str, help: str, samples: Iterable[tuple[str, float]]) -> str:
    full = f"lrdoctor_{name}"
    lines = [f"# HELP {full} {help}", f"# TYPE {full} gauge"]
    lines += [f"{full}{labels} {value:.15g}" for labels, value in samples]
    return "\n".join(lines) + "\n"


def _number(value: object) -> float:
    return value if isinstance(value, int | float) else 0
