"""PyTorch: an optimizer at the new rate and a scheduler of ``torch.optim.lr_scheduler``."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from lrdoctor.learning_rate.frameworks import formula
from lrdoctor.learning_rate.frameworks.plan import PATIENCE, Plan, number

_OPTIMIZERS = {
    "sgd": ("torch.optim.SGD", ""),
    "momentum": ("torch.optim.SGD", ", momentum=0.9"),
    "nesterov": ("torch.optim.SGD", ", momentum=0.9, nesterov=True"),
    "adam": ("torch.optim.Adam", ""),
    "adamw": ("torch.optim.AdamW", ""),
    "nadam": ("torch.optim.NAdam", ""),
    "radam": ("torch.optim.RAdam", ""),
    "rmsprop": ("torch.optim.RMSprop", ""),
    "adagrad": ("torch.optim.Adagrad", ""),
    "adadelta": ("torch.optim.Adadelta", ""),
    "adamax": ("torch.optim.Adamax", ""),
    "adafactor": ("torch.optim.Adafactor", ""),
}
_SWUNG = {"momentum", "nesterov", "adam", "adamw", "nadam", "radam", "adamax"}
"""Optimizers whose momentum one-cycle swings against the rate, as published. Of others OneCycleLR
would give SGD and RMSprop a momentum of 0.95 that they do not have, or raise an error."""


def code(plan: Plan) -> str:
    """The whole snippet; it expects ``model``."""
    lines = [plan.heading, "import torch", *formula_imports(plan), ""]
    lines += [*optimizer(plan, "model.parameters()"), *scheduler(plan), *_loop(plan)]
    return "\n".join(lines) + "\n"


def optimizer(plan: Plan, parameters: str) -> list[str]:
    """Lines that make ``optimizer``, or set the rate of the one there is."""
    known = _OPTIMIZERS.get(plan.optimizer or "")
    if known is None:
        # Before the scheduler is made: it takes its base rate from the groups.
        return [
            "# Your optimizer, before its scheduler is made.",
            "for group in optimizer.param_groups:",
            f'    group["lr"] = {number(plan.new)}',
            '    group.pop("initial_lr", None)',
        ]
    name, extra = known
    return [f"optimizer = {name}({parameters}, lr={number(plan.new)}{extra})  # keep the rest"]


@lru_cache(maxsize=8)  # for Lightning and Hugging Face as well
def scheduler(plan: Plan) -> Sequence[str]:
    """Lines that make ``scheduler``; none for a constant rate."""
    if plan.shape == "kept" or (plan.shape == "constant" and not plan.warmup):
        return []
    native = _native(plan)
    if native is not None:
        return ["scheduler = torch.optim.lr_scheduler." + native]
    return [
        "",
        *formula.lines(plan),
        "",
        "scheduler = torch.optim.lr_scheduler.LambdaLR(optimizer, factor)",
    ]


@lru_cache(maxsize=8)
def formula_imports(plan: Plan) -> Sequence[str]:
    """Imports of the standard library that ``scheduler`` needs."""
    if plan.shape in ("kept", "plateau") or _native(plan) is not None:
        return []
    return formula.imports(plan)


def _native(plan: Plan) -> str | None:
    """The scheduler class that draws exactly this, with its arguments; None where there is none."""
    if plan.shape == "plateau":
        factor = number(plan.values.get("factor", 0.1))
        return f"ReduceLROnPlateau(optimizer, factor={factor}, patience={PATIENCE})"
    if plan.shape == "one-cycle":
        return _one_cycle(plan)
    if plan.warmup:
        return None
    v = plan.values
    if plan.shape == "step":
        step = round(v["period"])
        return f"StepLR(optimizer, step_size={step}, gamma={number(v['factor'])})"
    if plan.shape == "levels" and "factor" in v:
        places = ", ".join(str(m) for m in plan.milestones)
        return f"MultiStepLR(optimizer, milestones=[{places}], gamma={number(v['factor'])})"
    if plan.shape == "exponential" and "final" not in v:
        return f"ExponentialLR(optimizer, gamma={number(v['gamma'], 10)})"
    if plan.shape == "linear":
        end = number(plan.final / plan.new)
        return (f"LinearLR(optimizer, start_factor=1.0, end_factor={end}, "
                f"total_iters={plan.total})")  # fmt: skip
    if plan.shape == "polynomial" and plan.final == 0:
        power = number(v["power"])
        return f"PolynomialLR(optimizer, total_iters={plan.total}, power={power})"
    return _waves(plan)


def _waves(plan: Plan) -> str | None:
    v = plan.values
    if plan.shape == "restarts" and "cycle_decay" not in v:
        length, multiple = v["cycle_steps"], v.get("cycle_multiple", 1.0)
        if abs(length - round(length)) < 0.01 and multiple == round(multiple):
            return (f"CosineAnnealingWarmRestarts(optimizer, T_0={round(length)}, "
                    f"T_mult={round(multiple)}, eta_min={number(plan.final)})")  # fmt: skip
    if plan.shape == "cyclic" and not {"cycle_decay", "rise_share", "cosine_wave"} & set(v):
        half = v["cycle_steps"] / 2
        if abs(half - round(half)) < 0.01:
            return (f"CyclicLR(optimizer, base_lr={number(plan.final)}, "
                    f"max_lr={number(plan.new)}, step_size_up={round(half)}, "
                    "cycle_momentum=False)")  # fmt: skip
    return None


def _one_cycle(plan: Plan) -> str | None:
    rise = plan.values["warmup_steps"]
    start = plan.start * plan.new
    if start <= 0 or plan.final <= 0 or plan.total < 2:
        return None
    anneal = ', anneal_strategy="linear"' if plan.values.get("linear_anneal") else ""
    swing = "" if plan.optimizer in _SWUNG else ", cycle_momentum=False"
    return (f"OneCycleLR(optimizer, max_lr={number(plan.new)}, total_steps={plan.total + 1}, "
            f"pct_start={number((rise + 1) / (plan.total + 1))}, "
            f"div_factor={number(plan.new / start)}, "
            f"final_div_factor={number(start / plan.final)}{anneal}{swing})")  # fmt: skip


def _loop(plan: Plan) -> list[str]:
    lines = []
    if plan.clip:
        clip = f"torch.nn.utils.clip_grad_norm_(model.parameters(), {number(plan.clip)})"
        lines.append(f"# after loss.backward(): {clip}")
    if plan.shape == "plateau":
        lines.append("# after each validation: scheduler.step(val_loss)")
    elif scheduler(plan):
        lines.append(f"# once per {plan.unit}, after optimizer.step(): scheduler.step()")
    return lines
