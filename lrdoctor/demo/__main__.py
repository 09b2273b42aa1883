"""``python -m lrdoctor.demo FOLDER SECONDS``: the trainings of ``lrdoctor demo``, which starts it.

It ends with its parent: when that is gone, however it went, the pipe on stdin closes.
"""

import os
import sys
import threading
from pathlib import Path

from lrdoctor.demo import train


def _end_with_parent() -> None:
    os.read(sys.stdin.fileno(), 1)  # not through sys.stdin: its lock would be held at exit
    os._exit(0)


threading.Thread(target=_end_with_parent, daemon=True).start()
train(Path(sys.argv[1]), float(sys.argv[2]))
