"""A schedule as a function of the step, for what a framework has no class for."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from lrdoctor.learning_rate.frameworks.plan import Plan, Shape, number

BENDS = ("linear", "cosine", "1-sqrt", "exponential")
"""How a warmup-stable-decay falls, by its ``decay_bend``."""


@dataclass(frozen=True, slots=True)
class Dialect:
    """How numbers are written: Python's own, or arrays' with everything under one module."""

    module: str | None = None
    """``jnp``, ``keras.ops``; None: plain numbers, ``math`` and ``bisect``."""

    def call(self, name: str, *arguments: str) -> str:
        plain = {"minimum": "min", "maximum": "max", "cos": "math.cos", "sqrt": "math.sqrt",
                 "floor": "math.floor", "log": "math.log"}  # fmt: skip
        called = plain[name] if self.module is None else f"{self.module}.{name}"
        return f"{called}({', '.join(arguments)})"

    def half_cosine(self, way: str) -> str:
        """From 1 to 0 as ``way`` goes from 0 to 1."""
        pi = "math.pi" if self.module is None else "3.141592653589793"
        return f"(1 + {self.call('cos', f'{pi} * {way}')}) / 2"


def lines(plan: Plan) -> list[str]:
    """``def factor(step): ...``, the share of the peak, of a plain number."""
    body = _BODIES[plan.shape](plan, Dialect(), _since(plan))
    return [f"def factor({plan.unit}):", *(f"    {line}" for line in [*_warmup(plan), *body])]


def tensor_lines(plan: Plan, module: str) -> list[str]:
    """The body of a function of an array ``step`` that returns the rate."""
    dialect = Dialect(module)
    since = dialect.call("maximum", f"step - {plan.warmup}", "0.0") if plan.warmup else "step"
    *before, last = _BODIES[plan.shape](plan, dialect, since)
    value = last.removeprefix("return ")
    if plan.warmup:
        before.append(f"share = {value}")
        rising = f"step < {plan.warmup}, {_rise(plan)}"
        value = f"{module}.where({rising}, share)"
    return [*before, f"return {number(plan.new)} * ({value})"]


def imports(plan: Plan) -> list[str]:
    """The modules that ``lines`` needs."""
    text = "\n".join(lines(plan))
    return [f"import {module}" for module in ("bisect", "math") if f"{module}." in text]


def bend(plan: Plan) -> str:
    """How a warmup-stable-decay schedule falls at its end."""
    return BENDS[int(plan.values.get("decay_bend", 0.0))]


def _warmup(plan: Plan) -> list[str]:
    if not plan.warmup:
        return []
    return [f"if {plan.unit} < {plan.warmup}:", f"    return {_rise(plan)}"]


def _rise(plan: Plan) -> str:
    rise = f"{plan.unit} / {plan.warmup}"
    if plan.start <= 0:
        return rise
    return f"{number(plan.start)} + {number(1 - plan.start)} * {rise}"


def _since(plan: Plan) -> str:
    """Steps since the warmup."""
    return f"({plan.unit} - {plan.warmup})" if plan.warmup else plan.unit


def _down(plan: Plan, left: str) -> str:
    """From 1 to the final rate's share as ``left`` goes from 1 to 0."""
    share = plan.final / plan.new
    if share <= 0:
        return f"return {left}"
    return f"return {number(share)} + {number(1 - share)} * {left}"


def _constant(plan: Plan, dialect: Dialect, since: str) -> list[str]:
    return ["return 1.0"]


def _step(plan: Plan, dialect: Dialect, since: str) -> list[str]:
    period = round(plan.values["period"])
    return [f"return {number(plan.values['factor'])} ** ({plan.unit} // {period})"]


def _levels(plan: Plan, dialect: Dialect, since: str) -> list[str]:
    levels = ", ".join(number(level) for level in plan.levels)
    places = ", ".join(str(m) for m in plan.milestones)
    return [f"return [{levels}][bisect.bisect_right([{places}], {plan.unit})]"]


def _exponential(plan: Plan, dialect: Dialect, since: str) -> list[str]:
    steps, factor = plan.decade
    decay = f"{number(factor)} ** ({since} / {steps})"
    floor = plan.final / plan.new
    return [f"return {dialect.call('maximum', decay, number(floor)) if floor > 0 else decay}"]


def _inverse(plan: Plan, dialect: Dialect, since: str) -> list[str]:
    power = number(plan.values.get("power", 0.5))
    return [f"return (1 + {since} / {plan.values['timescale']:.10g}) ** -{power}"]


def _linear(plan: Plan, dialect: Dialect, since: str) -> list[str]:
    return [_way(plan, dialect, since), _down(plan, "(1 - way)")]


def _polynomial(plan: Plan, dialect: Dialect, since: str) -> list[str]:
    power = number(plan.values.get("power", 1.0))
    return [_way(plan, dialect, since), _down(plan, f"(1 - way) ** {power}")]


def _cosine(plan: Plan, dialect: Dialect, since: str) -> list[str]:
    return [_way(plan, dialect, since), _down(plan, dialect.half_cosine("way"))]


def _way(plan: Plan, dialect: Dialect, since: str) -> str:
    return f"way = {dialect.call('minimum', f'{since} / {plan.decay}', '1.0')}"


def _restarts(plan: Plan, dialect: Dialect, since: str) -> list[str]:
    passed = f"passed = {since} / {plan.values['cycle_steps']:.10g}"
    multiple = plan.values.get("cycle_multiple", 1.0)
    if multiple == 1.0:
        cycle = [f"cycle = {dialect.call('floor', 'passed')}", "way = passed - cycle"]
    else:
        m, grown = number(multiple), number(multiple - 1.0)
        logarithm = dialect.call("log", f"1 + {grown} * passed")
        base = number(math.log(multiple), 12)
        cycle = [
            f"cycle = {dialect.call('floor', f'{logarithm} / {base} + 1e-6')}",
            f"way = (passed - ({m} ** cycle - 1) / {grown}) / {m} ** cycle",
        ]
    wave = dialect.half_cosine("way")
    return [passed, *cycle, _down(plan, f"{_fading(plan)}{wave}")]


def _cyclic(plan: Plan, dialect: Dialect, since: str) -> list[str]:
    share = plan.values.get("rise_share", 0.5)
    up, down = number(share), number(1 - share)
    wave = "1 - way"
    if share > 0:
        wave = dialect.call("minimum", f"way / {up}", f"(1 - way) / {down}")
    shape = "wave"
    if plan.values.get("cosine_wave"):
        shape = f"(1 - {dialect.half_cosine('wave')})"
    return [
        f"passed = {since} / {plan.values['cycle_steps']:.10g}",
        f"cycle = {dialect.call('floor', 'passed')}",
        "way = passed - cycle",
        f"wave = {wave}",
        _down(plan, f"{_fading(plan)}{shape}"),
    ]


def _fading(plan: Plan) -> str:
    """The peaks' own decay, from cycle to cycle or all the time."""
    decay = plan.values.get("cycle_decay", 1.0)
    passed = "passed" if "gliding" in plan.values else "cycle"
    return "" if decay == 1.0 else f"{number(decay)} ** {passed} * "


def _one_cycle(plan: Plan, dialect: Dialect, since: str) -> list[str]:
    rise = max(round(plan.values["warmup_steps"]), 1)
    fall = max(plan.total - rise, 1)
    straight = bool(plan.values.get("linear_anneal"))
    up = dialect.call("minimum", f"{plan.unit} / {rise}", "1.0")
    past = dialect.call("maximum", f"{plan.unit} - {rise}", "0")
    down = dialect.call("minimum", f"{past} / {fall}", "1.0")
    low, end = plan.start, plan.final / plan.new
    risen = "up" if straight else f"(1 - {dialect.half_cosine('up')})"
    fallen = "(1 - down)" if straight else dialect.half_cosine("down")
    return [
        f"up = {up}",
        f"down = {down}",
        f"rise = {number(low)} + {number(1 - low)} * {risen}",
        f"fall = {number(end)} + {number(1 - end)} * {fallen}",
        f"return {dialect.call('minimum', 'rise', 'fall')}",
    ]


def _wsd(plan: Plan, dialect: Dialect, since: str) -> list[str]:
    begin, length = round(plan.values["decay_start"]), max(round(plan.values["decay_steps"]), 1)
    past = dialect.call("maximum", f"{plan.unit} - {begin}", "0")
    way = f"way = {dialect.call('minimum', f'{past} / {length}', '1.0')}"
    if bend(plan) == "exponential":
        return [way, f"return {number(plan.final / plan.new)} ** way"]
    left = {
        "linear": "(1 - way)",
        "cosine": dialect.half_cosine("way"),
        "1-sqrt": f"(1 - {dialect.call('sqrt', 'way')})",
    }[bend(plan)]
    return [way, _down(plan, left)]


_BODIES: Mapping[Shape, Callable[[Plan, Dialect, str], list[str]]] = {
    "constant": _constant,
    "step": _step,
    "levels": _levels,
    "exponential": _exponential,
    "inverse": _inverse,
    "linear": _linear,
    "polynomial": _polynomial,
    "cosine": _cosine,
    "restarts": _restarts,
    "cyclic": _cyclic,
    "one-cycle": _one_cycle,
    "wsd": _wsd,
}
