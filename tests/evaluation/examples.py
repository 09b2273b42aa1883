"""Recorded runs to fit and to measure on: figures, labels and windows, with variations.

Variations tell the fit what must not matter: a constant added to the loss, another unit of the
rate, a coarser log, fields that were not logged, a log that is not finished.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from msgspec.structs import replace
from recorded import TAGS, Family, Recorded, as_format_tells, as_run

from lrdoctor.learning_rate.figures import LEAST_ROWS, NAMES, figures
from lrdoctor.learning_rate.trace import Trace, trace
from lrdoctor.run import Floats, Settings

LABELS = ("too_low", "ok", "too_high")
SHARES = (1.0, 0.5, 0.25)


@dataclass(frozen=True)
class Examples:
    """Rows of figures and what is true of each; all arrays have the same first axis."""

    figures: Floats
    label: np.ndarray  # type: ignore[type-arg]
    """Index into LABELS, -1 where neither can be said."""
    gap: Floats
    low: Floats
    high: Floats
    """Where the window of good rates begins and ends, in decades from the run's rate."""
    group: np.ndarray  # type: ignore[type-arg]
    """Name of the task: what a fold leaves out as a whole."""
    family: np.ndarray  # type: ignore[type-arg]
    share: Floats
    plain: np.ndarray  # type: ignore[type-arg]
    """True for logs as a format writes them: only these are measured on."""

    def take(self, which: np.ndarray) -> Examples:  # type: ignore[type-arg]
        return Examples(*(getattr(self, name)[which] for name in self.__dataclass_fields__))


def joined(parts: list[Examples]) -> Examples:
    names = Examples.__dataclass_fields__
    return Examples(*(np.concatenate([getattr(p, n) for p in parts]) for n in names))


def build(families: list[Family], seed: int, *, variations: int = 2,
          shift: float = 0.0, first: int = 0) -> Examples:  # fmt: skip
    """The families' runs at every share of their length: as logged, and varied."""
    rng = np.random.default_rng(seed)
    rows = []
    for number, family in enumerate(families):
        for recorded in family.runs:
            for share in SHARES:
                seen = trace(as_format_tells(family, recorded, share=share, shift=shift))
                rows.append((seen, family, recorded, first + number, share, True))
                for _ in range(variations):
                    varied = _varied(family, recorded, share, rng)
                    rows.append((varied, family, recorded, first + number, share, False))
    return Examples(
        figures=np.array([figures(seen) for seen, *_ in rows]),
        label=np.array([LABELS.index(r.label) if r.label else -1 for _, _, r, *_ in rows]),
        gap=np.array([r.gap for _, _, r, *_ in rows]),
        low=np.array([r.low - r.rate for _, _, r, *_ in rows]),
        high=np.array([r.high - r.rate for _, _, r, *_ in rows]),
        group=np.array([f.task for _, f, *_ in rows]),
        family=np.array([n for _, _, _, n, *_ in rows]),
        share=np.array([s for *_, s, _ in rows]),
        plain=np.array([p for *_, p in rows]),
    )


def _varied(family: Family, recorded: Recorded, share: float, rng: np.random.Generator) -> Trace:
    hidden = {c for c, odds in (("lr", 0.25), ("grad_norm", 0.35), ("val_loss", 0.35))
              if rng.random() < odds}  # fmt: skip
    own = family.settings
    settings = Settings(
        optimizer=own.optimizer if rng.random() < 0.5 else None,
        planned_steps=own.planned_steps if rng.random() < 0.4 else None,
    )
    shift = float(rng.normal()) if rng.random() < 0.6 else 0.0
    run = as_run(family, recorded, share=share, shift=shift, settings=settings,
                 logged=frozenset(set(TAGS) - hidden))  # fmt: skip
    seen = trace(run)
    if len(seen) < LEAST_ROWS:
        return seen
    start = abs(float(seen.loss[0])) or 1.0
    moved = float(rng.choice([0.0, 0.4, 1.5, -1.3], p=[0.3, 0.25, 0.3, 0.15])) * start
    seen = replace(seen, loss=seen.loss + moved)
    if rng.random() < 0.4 and len(seen) > 30:
        seen = coarser(seen, int(rng.integers(8, 31)), bool(rng.random() < 0.5))
    return seen


def coarser(seen: Trace, rows: int, headless: bool) -> Trace:
    """Means over groups of rows, as a log of epochs has them."""
    groups = np.array_split(np.arange(len(seen)), rows)
    last = np.array([g[-1] for g in groups])
    loss = np.array([seen.loss[g].mean() for g in groups])
    if not headless:
        loss[0] = seen.loss[0]
    return replace(seen, loss=loss, done=seen.done[last], time=seen.time[last])


assert len(NAMES) == len(set(NAMES))
