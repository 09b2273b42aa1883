"""Hugging Face: ``TrainingArguments``, with PyTorch's scheduler where it has none of its own."""

from __future__ import annotations

from lrdoctor.learning_rate.frameworks import formula, pytorch
from lrdoctor.learning_rate.frameworks.plan import PATIENCE, Plan, number

_OPTIMIZERS = {"sgd": "sgd", "adamw": "adamw_torch", "adam": "adamw_torch",
               "rmsprop": "rmsprop", "adagrad": "adagrad", "adafactor": "adafactor",
               "lion": "lion_32bit"}  # fmt: skip


def code(plan: Plan) -> str:
    """The whole snippet; the user's own arguments go beside these."""
    native = _native(plan)
    given = [f"learning_rate={number(plan.new)},"]
    if native is not None:
        given += native
    elif plan.total and plan.unit == "step":  # else Trainer's three epochs outrun the scheduler
        given.append(f"max_steps={plan.total},")
    given.append(f"max_grad_norm={number(plan.clip)}," if plan.clip else "")
    name = _OPTIMIZERS.get(plan.optimizer or "")
    if name is not None and native is not None:
        given.append(f'optim="{name}",')
    lines = [plan.heading, "from transformers import TrainingArguments", ""]
    lines += ["args = TrainingArguments(", '    output_dir="out",  # keep your other arguments']
    lines += [f"    {line}" for line in given if line]
    lines.append(")")
    if native is None and plan.shape != "kept":
        lines += _own(plan)
    return "\n".join(lines) + "\n"


def _own(plan: Plan) -> list[str]:
    """A scheduler that Trainer has no name for is handed over; it steps once per update."""
    every = [] if plan.unit == "step" else ["# the scheduler counts epochs: step it once per epoch"]
    return [
        "",
        "import torch",
        *pytorch.formula_imports(plan),
        "",
        *pytorch.optimizer(plan, "model.parameters()"),
        *pytorch.scheduler(plan),
        *every,
        "# trainer = Trainer(model=model, args=args, ..., optimizers=(optimizer, scheduler))",
    ]


def _native(plan: Plan) -> list[str] | None:
    """Arguments that make Trainer draw exactly this; None where it cannot."""
    if plan.shape == "kept":
        return []
    if plan.shape == "plateau":
        factor = number(plan.values.get("factor", 0.1))
        kwargs = f'{{"factor": {factor}, "patience": {PATIENCE}}}'
        lines = ['lr_scheduler_type="reduce_lr_on_plateau",', f"lr_scheduler_kwargs={kwargs},"]
        return [*lines, 'eval_strategy="epoch",  # it needs a validation loss']
    if plan.shape == "constant" and not plan.warmup:
        return ['lr_scheduler_type="constant",']
    if plan.unit == "epoch" or plan.start > 0.01:
        return None
    named = _named(plan)
    if named is None:
        return None
    name, kwargs = named
    lines = [f'lr_scheduler_type="{name}",', f"warmup_steps={plan.warmup},"]
    if plan.total and plan.shape != "constant":
        lines.append(f"max_steps={plan.total},")
    return [*lines, f"lr_scheduler_kwargs={{{kwargs}}},"] if kwargs else lines


def _named(plan: Plan) -> tuple[str, str] | None:
    """Trainer's name of the schedule and its keyword arguments."""
    v, share = plan.values, plan.final / plan.new
    if plan.shape == "constant":
        return "constant_with_warmup", ""
    if plan.shape == "linear" and share == 0:
        return "linear", ""
    if plan.shape in ("linear", "polynomial"):
        power = number(v.get("power", 1.0))
        return "polynomial", f'"lr_end": {number(plan.final)}, "power": {power}'
    if plan.shape == "cosine":
        low = f'"min_lr": {number(plan.final)}'
        return ("cosine", "") if share == 0 else ("cosine_with_min_lr", low)
    if plan.shape == "inverse" and v.get("power", 0.5) == 0.5 and v["timescale"] >= 100:
        return "inverse_sqrt", f'"timescale": {round(v["timescale"])}'
    if plan.shape == "wsd" and formula.bend(plan) != "exponential":
        kwargs = (f'"num_decay_steps": {max(round(v["decay_steps"]), 1)}, '
                  f'"decay_type": "{formula.bend(plan)}", '
                  f'"min_lr_ratio": {number(share)}')  # fmt: skip
        return "warmup_stable_decay", kwargs
    return None
