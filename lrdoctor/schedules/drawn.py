"""Schedules made rather than recognised: the usual shapes at a given base rate.

Each is what ``recognise`` would have found in a log that followed it, with the same parameters, so
that code and charts treat both alike.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Literal

from lrdoctor.schedules.form import Chain, Form, Leg, Stairs
from lrdoctor.schedules.schedule import Schedule

Decay = Literal["linear", "cosine", "one-minus-sqrt"]
_BENDS: dict[Decay, float] = {"linear": 0.0, "cosine": 1.0, "one-minus-sqrt": 2.0}


def constant(base: float, warmup: float = 0.0) -> Schedule:
    """The base rate throughout, after a linear warmup from 0 where one is asked for."""
    hold = Leg(warmup, warmup + 1, 1.0, 1.0)
    if not warmup:
        return _made("constant", base, hold, {})
    parameters = {"initial": 0.0, "warmup_steps": warmup}
    return _made("warmup-constant", base, _warmed(warmup, hold), parameters)


def falling(base: float, total: float, warmup: float = 0.0, *, bend: Decay = "linear",
            final: float = 0.0) -> Schedule:  # fmt: skip
    """A linear or cosine decay from the base rate to ``final`` at step ``total``.

    Args:
        warmup: steps of a linear rise from 0 before it, fewer than ``total``.
        final: a rate, at most the base rate.
    """
    fall = Leg(warmup, total, 1.0, final / base, bend)
    parameters = {"final": final, "total_steps": total}
    if not warmup:
        return _made(bend, base, fall, parameters)
    return _made(
        f"warmup-{bend}", base, _warmed(warmup, fall), parameters | {"warmup_steps": warmup}
    )


def stable(base: float, total: float, decay: float, warmup: float = 0.0,
           bend: Decay = "one-minus-sqrt") -> Schedule:  # fmt: skip
    """Warmup, the base rate, then a decay to 0 over the last ``decay`` steps before ``total``."""
    fall = Leg(total - decay, total, 1.0, 0.0, bend)
    parameters = {
        "decay_start": total - decay, "decay_steps": decay, "total_steps": total, "final": 0.0,
        "decay_bend": _BENDS[bend],
    }  # fmt: skip
    if not warmup:
        return _made("wsd", base, fall, parameters)
    return _made("wsd", base, _warmed(warmup, fall), parameters | {"warmup_steps": warmup})


def one_cycle(base: float, total: float, rise: float, start: float, final: float) -> Schedule:
    """Cosine up from ``start`` to the base rate over ``rise`` steps, and down to ``final``."""
    up, down = (
        Leg(0, rise, start / base, 1.0, "cosine"),
        Leg(rise, total, 1.0, final / base, "cosine"),
    )
    parameters = {"initial": start, "final": final, "warmup_steps": rise, "total_steps": total}
    return _made("one-cycle", base, Chain((up, down), (rise,)), parameters)


def drops(base: float, places: Sequence[float], factor: float = 0.1) -> Schedule:
    """The base rate, times ``factor`` from each of these steps on."""
    levels = tuple(factor**i for i in range(len(places) + 1))
    parameters = {
        "final": base * levels[-1], "drops": float(len(places)), "first_drop": places[0],
        "last_drop": places[-1], "factor": factor,
    }  # fmt: skip
    gaps = {later - earlier for earlier, later in pairwise((0.0, *places))}
    if len(gaps) == 1 and len(places) > 1:
        parameters["period"] = places[0]
    return _made("step", base, Stairs((0.0, *places), levels), parameters)


def _warmed(warmup: float, after: Form) -> Chain:
    return Chain((Leg(0.0, warmup, 0.0, 1.0), after), (warmup,))


def _made(kind: str, base: float, form: Form, parameters: dict[str, float]) -> Schedule:
    return Schedule(kind, {"peak": base} | parameters, base=base, fit=1.0, determined=True,
                    last_rate=base, form=form, scale=base)  # fmt: skip
