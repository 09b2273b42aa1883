"""Code to paste: the run's own schedule at another base rate, in five frameworks.

Only numbers computed here and names from fixed tables get into the code, never a log's text.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping

from lrdoctor.learning_rate.frameworks import huggingface, keras, lightning, optax, pytorch
from lrdoctor.learning_rate.frameworks.plan import Unit, plan
from lrdoctor.learning_rate.optimizers import canonical
from lrdoctor.schedules import Schedule

FRAMEWORKS = {
    "pytorch": pytorch.code,
    "keras": keras.code,
    "huggingface": huggingface.code,
    "lightning": lightning.code,
    "optax": optax.code,
}


class Written(Mapping[str, str]):
    """Code by framework, written when somebody first asks for it: most reports never do."""

    __slots__ = ("_code", "_write")

    def __init__(self, write: Callable[[], dict[str, str]]) -> None:
        self._write = write
        self._code: dict[str, str] | None = None

    def _written(self) -> dict[str, str]:
        if self._code is None:
            self._code = self._write()
        return self._code

    def __getitem__(self, framework: str) -> str:
        return self._written()[framework]

    def __iter__(self) -> Iterator[str]:
        return iter(self._written())

    def __len__(self) -> int:
        return len(self._written())

    def __repr__(self) -> str:
        return repr(self._written())


def snippets(
    old: float | None,
    new: float,
    *,
    schedule: Schedule | None,
    optimizer: str | None,
    clip: float | None = None,
    unit: Unit = "step",
    title: str | None = None,
) -> dict[str, str]:
    """Code by framework: ``pytorch``, ``keras``, ``huggingface``, ``lightning``, ``optax``.

    Args:
        old: the base rate of the run, where it is known.
        new: the base rate to use instead; finite and above 0.
        schedule: the run's schedule. None, or one that the log does not determine: the code
            sets the rate and leaves the schedule to the user.
        optimizer: its name, however spelled. One that a framework does not have, or that is not
            in the table, keeps the user's own optimizer.
        clip: the largest gradient norm to allow, None for no clipping.
        unit: what the schedule's lengths count.
        title: the comment that the code begins with, one line; None: how the rate changes.

    Raises:
        ValueError: ``new`` is not a finite rate above 0.
    """
    if not (math.isfinite(new) and new > 0):
        raise ValueError(f"the new rate must be finite and above 0, got {new}")
    known = old if old is not None and math.isfinite(old) and old >= 0 else None
    clipped = clip if clip is not None and math.isfinite(clip) and clip > 0 else None
    drawn = plan(known, new, schedule, canonical(optimizer), clipped, unit, title)
    return {name: code(drawn) for name, code in FRAMEWORKS.items()}
