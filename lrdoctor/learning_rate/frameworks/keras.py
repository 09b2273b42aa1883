"""Keras 3: a schedule of ``keras.optimizers.schedules``, or a callback that sets the rate."""

from __future__ import annotations

from lrdoctor.learning_rate.frameworks import formula
from lrdoctor.learning_rate.frameworks.plan import PATIENCE, Plan, number

_OPTIMIZERS = {
    "sgd": ("SGD", ""),
    "momentum": ("SGD", ", momentum=0.9"),
    "nesterov": ("SGD", ", momentum=0.9, nesterov=True"),
    "adam": ("Adam", ""),
    "adamw": ("AdamW", ""),
    "nadam": ("Nadam", ""),
    "rmsprop": ("RMSprop", ""),
    "adagrad": ("Adagrad", ""),
    "adadelta": ("Adadelta", ""),
    "adamax": ("Adamax", ""),
    "adafactor": ("Adafactor", ""),
    "lion": ("Lion", ""),
    "muon": ("Muon", ""),
}
_WARMUP = """\
class Warmup(keras.optimizers.schedules.LearningRateSchedule):
    def __init__(self, peak, start, steps, after):
        self.peak, self.start, self.steps, self.after = peak, start, steps, after

    def __call__(self, step):
        step = keras.ops.cast(step, "float32")
        rise = self.start + (1.0 - self.start) * step / self.steps
        later = self.peak if self.after is None else self.after(step)
        return keras.ops.where(step < self.steps, self.peak * rise, later)
"""


def code(plan: Plan) -> str:
    """The whole snippet; it expects ``model`` and its ``loss``."""
    rate, before, callback = _rate(plan)
    lines = [plan.heading, "import keras", *before]
    if before:
        lines.append("")
    name, extra = _OPTIMIZERS.get(plan.optimizer or "", ("", ""))
    clip = f", clipnorm={number(plan.clip)}" if plan.clip else ""
    if name:
        made = f"keras.optimizers.{name}(learning_rate={rate}{extra}{clip})"
        lines += [f"optimizer = {made}", "model.compile(optimizer=optimizer, loss=loss)"]
    else:
        lines.append(f"model.optimizer.learning_rate = {rate}")
    if callback:
        lines.append(f"# model.fit(..., callbacks=[{callback}])")
    return "\n".join(lines) + "\n"


def _rate(plan: Plan) -> tuple[str, list[str], str]:
    """The learning-rate argument, the lines that it needs, and the callback if there is one."""
    new = number(plan.new)
    if plan.shape == "kept" or (plan.shape == "constant" and not plan.warmup):
        return new, [], ""
    if plan.shape == "plateau":
        factor = number(plan.values.get("factor", 0.1))
        return new, [], f"keras.callbacks.ReduceLROnPlateau(factor={factor}, patience={PATIENCE})"
    if plan.unit == "epoch":
        lines = [*formula.imports(plan), "", *formula.lines(plan)]
        call = f"lambda epoch, rate: {new} * factor(epoch)"
        return new, lines, f"keras.callbacks.LearningRateScheduler({call})"
    if plan.shape == "cosine":
        return "schedule", ["", f"schedule = {_cosine(plan)}"], ""
    made = _native(plan)
    if plan.warmup and plan.shape in ("constant", "levels", "step"):
        after = "None" if plan.shape == "constant" else made
        start = number(plan.start)
        warm = f"schedule = Warmup({new}, {start}, {plan.warmup}, {after})"
        return "schedule", ["", *_WARMUP.splitlines(), "", warm], ""
    if made is not None and not plan.warmup:
        return "schedule", ["", f"schedule = {made}"], ""
    return "schedule", _class(plan), ""


def _class(plan: Plan) -> list[str]:
    """A schedule of its own, for what Keras has no class for."""
    return [
        "",
        "class Rate(keras.optimizers.schedules.LearningRateSchedule):",
        "    def __call__(self, step):",
        '        step = keras.ops.cast(step, "float32")',
        *[f"        {line}" for line in formula.tensor_lines(plan, "keras.ops")],
        "",
        "schedule = Rate()",
    ]


def _native(plan: Plan) -> str | None:
    new, v = number(plan.new), plan.values
    s = "keras.optimizers.schedules."
    if plan.shape == "step":
        return (f"{s}ExponentialDecay({new}, decay_steps={round(v['period'])}, "
                f"decay_rate={number(v['factor'])}, staircase=True)")  # fmt: skip
    if plan.shape == "levels":
        rates = ", ".join(number(level * plan.new) for level in plan.levels)
        places = ", ".join(str(m - 1) for m in plan.milestones)  # the boundary keeps the old rate
        return f"{s}PiecewiseConstantDecay([{places}], [{rates}])"
    if plan.shape == "exponential" and "final" not in v:
        steps, factor = plan.decade
        return f"{s}ExponentialDecay({new}, decay_steps={steps}, decay_rate={number(factor)})"
    if plan.shape in ("linear", "polynomial"):
        return (f"{s}PolynomialDecay({new}, decay_steps={plan.total}, "
                f"end_learning_rate={number(plan.final)}, "
                f"power={number(v.get('power', 1.0))})")  # fmt: skip
    if plan.shape == "restarts":
        return (f"{s}CosineDecayRestarts({new}, first_decay_steps={v['cycle_steps']:.10g}, "
                f"t_mul={number(v.get('cycle_multiple', 1.0))}, "
                f"m_mul={number(v.get('cycle_decay', 1.0))}, "
                f"alpha={number(plan.final / plan.new)})")  # fmt: skip
    return None


def _cosine(plan: Plan) -> str:
    alpha = number(plan.final / plan.new)
    name = "keras.optimizers.schedules.CosineDecay"
    if not plan.warmup:
        return f"{name}({number(plan.new)}, decay_steps={plan.total}, alpha={alpha})"
    return (f"{name}({number(plan.start * plan.new)}, decay_steps={plan.decay}, alpha={alpha}, "
            f"warmup_target={number(plan.new)}, warmup_steps={plan.warmup})")  # fmt: skip
