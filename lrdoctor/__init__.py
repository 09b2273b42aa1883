"""lrdoctor reads training logs, says what is wrong, and names the learning rate to use instead."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lrdoctor.experiment import next_learning_rate, range_test
    from lrdoctor.monitor import check

__all__ = ["__version__", "check", "next_learning_rate", "range_test"]
__version__ = "0.1.0"

_HOMES = {
    "check": "lrdoctor.monitor",
    "next_learning_rate": "lrdoctor.experiment",
    "range_test": "lrdoctor.experiment",
}
"""Where the package's functions live; imported when first used, so that importing it is cheap."""


def __getattr__(name: str) -> object:
    if name in _HOMES:
        return getattr(import_module(_HOMES[name]), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
