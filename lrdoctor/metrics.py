"""Canonical metric names, and the aliases that frameworks log them under."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Literal

CANONICAL = ("train/loss", "val/loss", "train/accuracy", "val/accuracy", "lr", "grad_norm")

Kind = Literal["loss", "accuracy", "lr", "grad_norm", "other"]

# Ranked: of several tags for one metric, the earliest alias wins. Compared in lower case, with
# every run of separators as one "/".
_ALIASES: dict[str, tuple[str, ...]] = {
    "train/loss": ("train/loss", "loss", "train/total/loss", "total/loss", "loss/train",
                   "training/loss", "main/loss", "epoch/loss", "train/box/loss"),
    "val/loss": ("val/loss", "eval/loss", "validation/loss", "valid/loss", "loss/val", "dev/loss",
                 "test/loss", "val/box/loss"),
    "train/accuracy": ("train/accuracy", "train/acc", "accuracy", "acc", "accuracy/train"),
    "val/accuracy": ("val/accuracy", "val/acc", "eval/accuracy", "validation/accuracy",
                     "accuracy/val", "accuracy/top1", "metrics/accuracy/top1"),
    "lr": ("lr", "learning/rate", "lr/pg0", "train/lr", "train/learning/rate"),
    "grad_norm": ("grad/norm", "train/grad/norm", "gradient/norm", "gnorm"),
}  # fmt: skip
_RANKS = {
    alias: (name, rank) for name, aliases in _ALIASES.items() for rank, alias in enumerate(aliases)
}


def assign(tags: Iterable[str], columns: Mapping[str, str] | None = None) -> dict[str, str]:
    """The tag behind each name, in the order of ``tags``; a tag of no canonical name keeps its own.

    Args:
        tags: names as logged.
        columns: the user's own mapping, tag to canonical name; it wins over every guess.
    """
    chosen: dict[str, tuple[int, str]] = {}
    names: dict[str, str] = {}
    for tag in tags:
        name, rank = _guess(tag, columns or {})
        if name is None:
            names[tag] = tag
            continue
        best = chosen.get(name)
        if best is None or rank < best[0]:
            if best is not None:
                names[best[1]] = best[1]
            chosen[name] = (rank, tag)
            names[name] = tag
        else:
            names[tag] = tag
    return names


def kind(name: str) -> Kind:
    """What a canonical name or a tag measures."""
    flat = _flat(name)
    if name in ("lr", "grad_norm"):
        return "lr" if name == "lr" else "grad_norm"
    if "loss" in flat:
        return "loss"
    if "acc" in flat:
        return "accuracy"
    return "other"


def _guess(tag: str, columns: Mapping[str, str]) -> tuple[str | None, int]:
    if tag in columns:
        return columns[tag], -1
    name, rank = _RANKS.get(_flat(tag), (None, 0))
    return name, rank


def _flat(tag: str) -> str:
    return re.sub(r"[^a-z0-9]+", "/", tag.strip().lower()).strip("/")
