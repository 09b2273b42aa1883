"""Which drawn tasks resemble one of the clinic's: left out with it where it is measured on."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path

import numpy as np
from recorded import Family, load

MADE, TORCH, MORE = "made-", "torch-", "more-"
"""Prefixes of the tasks of ``families/train.py``, of ``families/recorded_by_torch.py`` and of
``data/more.npz``."""
REAL = ("clinic", "torch", "more")
"""Kinds of families that torch trained: held-out figures are of these."""
KIN = {
    "digits": ("made-blobs", "made-few", "torch-glyphs", "torch-clusters", "torch-rote",
               "torch-longtail", "more-digits", "more-autoenc"),
    "cancer": ("made-coins", "made-blobs", "torch-wine", "torch-iris", "torch-hastie",
               "torch-coins", "torch-clusters", "more-wine", "more-iris", "more-hastie",
               "more-moons"),
    "teacher": ("made-teacher", "made-directions", "torch-directions", "torch-soft", "torch-bumps",
               "more-teacher", "more-heavyt"),
    "illcond": ("made-stiff", "torch-stiff", "torch-lowrank", "torch-powers", "torch-sparse",
               "more-sparse", "more-lowrank", "more-diabetes"),
    "spirals": ("made-rings", "torch-moons", "torch-circles", "torch-shells", "more-spirals",
               "more-moons", "more-quant"),
    "shapes": ("made-stripes", "torch-gratings", "torch-dots", "torch-glyphs", "more-faces8",
               "more-lines"),
    "lm": ("made-chain", "torch-topics", "torch-zen", "torch-code", "torch-chain",
               "torch-sums", "more-lm_code"),
    "ratings": ("made-movies", "torch-likes", "more-modadd", "more-modmul"),
    "friedman": ("made-waves", "torch-friedmans", "torch-waves", "torch-roll", "more-friedman",
               "more-fried2", "more-fried3", "more-swiss"),
    "hetero": ("made-spread", "made-quantiles", "torch-quantile", "torch-outliers", "more-hetero",
               "more-gnll2"),
    "counts": ("made-events", "torch-waiting", "more-counts", "more-poisson2"),
}  # fmt: skip
"""Task of the clinic -> the others that resemble it."""


def drawn(path: str | Path) -> list[Family]:
    """The families of a file beside the clinic's, their tasks with its prefix."""
    split = json.loads(str(np.load(path)["truth"]))[0]["split"]
    return load(path, {"torch": TORCH, "more": MORE}.get(split, MADE))


def kind(task: str) -> str:
    """``clinic``, ``torch``, ``more`` or ``made``."""
    name, dash, _ = task.partition("-")
    return name if name + dash in (MADE, TORCH, MORE) else "clinic"


def folds(tasks: Iterable[str]) -> list[tuple[set[str], set[str]]]:
    """What each fit leaves out, and which of that is measured by it.

    Each task of the clinic goes with those that resemble it; they are measured too where torch
    trained them. Such as resemble none are dealt out in turn.
    """
    out = [({task, *kin}, {task, *(k for k in kin if kind(k) in REAL)})
           for task, kin in KIN.items()]  # fmt: skip
    known = {task for gone, _ in out for task in gone}
    for k, task in enumerate(sorted({t for t in tasks if kind(t) in REAL} - known)):
        for each in out[k % len(out)]:
            each.add(task)
    return out
