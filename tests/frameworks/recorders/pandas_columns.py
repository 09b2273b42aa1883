# /// script
# requires-python = ">=3.11"
# dependencies = ["pandas==3.1.1", "numpy==2.4.6"]
# ///
"""A history that pandas saved as JSON, column by column and row by row."""

from __future__ import annotations

import pandas as pd
from _descent import descend
from _recording import Recording

recording = Recording("json-document")
for name, orient in (("columns", "columns"), ("rows", "index")):
    run = recording.run(name, x_axis="row")
    rows = []
    for row, (loss, held_out) in enumerate(descend(0.1, 12), 1):
        rows.append({"loss": loss, "val_loss": held_out})
        for tag, value in rows[-1].items():
            run.log(tag, row, value)
            run.rounded(tag, ".9g")
    (recording.log / name).mkdir()
    pd.DataFrame(rows).to_json(recording.log / name / "history.json", orient=orient)
recording.write()
