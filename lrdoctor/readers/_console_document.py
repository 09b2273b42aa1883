"""Figures that a document or a table in a printed log names: which of them are step and epoch."""

from __future__ import annotations

import re

from lrdoctor import metrics
from lrdoctor.readers import _records
from lrdoctor.readers._console_line import Pairs
from lrdoctor.readers._console_plan import axis_of

_BARE = re.compile(r"(?<=[:\[,\s])(?:-?(nan)|(-?inf))(?=\s*[,\]}])")
_JSON_SPELLING = {"nan": "NaN", "inf": "Infinity", "-inf": "-Infinity"}


def document(text: str) -> dict[str, float] | None:
    """The JSON object in a line, behind a word such as ``json_stats:``."""
    body = text[text.find("{") : text.rfind("}") + 1]
    if "nan" in body or "inf" in body:
        body = _BARE.sub(lambda bare: _JSON_SPELLING[bare[1] or bare[2]], body)
    try:
        value = _records.parse(body.encode(errors="replace"))
    except ValueError:
        return None
    return dict(_records.leaves("", value)) if isinstance(value, dict) else None


def sorted_out(figures: dict[str, float]) -> Pairs:
    """Figures with their names, apart from those that are the step and the epoch."""
    found = Pairs(dict(figures))
    for name, kind in reversed(metrics.axes(figures)):
        value = figures[name]
        if kind == "step":
            found.step = value
        elif value or axis_of(name) == "epoch":
            found.epoch = value
    for name, kind in metrics.axes(figures):
        if _value_of(found, kind) == figures[name]:
            found.figures.pop(name, None)
    return found


def _value_of(found: Pairs, kind: metrics.Axis) -> float | None:
    return found.step if kind == "step" else found.epoch
