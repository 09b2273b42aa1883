"""Optimizers: their names in the frameworks, usual learning rates, defaults and batch scaling.

A usual range says where practice mostly ends up, over models and data of every size. It is a weak
prior and never a verdict: small networks take rates ten times higher, fine-tuning ten times lower.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from lrdoctor.errors import not_known

Scaling = Literal["linear", "square-root", "none"]
"""How the best rate grows with the batch: as k, as the root of k, or not at all."""

_GOYAL = "Goyal et al. 2017, arXiv:1706.02677"
_PLAYBOOK = "Godbole et al. 2023, Deep Learning Tuning Playbook"
_TORCH = "defaults of torch.optim 2.13 and of Keras 3.15"


@dataclass(frozen=True, slots=True)
class Usual:
    """What is usual for one optimizer. Rates are base rates, the peak of the schedule."""

    name: str
    """Canonical, lower case: ``adamw``."""
    title: str
    """As its authors write it: ``AdamW``."""
    low: float
    high: float
    pytorch: float | None
    """Default rate in PyTorch; None where PyTorch has no such optimizer."""
    keras: float | None
    scaling: Scaling
    source: str
    """Where the range comes from."""
    is_rate: bool = True
    """False where the optimizer finds its own rate and the log shows a mere factor, mostly 1."""
    note: str = ""


OFTEN_GOOD = {
    "sgd": -1.0, "momentum": -1.6, "nesterov": -1.6, "adam": -2.5, "adamw": -2.5, "nadam": -2.5,
    "radam": -2.3, "adamax": -2.2, "rmsprop": -2.8, "adagrad": -1.3, "adadelta": 0.3,
    "adafactor": -2.0, "lion": -3.5, "muon": -1.5,
}  # fmt: skip
"""log10 of a rate that often serves: the middle of the good windows of the recorded families."""

OPTIMIZERS: tuple[Usual, ...] = (
    Usual("sgd", "SGD", 1e-2, 1.0, 1e-3, 1e-2, "linear", f"{_GOYAL}; {_PLAYBOOK}",
          note="Without momentum it takes about ten times the rate that momentum 0.9 takes."),
    Usual("momentum", "SGD with momentum", 1e-3, 0.3, 1e-3, 1e-2, "linear", _GOYAL,
          note="0.1 for a batch of 256 images at momentum 0.9."),
    Usual("nesterov", "SGD with Nesterov momentum", 1e-3, 0.3, 1e-3, 1e-2, "linear",
          "Sutskever et al. 2013, ICML; " + _GOYAL),
    Usual("adam", "Adam", 1e-5, 3e-3, 1e-3, 1e-3, "square-root",
          "Kingma and Ba 2015, arXiv:1412.6980; Wortsman et al. 2023, arXiv:2309.14322"),
    Usual("adamw", "AdamW", 1e-5, 3e-3, 1e-3, 1e-3, "square-root",
          "Loshchilov and Hutter 2019, arXiv:1711.05101; Wortsman et al. 2023, arXiv:2309.14322",
          note="Fine-tuning: 1e-5 to 5e-5."),
    Usual("nadam", "NAdam", 1e-5, 3e-3, 2e-3, 1e-3, "square-root",
          "Dozat 2016, ICLR workshop; " + _TORCH),
    Usual("radam", "RAdam", 1e-5, 3e-3, 1e-3, None, "square-root",
          "Liu et al. 2020, arXiv:1908.03265", note="Warms itself up."),
    Usual("rmsprop", "RMSprop", 1e-4, 1e-2, 1e-2, 1e-3, "square-root",
          "Tieleman and Hinton 2012, lecture 6.5; " + _TORCH,
          note="The two defaults differ ten times."),
    Usual("adagrad", "Adagrad", 1e-3, 0.5, 1e-2, 1e-3, "square-root",
          "Duchi et al. 2011, JMLR 12; " + _TORCH,
          note="Its steps shrink by themselves, so that high rates are safer than elsewhere."),
    Usual("adadelta", "Adadelta", 0.1, 3.0, 1.0, 1e-3, "none", "Zeiler 2012, arXiv:1212.5701",
          note="Meant to run at 1; the default of Keras is a thousand times lower."),
    Usual("adamax", "Adamax", 1e-4, 5e-3, 2e-3, 1e-3, "square-root",
          "Kingma and Ba 2015, arXiv:1412.6980, section 7"),
    Usual("adafactor", "Adafactor", 1e-4, 1e-2, 1e-2, 1e-3, "square-root",
          "Shazeer and Stern 2018, arXiv:1804.04235; Raffel et al. 2020, arXiv:1910.10683",
          note="With relative steps it ignores the rate that is given."),
    Usual("lion", "Lion", 1e-5, 5e-4, None, 1e-3, "square-root",
          "Chen et al. 2023, arXiv:2302.06675",
          note="3 to 10 times below AdamW's rate, with as much more weight decay."),
    Usual("muon", "Muon", 1e-3, 5e-2, 1e-3, 1e-3, "square-root",
          "Jordan et al. 2024, Muon; Liu et al. 2025, arXiv:2502.16982",
          note="0.02 as published; AdamW's rate where updates are scaled to AdamW's size."),
    Usual("prodigy", "Prodigy", 0.5, 2.0, None, None, "none",
          "Mishchenko and Defazio 2024, PMLR 235", is_rate=False,
          note="The logged 1 multiplies the rate that it finds by itself: d times lr is the rate."),
    Usual("d-adaptation", "D-Adaptation", 0.5, 2.0, None, None, "none",
          "Defazio and Mishchenko 2023, arXiv:2301.07733", is_rate=False,
          note="The logged 1 multiplies the rate that it finds by itself: d times lr is the rate."),
)  # fmt: skip

_BY_NAME = {usual.name: usual for usual in OPTIMIZERS}
# In this order: the first that is found in a name wins.
_PATTERNS = (
    ("d-adaptation", r"d[\W_]*adapt"),
    ("prodigy", r"prodigy"),
    ("adafactor", r"ada[\W_]*factor"),
    ("adagrad", r"ada[\W_]*grad"),
    ("adadelta", r"ada[\W_]*delta"),
    ("adamax", r"ada[\W_]*max"),
    ("nadam", r"(?<![a-z])n[\W_]*adam"),
    ("radam", r"(?<![a-z])r(?:ectified)?[\W_]*adam"),
    ("adamw", r"adam[\W_]*w(?![a-z])|adamw|decoupled[\W_]*adam|adam[\W_]*weight[\W_]*decay"),
    ("adam", r"adam(?!in|ix)"),
    ("lion", r"(?<![a-z])lion(?![a-z])"),
    ("muon", r"muon"),
    ("rmsprop", r"rms[\W_]*prop"),
    ("nesterov", r"nesterov|(?<![a-z])nag(?![a-z])"),
    ("momentum", r"momentum|(?<![a-z])sgdm(?![a-z])"),
    ("sgd", r"(?<![a-z])sgd|gradient[\W_]*descent"),
)
_COMPILED = tuple((name, re.compile(pattern)) for name, pattern in _PATTERNS)


def canonical(
    name: str | None, *, momentum: float | None = None, nesterov: bool = False
) -> str | None:
    """The canonical name of an optimizer, None where it is not in the table.

    ``torch.optim.AdamW``, ``adamw_torch_fused`` and ``AdamW`` are ``adamw``; ``paged_lion_8bit``
    is ``lion``.

    Args:
        name: as configured or logged.
        momentum: the momentum configured beside it; SGD with some is ``momentum``.
        nesterov: it is of Nesterov's kind, which makes SGD ``nesterov``.
    """
    if not name:
        return None
    lowered = name[:256].lower()
    for known, pattern in _COMPILED:
        if pattern.search(lowered):
            if known == "sgd" and momentum:
                return "nesterov" if nesterov else "momentum"
            return known
    return None


def refuse_unknown(name: str | None) -> None:
    """Refuse an optimizer that is not in the table: its name would go without effect.

    Raises:
        UsageError: it is not there; the message tells what comes near.
    """
    if name is not None and canonical(name) is None:
        raise not_known(name, _BY_NAME, "optimizer here called")


def usual(name: str | None) -> Usual | None:
    """What is usual for an optimizer, whatever its spelling; None where it is not in the table."""
    known = canonical(name)
    return None if known is None else _BY_NAME[known]
