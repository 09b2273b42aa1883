# /// script
# requires-python = ">=3.11"
# dependencies = ["torch==2.13.0", "transformers", "timm", "keras>=3", "optax", "jax"]
# ///
"""Let the libraries draw their own schedules: ``../data/library_schedules.npz``.

``pip install torch==2.13.0 transformers timm keras optax jax``, then run this file. Parameters are
random by seed: even seeds are for looking and choosing, odd ones for reporting.
"""

from __future__ import annotations

import argparse
import importlib
import json
from pathlib import Path

import numpy as np
from made import Chance

LIBRARIES = ("torch", "transformers", "timm", "keras", "optax", "formula")
KEPT = Path(__file__).parents[1] / "data" / "library_schedules.npz"
SEEDS = 4


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=SEEDS)
    parser.add_argument("-o", type=Path, default=KEPT)
    asked = parser.parse_args()
    about, rates = [], []
    for number, library in enumerate(LIBRARIES):
        module = importlib.import_module(f"by_{library}")
        print(library, flush=True)
        for seed in range(asked.seeds):
            for one in module.schedules(Chance([seed, number])):
                told = {"library": library, "name": one.name, "seed": seed,
                        "phases": one.phases, "truth": one.truth}  # fmt: skip
                about.append(told)
                rates.append(np.asarray(one.rates, np.float32))
    offsets = np.cumsum([0, *map(len, rates)])
    np.savez_compressed(asked.o, about=json.dumps(about, default=float), offsets=offsets,
                        rates=np.concatenate(rates))  # fmt: skip
    print(f"{len(about)} schedules, {offsets[-1]:,} rates, {asked.o.stat().st_size:,} bytes")


if __name__ == "__main__":
    main()
