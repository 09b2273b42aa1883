"""What each number of a printed line means, told by the text between its numbers alone.

A training prints the same text thousands of times: it is analysed once.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from lrdoctor import metrics

Role = Literal["step", "epoch", "position", "figure"]


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
    r"(train|training|val|valid|validation|dev|eval|evaluation|test|testing)(?: results)?"
    r"(?:\s+-\s|\s{2,8}(?=[^\W\d]\w{0,40}\s?[=:]))",
    re.IGNORECASE,
)
"""Ignite's tutorials: ``Validation Results - Epoch: 1  Avg loss: 2.5``; in columns by hand:
``Val    loss=2.5  acc=0.5`` below ``Train  loss=2.4  acc=0.6``."""
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
_UNIT = re.compile(
    r"%|/s(?:ec)?\b(?:/[^\W\d_]+)?|[^\W\d_]+(?:/[^\W\d_]+)?| (?:m?s|secs?|seconds)(?= [A-Z])"
)
"""Behind a number; apart from it only where another name follows: ``12.3 s Mean Reward: 0.4``."""


@dataclass(frozen=True, slots=True)
class Slot:
    """A number of a line that has a meaning: the ``at``-th one."""

    at: int
    role: Role
    name: str = ""


@dataclass(frozen=True, slots=True)
class Plan:
    slots: tuple[Slot, ...]
    validation: bool
    spelt: bool
    counters: tuple[str, ...] = ()
    """The names that count steps."""


def axis_of(name: str) -> metrics.Axis:
    """Whether a name counts steps or epochs; ``row`` for neither."""
    # ms-swift: "global_step/max_steps: 5/160"
    name = _COUNTED.sub("", name).partition("/max_")[0]
    return "row" if name.lower() in _PLANS else metrics.axis([name])[1]


@lru_cache(maxsize=512)
def plan(gaps: tuple[str, ...]) -> Plan:
    """What each number of a line means. ``gaps[i]`` is the text before the ``i``-th one."""
    whole = "0".join(gaps)
    if _CALL.search(whole):
        return Plan((), False, False)  # a printed object: Adam(lr=0.1), Namespace(epochs=3)
    slots: list[Slot] = []
    planned: list[Slot] = []
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
                slot = Slot(at, "figure", prefixed(phase, slot.name))
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
    return Plan(_one_axis(_in_phase(slots), validation), validation, spelt, counters)


def _in_phase(slots: list[Slot]) -> list[Slot]:
    """The figures behind one that names the validation, as theirs: ``val Loss: 2.5 Acc: 0.5``;
    where the line tells no other loss, what stands for one in front, too: ``ppl: 9 eval_loss: 2``.

    Not where the line also tells figures of the training and says a name once: it may be of either.
    """
    names = [slot.name for slot in slots if slot.role == "figure"]
    measures = [name for name in names if metrics.kind(name) in ("loss", "accuracy")]
    only = bool(measures) and all(_told(name) == "val" for name in measures if _told(name))
    only = only and _told(measures[0]) == "val"
    kept: list[Slot] = []
    phase = "train"
    for slot in slots:
        if slot.role == "figure":
            split = _told(slot.name)
            said_again = names.count(slot.name) > 1
            theirs = said_again or (only and metrics.kind(slot.name) != "loss")
            if split is not None:
                phase = "test" if slot.name.lower().startswith("test") else split
            elif phase != "train" and theirs and not metrics.is_bookkeeping(slot.name):
                slot = Slot(slot.at, "figure", prefixed(phase, slot.name))
            elif only and phase == "train" and metrics.is_objective(slot.name):
                slot = Slot(slot.at, "figure", prefixed("val", slot.name))
        kept.append(slot)
    return kept


def _told(name: str) -> metrics.Split | None:
    """The part of the data that the first of several words names, as ``val`` of ``val Loss``."""
    first, *rest = re.split(r"[ _/-]", name, maxsplit=1)
    return metrics.split_of(first) if rest else None


def _slot(at: int, gap: str, after: Sequence[str], slots: list[Slot]) -> tuple[Slot | None, bool]:
    """The meaning of one number, and whether ``:`` or ``=`` gives it.

    Args:
        after: the text behind it, and that behind the next number.
    """
    last = slots[-1] if slots else None
    if last is not None and (last.at, last.role) == (at - 1, "epoch") and _PLACE.fullmatch(gap):
        return Slot(at, "position"), False
    name, explicit = _name(_BRACKETED.sub(r"\1", gap))
    if name is None:
        return None, explicit
    if metrics.split_of(name) is not None:
        # timm: "Train: 3 [ 100/1583 (6%)]"; OpenPCDet: "Train:  3/80 (4%) [ 100/1583 (6%)]"
        told = "".join(after).replace(" ", "")
        numbered = metrics.split_of(name) == "train" and told.startswith(("[", "(%)["))
        return (Slot(at, "epoch") if numbered else None), explicit
    axis = axis_of(name)
    if axis != "row":
        return Slot(at, axis, name), explicit
    if name.lower() in _PLANS:
        return Slot(at, metrics.axis([name])[1], name), explicit  # type: ignore[arg-type]
    return Slot(at, "figure", name), explicit


def _listed(slot: Slot, gaps: Sequence[str]) -> Sequence[Slot]:
    """The figures of a list under one name, ``Losses: [2.5, 0.5]``, by their places in it; none
    where it is no list of several: no one of them is the loss."""
    if not gaps[0].rstrip().endswith("["):
        return ()
    count = 1
    while count < len(gaps) and gaps[count].strip() == ",":
        count += 1
    if count == 1 or count == len(gaps) or not gaps[count].lstrip().startswith("]"):
        return ()
    return [Slot(slot.at + n, "figure", f"{slot.name}/{n}") for n in range(count)]


def _one_axis(slots: list[Slot], validation: bool) -> tuple[Slot, ...]:
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
            slot = Slot(slot.at, "figure", slot.name)
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
