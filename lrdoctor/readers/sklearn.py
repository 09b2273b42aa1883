"""Curves that scikit-learn's estimators keep, saved as JSON."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import PurePath

from lrdoctor.readers._document import Lists, Part
from lrdoctor.readers._document_dialect import DocumentDialect
from lrdoctor.readers._records import Json

_CURVES = r"loss_curve_?|validation_scores_?|train_score_?|validation_score_?"
_KEY = re.compile(rf'"(?:{_CURVES})"\s*:\s*\['.encode())
_NAME = re.compile(_CURVES)
_LIST = re.compile(rb"\[\s*-?(?:\d|NaN|Infinity)[^\[\]{}\"]*(?:\]\s*)?\Z")


class Sklearn(DocumentDialect):
    """scikit-learn's ``loss_curve_``, ``validation_scores_`` and the like, saved as JSON.

    A bare list is called what its file is.
    """

    patterns = ("*.json",)

    @classmethod
    def wrote(cls, path: PurePath, start: bytes) -> bool:
        bare = _NAME.fullmatch(path.stem) is not None and _LIST.match(start) is not None
        return bare or (start.startswith(b"{") and _KEY.search(start) is not None)

    def parts(self, document: Json) -> Iterator[Part]:
        for part in super().parts(document):
            if isinstance(part, Lists) and list(part.columns) == [""]:
                yield Lists({PurePath(self.file_name).stem: part.columns[""]})
            else:
                yield part
