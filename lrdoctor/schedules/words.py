"""A schedule in one plain sentence."""

from __future__ import annotations

from collections.abc import Mapping

from lrdoctor.rate import format_rate


def sentence(
    kind: str, parameters: Mapping[str, float], base: float, determined: bool, unit: str
) -> str:
    """ "Linear warmup to 3e-3 over 3,700 steps, then constant."

    Args:
        unit: what the lengths count: "steps", "epochs" or "rows".
    """
    if kind == "unknown":
        return "The logged rates follow no schedule that is known."
    words = _Words(parameters, base, determined, unit)
    body = _BODIES[kind](words)
    rises = kind == "warmup-constant" and not determined
    if words.has("warmup_steps") and kind != "one-cycle" and not rises:
        return f"{_warmup(words)} {body}."
    return f"{body[0].upper()}{body[1:]}."


class _Words:
    """A schedule's figures as text."""

    def __init__(
        self, parameters: Mapping[str, float], base: float, determined: bool, unit: str
    ) -> None:
        self.parameters = parameters
        self.base = base
        self.determined = determined
        self.unit = unit

    def has(self, name: str) -> bool:
        return name in self.parameters

    def rate(self, name: str) -> str:
        return format_rate(self.parameters[name])

    def count(self, name: str) -> str:
        return _count(self.parameters[name], self.unit)

    def place(self, name: str) -> str:
        return f"{self.unit.removesuffix('s')} {_number(self.parameters[name])}"

    @property
    def fall(self) -> str:
        start = "" if self.has("warmup_steps") else f" from {format_rate(self.base)}"
        end = f" by {self.place('total_steps')}" if self.has("total_steps") else ""
        return f"{start} to {self.rate('final')}{end}"


def _warmup(w: _Words) -> str:
    """What stands before the rest of the sentence."""
    over, peak = w.count("warmup_steps"), format_rate(w.base)
    if w.has("warmup_held"):
        return f"Warmup held at {w.rate('initial')} over {over}, then up to {peak} and"
    # What is multiplied into the rest may also rise in geometric progression.
    bent = w.has("warmup_multiplied") or w.has("warmup_traced")
    shape = "Warmup" if bent else "Linear warmup"
    return f"{shape} to {peak} over {over}, then"


def _constant(w: _Words) -> str:
    return "constant" if w.has("warmup_steps") else f"constant at {format_rate(w.base)}"


def _warmup_constant(w: _Words) -> str:
    if w.determined:
        return "constant"
    return f"rising, {format_rate(w.base)} so far; what follows the warmup is not logged yet"


def _step(w: _Words) -> str:
    start = "" if w.has("warmup_steps") else f"{format_rate(w.base)}, "
    if w.has("period") and w.has("factor"):
        return f"{start}times {w.parameters['factor']:.3g} every {w.count('period')}"
    drops = int(w.parameters["drops"])
    changes = "one change" if drops == 1 else f"{drops} changes"
    return f"{start}in levels: {changes}, {w.rate('final')} since {w.place('last_drop')}"


def _on_plateau(w: _Words) -> str:
    drops = int(w.parameters["drops"])
    often = "once" if drops == 1 else f"{drops} times"
    start = "" if w.has("warmup_steps") else f"{format_rate(w.base)}, "
    since = f"{w.rate('final')} since {w.place('last_drop')}"
    return f"{start}times {w.parameters['factor']:.3g} on a plateau: {often} so far, {since}"


def _exponential(w: _Words) -> str:
    start = "" if w.has("warmup_steps") else f" from {format_rate(w.base)}"
    return f"exponential decay{start}, halved every {w.count('halflife')}"


def _inverse(w: _Words) -> str:
    start = "" if w.has("warmup_steps") else f" from {format_rate(w.base)}"
    power = w.parameters.get("power", 0.5)
    name = "square root of the " if power == 0.5 else ""
    return f"decay{start} with the inverse {name}number of {w.unit}"


def _restarts(w: _Words) -> str:
    grows = ", each longer than the one before" if w.has("cycle_multiple") else ""
    return f"cosine decay{w.fall}, restarted every {w.count('cycle_steps')}{grows}"


def _cyclic(w: _Words) -> str:
    between = f"between {w.rate('final')} and {format_rate(w.base)}"
    return f"cyclic {between}, {w.count('cycle_steps')} a cycle"


def _one_cycle(w: _Words) -> str:
    up = f"one cycle: up to {format_rate(w.base)} over {w.count('warmup_steps')}"
    return up + (f", then down to {w.rate('final')} by {w.place('total_steps')}"
                 if w.has("total_steps") else "; the way down is not logged yet")  # fmt: skip


def _wsd(w: _Words) -> str:
    start = "constant" if w.has("warmup_steps") else f"constant at {format_rate(w.base)}"
    end = f"to {w.rate('final')} over {w.count('decay_steps')}"
    return f"{start} up to {w.place('decay_start')}, then decay {end}"


def _range_test(w: _Words) -> str:
    return f"range test from {w.rate('initial')} up to {format_rate(w.base)}"


_BODIES = {
    "constant": _constant,
    "warmup-constant": _warmup_constant,
    "step": _step,
    "reduce-on-plateau": _on_plateau,
    "exponential": _exponential,
    "inverse-sqrt": _inverse,
    "inverse-time": _inverse,
    "linear": lambda w: f"linear decay{w.fall}",
    "warmup-linear": lambda w: f"linear decay{w.fall}",
    "cosine": lambda w: f"cosine decay{w.fall}",
    "warmup-cosine": lambda w: f"cosine decay{w.fall}",
    "polynomial": lambda w: f"polynomial decay{w.fall}, power {w.parameters['power']:.3g}",
    "cosine-restarts": _restarts,
    "cyclic": _cyclic,
    "one-cycle": _one_cycle,
    "wsd": _wsd,
    "range-test": _range_test,
}


def _count(value: float, unit: str) -> str:
    number = _number(value)
    return f"{number} {unit.removesuffix('s') if number == '1' else unit}"


def _number(value: float) -> str:
    """1,234 or 12.5: as many digits as a reader wants of a number of steps."""
    if abs(value - round(value)) < 0.05 or abs(value) >= 100:
        return f"{round(value):,}"
    return f"{value:.1f}"
