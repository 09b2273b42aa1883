"""Runs put together anew from the store, for answers that no diagnosis holds."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from lrdoctor.ending import End, Ending
from lrdoctor.run import Run, Settings
from lrdoctor.server.source import Source
from lrdoctor.store import RunRecord


def rebuilt(
    source: Source,
    record: RunRecord,
    line: Mapping[str, Any],
    wanted: Callable[[str], bool] = lambda _: True,
) -> Run:
    """The run with the metrics whose names are ``wanted``. Its path is its id.

    What the log told beside its points (resumes, clipping, other settings) is not in it.
    """
    told = line["learning_rate"]
    settings = Settings(
        optimizer=line["optimizer"],
        momentum=line.get("momentum"),  # a line by an older lrdoctor has none
        batch_size=line["batch_size"],
        planned_steps=line["planned_steps"],
        learning_rate=told["value"] if "lr" not in line["metrics"] else None,
    )
    tags = {name: m["tag"] for name, m in line["metrics"].items() if wanted(name)}
    run = Run(record.name, record.id, line["format"], x_axis=line["x_axis"], settings=settings,
              columns={tag: name for name, tag in tags.items()},
              observed_at=record.observed_at)  # fmt: skip
    if ending := line.get("ending"):  # a line by an older lrdoctor has none
        run.ending = Ending(End(ending["kind"]), ending["said"])
    for tag in tags.values():
        block = source.points(record, tag, None, None)
        if block is not None:
            run.add(block)
    return run
