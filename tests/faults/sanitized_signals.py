"""Feeds any figures to the compiled signals, built so that any wrong read or write ends it.

``python -m tests.faults.sanitized_signals LIBRARY SECONDS`` prints how many inputs it took;
``test_sanitized.py`` builds the library and runs this. It needs the sanitizer loaded first.
"""

from __future__ import annotations

import sys
import time

import numpy as np

from lrdoctor.signals import _native
from tests.faults.any_call import Calls
from tests.faults.sanitized import loaded
from tests.signals.kernels import KERNELS

ODD = (np.nan, np.inf, -np.inf, 0.0, -0.0, 5e-324, 1e308)


def main(library: str, seconds: float) -> int:
    _native._compiled, _native.THERE = loaded(library), True  # type: ignore[misc]
    rng, end, count = np.random.default_rng(1), time.monotonic() + seconds, 0
    calls = Calls(rng)
    while time.monotonic() < end:
        # Arrays hold these figures and none more: one read too far is seen.
        values = np.round(rng.standard_cauchy(int(rng.choice((rng.integers(200), 1500)))), 1)
        odd = rng.random(len(values)) < rng.choice((0.0, 0.1, 1.0))
        values[odd] = rng.choice(ODD, np.count_nonzero(odd))
        with np.errstate(all="ignore"):
            for kernel in KERNELS.values():
                kernel(values)
        count += 1 + sum(1 for _ in calls.of(_native._compiled))
    return count


if __name__ == "__main__":
    sys.stdout.write(f"{main(sys.argv[1], float(sys.argv[2]))}\n")
