"""Files that commands write."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO


@contextmanager
def whole_file(path: Path) -> Iterator[TextIO]:
    """A text file that takes its place at once: whoever reads it meanwhile sees the former one.

    That stays, too, where writing fails: on a full disk, or at Ctrl-C. A pipe or a device, and a
    file in a folder where none can be made, is written in place.

    Raises:
        OSError: it cannot be written; it names ``path``.
    """
    target = Path(os.path.realpath(path))  # a link stays one
    part = target.with_name(f".lrdoctor-{os.getpid()}.part")
    aside = (target.is_file() or not target.exists()) and os.access(target.parent, os.W_OK)
    try:
        with (part if aside else path).open("w", encoding="utf-8", newline="") as stream:
            yield stream
        if aside:
            if target.exists():
                part.chmod(target.stat().st_mode)
            part.replace(target)
    except OSError as error:
        raise OSError(error.errno, error.strerror, str(path)) from error
    finally:
        if aside:
            part.unlink(missing_ok=True)
