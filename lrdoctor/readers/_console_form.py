"""Lines of trainers that give a figure no name, or name it behind its value, in the usual form."""

from __future__ import annotations

import re

_X = r"[-+]?(?:\d+\.?\d*(?:[eE][-+]?\d+)?|nan|inf)"

_FORMS: tuple[tuple[str, re.Pattern[str], str], ...] = (
    # Darknet: "1000: 2.34, 2.5 avg loss, 0.001 rate, 3.2 seconds, 64000 images"
    (
        " avg",
        re.compile(rf"^\s*(\d+): ({_X}), ({_X}) avg(?: loss)?, ({_X}) rate,.*"),
        r"step \1: loss \2, avg loss \3, lr \4",
    ),
    # ESPnet: "3epoch:train:101-150batch: loss_ctc=2.5"
    (
        "epoch:",
        re.compile(r"\b(\d+)epoch:(train|valid):\d+-(\d+)batch:"),
        r"epoch \1, batch \3, \2:",
    ),
    # llama2.c and its like: "1000 | loss 2.5 | lr 1e-4"; gradient boosting: "[10]\ttrain-rmse:0.5"
    (
        "",
        re.compile(
            r"^\s*(?:\[(\d+)\](?=\t)|(\d+)(?=\s\|\s))(?!.*\b(?:step|iter\w*|epoch|update)s?\b)",
            re.IGNORECASE,
        ),
        r"step \1\2",
    ),
    # Python's logging and loguru tell the place in the code: "(trainer:721)", "| a.b:train:42 - "
    ("", re.compile(r"\([\w.]+:\d+\)|\|\s*[\w.<>]+:[\w<>]+:\d+ - "), "|"),
)


def usual(text: str) -> str:
    """The line, its figures behind their names."""
    for sign, form, said in _FORMS:
        if sign in text:
            text = form.sub(said, text, count=1)
    return text
