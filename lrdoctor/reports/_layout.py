"""Lines that fit: wrapping below an indent, and shortening in the middle."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterator

from rich.cells import cell_len, set_cell_size
from rich.console import Console
from rich.text import Text

_CONSOLE = Console(width=80, color_system=None)  # rich wraps through one; nothing is printed on it


WIDEST = 80
NARROWEST = 40


def paragraph(text: str, head: str = "") -> str:
    """``text`` in lines as a terminal has room for, 40 to 80 cells; 80 in a pipe, as reports do.

    Args:
        head: stands before the first line; the others are set in by as much.
    """
    room = shutil.get_terminal_size().columns if sys.stdout.isatty() else WIDEST
    width = min(WIDEST, max(NARROWEST, room))
    indent = cell_len(head)
    lines = [line.plain.rstrip() for line in wrapped(indent, width, (text, ""))]
    return head + "\n".join(lines)[indent:]


def wrapped(indent: int, width: int, *parts: tuple[str, str]) -> Iterator[Text]:
    """(text, style) parts as one paragraph, each line at most ``width`` cells, indent included."""
    paragraph = Text.assemble(*parts)
    for line in paragraph.wrap(_CONSOLE, width - indent, overflow="fold"):
        yield Text(" " * indent).append_text(line)


def shortened(text: str, room: int) -> str:
    """``text`` in ``room`` cells: its middle goes, for a run's path tells most at its two ends."""
    if cell_len(text) <= room:
        return text
    head = set_cell_size(text, (room - 1) // 2)
    start = len(text)
    while start and cell_len(text[start - 1 :]) <= room - 1 - cell_len(head):
        start -= 1
    return f"{head}…{text[start:]}"
