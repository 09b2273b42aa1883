# /// script
# requires-python = ">=3.11"
# dependencies = ["tensorboard==2.21.0", "tensorboardX==2.6.5", "numpy==2.4.6", "setuptools<81"]
# [tool.recorder]
# environment = "trackers"
# ///
"""TensorBoard's own downloads as CSV, asked of its server as its page does."""

from __future__ import annotations

import _tensorboard_page as page
from _linear import descend
from _recording import Recording

recording = Recording("tensorboard-csv")
page.record(recording, "csv", {"train/loss": "loss", "val/loss": "val_loss"}, descend(0.05, 12))
recording.write()
