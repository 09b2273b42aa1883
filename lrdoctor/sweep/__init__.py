"""Sweeps: a study's trials, what they say of the learning rate, and which to stop.

``load`` takes Optuna's storages (SQLite and journals without Optuna), tables of trials, and logs;
``summarise`` puts loss against rate and names the next one; ``standings`` says which running trials
ASHA or Hyperband would stop. ``NextRateSampler`` and ``DiagnosisPruner`` are Optuna's kind of
sampler and pruner: ``pip install 'lrdoctor[sweep]'``.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lrdoctor.sweep.pruning import plan, standings
    from lrdoctor.sweep.sampler import DiagnosisPruner, NextRateSampler
    from lrdoctor.sweep.source import load
    from lrdoctor.sweep.summary import next_rate, summarise

__all__ = [
    "DiagnosisPruner", "NextRateSampler", "load", "next_rate", "plan", "standings", "summarise",
]  # fmt: skip

_HOMES = {
    "DiagnosisPruner": "sampler", "NextRateSampler": "sampler", "load": "source",
    "next_rate": "summary", "plan": "pruning", "standings": "pruning", "summarise": "summary",
}  # fmt: skip
"""Imported when first used: most sweeps need no Optuna."""


def __getattr__(name: str) -> object:
    """
    Raises:
        UsageError: it needs Optuna, which is not installed.
    """
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    if home == "sampler":
        from lrdoctor.sweep.storage import package

        package()
    return getattr(import_module(f"{__name__}.{home}"), name)
