"""What is compiled of the signals, as the tests call it: each on any figures at all."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from lrdoctor.run import Floats
from lrdoctor.signals.level import level

Figures = tuple[NDArray[np.generic], ...]
KERNELS: dict[str, Callable[[Floats], Figures]] = {
    "level": lambda values: (
        level(values),
        level(values, 0.9, quantile=0.15),
        level(values, 1.0, most=9, quantile=0.0),
        level(values, 0.3, most=1, quantile=0.99),
    ),
}
