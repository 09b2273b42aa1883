"""Figures as strict JSON takes them."""

from __future__ import annotations

import math

Json = str | int | float | bool | None | list["Json"] | dict[str, "Json"]


def rounded(value: float | None, digits: int = 6) -> float | str | None:
    """``value`` to so many significant digits, fit for strict JSON.

    JSON has no NaN and no infinity: they become the strings ``"nan"``, ``"inf"``, ``"-inf"``.
    """
    if value is None:
        return None
    if not math.isfinite(value):
        return "nan" if math.isnan(value) else "inf" if value > 0 else "-inf"
    return float(f"{value:.{digits}g}")


def all_rounded(values: tuple[float | None, ...]) -> list[Json]:
    """``rounded`` of each: sixty at each look, in half the time where all are finite."""
    if None in values or not all(map(math.isfinite, values)):  # type: ignore[arg-type]
        return [rounded(value) for value in values]
    return list(map(float, ("%.6g " * len(values) % values).split()))
