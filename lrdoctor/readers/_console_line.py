"""One line of console output into named figures: ``iter 100: loss 2.31, lr: 1e-3``.

Where the names stand in a line depends on the text between its numbers alone, and a training
prints the same text thousands of times: it is analysed once.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from lrdoctor import metrics
from lrdoctor.readers._cells import number

_MOST_NUMBERS = 256
"""A line of more numbers is data."""

Role = Literal["step", "epoch", "position", "figure"]


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


@dataclass(frozen=True, slots=True)
class _Slot:
    """A number of a line that has a meaning: the ``at``-th one."""

    at: int
    role: Role
    name: str = ""


@dataclass(frozen=True, slots=True)
class _Plan:
    slots: tuple[_Slot, ...]
    validation: bool
    spelt: bool
    counters: tuple[str, ...] = ()
    """The names that count steps."""


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
_WRAPPED = re.compile(r"(?:\b(?:np|numpy|torch|jnp)\.)?\b(?:float|int|tensor|array|Array)\d*\($")
_CALL = re.compile(r"\b(?!(?:float|int)\d*\b|tensor\b|array\b|Array\b)[A-Za-z_]\w*\([^()]*\w=")
# "mmengine" writes Epoch(train) and Iter(val); ": 3" behind a phase is timm's number of the epoch.
_BRACKETED = re.compile(r"\b(epoch|iter)\((train|val|test)\)", re.IGNORECASE)
_PHASE = re.compile(
    r"(?<![\w/.-])(train|training|val|valid|validation|validating|dev|eval|evaluation|evaluating"
    r"|test|testing)"
    r"(?:[ _](?:set|net|output|results?|metrics|stats|performance|summary))*"
    r"\s{0,8}(?:#\s?0|\(#0\))?['\"\s]{0,8}(?:[:|\])]|=\s?[({\[])",
    re.IGNORECASE,
)
_PHASE_FIRST = re.compile(
    r"(?:^\s*|(?<![\w/.-])(?=\w+ results))"
    r"(train|training|val|valid|validation|dev|eval|evaluation|test|testing)(?: results)?\s+-\s",
    re.IGNORECASE,
)
"""Ignite's tutorials: ``Validation Results - Epoch: 1  Avg loss: 2.5``."""
_FIELD = re.compile(
    r"[\"']\s+|[,;|\t\[\](){}<>=:]|\s{2,}|\s[-–—*•·]+\s|(?<!\bval)(?<!\bvalid)[.!?]\s|\.\.\.",
    re.IGNORECASE,
)
"""What parts names; the dot of "Val. Loss" does not."""
_PLACE = re.compile(r"[\s\]\[(:,|-]*")
_SOURCE = re.compile(r"\.(py|cpp|cc|c|h|hpp|cu|cuh|lua|go|rs|java|js|jl)$")
_LETTER = re.compile(r"[^\W\d_]")
_FILLERS = frozenset({"is", "was", "of", "are", "the", "and", "with", "then", "done", "at"})
_LEVELS = frozenset({"info", "debug", "warning", "error", "critical"})
# As a pair they tell how long the run will be, not how far it is.
_PLANS = frozenset({"epochs", "steps", "iterations", "iters", "batches", "updates", "num_steps",
                    "num steps", "num_epochs", "num epochs"})  # fmt: skip
_COUNTED = re.compile(
    r"(?:complet\w+|finish\w+|current|optimi[sz]er|\w*trainer|end of|after)\s+", re.IGNORECASE
)
"""In front of "step" it is still the step."""
_UNIT = re.compile(r"%|/s(?:ec)?\b(?:/[^\W\d_]+)?|[^\W\d_]+(?:/[^\W\d_]+)?")


def pairs(text: str, decimal_comma: bool = False) -> Pairs | None:
    """The named figures of a line; None where it tells none.

    Args:
        decimal_comma: the log has written numbers like ``0,25``.
    """
    parts = _NUMBER.split(text)
    if not 3 <= len(parts) <= 2 * _MOST_NUMBERS:
        return None
    plan = _plan(tuple(parts[::2]))
    return _filled(plan, parts[1::2], decimal_comma) if plan.slots else None


def axis_of(name: str) -> metrics.Axis:
    """Whether a name counts steps or epochs; ``row`` for neither."""
    # ms-swift: "global_step/max_steps: 5/160"
    name = _COUNTED.sub("", name).partition("/max_")[0]
    return "row" if name.lower() in _PLANS else metrics.axis([name])[1]


def _filled(plan: _Plan, numbers: Sequence[str], decimal_comma: bool) -> Pairs:
    found = Pairs({}, validation=plan.validation, spelt=plan.spelt)
    comma: bool | None = None
    if "," in " ".join(numbers):
        comma = _comma(numbers, decimal_comma or None)
        found.decimal_comma = comma is True
    for slot in plan.slots:
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
    if found.counter and len(plan.counters) > 1:
        found.beside = [name for name in plan.counters if name != found.counter]
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


@lru_cache(maxsize=512)
def _plan(gaps: tuple[str, ...]) -> _Plan:
    """What each number of a line means. ``gaps[i]`` is the text before the ``i``-th one."""
    whole = "0".join(gaps)
    if _CALL.search(whole):
        return _Plan((), False, False)  # a printed object: Adam(lr=0.1), Namespace(epochs=3)
    slots: list[_Slot] = []
    planned: list[_Slot] = []
    spelt = True
    before = ""
    for at, gap in enumerate(gaps[:-1]):
        before += ("0" if at else "") + gap
        follows = gaps[at + 1]
        if _LETTER.match(follows):
            continue  # with a unit, as in 12ms
        if at and (unit := _UNIT.match(gap)):
            gap = gap[unit.end() :]  # of the number before
        slot, explicit = _slot(at, gap, gaps[at + 1 : at + 3], slots)
        if slot is None:
            continue
        if slot.name.lower() in _PLANS:
            planned.append(slot)
            continue
        spelt &= explicit
        if slot.role == "figure":
            phase = _phase(before)
            if phase is not None:
                slot = _Slot(at, "figure", prefixed(phase, slot.name))
            listed = _listed(slot, gaps[at:]) if metrics.kind(slot.name) == "loss" else ()
            if listed:
                slots += listed
                continue
        slots.append(slot)
    validation = _phase(whole) in ("val", "test")
    if not any(slot.role in ("step", "epoch") for slot in slots) and any(
        metrics.kind(slot.name) == "loss" for slot in slots
    ):
        # DeepSpeed: "steps: 10 loss: 2.5"; without a loss it is how many there will be.
        slots += [slot for slot in planned if slot.role in ("step", "epoch")]
    counters = tuple(slot.name for slot in slots if slot.role == "step" and slot.name)
    return _Plan(_one_axis(_in_phase(slots), validation), validation, spelt, counters)


def _in_phase(slots: list[_Slot]) -> list[_Slot]:
    """The figures behind one that names the validation, as theirs: ``val Loss: 2.5 Acc: 0.5``;
    where the line tells no other loss, what stands for one in front, too: ``ppl: 9 eval_loss: 2``.

    Not where the line also tells figures of the training and says a name once: it may be of either.
    """
    names = [slot.name for slot in slots if slot.role == "figure"]
    measures = [name for name in names if metrics.kind(name) in ("loss", "accuracy")]
    only = bool(measures) and all(_told(name) == "val" for name in measures if _told(name))
    only = only and _told(measures[0]) == "val"
    kept: list[_Slot] = []
    phase = "train"
    for slot in slots:
        if slot.role == "figure":
            split = _told(slot.name)
            said_again = names.count(slot.name) > 1
            theirs = said_again or (only and metrics.kind(slot.name) != "loss")
            if split is not None:
                phase = "test" if slot.name.lower().startswith("test") else split
            elif phase != "train" and theirs and not metrics.is_bookkeeping(slot.name):
                slot = _Slot(slot.at, "figure", prefixed(phase, slot.name))
            elif only and phase == "train" and metrics.is_objective(slot.name):
                slot = _Slot(slot.at, "figure", prefixed("val", slot.name))
        kept.append(slot)
    return kept


def _told(name: str) -> metrics.Split | None:
    """The part of the data that the first of several words names, as ``val`` of ``val Loss``."""
    first, *rest = re.split(r"[ _/-]", name, maxsplit=1)
    return metrics.split_of(first) if rest else None


def _slot(at: int, gap: str, after: Sequence[str], slots: list[_Slot]) -> tuple[_Slot | None, bool]:
    """The meaning of one number, and whether ``:`` or ``=`` gives it.

    Args:
        after: the text behind it, and that behind the next number.
    """
    last = slots[-1] if slots else None
    if last is not None and (last.at, last.role) == (at - 1, "epoch") and _PLACE.fullmatch(gap):
        return _Slot(at, "position"), False
    name, explicit = _name(_BRACKETED.sub(r"\1", gap))
    if name is None:
        return None, explicit
    if metrics.split_of(name) is not None:
        # timm: "Train: 3 [ 100/1583 (6%)]"; OpenPCDet: "Train:  3/80 (4%) [ 100/1583 (6%)]"
        told = "".join(after).replace(" ", "")
        numbered = metrics.split_of(name) == "train" and told.startswith(("[", "(%)["))
        return (_Slot(at, "epoch") if numbered else None), explicit
    axis = axis_of(name)
    if axis != "row":
        return _Slot(at, axis, name), explicit
    if name.lower() in _PLANS:
        return _Slot(at, metrics.axis([name])[1], name), explicit  # type: ignore[arg-type]
    return _Slot(at, "figure", name), explicit


def _listed(slot: _Slot, gaps: Sequence[str]) -> Sequence[_Slot]:
    """The figures of a list under one name, ``Losses: [2.5, 0.5]``, by their places in it; none
    where it is no list of several: no one of them is the loss."""
    if not gaps[0].rstrip().endswith("["):
        return ()
    count = 1
    while count < len(gaps) and gaps[count].strip() == ",":
        count += 1
    if count == 1 or count == len(gaps) or not gaps[count].lstrip().startswith("]"):
        return ()
    return [_Slot(slot.at + n, "figure", f"{slot.name}/{n}") for n in range(count)]


def _one_axis(slots: list[_Slot], validation: bool) -> tuple[_Slot, ...]:
    """Of several names that count steps, the best; a batch of the validation split is no step."""
    best: dict[str, str] = {}
    for role in ("step", "epoch"):
        names = [slot.name for slot in slots if slot.role == role and slot.name]
        if names:
            best[role] = metrics.axis(names)[0] or names[0]
    kept = []
    for slot in slots:
        if slot.role == "position" and ("step" in best or validation):
            continue
        if slot.name and slot.name != best.get(slot.role, slot.name):
            slot = _Slot(slot.at, "figure", slot.name)
        kept.append(slot)
    return tuple(kept)


def _name(gap: str) -> tuple[str | None, bool]:
    """The name that ends a gap, and whether ``:`` or ``=`` stands behind it."""
    text = _WRAPPED.sub("", gap.rstrip()).rstrip("[( #'\"")
    bare = text.rstrip(":= ")
    explicit = len(bare) < len(text.rstrip())
    words = _FIELD.split(bare)[-1].strip(" -*'\"#►>→").split()
    said = len(words)
    while words and words[-1].lower() in _FILLERS:
        words.pop()
    said -= len(words)
    while words and words[0].lower() in _FILLERS | (_LEVELS if len(words) > 1 else set()):
        words.pop(0)
    if len(words) > 2 and words[-2].lower() == "at" and axis_of(words[-1]) != "row":
        words = words[-1:]  # Megatron: "validation loss at iteration 10"
    whole = " ".join(words)
    if not _LETTER.search(whole) or _SOURCE.search(whole) or (said and axis_of(words[-1]) != "row"):
        return None, explicit  # also "one epoch is 500 iterations"
    if explicit and len(words) <= 4:
        return whole.strip("'\""), True
    if any(word.lower() == "best" for word in words):
        return None, explicit
    for count in (3, 2, 1):
        name = " ".join(words[-count:])
        if len(words) >= count and (axis_of(name) != "row" or metrics.kind(name) != "other"):
            return name, explicit
    return None, explicit


def _phase(text: str) -> str | None:
    """The part of the data that the text before a figure speaks of last."""
    first = _PHASE_FIRST.search(text)
    spoken = [first[1]] if first is not None else []
    spoken += [m[2] for m in _BRACKETED.finditer(text)] + [m[1] for m in _PHASE.finditer(text)]
    if not spoken:
        return None
    word = spoken[-1].lower()
    if word.startswith("test"):
        return "test"
    return metrics.split_of(word)


def prefixed(phase: str, name: str) -> str:
    """The name with its phase, where it does not tell one itself."""
    guess = metrics.kind(name)
    told = set(re.split(r"[\W_]+", name.lower())) & {"train", "training", "val", "valid", "eval",
                                                    "validation", "dev", "test"}  # fmt: skip
    if told or (phase != "train" and guess in ("lr", "grad_norm")):
        return name
    return f"{phase}/{name}"
