"""What Optuna's two kinds of storage share: how trials, values and parameters are told."""

from __future__ import annotations

from lrdoctor.readers._records import Json, parse

MINIMISED, MAXIMISED = "objective", "intermediate_value"
"""What a trial's values are called where the study does not say: what is minimised is a loss."""

METRIC_NAMES = "study:metric_names"
"""The study's attribute in which ``set_metric_names`` keeps them."""


def run_name(study: str, number: int) -> str:
    return f"{study}/trial {number}"


def tag(names: Json, *, minimise: bool) -> str:
    """What a study's values are called: the first of its metrics' own names, where it has some."""
    if isinstance(names, list) and names and isinstance(names[0], str) and names[0]:
        return names[0]
    return MINIMISED if minimise else MAXIMISED


def parameter(value: Json, distribution: Json) -> Json:
    """A parameter as the objective was given it: a choice is stored as its place among them."""
    choices = _attributes(distribution).get("choices")
    if isinstance(choices, list) and isinstance(value, int | float) and 0 <= value < len(choices):
        chosen: Json = choices[int(value)]
        return chosen
    return value


def span(distribution: Json) -> tuple[float, float] | None:
    """The least and the largest value that a parameter may have; None where it is a choice."""
    told = _attributes(distribution)
    low, high = told.get("low"), told.get("high")
    if isinstance(low, int | float) and isinstance(high, int | float) and low <= high:
        return float(low), float(high)
    return None


def _attributes(distribution: Json) -> dict[str, Json]:
    try:
        told = parse(str(distribution).encode())
    except ValueError:
        return {}
    attributes = told.get("attributes") if isinstance(told, dict) else None
    return attributes if isinstance(attributes, dict) else {}
