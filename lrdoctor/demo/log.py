"""The log formats that the demo writes, each as a framework would."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Protocol, TextIO

from lrdoctor.demo.event_file import EventFile

Figures = Mapping[str, float | None]
"""Values by tag; None: this step did not measure it. Every step names the same tags."""


class Log(Protocol):
    """Takes a training's figures as they come. What was written is on disk at once."""

    def write(self, step: int, figures: Figures) -> None: ...

    def close(self) -> None: ...


class CsvLog:
    """A header, then a row a step; what was not measured is a blank cell."""

    def __init__(self, path: Path) -> None:
        self._file: TextIO = path.open("w", encoding="utf-8", buffering=1)
        self._empty = True

    def write(self, step: int, figures: Figures) -> None:
        if self._empty:
            self._file.write(",".join(["step", *figures]) + "\n")
            self._empty = False
        cells = ("" if figure is None else f"{figure:.9g}" for figure in figures.values())
        self._file.write(",".join([str(step), *cells]) + "\n")

    def close(self) -> None:
        self._file.close()


class JsonLog:
    """One JSON object a line."""

    def __init__(self, path: Path) -> None:
        self._file: TextIO = path.open("w", encoding="utf-8", buffering=1)

    def write(self, step: int, figures: Figures) -> None:
        self._file.write(json.dumps({"step": step, **_measured(figures)}) + "\n")

    def close(self) -> None:
        self._file.close()


class EventLog:
    """A TensorBoard event file in a run's folder."""

    def __init__(self, folder: Path) -> None:
        now = time.time()
        self._file = EventFile(folder / f"events.out.tfevents.{now:.0f}.demo", now)

    def write(self, step: int, figures: Figures) -> None:
        self._file.write(step, _measured(figures), time.time())

    def close(self) -> None:
        self._file.close()


def _measured(figures: Figures) -> dict[str, float]:
    return {tag: figure for tag, figure in figures.items() if figure is not None}
