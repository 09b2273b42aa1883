"""How the readers' tests read."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import PurePath

import pytest

from lrdoctor.readers import Reader, choose, readers
from lrdoctor.run import Run


class Read(Run):
    """A run read from bytes, with what its reader told."""

    reader: Reader
    faults: list[tuple[int | None, str]]

    def points(self, tag: str) -> list[tuple[int, float]]:
        series = self.tags[tag]
        return list(zip(series.steps.tolist(), series.values.tolist(), strict=True))


@pytest.fixture
def read() -> Callable[[str, str | bytes], Read]:
    """Read a whole finished log of this file name; the surest reader gets it."""

    def read(name: str, text: str | bytes) -> Read:
        data = text.encode() if isinstance(text, str) else text
        format_name = choose(PurePath(name), data[:65536])
        assert format_name is not None, "no reader takes it"
        run = Read(name, name, format_name)
        run.reader = readers()[format_name]()
        run.reader.file_name = name
        for block in (*run.reader.feed(data), *run.reader.finish()):
            run.add(block)
        run.x_axis = run.reader.x_axis
        run.faults = [(fault.line, fault.what) for fault in run.reader.take_faults()]
        return run

    return read
