"""Lines that fit: wrapping below an indent, and shortening in the middle."""

from __future__ import annotations

from collections.abc import Iterator

from rich.cells import cell_len, set_cell_size
from rich.console import Console
from rich.text import Text

_CONSOLE = Console(width=80, color_system=None)  # rich wraps through one; nothing is printed on it


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
