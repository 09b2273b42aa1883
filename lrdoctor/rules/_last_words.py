"""What a log ended in, as part of a sentence."""

from __future__ import annotations

import re

_MODULES = re.compile(r"^(?:\w+\.)+(?=\w+(?:\(\w+\))?(?::|$))")
_MOST_WORDS = 120
"""Characters of the log's words that a sentence bears; ``Diagnosis.ending`` has more of them."""


def brief(said: str) -> str:
    """The log's words as part of a sentence: an exception without the modules of its name."""
    words = _MODULES.sub("", said).rstrip(":. ")
    return words if len(words) <= _MOST_WORDS else f"{words[: _MOST_WORDS - 1].rstrip()}…"
