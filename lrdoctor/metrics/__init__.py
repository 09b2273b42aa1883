"""Canonical metric names, and the aliases that frameworks log them under.

Names are compared flat: lower case, every run of separators one ``/``, ``trainLoss`` as
``train/loss``. To teach a new name, add it to a line of ``vocabulary.ALIASES``. What no alias names
is judged by its words: ``Loss/val_total`` is a loss of the validation split.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from functools import lru_cache
from typing import Literal

from lrdoctor.metrics.spelling import flattened, unwrapped, words_of
from lrdoctor.metrics.vocabulary import (
    ACCURACY,
    AGENT,
    CLOCKS,
    CONTEST,
    DERIVED,
    EPISODE,
    EPOCHS,
    FAMILIES,
    LAST,
    LOSS,
    MONITOR,
    NEUTRAL,
    NORMS,
    OBJECTIVES,
    PHASES,
    PLAIN_OBJECTIVES,
    PLANNED,
    PLAYER,
    POLICY,
    RANKS,
    RATE_OF,
    REWARD,
    SCORE,
    SIDE,
    STEPS,
    TRAIN,
    VAL,
    WALL_TIMES,
    is_derived,
)

CANONICAL = ("train/loss", "val/loss", "train/accuracy", "val/accuracy", "lr", "grad_norm")

PLACES = ("step", "epoch", "wall_time")
"""What a column may be that places a row instead of measuring anything."""

Kind = Literal["loss", "accuracy", "lr", "grad_norm", "other"]
Axis = Literal["step", "epoch", "row"]
Split = Literal["train", "val"]


def assign(
    tags: Iterable[str],
    columns: Mapping[str, str] | None = None,
    frozen: Collection[str] = (),
) -> dict[str, str]:
    """The tag behind each name, in the order of ``tags``; a tag of no canonical name keeps its own.

    Which tag a name gets depends on the set of tags alone, not on their order.

    Args:
        tags: names as logged.
        columns: the user's own mapping, tag to canonical name; it wins over every guess. What it
            says of ``PLACES`` is for the readers.
        frozen: tags of a metric that did not move while others of its tags did: these go first.
    """
    order = list(tags)
    own = {tag: name for tag, name in (columns or {}).items() if name not in PLACES}
    best: dict[str, tuple[int, str]] = {}
    for tag in order:
        guess = (own[tag], -1) if tag in own else canonical(tag)
        if guess is not None:
            name, rank = guess
            rank += LAST if tag in frozen and tag not in own else 0
            best[name] = min(best.get(name, (rank, tag)), (rank, tag))
    if "val/accuracy" not in best and _is_validations(best, own):
        best["val/accuracy"] = best.pop("train/accuracy")
    named = {tag: name for name, (_, tag) in best.items()}
    # A tag that is literally called like a name which another tag got must not replace it.
    names: dict[str, str] = {}
    for tag in order:
        name = named.get(tag, tag)
        if name == tag and best.get(name, (0, tag))[1] != tag:
            name = f"{tag} (as logged)"
        names[name] = tag
    return names


def _is_validations(best: Mapping[str, tuple[int, str]], own: Collection[str]) -> bool:
    """Whether the accuracy is the validation's though its name does not say so: fastai and Hugging
    Face's tables tell ``train_loss``, ``valid_loss`` and ``accuracy``, which only an evaluation
    measures."""
    tags = [best[name][1] for name in ("train/loss", "val/loss", "train/accuracy") if name in best]
    if len(tags) < 3 or tags[2] in own:
        return False
    loss, held_out, accuracy = (set(words_of(flattened(tag))) for tag in tags)
    return bool(loss & TRAIN and held_out & VAL) and not accuracy & TRAIN


def kind(name: str) -> Kind:
    """What a canonical name or a tag measures. ``other`` where it is none of the rest."""
    return _kind(name)


@lru_cache(maxsize=8192)
def canonical(tag: str) -> tuple[str, int] | None:
    """The canonical name that a tag may stand for, and its rank: lower is surer.

    None for a tag that measures something else.
    """
    flat = flattened(tag)
    known = RANKS.get(flat) or RANKS.get("/".join(words_of(flat)))
    if known is not None:
        return known
    for place, (name, pattern) in enumerate(FAMILIES):
        if pattern.fullmatch(flat) and not DERIVED & set(flat.split("/")):
            return name, 100 + place
    return _bywords_of(flat)


@lru_cache(maxsize=8192)
def is_measure(name: str) -> bool:
    """Whether a name measures the training in so many words: a loss, an accuracy, a cross-entropy,
    or the objective or score of one part of the data, such as ``Validation-rmse``."""
    if kind(name) in ("loss", "accuracy"):
        return True
    flat = flattened(name)
    told = flat in PLAIN_OBJECTIVES or (TRAIN | VAL) & set(words_of(flat))
    guess = canonical(name) if told else None
    return guess is not None and guess[0].endswith(("/loss", "/accuracy"))


@lru_cache(maxsize=8192)
def is_reward(name: str) -> bool:
    """Whether a name tells what an agent was rewarded with."""
    words = set(flattened(name).split("/"))
    return bool(words & REWARD) and not words & DERIVED


def tells_contest(names: Iterable[str]) -> bool:
    """Whether these are losses of two networks, as CycleGAN calls them: ``G_A``, ``D_real``."""
    return {found[1] for name in names if (found := PLAYER.fullmatch(name))} == {"D", "G"}


def is_rate(tag: str) -> bool:
    """Whether a tag may be the run's learning rate."""
    guess = canonical(tag)
    return guess is not None and guess[0] == "lr"


def axis(columns: Iterable[str]) -> tuple[str | None, Axis]:
    """The column that counts optimizer steps, else epochs; ``(None, "row")`` for neither."""
    return next(iter(axes(columns)), (None, "row"))


def axes(columns: Iterable[str], own: Mapping[str, str] | None = None) -> list[tuple[str, Axis]]:
    """Every column that may be the x axis, best first.

    Args:
        own: what the user says that columns are: metrics, or one of ``PLACES``.
    """
    told = own or {}
    flats = [(column, unwrapped(flattened(column))) for column in columns]
    found: list[tuple[int, str, Axis]] = []
    for column, flat in flats:
        if column in told:
            if told[column] == "step":
                found.append((-1, column, "step"))
            elif told[column] == "epoch":
                found.append((len(STEPS), column, "epoch"))
        elif flat in STEPS:
            found.append((STEPS.index(flat), column, "step"))
        elif flat in EPOCHS:
            found.append((len(STEPS) + 1 + EPOCHS.index(flat), column, "epoch"))
    return [(column, kind_of) for _, column, kind_of in sorted(found, key=lambda f: f[0])]


def is_objective(name: str) -> bool:
    """Whether a name without a split is one that gradient boosting evaluates its objective by."""
    guess = canonical(f"train {name}")
    return guess is not None and guess[0] in ("train/loss", "train/accuracy")


def is_bookkeeping(tag: str) -> bool:
    """Whether a tag counts, times or weighs the run rather than measures the training."""
    flat = flattened(tag)
    if flat in STEPS or flat in EPOCHS or flat in PLANNED:
        return True
    return canonical(tag) is None and bool(CLOCKS & set(flat.split("/")))


def optimizer_in(tag: str) -> str | None:
    """``adamw`` of ``lr-AdamW``, as Lightning names the rate after the optimizer."""
    named = RATE_OF.fullmatch(tag)
    return None if named is None else named[1].lower()


def is_wall_time(tag: str) -> bool:
    """Whether a column may tell the time of day at which a row was logged."""
    return flattened(tag) in WALL_TIMES


def is_phase(tag: str) -> bool:
    """Whether a column of words may tell train rows from validation rows."""
    return flattened(tag) in PHASES


def is_planned_steps(tag: str) -> bool:
    """Whether a constant column tells how many optimizer steps the run is meant to take."""
    return flattened(tag) in PLANNED


def tells_agent(names: Iterable[str]) -> bool:
    """Whether these are metrics of reinforcement learning: rewards of episodes, policy losses."""
    told = set(names)
    if told >= MONITOR or any(map(_of_agent, told)):
        return True
    return any(map(_is_policy_loss, told)) and any(map(is_reward, told))


@lru_cache(maxsize=4096)
def _of_agent(name: str) -> bool:
    flat = flattened(name)
    words = set(flat.split("/"))
    if any(f"/{flat}".endswith(f"/{sign}") for sign in AGENT):
        return True
    return bool(words & REWARD and words & EPISODE)


@lru_cache(maxsize=4096)
def _is_policy_loss(name: str) -> bool:
    words = set(flattened(name).split("/"))
    return bool(words & LOSS and words & POLICY)


def split_of(word: str) -> Split | None:
    """Which part of the data a word such as ``train`` or ``Validation`` names."""
    flat = flattened(word)
    if flat in VAL:
        return "val"
    return "train" if flat in TRAIN else None


@lru_cache(maxsize=8192)
def _kind(name: str) -> Kind:
    guess = canonical(name)
    measured = guess[0].rpartition("/")[2] if guess is not None else ""
    words = set(words_of(flattened(name)))
    if is_derived(words) and name not in CANONICAL:
        return "other"
    if measured == "lr" or words & {"lr"}:
        return "lr"
    if measured == "grad_norm":
        return "grad_norm"
    if words & LOSS:
        return "loss"
    if measured == "accuracy" or words & ACCURACY:
        return "accuracy"
    return "other"


def _bywords_of(flat: str) -> tuple[str, int] | None:
    words = words_of(flat.replace("default/policy", "default"))  # RLlib's only agent
    held = set(words)
    if is_derived(held) or not held - TRAIN - VAL:
        return None
    split: Split | None = "val" if held & VAL else "train" if held & TRAIN else None
    rest = held - TRAIN - VAL - NEUTRAL
    # An explicit split, few unknown words and few words at all make a name surer.
    rank = 1000 + 10 * (split is None) + len(words)
    if held & LOSS:
        return _loss(split, rest - LOSS, rank)
    if held & ACCURACY:
        side = 5000 if rest & SIDE else 0
        return f"{split or 'train'}/accuracy", rank + 100 * len(rest - ACCURACY) + side
    bare = "/".join(word for word in words if word in rest and not word.isdigit())
    if bare in OBJECTIVES and (split is not None or bare not in NORMS):
        return f"{split or 'train'}/loss", rank + 5000 + OBJECTIVES.index(bare)
    scores = rest & SCORE
    if scores:
        return f"{split or 'val'}/accuracy", rank + 5000 + 100 * len(rest - scores)
    if held & {"grad", "gradient", "gradients"} and "norm" in held:
        bare_norm = {w for w in rest if not w.isdigit()} <= {"grad", "gradient", "gradients",
                                                            "norm", "l2", "clip", "before",
                                                            "unclipped"}  # fmt: skip
        return ("grad_norm", rank) if bare_norm else None
    return None


def _loss(split: Split | None, rest: set[str], rank: int) -> tuple[str, int] | None:
    if rest & CONTEST and "cross" not in rest:
        return None
    side = 5000 if rest & SIDE else 0
    return f"{split or 'train'}/loss", rank + 100 * len(rest) + side
