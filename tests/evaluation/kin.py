"""Which drawn tasks resemble one of the clinic's: left out with it where it is measured on."""

from __future__ import annotations

import json
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
