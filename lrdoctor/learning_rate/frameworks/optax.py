"""Optax: a schedule as a function of the update count, and the optimizer that follows it."""

from __future__ import annotations

from lrdoctor.learning_rate.frameworks import formula
from lrdoctor.learning_rate.frameworks.plan import PATIENCE, Plan, number

_OPTIMIZERS = {
    "sgd": ("optax.sgd", ""),
    "momentum": ("optax.sgd", ", momentum=0.9"),
    "nesterov": ("optax.sgd", ", momentum=0.9, nesterov=True"),
    "adam": ("optax.adam", ""),
    "adamw": ("optax.adamw", ""),
    "nadam": ("optax.nadam", ""),
    "radam": ("optax.radam", ""),
    "rmsprop": ("optax.rmsprop", ""),
    "adagrad": ("optax.adagrad", ""),
    "adadelta": ("optax.adadelta", ""),
    "adamax": ("optax.adamax", ""),
    "adafactor": ("optax.adafactor", ""),
    "lion": ("optax.lion", ""),
    "muon": ("optax.contrib.muon", ""),
}


def code(plan: Plan) -> str:
    """The whole snippet."""
    schedule, more = _schedule(plan)
    contrib = plan.shape == "plateau" or plan.optimizer == "muon"
    lines = [plan.heading, *(["import jax.numpy as jnp"] if "jnp." in "".join(more) else [])]
    lines += ["import optax", *(["import optax.contrib"] if contrib else []), "", *more]
    rate = "schedule"
    if schedule is not None:
        lines.append(f"schedule = {schedule}")
    if plan.unit == "epoch" and plan.shape not in ("kept", "plateau"):
        lines.append("# steps_per_epoch: updates in one epoch of yours")
        rate = "lambda count: schedule(count // steps_per_epoch)"
    lines += _optimizer(plan, rate)
    return "\n".join(lines) + "\n"


def _optimizer(plan: Plan, rate: str) -> list[str]:
    name, extra = _OPTIMIZERS.get(plan.optimizer or "", ("", ""))
    parts = [f"optax.clip_by_global_norm({number(plan.clip)})"] if plan.clip else []
    if name:
        parts.append(f"{name}(learning_rate={rate}{extra})")
    else:
        parts += ["scale_by_yours", f"optax.scale_by_learning_rate({rate})"]
    if plan.shape == "plateau":
        factor = number(plan.values.get("factor", 0.1))
        parts.append(f"optax.contrib.reduce_on_plateau(factor={factor}, patience={PATIENCE})")
    lines = [] if name else ["# scale_by_yours: your optimizer without its rate"]
    if len(parts) == 1:
        return [*lines, f"optimizer = {parts[0]}"]
    return [*lines, "optimizer = optax.chain(", *(f"    {part}," for part in parts), ")"]


def _schedule(plan: Plan) -> tuple[str | None, list[str]]:
    """The schedule's expression, and the lines that must stand before it."""
    new = number(plan.new)
    if plan.shape in ("kept", "plateau") or (plan.shape == "constant" and not plan.warmup):
        return f"optax.constant_schedule({new})", []
    native = _native(plan)
    if native is None:
        body = formula.tensor_lines(plan, "jnp")
        return None, ["def schedule(step):", *(f"    {line}" for line in body), "", ""]
    if not plan.warmup or plan.shape == "levels":
        return native, []
    start = number(plan.start * plan.new)
    rise = f"optax.linear_schedule({start}, {new}, {plan.warmup})"
    return f"optax.join_schedules([{rise}, {native}], [{plan.warmup}])", []


def _native(plan: Plan) -> str | None:
    """The schedule after its warmup, counted from there; None where optax has no such one."""
    new, v = number(plan.new), plan.values
    if plan.shape == "constant":
        return f"optax.constant_schedule({new})"
    if plan.shape == "step":
        return (f"optax.exponential_decay({new}, {round(v['period'])}, "
                f"{number(v['factor'])}, staircase=True)")  # fmt: skip
    if plan.shape == "levels":
        return _piecewise(plan)
    if plan.shape == "exponential":
        floor = f", end_value={number(plan.final)}" if plan.final > 0 else ""
        steps, factor = plan.decade
        return f"optax.exponential_decay({new}, {steps}, {number(factor)}{floor})"
    if plan.shape in ("linear", "polynomial"):
        power = number(v.get("power", 1.0))
        return f"optax.polynomial_schedule({new}, {number(plan.final)}, {power}, {plan.decay})"
    if plan.shape == "cosine":
        alpha = number(plan.final / plan.new)
        return f"optax.cosine_decay_schedule({new}, {plan.decay}, alpha={alpha})"
    return None


def _piecewise(plan: Plan) -> str:
    """Levels by boundaries and the factor at each; a warmup joins in as the first piece."""
    shift = plan.warmup
    pairs = zip(plan.milestones, plan.levels[1:], plan.levels[:-1], strict=True)
    scales = ", ".join(f"{m - shift}: {number(b / a if a > 0 else 0.0)}" for m, b, a in pairs)
    first = number(plan.levels[0] * plan.new)
    made = f"optax.piecewise_constant_schedule({first}, {{{scales}}})"
    if not shift:
        return made
    rise = f"optax.linear_schedule({number(plan.start * plan.new)}, {first}, {shift})"
    return f"optax.join_schedules([{rise}, {made}], [{shift}])"
