"""What XGBoost and LightGBM collect in ``evals_result``, saved as JSON."""

from __future__ import annotations

import re
from pathlib import PurePath

from lrdoctor import metrics
from lrdoctor.readers._document_dialect import DocumentDialect

_OPENING = re.compile(rb'\{\s*"([^"\\]{1,64})"\s*:\s*\{\s*"([^"\\]{1,64})"\s*:\s*\[\s*-?[\dNI]')


class EvalsResult(DocumentDialect):
    """``evals_result`` of XGBoost and LightGBM as JSON: lists with a figure a round."""

    patterns = ("*.json",)

    @classmethod
    def wrote(cls, path: PurePath, start: bytes) -> bool:
        told = _OPENING.match(start)
        return told is not None and metrics.is_objective(told[2].decode(errors="replace"))
