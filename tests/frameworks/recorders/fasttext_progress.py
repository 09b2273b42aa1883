# /// script
# requires-python = ">=3.11"
# dependencies = ["fasttext-wheel==0.9.2", "numpy<2"]
#
# [tool.recorder]
# environment = "fasttext"
# ///
"""What fastText shows of its progress on the error stream, each state over the one before.

It tells its figures nowhere else, so the truth is what stands in the bytes as it wrote them.
"""

from __future__ import annotations

import random
import subprocess
import sys
from pathlib import Path


def train(texts: Path) -> None:
    import fasttext

    fasttext.train_supervised(str(texts), lr=0.5, epoch=40, dim=100, thread=2, verbose=2)


def record() -> None:
    from _recording import Recording

    recording = Recording("fasttext")
    run = recording.run(x_axis="row")
    random.seed(0)
    texts, path = recording.out / "texts", recording.log / "train.log"
    words = [[f"w{random.randint(0, 900) * 3 + k % 3}" for _ in range(40)] for k in range(4000)]
    texts.write_text("".join(f"__label__{k % 3} {' '.join(w)}\n" for k, w in enumerate(words)))
    with path.open("w") as out:
        subprocess.run([sys.executable, __file__, "train", texts], stderr=out, check=True)
    states = path.read_bytes().replace(b"\r", b"\n").split(b"\n")
    for at, state in enumerate(states, 1):
        cells = state.decode().split()
        if cells[:1] == ["Progress:"]:
            run.log("lr", at, float(cells[cells.index("lr:") + 1]))
            run.log("avg.loss", at, float(cells[cells.index("avg.loss:") + 1]))
    recording.write()


if sys.argv[1] == "train":
    train(Path(sys.argv[2]))
else:
    record()
