"""``--format json``: the lines of ``jsonl`` as one indented list, to be read by people too."""

from __future__ import annotations

import json
from typing import TextIO

from lrdoctor.reports import Outcome, Report


class JsonDocument(Report):
    """One JSON list, worst first."""

    def write(self, outcome: Outcome, stream: TextIO) -> None:
        lines = [diagnosis.to_dict() for diagnosis in outcome.worst_first]
        json.dump(lines, stream, indent=2, allow_nan=False)
        stream.write("\n")
