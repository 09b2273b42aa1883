"""The names that frameworks log metrics under, and the words of which further names are made.

All are flat, see ``spelling``.
"""

from __future__ import annotations

import re

# Ranked: of several tags for one metric, the earliest alias wins. A series with a point every step
# goes before its mean over an epoch. In Hugging Face logs "train_loss" is one figure at the end
# of the run, so "loss" goes before it.
ALIASES: dict[str, tuple[str, ...]] = {
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
        "l/r", "learning/learning/rate", "learning/learning/rate/policy",
        "learning/policy/learning/rate",  # skrl's, of an agent and of its policy
    ),
    "grad_norm": (
        "grad/norm", "train/grad/norm", "gradient/norm", "gnorm", "train/gnorm", "grad/norm/total",
        "total/grad/norm", "global/grad/norm", "grad/norm/step", "l2/norm/grad/global",
        "grad/2/0/norm/total", "grad/2/norm/total", "gradients/norm", "train/gradient/norm", "norm",
    ),
}  # fmt: skip

# Names with an open part, after all aliases. LearningRateMonitor names the rate after the
# optimizer's class and its parameter group.
FAMILIES: tuple[tuple[str, re.Pattern[str]], ...] = (
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

LAST = 1000
"""Added to a tag's rank, it goes after every other."""

TRAIN = frozenset({"train", "training", "tr", "trn", "learn", "fit"})
VAL = frozenset({"val", "valid", "validation", "validate", "validating", "eval", "evaluation",
                 "evaluate", "evaluating", "dev", "test", "tst", "testing", "holdout",
                 "heldout"})  # fmt: skip
LOSS = frozenset({"loss", "losses", "closs", "nll", "cost", "objective"})
ACCURACY = frozenset({"acc", "accuracy", "top1", "acc1", "prec1", "accs"})
SCORE = frozenset({"map", "map50", "f1", "iou", "miou", "dice", "auc", "auroc", "bleu", "r2"})
# Ranked like the aliases: what is mostly minimised goes before what is only looked at beside it.
OBJECTIVES = (
    "logloss", "log/loss", "crossentropy", "cross/entropy", "multiclass", "multi/class", "mlogloss",
    "multi/logloss", "bce", "ce", "xent", "rmse", "mse", "l2", "mae", "l1", "huber", "mphe",
    "quantile", "poisson", "nloglik", "deviance", "rmsle", "mape", "perplexity", "ppl", "bpb",
    "bpc", "error", "merror", "multi/error",
)  # fmt: skip
PLAIN_OBJECTIVES = frozenset({"crossentropy", "cross/entropy", "perplexity", "ppl"})
"""Nothing else that a training prints is called so."""
# Objectives of gradient boosting; elsewhere they may be a penalty, so the split must be told.
NORMS = frozenset({"l1", "l2"})
# They say how a figure was averaged or where it was shown, not what it measures.
NEUTRAL = frozenset({
    "total", "all", "overall", "sum", "avg", "average", "mean", "running", "smoothed", "ema",
    "main", "epoch", "step", "batch", "iter", "iteration", "metric", "metrics", "scalar", "scalars",
    "log", "logs", "history", "summary", "charts", "run", "model", "global", "per", "vs",
    "iterations", "epochs", "steps", "categorical", "sparse", "binary", "score", "x",
    "s",  # LightGBM's "train's l2"
})  # fmt: skip
# A loss scale is no loss; the best loss so far only falls; a loss's weight is a setting.
DERIVED = frozenset({"scale", "scaler", "best", "min", "max", "std", "var", "weight", "weights",
                     "ratio", "count", "delta", "diff", "patience", "coef", "coeff", "lambda",
                     "change", "improvement", "momentum", "decay"})  # fmt: skip
# Losses of games between networks, or of an agent: they may rise in a healthy run.
CONTEST = frozenset({"policy", "pi", "value", "vf", "pg", "actor", "critic", "q", "td", "entropy",
                     "d", "g", "discriminator", "generator", "disc", "gen", "adv",
                     "adversarial", "reward", "surrogate"})  # fmt: skip
SIDE = frozenset({"reg", "regularization", "regularisation", "penalty", "kl", "kld", "aux", "l1",
                  "l2", "commit", "commitment", "z"})  # fmt: skip

# What only the training of an agent logs, word for word or as parts of longer names.
# TRL's GRPO and RLOO tell "reward_std", its PPO "objective/rlhf_reward"; a reward model does not.
AGENT = frozenset({"eprewmean", "eplenmean", "epret", "policy/gradient/loss", "total/timesteps",
                   "reward/std", "rlhf/reward"})  # fmt: skip
POLICY = frozenset({"policy", "actor", "pg", "surrogate"})
"""Beside a reward, their loss is an agent's."""
MONITOR = frozenset({"r", "l", "t"})  # Gym's Monitor: reward, length and time of an episode
REWARD = frozenset({"rew", "reward", "rewards", "return", "returns"})
EPISODE = frozenset({"ep", "episode", "episodes", "episodic", "rollout"})

STEPS = ("global/step", "trainer/global/step", "train/global/step", "step", "steps", "train/step",
         "training/step", "acc/iter", "iteration", "iterations", "iter", "iters", "current/steps",
         "current/step", "current/iter", "current/iteration", "main/iteration", "n/iter",
         "num/updates", "update", "updates", "train/num/updates", "valid/num/updates",
         "nupdates", "num/steps",
         "total/timesteps", "time/total/timesteps", "total/timestep", "timesteps", "num/timesteps",
         "timesteps/total", "training/iteration", "it", "batch", "batches", "batch/idx",
         "minibatch", "up", "episode", "tick", "itr", "itrs")  # fmt: skip
EPOCHS = ("epoch", "epochs", "current/epoch", "train/epoch", "training/epoch", "trainer/epoch",
          "epoch/num", "num/epoch", "epoch/number", "epoch/idx", "epoch/no", "ep")  # fmt: skip
PLANNED = ("max/steps", "total/steps", "total/iters", "max/iters", "max/iter", "total/iterations",
           "num/training/steps", "train/max/steps")  # fmt: skip
WALL_TIMES = frozenset({"time", "wall/time", "walltime", "timestamp", "time/stamp", "unix/time",
                        "ts", "created/at"})  # fmt: skip
PHASES = frozenset({"mode", "phase", "split", "stage", "subset", "set", "event", "type", "kind"})
CLOCKS = frozenset({
    "time", "times", "eta", "elapsed", "remaining", "runtime", "timestamp", "walltime", "seconds",
    "second", "secs", "sec", "ms", "minutes", "hours", "duration", "throughput", "memory", "mem",
    "fps", "wps", "ups", "tokens", "samples", "flos", "flops", "percentage", "progress", "gpu",
    "cpu", "seed", "wall", "version",
})  # fmt: skip

RANKS = {
    alias: (name, rank) for name, aliases in ALIASES.items() for rank, alias in enumerate(aliases)
}
RATE_OF = re.compile(r"lr-([A-Z]\w*)(?:-\d+)?(?:/\w+)?")
PLAYER = re.compile(r"([DG])_[A-Za-z]\w*")


def is_derived(words: set[str]) -> bool:
    """Whether these words name what was made of a figure, such as its best, or a cost in seconds,
    as MXNet and Paddle tell."""
    return bool(words & DERIVED) or ("cost" in words and bool(words & {"time", "reader"}))
