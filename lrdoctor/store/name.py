"""Names of files in a store: mostly text, but a file system's names need not be UTF-8."""

from __future__ import annotations

import os


def held(name: str) -> str | bytes:
    """The name as SQLite takes it: as its bytes where it is no text."""
    try:
        name.encode()
    except UnicodeEncodeError:
        return os.fsencode(name)
    return name


def name_of(held: str | bytes) -> str:
    """The name that ``held`` made this of."""
    return held if isinstance(held, str) else os.fsdecode(held)
