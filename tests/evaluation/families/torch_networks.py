"""Small PyTorch networks, as the recorded clinic has them, and a few deeper ones."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch_sequences import LINE
from torch_tables import Task

ACTIVATIONS = {"relu": nn.ReLU, "tanh": nn.Tanh, "gelu": nn.GELU, "sigmoid": nn.Sigmoid}
LOOPS = {"gru": nn.GRU, "lstm": nn.LSTM, "rnn": nn.RNN}
TABLE = ("linear", "mlp_relu_64x2", "mlp_relu_64x2", "mlp_relu_64x3", "mlp_relu_32x2",
         "mlp_relu_128x2", "mlp_tanh_32x2", "mlp_tanh_64x3", "mlp_gelu_64x2", "mlp_gelu_64x3_ln",
         "mlp_relu_64x2_bn", "mlp_relu_32x6", "mlp_tanh_32x5", "mlp_sigmoid_32x2",
         "mlp_gelu_48x4_res", "deeplinear_32x2")  # fmt: skip
NETWORKS = {
    "table": TABLE,
    "views": ("linear", "mlp_relu_64x2", "mlp_tanh_64x2", "mlp_gelu_64x2_ln"),
    "image": ("cnn", "cnn", "cnn_bn", "cnn_bn", "mlp_relu_64x2", "mlp_relu_64x2_bn"),
    "pair": ("emb", "emb", "factor"),
    "tokens": ("emb", "gru", "lstm", "rnn", "tf_pre", "tf_post"),
    "series": ("gru", "lstm", "rnn", "mlp_relu_64x2", "mlp_tanh_32x2"),
    "text": ("gru", "lstm", "rnn", "tf_pre", "tf_post"),
}  # fmt: skip
"""What networks fit a problem of a shape."""
SLOW = {"gru", "lstm", "rnn", "tf"}


def network(name: str, task: Task) -> nn.Module:
    """The network of this name with the task's inputs and outputs, freshly initialised.

    Names: ``linear``, ``deeplinear_WIDTHxDEPTH``, ``mlp_ACTIVATION_WIDTHxDEPTH[_bn|_ln|_res]``,
    ``cnn[_bn]``, ``emb`` (embeddings and a hidden layer), ``factor``, ``gru``, ``lstm``, ``rnn``,
    ``tf_pre`` and ``tf_post`` (a transformer, its normalisation before or after each part).
    """
    kind, *parts = name.split("_")
    if kind in LOOPS:
        return Recurrent(kind, task)
    if kind == "tf":
        return Attention(parts[0] == "pre", task)
    if kind == "factor":
        return Factor(task.words)
    if kind == "emb":
        return Embedded(task)
    if kind == "cnn":
        return _convolutions("bn" in parts, task)
    inputs = task.x[0].size // (2 if task.shape == "views" else 1)
    if kind == "linear":
        return nn.Sequential(nn.Flatten(), nn.Linear(inputs, task.out))
    return _layers(kind, parts, inputs, task.out)


def _layers(kind: str, parts: list[str], inputs: int, out: int) -> nn.Module:
    width, depth = map(int, next(p for p in parts if p[0].isdigit()).split("x"))
    steps: list[nn.Module] = [nn.Flatten()]
    for k in range(depth):
        inner: list[nn.Module] = [nn.Linear(inputs if k == 0 else width, width)]
        if "bn" in parts:
            inner.append(nn.BatchNorm1d(width))
        if "ln" in parts:
            inner.append(nn.LayerNorm(width))
        if kind == "mlp":
            inner.append(ACTIVATIONS[parts[0]]())
        steps += [Residual(nn.Sequential(*inner))] if "res" in parts and k else inner
    return nn.Sequential(*steps, nn.Linear(width, out))


def _convolutions(normalised: bool, task: Task) -> nn.Module:
    def layer(a: int, b: int) -> list[nn.Module]:
        norm = [nn.BatchNorm2d(b)] if normalised else []
        return [nn.Conv2d(a, b, 3, padding=1), *norm, nn.ReLU()]

    return nn.Sequential(*layer(1, 8), nn.MaxPool2d(2), *layer(8, 16), nn.AdaptiveAvgPool2d(2),
                         nn.Flatten(), nn.Linear(64, task.out))  # fmt: skip


class Residual(nn.Module):
    def __init__(self, inner: nn.Module) -> None:
        super().__init__()
        self.inner = inner

    def forward(self, x: Tensor) -> Tensor:
        return x + self.inner(x)


class Embedded(nn.Module):
    """Embeddings of all tokens side by side, a hidden layer, an output."""

    def __init__(self, task: Task) -> None:
        super().__init__()
        self.words = nn.Embedding(task.words, 24)
        self.rest = nn.Sequential(
            nn.Linear(24 * task.x.shape[1], 64), nn.ReLU(), nn.Linear(64, task.out)
        )

    def forward(self, x: Tensor) -> Tensor:
        return self.rest(self.words(x).flatten(1))


class Factor(nn.Module):
    """The product of two embeddings and what each token adds: one number."""

    def __init__(self, words: int) -> None:
        super().__init__()
        self.words, self.bias = nn.Embedding(words, 6), nn.Embedding(words, 1)
        self.words.weight.data *= 0.3

    def forward(self, x: Tensor) -> Tensor:
        e = self.words(x)
        return (e[:, 0] * e[:, 1]).sum(1, keepdim=True) + self.bias(x).sum(1)


class Recurrent(nn.Module):
    """Over tokens or numbers; an output at each position of a text, else one at the end."""

    def __init__(self, kind: str, task: Task) -> None:
        super().__init__()
        self.each = task.shape == "text"
        self.words = nn.Embedding(task.words, 24) if task.words else nn.Identity()
        inputs = 24 if task.words else task.x.shape[2]
        self.loop = LOOPS[kind](inputs, 48, batch_first=True)
        self.out = nn.Linear(48, task.out)

    def forward(self, x: Tensor) -> Tensor:
        h, _ = self.loop(self.words(x))
        return self.out(h if self.each else h[:, -1])


class Attention(nn.Module):
    """Two layers of four heads; causal over a text, else averaged over the positions."""

    def __init__(self, before: bool, task: Task) -> None:
        super().__init__()
        width = 32
        self.each = task.shape == "text"
        self.words = nn.Embedding(task.words, width)
        self.places = nn.Parameter(torch.randn(1, LINE, width) * 0.02)
        layer = nn.TransformerEncoderLayer(width, 4, 64, dropout=0.0, batch_first=True,
                                           norm_first=before)  # fmt: skip
        self.layers = nn.TransformerEncoder(layer, 2, enable_nested_tensor=False)
        self.out = nn.Linear(width, task.out)
        self.register_buffer("mask", nn.Transformer.generate_square_subsequent_mask(LINE))

    def forward(self, x: Tensor) -> Tensor:
        n = x.shape[1]
        mask = self.mask[:n, :n] if self.each else None
        h = self.layers(self.words(x) + self.places[:, :n], mask=mask)
        return self.out(h if self.each else h.mean(1))
