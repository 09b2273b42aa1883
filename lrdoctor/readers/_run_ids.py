"""Which columns tell the runs of one table apart."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from lrdoctor.readers._cells import BLANK, number

_GROUPS = (
    ("run_name", "run", "run_id", "run id", "runid"),
    ("experiment_name", "experiment", "experiment_id", "exp_name", "exp_id"),
    ("trial_name", "trial", "trial_id", "trial_number"),
    ("seed", "random_seed"),
    ("fold", "cv_fold", "kfold"),
)
"""Of each group the first that is there. Names that only ever tell one training from another;
``job``, ``session`` and ``host`` also change when the same training is resumed."""

LONGEST = 200
"""Characters of one run's name."""


def columns_of(names: Iterable[str]) -> list[str]:
    """The columns, among these, that tell runs apart."""
    there = {name.strip().lower(): name for name in reversed(list(names))}
    chosen = (next((there[n] for n in group if n in there), None) for group in _GROUPS)
    return [name for name in chosen if name is not None]


def run_of(columns: Iterable[str], row: Mapping[str, object]) -> str:
    """What the run of a row is called: its words as they are, its figures with their column."""
    parts = []
    for name in columns:
        told = row.get(name)
        if isinstance(told, bool) or not isinstance(told, str | int | float):
            continue
        text = str(told).strip()
        if text not in BLANK:
            parts.append(f"{name.strip()}={text}" if number(text) is not None else text)
    return ", ".join(parts)[:LONGEST].encode(errors="replace").decode()
