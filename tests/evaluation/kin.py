"""Which drawn tasks resemble one of the clinic's: left out with it where it is measured on."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path

import numpy as np
from recorded import Family, load

MADE, TORCH = "made-", "torch-"
"""Prefixes of the tasks of ``families/train.py`` and of ``families/recorded_by_torch.py``."""
KIN = {
    "digits": ("made-blobs", "made-few", "torch-glyphs", "torch-clusters", "torch-rote",
               "torch-longtail"),
    "cancer": ("made-coins", "made-blobs", "torch-wine", "torch-iris", "torch-hastie",
               "torch-coins", "torch-clusters"),
    "teacher": ("made-teacher", "made-directions", "torch-directions", "torch-soft",
                "torch-bumps"),
    "illcond": ("made-stiff", "torch-stiff", "torch-lowrank", "torch-powers", "torch-sparse"),
    "spirals": ("made-rings", "torch-moons", "torch-circles", "torch-shells"),
    "shapes": ("made-stripes", "torch-gratings", "torch-dots", "torch-glyphs"),
    "lm": ("made-chain", "torch-topics", "torch-zen", "torch-code", "torch-chain", "torch-sums"),
    "ratings": ("made-movies", "torch-likes"),
    "friedman": ("made-waves", "torch-friedmans", "torch-waves", "torch-roll"),
    "hetero": ("made-spread", "made-quantiles", "torch-quantile", "torch-outliers"),
    "counts": ("made-events", "torch-waiting"),
}  # fmt: skip
"""Task of the clinic -> the drawn ones that resemble it."""


def drawn(path: str | Path) -> list[Family]:
    """The families of a file of either script, their tasks with its prefix."""
    first = json.loads(str(np.load(path)["truth"]))[0]
    return load(path, TORCH if first["split"] == "torch" else MADE)


def folds(tasks: Iterable[str]) -> list[tuple[set[str], set[str]]]:
    """What each fit leaves out, and which of that is measured by it.

    Each task of the clinic goes with the drawn ones that resemble it; those recorded by torch are
    measured, too. Such as resemble none are dealt out in turn.
    """
    out = [({task, *kin}, {task, *(k for k in kin if k.startswith(TORCH))})
           for task, kin in KIN.items()]  # fmt: skip
    known = {task for gone, _ in out for task in gone}
    for k, task in enumerate(sorted({t for t in tasks if t.startswith(TORCH)} - known)):
        for each in out[k % len(out)]:
            each.add(task)
    return out
