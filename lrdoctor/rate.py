"""How a learning rate, and a number of steps, is written."""

from __future__ import annotations

import math


def format_rate(rate: float, digits: int = 2) -> str:
    """ "3e-4", "1.5e-3", "0.1": short, and pasted into code as it stands.

    Args:
        rate: any float; not a number and infinities are written as Python prints them.
        digits: significant digits at most.
    """
    if not math.isfinite(rate) or rate == 0:
        return f"{rate:g}"
    mantissa, exponent = f"{rate:.{digits - 1}e}".split("e")
    if "." in mantissa:
        mantissa = mantissa.rstrip("0").rstrip(".")
    power = int(exponent)
    if -2 <= power <= 2:  # 0.01 to 999 read better plain
        return f"{float(f'{mantissa}e{power}'):.12g}"
    return f"{mantissa}e{power}"


def format_steps(steps: float) -> str:
    """A mean number of steps, to three digits: "7.25", "125", "2,210"."""
    return f"{steps:.3g}" if steps < 100 else f"{float(f'{steps:.3g}'):,.0f}"
