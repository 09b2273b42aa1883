"""Canonical metric names, and the aliases that frameworks log them under.

Names are compared flat: lower case, every run of separators one ``/``, ``trainLoss`` as
``train/loss``. To teach a new name, add it to a line of ``_ALIASES``. What no alias names is judged
by its words: ``Loss/val_total`` is a loss of the validation split.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from functools import lru_cache
from typing import Literal

CANONICAL = ("train/loss", "val/loss", "train/accuracy", "val/accuracy", "lr", "grad_norm")

PLACES = ("step", "epoch", "wall_time")
"""What a column may be that places a row instead of measuring anything."""

Kind = Literal["loss", "accuracy", "lr", "grad_norm", "other"]
Axis = Literal["step", "epoch", "row"]
Split = Literal["train", "val"]

# Ranked: of several tags for one metric, the earliest alias wins. A series with a point every step
# goes before its mean over an epoch. In Hugging Face logs "train_loss" is one figure at the end
# of the run, so "loss" goes before it.
_ALIASES: dict[str, tuple[str, ...]] = {
    "train/loss": (
        "loss", "train/loss", "loss/train", "train/loss/step", "training/loss", "train/total/loss",
        "total/loss", "train/loss/total", "loss/train/total", "loss/total", "main/loss", "tr/loss",
        "train/inner/loss", "loss/step", "batch/loss", "loss/batch", "train/loss/epoch",
        "epoch/loss", "loss/epoch", "train/epoch/loss", "running/loss", "avg/loss", "lm/loss",
        "learn",  # CatBoost names its objective nowhere else
    ),
    "val/loss": (
        "val/loss", "valid/loss", "validation/loss", "eval/loss", "evaluation/loss", "dev/loss",
        "loss/val", "loss/valid", "loss/validation", "loss/eval", "loss/dev", "val/loss/epoch",
        "val/total/loss", "validation/main/loss", "val/lm/loss", "val/lm/loss/value", "test/loss",
        "loss/test",
    ),
    "train/accuracy": (
        "train/accuracy", "train/acc", "accuracy", "acc", "accuracy/train", "acc/train",
        "training/accuracy", "main/accuracy", "epoch/accuracy", "top1/acc", "train/top1",
    ),
    "val/accuracy": (
        "val/accuracy", "val/acc", "valid/accuracy", "valid/acc", "validation/accuracy",
        "validation/acc", "eval/accuracy", "eval/acc", "dev/accuracy", "accuracy/val", "acc/val",
        "validation/scores", "validation/score", "accuracy/top1", "metrics/accuracy/top1",
        "metrics/map50/b", "metrics/map/0/5", "coco/bbox/map", "bbox/map", "bbox/ap",
        "val/acc/1", "test/accuracy", "test/acc",
    ),
    "lr": (
        "lr", "learning/rate", "train/lr", "train/learning/rate", "lr/pg0", "x/lr0", "lr0",
        "lr/group/0", "lr/0", "lrs", "learning/rates", "epoch/learning/rate", "epoch/lr", "base/lr",
        "base/learning/rate", "learn/rate", "lr/pg1", "lr/group/1",
        "training/lr", "optimizer/lr", "train/lr/epoch", "train/epoch/learning/rate",
        "train/epoch/lr", "lr/head", "current/lr", "current/learning/rate", "cur/lr", "event/lr",
        "l/r",
    ),
    "grad_norm": (
        "grad/norm", "train/grad/norm", "gradient/norm", "gnorm", "train/gnorm", "grad/norm/total",
        "total/grad/norm", "global/grad/norm", "grad/norm/step", "l2/norm/grad/global",
        "grad/2/0/norm/total", "grad/2/norm/total", "gradients/norm", "train/gradient/norm", "norm",
    ),
}  # fmt: skip

# Names with an open part, after all aliases. LearningRateMonitor names the rate after the
# optimizer's class and its parameter group.
_FAMILIES: tuple[tuple[str, re.Pattern[str]], ...] = (
    (
        "lr",
        re.compile(
            r"lr/[a-z]+\d?(/(pg)?\d+)?|learning/rate/(group/)?\d+|(train/)?lr/[a-z]+(/[a-z]+)?/group\d+"
        ),
    ),
    (
        "lr",
        re.compile(
            r"(train(ing)?/|main/|optim(izer)?\d?/|scalars?/|charts?/|metrics?/|logs?/)+"
            r"(lr\d?|learning/rate)|([a-z]+/)+optimizer/learning/rate"
        ),
    ),
    # Parameter groups that have names: "lr-AdamW/head" and, slower, "lr-AdamW/backbone".
    ("lr", re.compile(r"lr/[a-z]+\d?/head")),
    ("lr", re.compile(r"lr/[a-z]+\d?(/[a-z]+\d*){1,3}")),
)

_LAST = 1000
"""Added to a tag's rank, it goes after every other."""

_TRAIN = frozenset({"train", "training", "tr", "trn", "learn", "fit"})
_VAL = frozenset({"val", "valid", "validation", "validate", "validating", "eval", "evaluation",
                  "evaluate", "evaluating", "dev", "test", "testing", "holdout",
                  "heldout"})  # fmt: skip
_LOSS = frozenset({"loss", "losses", "nll", "cost", "objective"})
_ACCURACY = frozenset({"acc", "accuracy", "top1", "acc1", "prec1", "accs"})
_SCORE = frozenset({"map", "map50", "f1", "iou", "miou", "dice", "auc", "auroc", "bleu", "r2"})
# Ranked like the aliases: what is mostly minimised goes before what is only looked at beside it.
_OBJECTIVES = (
    "logloss", "log/loss", "crossentropy", "cross/entropy", "multiclass", "multi/class", "mlogloss",
    "multi/logloss", "bce", "ce", "xent", "rmse", "mse", "l2", "mae", "l1", "huber", "mphe",
    "quantile", "poisson", "nloglik", "deviance", "rmsle", "mape", "perplexity", "ppl", "bpb",
    "bpc", "error", "merror", "multi/error",
)  # fmt: skip
_PLAIN_OBJECTIVES = frozenset({"crossentropy", "cross/entropy", "perplexity", "ppl"})
"""Nothing else that a training prints is called so."""
# Objectives of gradient boosting; elsewhere they may be a penalty, so the split must be told.
_NORMS = frozenset({"l1", "l2"})
# They say how a figure was averaged or where it was shown, not what it measures.
_NEUTRAL = frozenset({
    "total", "all", "overall", "sum", "avg", "average", "mean", "running", "smoothed", "ema",
    "main", "epoch", "step", "batch", "iter", "iteration", "metric", "metrics", "scalar", "scalars",
    "log", "logs", "history", "summary", "charts", "run", "model", "global", "per", "vs",
    "iterations", "epochs", "steps", "categorical", "sparse", "binary", "score", "x",
    "s",  # LightGBM's "train's l2"
})  # fmt: skip
# A loss scale is no loss; the best loss so far only falls; a loss's weight is a setting.
_DERIVED = frozenset({"scale", "scaler", "best", "min", "max", "std", "var", "weight", "weights",
                      "ratio", "count", "delta", "diff", "patience", "coef", "coeff", "lambda",
                      "change", "improvement", "momentum", "decay"})  # fmt: skip
# Losses of games between networks, or of an agent: they may rise in a healthy run.
_CONTEST = frozenset({"policy", "pi", "value", "vf", "pg", "actor", "critic", "q", "td", "entropy",
                      "d", "g", "discriminator", "generator", "disc", "gen", "adv",
                      "adversarial", "reward", "surrogate"})  # fmt: skip
_SIDE = frozenset({"reg", "regularization", "regularisation", "penalty", "kl", "kld", "aux", "l1",
                   "l2", "commit", "commitment", "z"})  # fmt: skip

# What only the training of an agent logs, word for word or as parts of longer names.
# TRL's GRPO and RLOO tell "reward_std", its PPO "objective/rlhf_reward"; a reward model does not.
_AGENT = frozenset({"eprewmean", "eplenmean", "epret", "policy/gradient/loss", "total/timesteps",
                    "reward/std", "rlhf/reward"})  # fmt: skip
_POLICY = frozenset({"policy", "actor", "pg", "surrogate"})
"""Beside a reward, their loss is an agent's."""
_MONITOR = frozenset({"r", "l", "t"})  # Gym's Monitor: reward, length and time of an episode
_REWARD = frozenset({"rew", "reward", "rewards", "return", "returns"})
_EPISODE = frozenset({"ep", "episode", "episodes", "episodic", "rollout"})

_STEPS = ("global/step", "trainer/global/step", "train/global/step", "step", "steps", "train/step",
          "training/step", "acc/iter", "iteration", "iterations", "iter", "iters", "current/steps",
          "current/step", "current/iter", "current/iteration", "main/iteration", "n/iter",
          "num/updates", "update", "updates", "train/num/updates", "valid/num/updates",
          "nupdates", "num/steps",
          "total/timesteps", "time/total/timesteps", "total/timestep", "timesteps", "num/timesteps",
          "timesteps/total", "training/iteration", "it", "batch", "batches", "batch/idx",
          "minibatch", "up", "episode", "tick", "itr", "itrs")  # fmt: skip
_EPOCHS = ("epoch", "epochs", "current/epoch", "train/epoch", "training/epoch", "trainer/epoch",
           "epoch/num", "num/epoch", "epoch/number", "epoch/idx", "epoch/no", "ep")  # fmt: skip
_PLANNED = ("max/steps", "total/steps", "total/iters", "max/iters", "max/iter", "total/iterations",
            "num/training/steps", "train/max/steps")  # fmt: skip
_WALL_TIMES = frozenset({"time", "wall/time", "walltime", "timestamp", "time/stamp", "unix/time",
                         "ts", "created/at"})  # fmt: skip
_PHASES = frozenset({"mode", "phase", "split", "stage", "subset", "set", "event", "type", "kind"})
_WRAPPERS = ("data/", "payload/", "record/", "fields/", "extra/")
"""In front of a column's name they say that its row was wrapped up, as structured logs do."""
_CLOCKS = frozenset({
    "time", "times", "eta", "elapsed", "remaining", "runtime", "timestamp", "walltime", "seconds",
    "second", "secs", "sec", "ms", "minutes", "hours", "duration", "throughput", "memory", "mem",
    "fps", "wps", "ups", "tokens", "samples", "flos", "flops", "percentage", "progress", "gpu",
    "cpu", "seed", "wall", "version",
})  # fmt: skip

_RANKS = {
    alias: (name, rank) for name, aliases in _ALIASES.items() for rank, alias in enumerate(aliases)
}
_RATE_OF = re.compile(r"lr-([A-Z]\w*)(?:-\d+)?(?:/\w+)?")
_PLAYER = re.compile(r"([DG])_[A-Za-z]\w*")
_ABBREVIATED = re.compile(r"l/(?:[dg]/)?[a-z]{3}")
"""BasicSR's names of losses: ``l_pix``, ``l_g_gan``."""
_GLUED = re.compile(r"(train|tr|val|valid|validation|test|eval|dev)(loss|acc|accuracy|lr)")


# What other languages call the same, within longer words, too: Validierungsverlust, 训练损失.
_FOREIGN = (
    ("loss", r"verlust|损失(?:值|函数)?|損失(?:值|関数)?|손실|pérdida|\bperte|потер[ия]"),
    ("accuracy", r"genauigkeit|准确[率度]|正确率|正解率|精度|정확도|exactitud|exactitude|точность"),
    (
        "learning/rate",
        r"lernrate|学习率|學習率|学習率|학습률|taux d.apprentissage|скорость обучения",
    ),
    ("epoch", r"epoche\b|轮次|轮数|エポック|에포크|에폭|\bépoque|\bépoca|эпоха"),
    ("step", r"\bschritt\b|步数|步|ステップ"),
    ("val", r"validierung(?:s(?=verlust|genauigkeit))?|验证集?|驗證集?|検証|검증"),
    ("test", r"测试集?|測試集?"),
    ("train/loss", r"^trl$"),  # llm.c's
    ("test/loss", r"^tel$"),
    ("train", r"training(?:s(?=verlust|genauigkeit))|训练集?|訓練集?|훈련"),
)
_TRANSLATED = re.compile("|".join(f"({words})" for _, words in _FOREIGN))


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
            rank += _LAST if tag in frozen and tag not in own else 0
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
    loss, held_out, accuracy = (set(_words(_flat(tag))) for tag in tags)
    return bool(loss & _TRAIN and held_out & _VAL) and not accuracy & _TRAIN


def kind(name: str) -> Kind:
    """What a canonical name or a tag measures. ``other`` where it is none of the rest."""
    return _kind(name)


@lru_cache(maxsize=8192)
def canonical(tag: str) -> tuple[str, int] | None:
    """The canonical name that a tag may stand for, and its rank: lower is surer.

    None for a tag that measures something else.
    """
    flat = _flat(tag)
    known = _RANKS.get(flat)
    if known is not None:
        return known
    for place, (name, pattern) in enumerate(_FAMILIES):
        if pattern.fullmatch(flat) and not _DERIVED & set(flat.split("/")):
            return name, 100 + place
    return _by_words(flat)


@lru_cache(maxsize=8192)
def is_measure(name: str) -> bool:
    """Whether a name measures the training in so many words: a loss, an accuracy, a cross-entropy,
    or the objective or score of one part of the data, such as ``Validation-rmse``."""
    if kind(name) in ("loss", "accuracy"):
        return True
    flat = _flat(name)
    told = flat in _PLAIN_OBJECTIVES or (_TRAIN | _VAL) & set(_words(flat))
    guess = canonical(name) if told else None
    return guess is not None and guess[0].endswith(("/loss", "/accuracy"))


@lru_cache(maxsize=8192)
def is_reward(name: str) -> bool:
    """Whether a name tells what an agent was rewarded with."""
    words = set(_flat(name).split("/"))
    return bool(words & _REWARD) and not words & _DERIVED


def tells_contest(names: Iterable[str]) -> bool:
    """Whether these are losses of two networks, as CycleGAN calls them: ``G_A``, ``D_real``."""
    return {found[1] for name in names if (found := _PLAYER.fullmatch(name))} == {"D", "G"}


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
    flats = [(column, _unwrapped(_flat(column))) for column in columns]
    found: list[tuple[int, str, Axis]] = []
    for column, flat in flats:
        if column in told:
            if told[column] == "step":
                found.append((-1, column, "step"))
            elif told[column] == "epoch":
                found.append((len(_STEPS), column, "epoch"))
        elif flat in _STEPS:
            found.append((_STEPS.index(flat), column, "step"))
        elif flat in _EPOCHS:
            found.append((len(_STEPS) + 1 + _EPOCHS.index(flat), column, "epoch"))
    return [(column, kind_of) for _, column, kind_of in sorted(found, key=lambda f: f[0])]


def is_objective(name: str) -> bool:
    """Whether a name without a split is one that gradient boosting evaluates its objective by."""
    guess = canonical(f"train {name}")
    return guess is not None and guess[0] in ("train/loss", "train/accuracy")


def is_bookkeeping(tag: str) -> bool:
    """Whether a tag counts, times or weighs the run rather than measures the training."""
    flat = _flat(tag)
    if flat in _STEPS or flat in _EPOCHS or flat in _PLANNED:
        return True
    return canonical(tag) is None and bool(_CLOCKS & set(flat.split("/")))


def optimizer_in(tag: str) -> str | None:
    """``adamw`` of ``lr-AdamW``, as Lightning names the rate after the optimizer."""
    named = _RATE_OF.fullmatch(tag)
    return None if named is None else named[1].lower()


def is_wall_time(tag: str) -> bool:
    """Whether a column may tell the time of day at which a row was logged."""
    return _flat(tag) in _WALL_TIMES


def is_phase(tag: str) -> bool:
    """Whether a column of words may tell train rows from validation rows."""
    return _flat(tag) in _PHASES


def is_planned_steps(tag: str) -> bool:
    """Whether a constant column tells how many optimizer steps the run is meant to take."""
    return _flat(tag) in _PLANNED


def tells_agent(names: Iterable[str]) -> bool:
    """Whether these are metrics of reinforcement learning: rewards of episodes, policy losses."""
    told = set(names)
    if told >= _MONITOR or any(map(_of_agent, told)):
        return True
    return any(map(_is_policy_loss, told)) and any(map(is_reward, told))


@lru_cache(maxsize=4096)
def _of_agent(name: str) -> bool:
    flat = _flat(name)
    words = set(flat.split("/"))
    if any(f"/{flat}".endswith(f"/{sign}") for sign in _AGENT):
        return True
    return bool(words & _REWARD and words & _EPISODE)


@lru_cache(maxsize=4096)
def _is_policy_loss(name: str) -> bool:
    words = set(_flat(name).split("/"))
    return bool(words & _LOSS and words & _POLICY)


def split_of(word: str) -> Split | None:
    """Which part of the data a word such as ``train`` or ``Validation`` names."""
    flat = _flat(word)
    if flat in _VAL:
        return "val"
    return "train" if flat in _TRAIN else None


@lru_cache(maxsize=8192)
def _kind(name: str) -> Kind:
    guess = canonical(name)
    measured = guess[0].rpartition("/")[2] if guess is not None else ""
    words = set(_words(_flat(name)))
    if _derived(words) and name not in CANONICAL:
        return "other"
    if measured == "lr" or words & {"lr"}:
        return "lr"
    if measured == "grad_norm":
        return "grad_norm"
    if words & _LOSS:
        return "loss"
    if measured == "accuracy" or words & _ACCURACY:
        return "accuracy"
    return "other"


def _by_words(flat: str) -> tuple[str, int] | None:
    words = _words(flat.replace("default/policy", "default"))  # RLlib's only agent
    held = set(words)
    if _derived(held) or not held - _TRAIN - _VAL:
        return None
    split: Split | None = "val" if held & _VAL else "train" if held & _TRAIN else None
    rest = held - _TRAIN - _VAL - _NEUTRAL
    # An explicit split, few unknown words and few words at all make a name surer.
    rank = 1000 + 10 * (split is None) + len(words)
    if held & _LOSS:
        return _loss(split, rest - _LOSS, rank)
    if held & _ACCURACY:
        side = 5000 if rest & _SIDE else 0
        return f"{split or 'train'}/accuracy", rank + 100 * len(rest - _ACCURACY) + side
    bare = "/".join(word for word in words if word in rest and not word.isdigit())
    if bare in _OBJECTIVES and (split is not None or bare not in _NORMS):
        return f"{split or 'train'}/loss", rank + 5000 + _OBJECTIVES.index(bare)
    scores = rest & _SCORE
    if scores:
        return f"{split or 'val'}/accuracy", rank + 5000 + 100 * len(rest - scores)
    if held & {"grad", "gradient", "gradients"} and "norm" in held:
        bare_norm = {w for w in rest if not w.isdigit()} <= {"grad", "gradient", "gradients",
                                                            "norm", "l2", "clip", "before",
                                                            "unclipped"}  # fmt: skip
        return ("grad_norm", rank) if bare_norm else None
    return None


def _loss(split: Split | None, rest: set[str], rank: int) -> tuple[str, int] | None:
    if rest & _CONTEST and "cross" not in rest:
        return None
    side = 5000 if rest & _SIDE else 0
    return f"{split or 'train'}/loss", rank + 100 * len(rest) + side


def _derived(words: set[str]) -> bool:
    """Whether these words name what was made of a figure, such as its best, or a cost in seconds,
    as MXNet and Paddle tell."""
    return bool(words & _DERIVED) or ("cost" in words and bool(words & {"time", "reader"}))


def _unwrapped(flat: str) -> str:
    return flat.partition("/")[2] if flat.startswith(_WRAPPERS) else flat


def _words(flat: str) -> list[str]:
    words: list[str] = []
    for word in flat.split("/"):
        glued = _GLUED.fullmatch(word)
        words.extend(glued.groups() if glued else (word,))
    if _ABBREVIATED.match(flat):
        words[0] = "loss"
    return words


@lru_cache(maxsize=8192)
def _flat(tag: str) -> str:
    apart = re.sub(r"(?<=[a-z]{2})(?=[A-Z][a-z])", "/", tag.strip())
    english = _TRANSLATED.sub(lambda m: f"/{_FOREIGN[(m.lastindex or 1) - 1][0]}/", apart.lower())
    return re.sub(r"[\W_]+", "/", english).strip("/")
