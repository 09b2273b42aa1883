"""``wandb-summary.json``: the last value of each metric."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import PurePath

from lrdoctor.readers._document import Part, Records
from lrdoctor.readers._document_dialect import DocumentDialect
from lrdoctor.readers._records import Json

_NAME = "wandb-summary.json"


class WandbSummary(DocumentDialect):
    """W&B's summary: the last value of each metric, which tells where a run ended, not how."""

    patterns = (_NAME,)
    clocks = frozenset({"_timestamp"})

    @classmethod
    def wrote(cls, path: PurePath, start: bytes) -> bool:
        return path.name == _NAME and start.startswith(b"{")

    def parts(self, document: Json) -> Iterator[Part]:
        if isinstance(document, dict):
            yield Records([{k: v for k, v in document.items() if k != "_wandb"}])
