"""What a mute or an acknowledgement does to a run's standing, and when it ends."""

from dataclasses import replace
from typing import Any

import pytest

from lrdoctor.server.standing import covered, standing
from lrdoctor.store import Kind, Remark, Trouble

NOW = 1000.0


def finding(rule: str, severity: str = "critical", onset: int = 70, **more: Any) -> dict[str, Any]:
    return {"rule": rule, "severity": severity, "metric": "train/loss", "onset_step": onset,
            "resolved": False, **more}  # fmt: skip


DIVERGING = finding("divergence")
SPIKE = finding("spike", "warning", 30)
WORST = Trouble("divergence", "critical", "train/loss", 70)
MUTE = Remark("a", Kind.MUTE, 900.0, "Ada", "Known.", (WORST,), number=4)


def told(line: list[dict[str, Any]], *remarks: Remark, now: float = NOW) -> Any:
    return standing({"findings": line}, remarks, now)


def test_a_mute_of_all_that_alarms_makes_the_run_muted() -> None:
    muted = told([DIVERGING], MUTE)["muted"]
    assert muted["status"] == "muted"
    assert muted["rules"] == ["divergence"]
    assert (muted["author"], muted["text"], muted["number"]) == ("Ada", "Known.", 4)


def test_what_is_left_loud_decides_the_status() -> None:
    assert told([DIVERGING, SPIKE], MUTE)["muted"]["status"] == "warning"
    assert told([DIVERGING, finding("nan")], MUTE)["muted"]["status"] == "critical"
    both = replace(MUTE, covers=(WORST, Trouble("spike", "warning", "train/loss", 30)))
    assert told([DIVERGING, SPIKE], both)["muted"]["status"] == "muted"


def test_a_mute_ends_when_it_gets_worse() -> None:
    mild = replace(MUTE, covers=(replace(WORST, severity="warning"),))
    assert told([finding("divergence", "warning")], mild)["muted"] is not None
    assert told([DIVERGING], mild)["muted"] is None


def test_a_mute_ends_at_its_time() -> None:
    hour = replace(MUTE, until=NOW + 1)
    assert told([DIVERGING], hour)["muted"]["until"] == NOW + 1
    assert told([DIVERGING], hour, now=NOW + 1)["muted"] is None


def test_a_mute_of_one_finding_leaves_the_others_of_its_rule() -> None:
    this = replace(MUTE, only=True)
    over = {**DIVERGING, "resolved": True}
    assert told([DIVERGING], this)["muted"] is not None
    for other in (finding("divergence", onset=500), finding("divergence", metric="val/loss")):
        assert told([over, other], this)["muted"] is None
        assert told([over, other], MUTE)["muted"]["status"] == "muted", "its rule is"


def test_what_was_said_of_a_former_training_does_not_hold_for_the_next() -> None:
    seen = replace(MUTE, kind=Kind.ACKNOWLEDGE)
    anew = [finding("divergence", onset=500)]
    assert told(anew, MUTE)["muted"] is None
    assert told(anew, seen)["acknowledged"] is None


def test_resolved_findings_and_those_worth_knowing_do_not_count() -> None:
    quiet = [finding("divergence", resolved=True), finding("plateau", "info")]
    assert told(quiet, MUTE)["muted"] is None
    assert told([*quiet, SPIKE], MUTE)["muted"] is None
    assert covered({"findings": quiet}, None, None, None) == ()


def test_an_acknowledgement_holds_until_something_else_alarms() -> None:
    seen = replace(MUTE, kind=Kind.ACKNOWLEDGE)
    assert told([DIVERGING], seen)["acknowledged"]["author"] == "Ada"
    assert told([DIVERGING, SPIKE], seen)["acknowledged"] is None
    assert told([], seen)["acknowledged"] is None
    assert told([DIVERGING], seen)["muted"] is None


def test_every_remark_is_told() -> None:
    note = Remark("a", Kind.NOTE, 1.0, text="Hello.", number=2)
    assert [one["number"] for one in told([], note, MUTE)["remarks"]] == [2, 4]


@pytest.mark.parametrize(
    ("asked", "covers"),
    [
        ((None, None, None), ["divergence", "divergence", "spike"]),
        (("spike", None, None), ["spike"]),
        (("divergence", "train/loss", 70), ["divergence"]),
        (("divergence", "train/loss", 71), []),
        (("flat", None, None), []),
    ],
)
def test_what_is_covered_is_what_alarms_now(asked: tuple[Any, Any, Any], covers: list[str]) -> None:
    over = finding("flat", "warning", resolved=True)
    line = {"findings": [finding("divergence", "warning", 60), DIVERGING, SPIKE, over]}
    assert [one.rule for one in covered(line, *asked)] == covers
