"""The shapes that travel: ``Block`` from a reader, ``Series`` and ``Run`` to signals and rules."""

from lrdoctor.run.block import Block, Floats, Ints, joined
from lrdoctor.run.cells import (
    CELL,
    PER_BUCKET,
    Cells,
    cells_of,
    ends_of_kinds,
    joined_cells,
    single,
)
from lrdoctor.run.curve import RAW, Curve
from lrdoctor.run.part import highest, last_finite
from lrdoctor.run.run import ENOUGH, Run
from lrdoctor.run.series import MANY, Resume, Series
from lrdoctor.run.settings import Settings

__all__ = [
    "CELL",
    "ENOUGH",
    "MANY",
    "PER_BUCKET",
    "RAW",
    "Block",
    "Cells",
    "Curve",
    "Floats",
    "Ints",
    "Resume",
    "Run",
    "Series",
    "Settings",
    "cells_of",
    "ends_of_kinds",
    "highest",
    "joined",
    "joined_cells",
    "last_finite",
    "single",
]
