"""Trackers that keep a file for each metric: the files below one folder are one run."""

from __future__ import annotations

import os
from dataclasses import dataclass

_SCALARS = "scalars"


@dataclass(frozen=True, slots=True)
class MetricFolder:
    """A folder whose files are metrics, named by their path below it."""

    path: str
    """Absolute."""
    run: str
    """The folder of the run: its settings lie there."""
    suffix: str | None
    """What the metrics' files end with; ``""``: names without a suffix; None: any name."""

    def holds(self, name: str) -> bool:
        """Whether a file of this name in it is a metric."""
        if self.suffix:
            return name.endswith(self.suffix)
        return self.suffix is None or "." not in name


def around(folder: str) -> MetricFolder | None:
    """The folder of metrics that this one is or lies in.

    MLflow keeps ``metrics/train/loss`` beside the run's ``meta.yaml``, DVCLive
    ``plots/metrics/train/loss.tsv``. A folder ``metrics`` that neither has written counts for its
    own files without a suffix: somebody's copy of MLflow's. TorchRL keeps
    ``scalars/train/loss.csv`` beside folders for texts and videos.
    """
    if "metrics" not in folder and _SCALARS not in folder:
        return None
    path = above = os.path.abspath(folder)
    while os.path.basename(above):
        parent = os.path.dirname(above)
        if os.path.basename(above) == "metrics":
            if os.path.basename(parent) == "plots":
                return MetricFolder(above, os.path.dirname(parent), ".tsv")
            logged = os.path.basename(os.path.dirname(parent)) != "models"  # their copies
            if logged and os.path.exists(os.path.join(parent, "meta.yaml")):
                return MetricFolder(above, parent, None)
        if os.path.basename(above) == _SCALARS and _holds_any(parent, "texts", "videos"):
            return MetricFolder(above, parent, ".csv")
        above = parent
    if os.path.basename(path) == "metrics":
        return MetricFolder(path, os.path.dirname(path), "")
    return None


def _holds_any(folder: str, *names: str) -> bool:
    return any(os.path.isdir(os.path.join(folder, name)) for name in names)


def name_of(path: str) -> str:
    """What a log's file is called: below the folder of metrics, where it lies in one."""
    folder, name = os.path.split(path)
    metrics = around(folder)
    if metrics is None or not metrics.holds(name):
        return name
    return os.path.relpath(os.path.abspath(path), metrics.path).replace(os.sep, "/")
