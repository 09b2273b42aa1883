"""Rows in columns, as wide as a terminal's cells are."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rich.cells import cell_len


def table(rows: Sequence[Sequence[str]], right: int = 0) -> Iterator[str]:
    """One line a row; the first ``right`` columns are figures and stand to the right."""
    widths = [max(map(cell_len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        cells = (
            " " * (width - cell_len(text)) + text
            if at < right
            else text + " " * (width - cell_len(text))
            for at, (text, width) in enumerate(zip(row, widths, strict=True))
        )
        yield "  ".join(cells).rstrip()
