SOURCES: int
"""The fingerprint of what it was compiled from, see ``lrdoctor.compiled``."""

class _Gathered: ...

def gathered() -> _Gathered:
    """Where scalars are gathered; none so far."""

def events(
    points: _Gathered, data: bytes | memoryview, at: int, largest: int, base: int, /
) -> tuple[int, list[int], int]:
    """Gather the scalars of whole records from ``at`` on, up to one that is unfinished, larger than
    ``largest`` bytes or has a broken length.

    Args:
        base: is added to their places in the data; below 4 GiB, with the data's length, too.

    Returns:
        Where they end; where those begin that are to be read one by one; and how many bytes all
        that is gathered takes.
    """

def told(points: _Gathered, /) -> tuple[list[tuple[bytes, bytes, int, int]], bytes]:
    """What was gathered; nothing is afterwards.

    Returns:
        For each kind of scalar its tag, its metadata (empty: it has none), whether it is a
        ``simple_value``, and how many points it has; and all points. First, kind after kind, the
        steps of all its points (int64), their wall times and values (both float64); then, in the
        same order, where each value or its record stands (uint32). Points of a kind are in file
        order.
    """

def figures(body: bytes, mark: int, columns: int, /) -> tuple[int, bytes, bytes | None] | None:
    """Complete lines of so many cells each, with the byte ``mark``, no line end, between them.

    Returns:
        How many lines; the figures (float64, NaN in blank cells) and whether a cell is filled
        (None: each one is), both column after column. None where any cell is neither blank nor a
        number, or a line has other cells than that.
    """

def row(mark: int, columns: int, line: bytes, /) -> list[float | None] | None:
    """The figures of one complete line of so many cells, None for a blank one, as ``figures`` reads
    them. None where any cell is neither, all are blank, or it is not just one line.
    """

def objects(body: bytes, at: int, shapes: list[list[bytes]], /) -> tuple[int, bytes, list[bytes]]:
    """The lines from ``at`` on, up to one that has none of up to eight shapes: pieces with a number
    between each two, ``NaN`` and ``Infinity`` included; the last piece holds the line's end. Where
    readers of JSON differ on a number (``-0``, what is beyond all floats) its line has none.

    Returns:
        Where they end; which shape each line has (uint8); and for each shape the numbers of its
        lines (float64), column after column.
    """
