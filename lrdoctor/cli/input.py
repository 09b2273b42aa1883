"""A log from standard input: ``kubectl logs pod | lrdoctor check -``."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path, PurePath
from tempfile import TemporaryDirectory

from lrdoctor.diagnosis import Diagnosis
from lrdoctor.errors import UsageError

GIVEN = ("-", "/dev/stdin")
NAME = "stdin"
PRINTED = "stdin.log"
"""Printed output is looked for only in files of such names: anything may hold "loss 3"."""
HEAD = 64 << 10


@contextmanager
def filed(paths: Sequence[str]) -> Iterator[list[str]]:
    """The paths, with what comes on standard input as a file of its own while the block runs.

    Raises:
        UsageError: standard input is asked for, and closed.
    """
    if not set(paths).intersection(GIVEN):
        yield list(paths)
        return
    if sys.stdin is None:
        raise UsageError("there is no standard input to read")
    from lrdoctor.readers import choose

    with TemporaryDirectory(prefix="lrdoctor-") as folder:
        file = Path(folder) / NAME
        with file.open("wb") as copy:
            shutil.copyfileobj(sys.stdin.buffer, copy)
        with file.open("rb") as copied:
            known = choose(PurePath(NAME), copied.read(HEAD)) is not None
        if not known:
            file = file.rename(file.with_name(PRINTED))
        yield [str(file) if path in GIVEN else path for path in paths]


def named(diagnosis: Diagnosis, paths: Sequence[str], given: Sequence[str]) -> Diagnosis:
    """The diagnosis as of "stdin", where it is of that.

    Args:
        paths: as ``filed`` made them of ``given``.
    """
    files = {made for made, path in zip(paths, given, strict=True) if path in GIVEN}
    if diagnosis.path not in files:
        return diagnosis
    problems = tuple(replace(problem, path=NAME) for problem in diagnosis.problems)
    run = diagnosis.run.replace(PurePath(diagnosis.path).name, NAME, 1)
    return replace(diagnosis, run=run, path=NAME, problems=problems)
