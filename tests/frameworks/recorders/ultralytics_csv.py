# /// script
# requires-python = ">=3.11"
# dependencies = [
#   "torch==2.13.0", "numpy", "opencv-python-headless", "pyyaml", "pillow", "requests", "psutil",
#   "polars", "scipy", "matplotlib", "ultralytics-thop",
# ]
#
# [tool.recorder]
# without-dependencies = ["ultralytics==8.4.190"]  # it asks for torchvision and a display's OpenCV
# ///
"""Ultralytics: a detector learns to find boxes in eight drawn pictures."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from _absent import pretend
from _recording import Recording

pretend("torchvision")
scratch = Path(tempfile.mkdtemp(prefix="boxes-"))
os.environ["YOLO_CONFIG_DIR"] = str(scratch)

import cv2
import numpy as np
import yaml
from ultralytics import YOLO

random = np.random.default_rng(0)


def draw(split: str, count: int) -> None:
    """Pictures of one bright square each, with where it is."""
    for kind in ("images", "labels"):
        (scratch / kind / split).mkdir(parents=True)
    for n in range(count):
        picture = np.full((64, 64, 3), 40, np.uint8)
        x, y = random.integers(16, 48, 2)
        picture[y - 8 : y + 8, x - 8 : x + 8] = random.integers(150, 255, 3)
        cv2.imwrite(str(scratch / "images" / split / f"{n}.png"), picture)
        box = f"0 {x / 64} {y / 64} 0.25 0.25\n"
        (scratch / "labels" / split / f"{n}.txt").write_text(box)


def note(trainer: object) -> None:
    """What ``save_metrics`` is handed, on the way to the file."""
    metrics = {**trainer.label_loss_items(trainer.tloss), **trainer.metrics, **trainer.lr}
    if trainer.epoch < trainer.epochs:  # the last call is of the best weights, after training
        for name, value in metrics.items():
            run.log(name, trainer.epoch + 1, value)
            run.rounded(name, ".6g")


recording = Recording("ultralytics")
run = recording.run(x_axis="epoch", optimizer="adamw", learning_rate=0.002, batch_size=4,
                    planned_steps=4, momentum=0.9, weight_decay=0.0005)  # fmt: skip
run.clock("time")
draw("train", 8)
draw("val", 4)
data = {"path": str(scratch), "train": "images/train", "val": "images/val", "names": {0: "box"}}
(scratch / "data.yaml").write_text(yaml.safe_dump(data))
model = YOLO("yolov8n.yaml")
model.add_callback("on_fit_epoch_end", note)
model.train(data=scratch / "data.yaml", epochs=4, imgsz=64, batch=4, device="cpu", workers=0,
            project=scratch, name="train", plots=False, amp=False, optimizer="AdamW", lr0=0.002,
            momentum=0.9, weight_decay=0.0005)  # fmt: skip
for name in ("results.csv", "args.yaml"):
    text = (scratch / "train" / name).read_text().replace(str(scratch), "boxes")
    (recording.log / name).write_text(text)
recording.write()
