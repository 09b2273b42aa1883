"""The shapes that travel: ``Block`` from a reader, ``Series`` and ``Run`` to signals and rules."""

from lrdoctor.run.block import Block, Floats, Ints, joined
from lrdoctor.run.curve import RAW, Curve
from lrdoctor.run.run import Run
from lrdoctor.run.series import MANY, Resume, Series
from lrdoctor.run.settings import Settings

__all__ = [
    "MANY",
    "RAW",
    "Block",
    "Curve",
    "Floats",
    "Ints",
    "Resume",
    "Run",
    "Series",
    "Settings",
    "joined",
]
