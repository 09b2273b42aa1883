"""Faults in any order, with restarts between: nothing is lost, nothing is doubled."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, Phase, settings

from tests.faults.logs import FORMATS, Format
from tests.faults.machine import Faults

FORMS = pytest.mark.parametrize("chosen", FORMATS, ids=lambda format: format.name)
WAYS = pytest.mark.parametrize("events", [False, True], ids=["polling", "events"])


@WAYS
@FORMS
def test_faults_in_any_order(chosen: Format, events: bool) -> None:
    break_logs(chosen, events, examples=6, steps=14)


@pytest.mark.thorough
@WAYS
@FORMS
def test_many_more_faults_in_any_order(chosen: Format, events: bool) -> None:
    break_logs(chosen, events, examples=40, steps=25)


def break_logs(chosen: Format, events: bool, examples: int, steps: int) -> None:
    machine = type("Chosen", (Faults,), {"format": chosen, "events": events})
    case = machine.TestCase  # type: ignore[attr-defined]
    case.settings = settings(
        max_examples=examples,
        stateful_step_count=steps,
        deadline=None,
        derandomize=True,
        database=None,
        # A failure through events takes its deadline each time: it is told as it is found.
        phases=[Phase.generate] if events else [Phase.generate, Phase.shrink],
        suppress_health_check=list(HealthCheck),
    )
    case("runTest").runTest()
