"""Calls of the compiled signals, with arguments of the types that their stub tells, of any size."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lrdoctor import signals

SIZES = (0, 1, 2, 3, 6, 11, 12, 33, 36, 130)
"""Some that fit what functions take: classes, edges, paces, the fields of a descent."""
FLOATS = (np.nan, np.inf, -np.inf, 0.0, -0.0, 5e-324, -2.3e-308, 1.7e308, -1.7e308, 0.5, 1.0, 3.0)
INTS = (-(2**63), 2**63 - 1, -1, 0, 1, 2, 3, 10, 44, 2**31, 2**53 + 1)
_REFUSALS = (ValueError, TypeError, IndexError, BufferError)


class Calls:
    """Any calls at all: most of their arrays are as long as each other, and some as odd as they
    come, in gaps, backwards or of another type."""

    def __init__(self, rng: np.random.Generator) -> None:
        stub = ast.parse((Path(signals.__path__[0]) / "_compiled.pyi").read_text())
        self._rng = rng
        self._functions = {
            one.name: [
                ast.unparse(arg.annotation) for arg in one.args.posonlyargs if arg.annotation
            ]
            for one in stub.body
            if isinstance(one, ast.FunctionDef)
        }

    def of(self, compiled: Any) -> Iterator[str]:
        """Call each function once; to refuse is an answer, too.

        Yields:
            The name of each that took what it was given.
        """
        for name, types in self._functions.items():
            usual = int(self._rng.choice(SIZES))
            try:
                getattr(compiled, name)(*(self._argument(kind, usual) for kind in types))
            except _REFUSALS:
                continue
            yield name

    def _argument(self, kind: str, usual: int) -> object:
        if kind == "float":
            return float(self._rng.choice(FLOATS))
        if kind in ("int", "bool"):
            return int(self._rng.choice(INTS))
        own, size = self._rng.random(), usual
        if own > 0.85:
            size = usual + 1 if own < 0.9 else int(self._rng.choice(SIZES))
        return self._laid(self._array(kind, size))

    def _array(self, kind: str, size: int) -> NDArray[Any]:
        odd = self._rng.random() < 0.5
        if kind == "Floats":
            return self._rng.choice(FLOATS, size) if odd else self._rng.standard_cauchy(size)
        if kind == "Ints":
            return self._rng.choice(INTS, size) if odd else np.arange(size)
        assert kind == "NDArray[np.bool_]", kind
        return self._rng.random(size) < 0.5

    def _laid(self, array: NDArray[Any]) -> NDArray[Any]:
        way = self._rng.random()
        if way < 0.97:
            return array
        return array[::-1] if way < 0.98 else array[::2] if way < 0.99 else array.view("u1")
