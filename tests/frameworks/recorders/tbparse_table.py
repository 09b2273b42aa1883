# /// script
# requires-python = ">=3.11"
# dependencies = ["tbparse==0.0.9", "tensorboard==2.21.0", "tensorboardX==2.6.5",
#     "numpy==2.4.6", "pandas==3.1.1", "setuptools<81"]
# [tool.recorder]
# environment = "trackers"
# ///
"""Event files of two runs as tbparse's table, written by pandas."""

from __future__ import annotations

from _descent import descend
from _recording import Recording
from tbparse import SummaryReader
from tensorboardX import SummaryWriter

recording = Recording("scalar-table")
for name, rate in (("slow", 0.02), ("fast", 0.3)):
    run = recording.run(f"tables#{name}")
    with SummaryWriter(str(recording.out / "events" / name)) as writer:
        for step, (loss, held_out) in enumerate(descend(rate, 12)):
            for tag, value in (("train/loss", loss), ("val/loss", held_out), ("lr", rate)):
                writer.add_scalar(tag, value, step)
                run.log(tag, step, value)
                run.rounded(tag, ".6g")
table = SummaryReader(str(recording.out / "events"), extra_columns={"dir_name"}).scalars
(recording.log / "tables").mkdir()
table.to_csv(recording.log / "tables" / "scalars.csv")
recording.write()
