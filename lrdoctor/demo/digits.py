"""A small classification task that needs no download: noisy seven-segment digits."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from lrdoctor.run import Floats, Ints

SIDE = 10
"""Images are SIDE x SIDE pixels."""

# Which of the segments top, upper left, upper right, middle, lower left, lower right, bottom
# light up for 0 to 9.
_LIT = ("1110111", "0010010", "1011101", "1011011", "0111010",
        "1101011", "1101111", "1010010", "1111111", "1111011")  # fmt: skip
# Rows and columns of each.
_SEGMENTS = ((slice(0, 1), slice(0, 4)), (slice(0, 4), slice(0, 1)), (slice(0, 4), slice(3, 4)),
             (slice(3, 4), slice(0, 4)), (slice(3, 7), slice(0, 1)), (slice(3, 7), slice(3, 4)),
             (slice(6, 7), slice(0, 4)))  # fmt: skip
_TALL, _BROAD = 7, 4


@dataclass(frozen=True, slots=True)
class Digits:
    """Images, shape (n, SIDE * SIDE), mean 0; labels, shape (n,), 0 to 9."""

    images: Floats
    labels: Ints

    def __len__(self) -> int:
        return len(self.labels)


def digits(count: int, random: np.random.Generator, *, noise: float = 0.35) -> Digits:
    """Draw ``count`` digits, each shifted by chance, its strokes uneven, under Gaussian noise."""
    labels = random.integers(0, 10, count)
    images = random.normal(0, noise, (count, SIDE, SIDE))
    glyphs = np.stack([_glyph(lit) for lit in _LIT])[labels]
    glyphs *= random.uniform(0.6, 1.0, (count, 1, 1))
    place = random.integers(0, (SIDE - _TALL + 1, SIDE - _BROAD + 1), (count, 2))
    for down, right in np.unique(place, axis=0):
        here = (place == (down, right)).all(axis=1)
        images[here, down : down + _TALL, right : right + _BROAD] += glyphs[here]
    flat = images.reshape(count, -1)
    return Digits(flat - flat.mean(axis=0), labels)


def _glyph(lit: str) -> Floats:
    glyph = np.zeros((_TALL, _BROAD))
    for segment, on in zip(_SEGMENTS, lit, strict=True):
        if on == "1":
            glyph[segment] = 1.0
    return glyph
