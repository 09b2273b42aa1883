"""The learning rate for another batch size."""

from __future__ import annotations

import math
from dataclasses import dataclass

from lrdoctor.learning_rate.optimizers import Scaling, Usual, usual

_RULES: dict[Scaling, tuple[float, str, str]] = {
    "linear": (1.0, "linear", "Goyal et al. 2017, arXiv:1706.02677"),
    "square-root": (0.5, "square root", "Malladi et al. 2022, arXiv:2205.10287"),
    "none": (0.0, "unchanged", "the optimizer sets the size of its own steps"),
}
_LIMITS: dict[Scaling, str] = {
    "linear": (
        "It holds with a warmup over about five epochs and up to a batch of some thousands; "
        "beyond the critical batch size a larger batch gains little, whatever the rate."
    ),
    "square-root": (
        "It holds while the gradient's noise outweighs the gradient. "
        "Measured exponents lie between 0.5 and 1."
    ),
    "none": "No rule is known to improve on leaving it; check with a short run.",
}
_BETAS = (
    "Move the betas with it, 1 - beta in proportion to the batch, where the batch changes by more "
    "than 4 times."
)
_DERIVED: dict[str, tuple[str, ...]] = {
    "adam": (_BETAS,),
    "rmsprop": (_BETAS,),
    "adamw": (_BETAS, "It was derived without weight decay; with it: Compagnoni et al. 2024, "
              "arXiv:2411.15958."),
}  # fmt: skip
"""What the root was derived for, and what else holds there."""
_ELSEWHERE = {
    "lion": "For steps by the gradient's sign, which Lion's are but for its momentum, Li et al. "
    "2024, arXiv:2405.14578, find that the best rate falls again beyond a certain batch size.",
    "muon": "Where Muon's updates are scaled to the size of AdamW's, AdamW's rate serves (Liu et "
    "al. 2025, arXiv:2502.16982); that it scales alike is a guess.",
}
_EDGE = (
    "Steps too long for the loss's sharpness diverge whatever the batch (Cohen et al. 2021, "
    "arXiv:2103.00065; of Adam 2022, arXiv:2207.14484): a rate near the largest one that trains is "
    "not to be raised."
)
"""Where the best rate at a batch of 32 was the largest that trained, the scaled one ended far
higher at 256: in two of three small trainings of as many epochs."""
FAR = 16.0
"""Batch ratios beyond this are extrapolation: Goyal's curves hold from 256 to 8,192, 32 times, with
retuned warmups; McCandlish et al. 2018 (arXiv:1812.06162) find critical sizes below that."""


@dataclass(frozen=True, slots=True)
class Scaled:
    """A learning rate carried over to another batch size."""

    value: float
    """The rate for the new batch."""
    rule: str
    """``linear``, ``square root`` or ``unchanged``."""
    factor: float
    """``value`` over the old rate."""
    limit: str
    """Where the rule ceases to hold."""
    source: str
    low: float
    """The rate if the optimizer's exponent were the least plausible one."""
    high: float


def scaled(lr: float, old_batch: int, new_batch: int, optimizer: str | None = None) -> Scaled:
    """The rate that takes the same way with another batch size.

    Args:
        lr: the base rate that served with ``old_batch``.
        old_batch: samples in one optimizer step, over all devices and accumulated micro-batches.
        new_batch: the same after the change.
        optimizer: its name, however spelled. None or unknown: the square root, the milder move.

    Raises:
        ValueError: a batch size is below 1 or no float, or a rate is negative or not finite.
    """
    if old_batch < 1 or new_batch < 1:
        raise ValueError(f"batch sizes must be at least 1, got {old_batch} and {new_batch}")
    if max(old_batch, new_batch) >= 2**53:
        raise ValueError("batch sizes must be below 2**53")
    if not (math.isfinite(lr) and lr >= 0):
        raise ValueError(f"the learning rate must be finite and not negative, got {lr}")
    known = usual(optimizer)
    scaling: Scaling = known.scaling if known else "square-root"
    exponent, rule, source = _RULES[scaling]
    ratio = new_batch / old_batch
    limit = _limit(scaling, known)
    if ratio > 1 and scaling != "none":
        limit = f"{limit} {_EDGE}"
    if ratio > FAR or ratio < 1 / FAR:
        limit = f"The batch changes by more than {FAR:g} times: try it on a short run. {limit}"
    factor = ratio**exponent
    if not math.isfinite(lr * ratio):
        raise ValueError(f"a rate of {lr:g} cannot be scaled by {ratio:g}: it overflows")
    least, most = sorted([ratio ** _least(scaling), ratio ** _most(scaling)])
    return Scaled(lr * factor, rule, factor, limit, source, lr * least, lr * most)


def _limit(scaling: Scaling, known: Usual | None) -> str:
    """Where the rule holds, and whether it was derived for this optimizer at all."""
    said = _LIMITS[scaling]
    if scaling != "square-root":
        return said
    if known is None:
        return f"No optimizer is told: this is the milder move, SGD's rule is linear. {said}"
    if known.name in _DERIVED:
        return " ".join([said, *_DERIVED[known.name]])
    own = f"It was derived for Adam and RMSprop, not for {known.title}: check with a short run."
    return " ".join([own, *filter(None, [_ELSEWHERE.get(known.name)]), said])


def _least(scaling: Scaling) -> float:
    return {"linear": 0.5, "square-root": 0.5, "none": 0.0}[scaling]


def _most(scaling: Scaling) -> float:
    return {"linear": 1.0, "square-root": 1.0, "none": 0.5}[scaling]
