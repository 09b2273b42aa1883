"""``--format jsonl``: one line a run, as README's table of fields describes it."""

from __future__ import annotations

import json
from typing import TextIO

from lrdoctor.reports import Outcome, Report


class JsonLines(Report):
    """One JSON object a line, in the order the runs were read.

    Everything outside ASCII is escaped, so that a name from a log reaches no terminal raw and a
    file name that is no UTF-8 survives; NaN and infinities are strings.
    """

    def write(self, outcome: Outcome, stream: TextIO) -> None:
        for diagnosis in outcome.diagnoses:
            stream.write(json.dumps(diagnosis.to_dict(), allow_nan=False) + "\n")
