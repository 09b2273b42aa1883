"""Curves downloaded from TensorBoard's page, a file each: ``run-vit_a-tag-train_loss.csv``."""

from __future__ import annotations

import re
from collections.abc import Sequence

_NAME = re.compile(r"(.+?)-tag-.+(\.(?:csv|json))", re.IGNORECASE)


def runs(names: Sequence[str]) -> tuple[dict[str, list[str]], list[str]]:
    """The curves of each run of which there are several, and the other files, in their order."""
    curves: dict[str, list[str]] = {}
    for name in names:
        found = _NAME.fullmatch(name) if "-tag-" in name else None
        if found is not None:
            curves.setdefault(found[1] + found[2], []).append(name)
    several = {run: parts for run, parts in curves.items() if len(parts) > 1}
    taken = {name for parts in several.values() for name in parts}
    return several, [name for name in names if name not in taken] if taken else list(names)
