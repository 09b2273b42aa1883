"""Figures a line each, indented below a heading: their step may stand last, as keys are sorted.

Ray Tune prints ``Result for …:`` and below it a YAML mapping, ``training_iteration`` near its end.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

import msgspec

from lrdoctor.readers._cells import number

_ENTRY = re.compile(
    r"(?P<indent>[ \t]*)(?:(?P<name>[^\W\d][\w./-]*):(?:\s+(?P<cell>\S+|'.*'|\".*\"))?|-\s.*)\s*"
)
_MOST_LINES = 500
_YAML_SPELLING = {".nan": "nan", ".inf": "inf", "-.inf": "-inf"}


class BlockState(msgspec.Struct):
    """What must be known to go on in another process."""

    heading: int | None = None
    """How far the heading of the open block is indented; None: no block is open."""
    lines: list[str] = []
    """Its lines so far."""


class Blocks:
    """Keeps the lines of the block that is being printed."""

    def __init__(self, state: BlockState) -> None:
        self.state = state

    def open(self, heading: str) -> None:
        """Keep what is indented below this line."""
        self.state.heading = _indent(heading)

    def takes(self, text: str) -> bool:
        """Whether a line belongs to the open block; it is kept."""
        state = self.state
        if state.heading is None or len(state.lines) >= _MOST_LINES:
            return False
        inside = _ENTRY.fullmatch(text) is not None and _indent(text) > state.heading
        if inside:
            state.lines.append(text)
        return inside

    def close(self) -> Sequence[str]:
        """The lines of the block that ends here."""
        lines, self.state.lines, self.state.heading = self.state.lines, [], None
        return lines


def figures(lines: Sequence[str]) -> dict[str, float]:
    """The numbers of a block by their names, those of nested mappings behind their parents'."""
    return dict(_figures(lines))


def _figures(lines: Sequence[str]) -> Iterator[tuple[str, float]]:
    parents: list[tuple[int, str]] = []
    for line in lines:
        entry = _ENTRY.fullmatch(line)
        if entry is None or entry["name"] is None:
            continue
        while parents and parents[-1][0] >= _indent(line):
            parents.pop()
        if entry["cell"] is None:
            parents.append((_indent(line), entry["name"]))
            continue
        value = number(_YAML_SPELLING.get(entry["cell"].lower(), entry["cell"]))
        if value is not None:
            yield "/".join([*(name for _, name in parents), entry["name"]]), value


def _indent(text: str) -> int:
    return len(text) - len(text.lstrip())
