"""What is trained: small, but no toys. Data come with scikit-learn and with Python itself."""

from __future__ import annotations

import pydoc_data.topics
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

WHOLE = 65_536
"""Figures of the inputs that a full loss is taken over, at most: the first so many rows."""


@dataclass(frozen=True, slots=True)
class Task:
    """Data, a network for them, and the loss between."""

    network: Callable[[], nn.Module]
    loss: Callable[[Tensor, Tensor], Tensor]
    x: Tensor
    y: Tensor
    held: tuple[Tensor, Tensor]
    """Inputs and targets to validate on."""
    whole: int
    """Rows that the full training loss is taken over, at most."""

    def to(self, device: str) -> Task:
        held = self.held[0].to(device), self.held[1].to(device)
        return replace(self, x=self.x.to(device), y=self.y.to(device), held=held)


def digits() -> Task:
    """A convolutional network on scikit-learn's 1,797 images of digits, 8 by 8."""
    from sklearn.datasets import load_digits

    told = load_digits()
    x = torch.tensor(told.images, dtype=torch.float32).unsqueeze(1) / 16
    return _split(_convolutional, functional.cross_entropy, x, torch.tensor(told.target))


def _convolutional() -> nn.Module:
    return nn.Sequential(
        nn.Conv2d(1, 8, 3, padding=1), nn.ReLU(), nn.Conv2d(8, 16, 3, padding=1), nn.ReLU(),
        nn.MaxPool2d(2), nn.Flatten(), nn.Linear(16 * 4 * 4, 10),
    )  # fmt: skip


def cancer() -> Task:
    """A perceptron with two hidden layers on scikit-learn's 569 tumours of 30 figures each."""
    from sklearn.datasets import load_breast_cancer

    told = load_breast_cancer()
    y = torch.tensor(told.target, dtype=torch.float32).unsqueeze(1)
    return _split(lambda: _perceptron(30, 64, 64), functional.binary_cross_entropy_with_logits,
                  _standard(told.data), y)  # fmt: skip


def diabetes() -> Task:
    """A perceptron on scikit-learn's 442 patients: how far their diabetes goes, squared error."""
    from sklearn.datasets import load_diabetes

    told = load_diabetes()
    return _split(lambda: _perceptron(10, 48, 48), functional.mse_loss, _standard(told.data),
                  _standard(told.target[:, None]))  # fmt: skip


def _perceptron(inputs: int, *hidden: int) -> nn.Module:
    layers: list[nn.Module] = []
    for size in hidden:
        layers += [nn.Linear(inputs, size), nn.ReLU()]
        inputs = size
    return nn.Sequential(*layers, nn.Linear(inputs, 1))


def text(context: int = 32, width: int = 32, layers: int = 2) -> Task:
    """A transformer that tells the next character of Python's own reference texts."""
    whole = "\n".join(pydoc_data.topics.topics.values()).lower()
    known = {c: n for n, c in enumerate(sorted(set(whole[:400_000])))}
    codes = torch.tensor([known[c] for c in whole[:400_000]])
    starts = torch.arange(0, len(codes) - context - 1, context)
    x = torch.stack([codes[s : s + context] for s in starts.tolist()])
    y = torch.stack([codes[s + 1 : s + context + 1] for s in starts.tolist()])

    def loss(told: Tensor, wanted: Tensor) -> Tensor:
        return functional.cross_entropy(told.flatten(0, 1), wanted.flatten())

    return _split(lambda: Transformer(len(known), context, width, layers), loss, x, y)


class Transformer(nn.Module):
    """Causal, layers normalised first, heads of 16."""

    def __init__(self, known: int, context: int, width: int, layers: int) -> None:
        super().__init__()
        self.embed = nn.Embedding(known, width)
        self.place = nn.Parameter(torch.randn(context, width) * 0.02)
        self.layers = nn.Sequential(*(_Layer(width) for _ in range(layers)))
        self.norm, self.out = nn.LayerNorm(width), nn.Linear(width, known)

    def forward(self, x: Tensor) -> Tensor:
        h = self.layers(self.embed(x) + self.place)
        return self.out(self.norm(h))  # type: ignore[no-any-return]


class _Layer(nn.Module):
    def __init__(self, width: int) -> None:
        super().__init__()
        self.heads = max(1, width // 16)
        self.before, self.mixed = nn.LayerNorm(width), nn.Linear(width, 3 * width)
        self.out = nn.Linear(width, width)
        self.rest = nn.Sequential(nn.LayerNorm(width), nn.Linear(width, 4 * width), nn.GELU(),
                                  nn.Linear(4 * width, width))  # fmt: skip

    def forward(self, h: Tensor) -> Tensor:
        rows, context, width = h.shape
        parts = self.mixed(self.before(h)).view(rows, context, 3, self.heads, -1)
        q, k, v = parts.permute(2, 0, 3, 1, 4)
        seen = functional.scaled_dot_product_attention(q, k, v, is_causal=True)
        h = h + self.out(seen.transpose(1, 2).reshape(rows, context, width))
        return h + self.rest(h)  # type: ignore[no-any-return]


def images(count: int = 12_000, size: int = 32, blocks: int = 3) -> Task:
    """A residual network on drawn images of the size of CIFAR's: ten kinds of gratings and blobs,
    of any colour, place and phase, under noise."""
    rng = np.random.default_rng(0)
    kinds = rng.integers(0, 10, count)
    at = np.linspace(-1, 1, size)
    across, down = np.meshgrid(at, at)
    angle = (kinds % 5 * np.pi / 5 + rng.normal(0, 0.12, count))[:, None, None]
    along = across * np.cos(angle) + down * np.sin(angle) + rng.uniform(-1, 1, (count, 1, 1))
    waves = np.sin(along * np.where(kinds < 5, 6.0, 14.0)[:, None, None])
    middle = rng.uniform(-0.5, 0.5, (2, count, 1, 1))
    far = (across - middle[0]) ** 2 + (down - middle[1]) ** 2
    drawn = waves * np.exp(-2 * far)
    colour = rng.uniform(0.2, 1, (count, 3, 1, 1)) * rng.choice([-1, 1], (count, 3, 1, 1))
    noise = rng.standard_normal((count, 3, size, size), dtype=np.float32)
    x = (drawn[:, None] * colour).astype(np.float32) + 0.5 * noise
    return _split(lambda: Residual(blocks=blocks), functional.cross_entropy,
                  torch.from_numpy(x), torch.tensor(kinds))  # fmt: skip


class Residual(nn.Module):
    """A ResNet as for CIFAR (He et al. 2016, section 4.2): three stages, 6 * blocks + 2 layers."""

    def __init__(self, width: int = 16, blocks: int = 3) -> None:
        super().__init__()
        self.stem = nn.Sequential(nn.Conv2d(3, width, 3, padding=1, bias=False),
                                  nn.BatchNorm2d(width), nn.ReLU())  # fmt: skip
        stages: list[nn.Module] = []
        inputs = width
        for stage in range(3):
            for block in range(blocks):
                out = width * 2**stage
                stages.append(_Block(inputs, out, 2 if stage and not block else 1))
                inputs = out
        self.stages, self.out = nn.Sequential(*stages), nn.Linear(inputs, 10)

    def forward(self, x: Tensor) -> Tensor:
        return self.out(self.stages(self.stem(x)).mean((2, 3)))  # type: ignore[no-any-return]


class _Block(nn.Module):
    def __init__(self, inputs: int, out: int, stride: int) -> None:
        super().__init__()
        self.way = nn.Sequential(
            nn.Conv2d(inputs, out, 3, stride, 1, bias=False), nn.BatchNorm2d(out), nn.ReLU(),
            nn.Conv2d(out, out, 3, 1, 1, bias=False), nn.BatchNorm2d(out),
        )  # fmt: skip
        same = inputs == out and stride == 1
        self.short = nn.Identity() if same else nn.Conv2d(inputs, out, 1, stride)

    def forward(self, x: Tensor) -> Tensor:
        return functional.relu(self.way(x) + self.short(x))


def _standard(values: np.ndarray[tuple[int, ...], np.dtype[np.float64]]) -> Tensor:
    """Columns with mean 0 and deviation 1."""
    return torch.tensor((values - values.mean(0)) / values.std(0), dtype=torch.float32)


def _split(network: Callable[[], nn.Module], loss: Callable[[Tensor, Tensor], Tensor], x: Tensor,
           y: Tensor) -> Task:  # fmt: skip
    """One row in six, drawn once and for all, is held out."""
    order = torch.randperm(len(x), generator=torch.Generator().manual_seed(0))
    out, rest = order[: len(x) // 6], order[len(x) // 6 :]
    rows = max(256, WHOLE // x[0].numel())
    return Task(network, loss, x[rest], y[rest], (x[out][:256], y[out][:256]), rows)
