"""The losses of two networks that play against each other, as in a GAN."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from typing import Literal

from lrdoctor.metrics.spelling import flattened
from lrdoctor.metrics.vocabulary import LOSS

Side = Literal["generator", "discriminator"]
_GENERATOR = frozenset({"g", "gen", "generator", "lossg", "errg"})
_DISCRIMINATOR = frozenset({"d", "disc", "discriminator", "critic", "lossd", "errd"})
"""What DCGAN, pix2pix, HiFi-GAN, VQGAN and WGAN call them. An actor's critic has no generator."""
_RUN_ON = frozenset({"lossg", "errg", "lossd", "errd"})


@lru_cache(maxsize=4096)
def side(tag: str) -> Side | None:
    """Whose loss this is; None where it is neither's."""
    words = frozenset(flattened(tag).split("/"))
    if not words & (LOSS | _RUN_ON):
        return None
    if words & _GENERATOR:
        return "generator"
    return "discriminator" if words & _DISCRIMINATOR else None


def is_game(tags: Iterable[str]) -> bool:
    """Whether both sides' losses are among them."""
    return {"generator", "discriminator"} <= {side(tag) for tag in tags}
