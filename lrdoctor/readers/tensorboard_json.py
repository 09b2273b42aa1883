"""Scalars downloaded from TensorBoard's page as JSON."""

from __future__ import annotations

import re
from pathlib import PurePath

from lrdoctor.readers._document_dialect import DocumentDialect

_FIGURE = rb'\s*(?:-?\d[\d.eE+-]*|"?NaN"?|"?-?Infinity"?)\s*'
_TRIPLE = re.compile(rb"\s*\[\s*\[" + rb",".join([_FIGURE, rb"\s*-?\d+\s*", _FIGURE]) + rb"\]")


class TensorboardJson(DocumentDialect):
    """TensorBoard's download as JSON: ``[wall time, step, value]`` of one scalar."""

    patterns = ("*.json",)

    @classmethod
    def wrote(cls, path: PurePath, start: bytes) -> bool:
        return _TRIPLE.match(start) is not None
