"""Files beside a log that tell how the run was set up: ``hparams.yaml``, ``args.yaml``, ….

They come from strangers: YAML is read by the safe loader, tags of Python objects become None, no
Python is run, and whatever is broken tells nothing.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import lru_cache
from itertools import islice

import yaml

from lrdoctor.readers import _yaml
from lrdoctor.readers._records import parse
from lrdoctor.readers._side_text import model_card, python_config
from lrdoctor.run import Settings

SIDE_FILES: tuple[str, ...] = (
    "hparams.yaml", "hparams.yml", "args.yaml", "training_args.yaml", "config.yaml", "opt.yaml",
    "hyp.yaml", "params.yaml",
    "config.json", "args.json", "hparams.json", "params.json", "training_args.json",
    "all_args.json", "task.json", "files/config.yaml", "texts/hparams0.txt", "config.py",
    "README.md",
)  # fmt: skip

LARGEST = 256 << 10
_DEEPEST = 6
MOST = 500
"""Settings of one file; parameters of one run."""
_LONGEST_TEXT = 256

Plain = str | float | bool

# The last part of a flat name, ranked: the earliest that is there wins.
_LEARNING_RATE = ("learning_rate", "lr", "lr0", "base_lr", "init_lr", "initial_lr", "peak_lr",
                  "max_lr", "learning_rate_init", "base_learning_rate", "initial_learning_rate",
                  "peak_learning_rate", "max_learning_rate", "lr_init", "lr_max")  # fmt: skip
_RATE_OF = re.compile(
    r"(?<!log)(?<!log10)(?<!min)(?<!final)(?<!end)(?<!warmup)_(lr|learning_rate)$"
)
"""The rate of a part, as ``adam_lr`` where trials of a sweep choose the optimizer."""
_BY_EPOCH = frozenset({"args.yaml", "opt.yaml"})
_BATCH = ("total_train_batch_size", "train_batch_size", "batch_size", "batch",
          "per_device_train_batch_size",
          "global_batch_size", "micro_batch_size", "ims_per_batch", "samples_per_gpu", "bs",
          "batchsize")  # fmt: skip
_OPTIMIZER = ("optimizer", "optim", "opt", "optimizer_name", "optimizer_type", "optimizer/name",
              "optimizer/type", "optimizer/class_path", "optimizer/_target_",
              "optimizer/_component_", "optimizer/class_name", "optim/name",
              "optim/type", "optim/_target_")  # fmt: skip
_MOMENTUM = ("momentum", "sgd_momentum", "beta1", "adam_beta1")
_DECAY = ("weight_decay", "wd", "l2")
_CLIP = ("gradient_clip_val", "max_grad_norm", "grad_clip", "clip_grad", "clip_grad_norm",
         "gradient_clip", "clip_norm", "grad_norm_clip", "gradient_clipping", "grad_clip/max_norm",
         "clip_grad/max_norm", "train/max_norm", "global_clipnorm", "clipnorm")  # fmt: skip
_STEPS = ("max_steps", "total_steps", "num_training_steps", "max_iters", "train_steps",
          "max_iter", "num_steps", "total_iters", "n_steps", "max_train_steps")  # fmt: skip
_OPTIMIZER_NAME = re.compile(
    r"adamw|nadam|radam|adamax|adagrad|adadelta|adafactor|adabelief|adam|lion|lamb|lars|rmsprop"
    r"|sgd|momentum|shampoo|sophia|muon|adan|prodigy|rprop|asgd|lbfgs|madgrad|yogi|ftrl|novograd"
)


# W&B, SwanLab and ClearML put a value among these.
_WRAPPING = {"value", "desc", "sort", "description", "name", "section", "type"}


class _Loader(yaml.SafeLoader):
    """The safe loader that meets a Python object with None instead of giving up the file."""


_Loader.add_multi_constructor("tag:yaml.org,2002:python/", lambda loader, suffix, node: None)
_Loader.add_multi_constructor("!", lambda loader, suffix, node: None)


def settings_from(name: str, data: bytes) -> Settings:
    """What a side file tells; empty settings where it is too large, broken or of another kind.

    Args:
        name: the file's name. Ultralytics' and timm's ``args.yaml`` and YOLOv5's ``opt.yaml``
            count the plan in epochs, as their logs count their steps.
    """
    if len(data) > LARGEST:
        return Settings()
    try:
        document = _document(name, data)
    except (ValueError, RecursionError):
        return Settings()
    if not isinstance(document, dict):
        return Settings()
    if name == "task.json":  # ClearML's, with much else
        document = {"hyperparams": document.get("hyperparams")}
    return settings_of(document, ("epochs",) if name in _BY_EPOCH else _STEPS)


def _document(name: str, data: bytes) -> object:
    """What a side file says.

    Raises:
        ValueError, RecursionError: it is broken.
    """
    if name.endswith(".json"):
        return parse(data)
    if name.endswith((".py", ".md")):
        text = data.decode(errors="replace")
        return python_config(text) if name.endswith(".py") else model_card(text)
    found = _yaml.documents(data, _Loader)
    return found[0] if len(found) == 1 else None


def settings_of(document: Mapping[str, object], planned: tuple[str, ...] = _STEPS) -> Settings:
    """What hyper-parameters tell, nested or flat.

    Args:
        planned: the names under which they tell how long the run is meant to be.
    """
    flat: dict[str, Plain] = {}
    for key, value in islice(_leaves("", document, 0), MOST):
        if value is not None:
            flat.setdefault(key, value)
    steps, batch = _number(flat, planned), _number(flat, _BATCH)
    told = Settings(
        optimizer=_optimizer(flat),
        learning_rate=_rate(flat),
        batch_size=_count(batch),
        planned_steps=_count(steps),
        momentum=_number(flat, _MOMENTUM),
        weight_decay=_number(flat, _DECAY),
        gradient_clip=_number(flat, _CLIP),
        hyper_parameters=flat,
    )
    if told.optimizer == "auto":
        # Ultralytics then chooses rate and momentum, too, whatever stands beside it.
        return replace(told, optimizer=None, learning_rate=None, momentum=None)
    return told


def _leaves(name: str, value: object, depth: int) -> Iterator[tuple[str, Plain | None]]:
    """Everything below a name, None where it is of no use: references can make a file endless."""
    if isinstance(value, dict) and value and depth < _DEEPEST:
        if "value" in value and set(value) <= _WRAPPING:
            yield from _leaves(name, value["value"], depth + 1)
            return
        for key, inner in value.items():
            text = _text(str(key))
            yield from _leaves(f"{name}/{text}" if name else text, inner, depth + 1)
    elif isinstance(value, list) and len(value) == 1 and depth < _DEEPEST:
        yield from _leaves(name, value[0], depth + 1)
    elif isinstance(value, bool | str):
        yield name, value if isinstance(value, bool) else _text(value)
    elif isinstance(value, int | float) and abs(value) < 1e300:
        yield name, float(value)
    else:
        yield name, None


def _text(value: str) -> str:
    """Without halves of characters: as two such JSON spells an emoji, which YAML takes apart."""
    if not value.isascii():
        value = value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return value[:_LONGEST_TEXT]


def _found(flat: Mapping[str, Plain], names: tuple[str, ...]) -> Plain | None:
    """The value under the first of the names; the shallowest where several end in it."""
    for name in names:
        ends = [key for key in flat if _path(key).endswith(f"/{name}")]
        if ends:
            # "train_dataloader/batch_size" before that of the validation.
            return flat[min(ends, key=lambda key: (_path(key).count("/"), "train" not in key, key))]
    return None


@lru_cache(maxsize=4096)
def _path(name: str) -> str:
    """ "/opt/lr" of ``opt.lr`` and ``opt__lr``, as Hydra and scikit-learn write what is nested."""
    return "/" + name.lower().replace("__", "/").replace(".", "/")


def _rate(flat: Mapping[str, Plain]) -> float | None:
    """The learning rate; where it is told of parts alone, that of the only one."""
    told = _number(flat, _LEARNING_RATE)
    if told is not None:
        return told
    parts = [key for key in flat if _RATE_OF.search(_path(key))]
    return _as_number(flat[parts[0]]) if len(parts) == 1 else None


def _number(flat: Mapping[str, Plain], names: tuple[str, ...]) -> float | None:
    return _as_number(_found(flat, names))


def _as_number(value: Plain | None) -> float | None:
    if value is None or isinstance(value, bool):
        return None
    try:
        number = float(value)  # YAML reads 1e-3 as a word
    except ValueError:
        return None
    return number if math.isfinite(number) else None


def _count(number: float | None) -> int | None:
    """A number of samples or steps; one that a float does not count exactly is none."""
    return int(number) if number is not None and 1 <= number < 2**53 else None


def _optimizer(flat: Mapping[str, Plain]) -> str | None:
    for name in _OPTIMIZER:
        value = _found(flat, (name,))
        if isinstance(value, str) and value:
            known = _OPTIMIZER_NAME.search(value.lower())
            return known[0] if known else value.lower()[:64]
    return None
