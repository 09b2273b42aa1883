"""Laws that every signal obeys: Causality and Degenerate."""

from __future__ import annotations

import inspect
from collections.abc import Callable

import numpy as np
import pytest

from lrdoctor import discover, signals

SIGNALS = discover.functions(signals)
Arrays = dict[str, np.ndarray]  # type: ignore[type-arg]


def arguments(signal: Callable[..., object], values: np.ndarray) -> Arrays:  # type: ignore[type-arg]
    """What a signal's array parameters get: ``values`` themselves, or made of them."""
    spread = np.ptp(values) if len(values) else 0.0
    made = {"values": values, "holds": values > 0, "swing": np.full(len(values), spread / 5 + 1)}
    return {name: made[name] for name in inspect.signature(signal).parameters if name in made}


def heads(outcome: object, size: int) -> list[np.ndarray]:  # type: ignore[type-arg]
    """What of an outcome was known at the first ``size`` points."""
    if isinstance(outcome, tuple):  # events: where, and when each was known
        at, known = outcome
        return [at[known < size], known[known < size]]
    return [outcome[:size]]  # type: ignore[index]


@pytest.mark.parametrize("name", SIGNALS)
def test_what_comes_later_changes_nothing(name: str) -> None:
    signal = SIGNALS[name]
    values = np.cumsum(np.random.default_rng(1).standard_t(2, 400))
    whole = signal(**arguments(signal, values))
    for size in (0, 1, 2, 3, 5, 17, 64, 65, 66, 130, 399, 400):
        given = {key: array[:size] for key, array in arguments(signal, values).items()}
        for part, head in zip(heads(signal(**given), size), heads(whole, size), strict=True):
            np.testing.assert_array_equal(part, head)


@pytest.mark.parametrize("name", SIGNALS)
@pytest.mark.parametrize("fill", [0.0, 2.5, -1e100, 1e100])
@pytest.mark.parametrize("size", [0, 1, 2, 3, 100])
def test_a_constant_is_borne(name: str, fill: float, size: int) -> None:
    signal = SIGNALS[name]
    for part in heads(signal(**arguments(signal, np.full(size, fill))), size):
        assert np.isfinite(part).all()
