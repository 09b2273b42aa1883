"""What depends on a point's index alone, computed once for all curves."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from lrdoctor.run import RAW, Ints

Scalar = TypeVar("Scalar", bound=np.generic)


def of_index(formula: Callable[[Ints], NDArray[Scalar]]) -> Callable[[int], NDArray[Scalar]]:
    """``formula`` of the indices below n as a function of n: shape (n,), read-only.

    To count up, divide and take roots costs as much as to filter, and gives every curve the same.

    Args:
        formula: works on each index by itself, so that fewer points give the beginning of more.
    """
    made = _made(formula, RAW)

    def first(n: int) -> NDArray[Scalar]:
        nonlocal made
        known = made
        if n > len(known):
            made = known = _made(formula, 1 << n.bit_length())
        return known[:n]

    return first


def _made(formula: Callable[[Ints], NDArray[Scalar]], size: int) -> NDArray[Scalar]:
    figures = formula(np.arange(size))
    figures.setflags(write=False)
    return figures


index = of_index(lambda i: i)
count = of_index(lambda i: i + 1)
"""Points up to and with each."""
half = of_index(lambda i: i // 2)
"""The point at half of the way to each."""
two_thirds = of_index(lambda i: i * 2 // 3)


@cache
def newest(share: float) -> Callable[[int], Ints]:
    """The first of the newest ``share`` of the points up to each."""
    return of_index(lambda i: (i * (1 - share)).astype(np.int64))
