"""The bytes of one file elsewhere into its copy here: only those that it has gained, where it still
begins with the others."""

from __future__ import annotations

import filecmp
import os
from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from lrdoctor.follow.tail import PIECE, TAIL

Info = Mapping[str, Any]
"""What a file system of fsspec says of one file."""


def append(files: Any, info: Info, copy: Path) -> bool:
    """Fetch what the file has gained. False: it does not begin with what was copied."""
    with copy.open("r+b") as file:
        have = file.seek(0, os.SEEK_END)
        start = max(0, have - TAIL)
        file.seek(start)
        known = file.read()
        for data in _pieces(files, info, start):
            if known:
                if not data.startswith(known):
                    return False
                data, known = data[len(known) :], b""
            file.write(data)
    return not known


def replace(files: Any, info: Info, copy: Path) -> None:
    """Fetch the whole file; a copy that is the same already stays."""
    part = copy.with_name(f".{copy.name}.part")
    with part.open("wb") as file:
        if info.get("size") is None:
            file.write(files.cat_file(info["name"]))
        for data in _pieces(files, info, 0):
            file.write(data)
    if copy.exists() and filecmp.cmp(part, copy, shallow=False):
        part.unlink()
    else:
        part.replace(copy)


def _pieces(files: Any, info: Info, start: int) -> Iterator[bytes]:
    size = info.get("size") or 0
    while start < size:
        stop = min(size, start + PIECE)
        data = files.cat_file(info["name"], start=start, end=stop)
        if len(data) > stop - start:  # a server that knows no ranges sends everything
            yield data[start:]
            return
        yield data
        if len(data) < stop - start:
            return  # it shrank meanwhile: the next look sees that
        start = stop


def modified(info: Info) -> float | None:
    """When the file last changed, UTC seconds, as far as it is told."""
    for key in ("LastModified", "last_modified", "mtime", "modified", "updated"):
        told = info.get(key)
        if isinstance(told, datetime):
            return told.timestamp()
        if isinstance(told, int | float):
            return float(told)
        if isinstance(told, str):
            try:
                return datetime.fromisoformat(told).timestamp()
            except ValueError:
                continue
    return None
