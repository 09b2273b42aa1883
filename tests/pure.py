"""Running code as where there is no compiler."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from types import ModuleType


@contextmanager
def without(native: ModuleType) -> Iterator[None]:
    """Leave one part's compiled code alone: ``readers._native`` or ``signals._native``."""
    native.THERE = False  # type: ignore[attr-defined]
    try:
        yield
    finally:
        native.THERE = True  # type: ignore[attr-defined]
