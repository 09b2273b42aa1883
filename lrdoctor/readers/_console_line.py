"""One line of console output into named figures: ``iter 100: loss 2.31, lr: 1e-3``."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from lrdoctor import metrics
from lrdoctor.readers._cells import number
from lrdoctor.readers._console_plan import Plan, plan

_MOST_NUMBERS = 256
"""A line of more numbers is data."""


@dataclass(slots=True)
class Pairs:
    """What one line tells."""

    figures: dict[str, float]
    step: float | None = None
    epoch: float | None = None
    total: float | None = None
    """The last step, where the line tells its step as ``100/5000``."""
    epochs: float | None = None
    """The last epoch, likewise."""
    counter: str = ""
    """What the step is called."""
    beside: Sequence[str] = ()
    """Further names in the line that count steps."""
    validation: bool = False
    """The line says that its figures are of the validation split."""
    whole: bool = True
    """Every figure is written without a fraction, as settings are."""
    spelt: bool = True
    """Every figure stands behind ``:`` or ``=``, as no sentence has it."""
    decimal_comma: bool = False
    """Its numbers are written like ``0,25``."""

    @property
    def measures(self) -> bool:
        """Whether there is a loss, an accuracy or, at a step, an agent's reward or what two
        networks lose by among them."""
        if any(metrics.is_measure(name) for name in self.figures):
            return True
        placed = self.step is not None or self.epoch is not None
        return placed and (
            any(map(metrics.is_reward, self.figures)) or metrics.tells_contest(self.figures)
        )

    @property
    def rates(self) -> bool:
        """Whether there is a learning rate, a gradient norm or a reward among them."""
        return any(
            metrics.kind(name) in ("lr", "grad_norm") or metrics.is_reward(name)
            for name in self.figures
        )


# A date, a time of day and a version are matched as a whole so that no part of them is a figure;
# the end of a range ("mAP50-95", "mAP@.5:.95") and a device's number ("cuda:0") are none.
_NUMBER = re.compile(
    r"""(?<![\w.@])(?<!\d-)(?<!\.5:)(?<!cuda:)(
        \d{4}[-/]\d\d?[-/]\d\d?(?:[T ]\d\d?:\d\d(?::\d\d)?(?:[.,]\d+)?)? |
        \d+:\d\d(?::\d\d)?(?:[.,]\d+)? |
        \d+:\d\d?:\d\d? |
        \d+\.\d+(?:\.\d+)+ |
        [-+]?1\.\#\w+ |
        (?<![\[({,])[-+]?\d+,\d+(?:[eE][-+]?\d+)?(?!\w|[,.]\d) |
        \d{1,3}(?:,\d{3})+(?:\.\d+)?(?!\w|[,.]\d) |
        [-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+|f-?\d\d?(?!\w))?(?:\s{0,8}/\s{0,8}\d+(?!\w|\.\d))? |
        [-+]?(?:nan|inf(?:inity)?)(?!\w)
    )""",
    re.VERBOSE | re.IGNORECASE | re.ASCII,
)
_FRACTION = re.compile(r"(\d+)\s*/\s*(\d+)")
_EITHER = re.compile(r"[1-9]\d{0,2},\d{3}")
"""A comma that may group thousands as well as it may begin the decimals."""
_DECIMAL_COMMA = re.compile(r"(?![+-]?[1-9]\d{0,2},\d{3}\Z)[-+]?\d+,\d+(?:[eE][-+]?\d+)?")
_POINT = re.compile(r"[-+]?[\d,]*\.\d+(?:[eE][-+]?\d+)?|\d{1,3}(?:,\d{3}){2,}")
"""What only those write to whom a comma groups thousands."""


def pairs(text: str, decimal_comma: bool = False) -> Pairs | None:
    """The named figures of a line; None where it tells none.

    Args:
        decimal_comma: the log has written numbers like ``0,25``.
    """
    parts = _NUMBER.split(text)
    if not 3 <= len(parts) <= 2 * _MOST_NUMBERS:
        return None
    meant = plan(tuple(parts[::2]))
    return _filled(meant, parts[1::2], decimal_comma) if meant.slots else None


def _filled(meant: Plan, numbers: Sequence[str], decimal_comma: bool) -> Pairs:
    found = Pairs({}, validation=meant.validation, spelt=meant.spelt)
    comma: bool | None = None
    if "," in " ".join(numbers):
        comma = _comma(numbers, decimal_comma or None)
        found.decimal_comma = comma is True
    for slot in meant.slots:
        token = numbers[slot.at]
        if slot.role == "figure":
            value = _figure(token, slot.name, comma)
            if value is not None:
                found.figures.setdefault(slot.name, value)
                found.whole &= token.isdigit()
        elif slot.role == "epoch":
            epoch = _count(token, comma)
            # Hugging Face prints how many epochs have passed, not which one it is: 0.0 is none.
            if epoch is not None and (epoch[0] or "." not in token):
                found.epoch, found.epochs = epoch
        elif slot.role == "step" or _FRACTION.fullmatch(token):
            step = _count(token, comma)
            if step is not None:
                found.step, found.total = step
                found.counter = slot.name
    if found.counter and len(meant.counters) > 1:
        found.beside = [name for name in meant.counters if name != found.counter]
    return found


def _comma(numbers: Sequence[str], known: bool | None) -> bool | None:
    """Whether a comma begins the decimals in these numbers; None where nothing tells.

    Args:
        known: what the lines before have told.
    """
    if any(_DECIMAL_COMMA.fullmatch(token) for token in numbers):
        return True
    return False if any(_POINT.fullmatch(token) for token in numbers) else known


def _figure(token: str, name: str, comma: bool | None) -> float | None:
    fraction = _FRACTION.fullmatch(token)
    if fraction is None:
        if "f" in token and token[-1].isdigit():
            token = token.replace("f", "e")  # Julia's 2.5f0
        # Thousands or thousandths: rather no figure than a wrong one.
        told = comma is not None or "," not in token or not _EITHER.fullmatch(token)
        return number(token, decimal_comma=comma is True) if told else None
    of = float(fraction[2])
    # "Accuracy: 9800/10000"
    return float(fraction[1]) / of if of and metrics.kind(name) == "accuracy" else None


def _count(token: str, comma: bool | None) -> tuple[float, float | None] | None:
    """A step and, where it is told, the last one."""
    fraction = _FRACTION.fullmatch(token)
    if fraction is not None:
        return float(fraction[1]), float(fraction[2])
    value = number(token, decimal_comma=comma is True)
    return None if value is None or not abs(value) < 2**53 else (value, None)
