"""Whether compiled code belongs to the sources beside it: a checkout moves on without a compiler.

Code of other sources lacks what the Python beside it calls, or takes it otherwise, and every log
would be one that cannot be read.
"""

from __future__ import annotations

import os
import warnings
import zlib
from pathlib import Path
from types import ModuleType


def usable(module: ModuleType) -> bool:
    """Whether to use it: it is made of these sources, and ``LRDOCTOR_PURE`` does not forbid it."""
    if os.environ.get("LRDOCTOR_PURE", "") not in ("", "0"):
        return False
    sources = Path(str(module.__file__)).with_name("native")
    if not sources.is_dir() or getattr(module, "SOURCES", None) == fingerprint(sources):
        return True
    warnings.warn(
        f"{module.__name__} was compiled from other sources and is left alone: install lrdoctor "
        "again for its full speed", RuntimeWarning, stacklevel=2,
    )  # fmt: skip
    return False


def fingerprint(sources: Path) -> int:
    """A checksum over the C files of a folder, 31 bits."""
    code = 0
    for path in sorted(sources.glob("*.[ch]")):
        code = zlib.crc32(path.read_bytes(), code)
    return code >> 1
