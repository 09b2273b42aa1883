"""Losses of ``recorded_by_torch.py``: predictions and targets to one number."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor
from torch.nn import functional

Loss = Callable[[Tensor, Tensor], Tensor]


def _cross_entropy(p: Tensor, y: Tensor) -> Tensor:
    """Of classes, at each position where there are several."""
    return functional.cross_entropy(p.flatten(0, -2), y.flatten())


def _smoothed(p: Tensor, y: Tensor) -> Tensor:
    return functional.cross_entropy(p, y, label_smoothing=0.2)


def _hinge(p: Tensor, y: Tensor) -> Tensor:
    return functional.relu(1 - (2 * y - 1) * p).mean()


def _pinball(p: Tensor, y: Tensor) -> Tensor:
    """Of the 0.8 quantile: a floor far above zero."""
    off = y - p
    return torch.maximum(0.8 * off, -0.2 * off).mean()


def _exponential(p: Tensor, y: Tensor) -> Tensor:
    """Negative log-likelihood of waiting times at a rate of exp(p)."""
    held = p.clamp(max=12)
    return (held.exp() * y - held).mean()


def _divergence(p: Tensor, y: Tensor) -> Tensor:
    return functional.kl_div(functional.log_softmax(p, 1), y, reduction="batchmean")


def _cosine(p: Tensor, y: Tensor) -> Tensor:
    return 1 - functional.cosine_similarity(p, y).mean()


def _contrastive(p: Tensor, y: Tensor) -> Tensor:
    """Each first view must be nearer to its own second one than to the batch's others."""
    a, b = functional.normalize(p[:, 0], dim=1), functional.normalize(p[:, 1], dim=1)
    return functional.cross_entropy(a @ b.T / 0.2, torch.arange(len(p)))


def _ranking(p: Tensor, y: Tensor) -> Tensor:
    return functional.softplus(p[:, 1] - p[:, 0]).mean()


def _margin(p: Tensor, y: Tensor) -> Tensor:
    return functional.relu(1 + p[:, 1] - p[:, 0]).mean()


LOSSES: dict[str, Loss] = {
    "cross_entropy": _cross_entropy, "smoothed": _smoothed,
    "logistic": functional.binary_cross_entropy_with_logits, "hinge": _hinge,
    "squared": functional.mse_loss, "huber": functional.huber_loss, "absolute": functional.l1_loss,
    "pinball": _pinball, "exponential": _exponential, "soft": functional.cross_entropy,
    "divergence": _divergence, "cosine": _cosine, "contrastive": _contrastive,
    "ranking": _ranking, "margin": _margin,
}  # fmt: skip
CLASSES = {"cross_entropy", "smoothed"}
"""Losses beside which an accuracy is logged."""
