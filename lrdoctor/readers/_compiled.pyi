def events(
    data: bytes | memoryview, at: int, largest: int, /
) -> tuple[int, list[int], list[tuple[int, int, int, int]], bytes]:
    """Whole records from ``at`` on, up to one that is unfinished, larger than ``largest`` bytes or
    has a broken length.

    Returns:
        Where they end; where those begin that are to be read one by one; for each kind of scalar
        where its first value starts and stops in the data, and which points are its own; and the
        points, those of a kind together and in file order, each of 32 bytes: step (int64), wall
        time and value (both float64), where it stands in the data and a number (both uint32).
    """

def figures(body: bytes, mark: int, columns: int, /) -> tuple[int, bytes, bytes | None] | None:
    """Complete lines of so many cells each, with the byte ``mark`` between them.

    Returns:
        How many lines; the figures (float64, NaN in blank cells) and whether a cell is filled
        (None: each one is), both column after column. None where any cell is neither blank nor a
        number, or a line has other cells than that.
    """

def row(mark: int, columns: int, line: bytes, /) -> list[float] | None:
    """The figures of one complete line of so many cells, as ``figures`` reads them. None where any
    cell is no number, or it is not just one line.
    """
