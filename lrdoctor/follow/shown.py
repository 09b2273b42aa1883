"""Names of files as text: a file system's names are bytes, and need not be UTF-8."""

from __future__ import annotations

import os


def shown(name: str) -> str:
    r"""The name as it can be printed, stored as text and sent: bytes that are no UTF-8 as ``\xff``.

    Never to open a file by.
    """
    try:
        name.encode()
    except UnicodeEncodeError:
        return os.fsencode(name).decode("utf-8", "backslashreplace")
    return name
