"""Calm, normal and keen: nested on every sample, and within the range that each rule allows."""

from __future__ import annotations

from dataclasses import fields
from functools import cache
from pathlib import Path

import pytest
from samples import all_samples, load

from lrdoctor.rules import Rule, rules
from lrdoctor.rules._sensitivity import LEVELS, thresholds
from lrdoctor.run import Run

WEIGHED = [name for name, rule in rules().items() if rule.evidence]
FIXED = {"crash", "nan", "resume"}
"""A NaN is a NaN, and a run that goes on from an earlier step does so."""


def at(name: str, level: str) -> Rule:
    rule = rules()[name]
    return rule(**thresholds(rule, level))


@cache
def run_of(path: Path) -> Run:
    return load(path)


def test_every_rule_says_what_it_weighs() -> None:
    assert set(rules()) - set(WEIGHED) == FIXED


@pytest.mark.parametrize("name", WEIGHED)
def test_levels_move_what_the_rule_says_and_nothing_else(name: str) -> None:
    rule = rules()[name]
    assert thresholds(rule, "normal") == {}
    assert at(name, "normal") == rule()
    own = {each.name: getattr(rule(), each.name) for each in fields(rule)}  # type: ignore[arg-type]
    for level in ("calm", "keen"):
        moved = thresholds(rule, level)
        assert set(moved) == {field for field, _ in rule.evidence}
        assert all(moved[field] != own[field] for field in moved)
        assert all(type(moved[field]) is type(own[field]) for field in moved)


@pytest.mark.parametrize("name", WEIGHED)
def test_keener_finds_no_less(name: str) -> None:
    fired = {
        level: {path for path in all_samples() if any(at(name, level).examine(run_of(path)))}
        for level in LEVELS
    }
    assert fired["calm"] <= fired["normal"] <= fired["keen"]
    assert fired["keen"], "each rule fires on its own sample"
