"""A chart of W&B's, exported as CSV: several runs side by side."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import PurePath

from msgspec.structs import replace

from lrdoctor.readers._csv_dialect import CsvDialect
from lrdoctor.run import Block

_BETWEEN = " - "
_ENVELOPE = ("__MIN", "__MAX")


class WandbExport(CsvDialect):
    """W&B's chart as CSV: a column ``run - metric`` for each run, each a run of its own.

    The lowest and highest values beside each, which the page shades, are passed over.
    """

    patterns = ("*.csv",)

    @classmethod
    def wrote(cls, path: PurePath, names: Sequence[str], row: Sequence[str]) -> bool:
        there = set(names)
        return any(_BETWEEN in n and {n + end for end in _ENVELOPE} <= there for n in names)

    def feed(self, data: bytes) -> Iterator[Block]:
        return _of_runs(super().feed(data))

    def finish(self) -> Iterator[Block]:
        return _of_runs(super().finish())


def _of_runs(blocks: Iterable[Block]) -> Iterator[Block]:
    for block in blocks:
        run, between, metric = block.tag.rpartition(_BETWEEN)
        if between and metric != "_step" and not metric.endswith(_ENVELOPE):
            yield replace(block, tag=metric, run=run)
