"""Files in which a framework writes once more what another log of the same run holds."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import product

from lrdoctor.follow.place import Place


@dataclass(frozen=True, slots=True)
class _Copies:
    """Paths below a run's folder."""

    log: str
    """What is read."""
    beside: str
    """What must be there too: the framework's own mark."""
    copies: tuple[str, ...]


_KNOWN = (
    # DVCLive: the last row of each table.
    _Copies(os.path.join("plots", "metrics"), "metrics.json", ("metrics.json",)),
    # CatBoost: the same figures in five files, with ten digits or seven; and its own clock.
    _Copies("catboost_training.json", "learn_error.tsv",
            ("learn_error.tsv", "test_error.tsv", "time_left.tsv", "events.out.tfevents")),
    # Stable-Baselines and OpenAI's baselines, where several outputs are asked for: the table that
    # they print has three digits and cuts long names.
    _Copies("progress.csv", "progress.json", ("progress.json",)),
    _Copies("progress.csv", "log.txt", ("log.txt",)),
    # Ray Tune: the columns of the first report only.
    _Copies("result.json", "params.json", ("progress.csv",)),
    # ClearML offline: what the run printed.
    _Copies("metrics.jsonl", "task.json", ("log.jsonl",)),
    # W&B: the last row of the history.
    _Copies("wandb-history.jsonl", "wandb-summary.json", ("wandb-summary.json",)),
)  # fmt: skip


def without_copies(places: Sequence[Place]) -> list[Place]:
    """The places that hold something of their own. One that was given itself is kept."""
    there = {place.key for place in places}
    gone = set(_copies(there, there))
    return [place for place in places if place.key not in gone or place.folder is None]


_ENDS = tuple(os.sep + known.log for known in _KNOWN)


def _copies(keys: Iterable[str], there: set[str]) -> Iterator[str]:
    logs = (key for key in keys if key.endswith(_ENDS))
    for key, known in product(logs, _KNOWN):
        if key.endswith(os.sep + known.log):
            folder = key[: -len(known.log)]
            copies = there.intersection(folder + copy for copy in known.copies)
            if copies and os.path.exists(folder + known.beside):
                yield from copies
