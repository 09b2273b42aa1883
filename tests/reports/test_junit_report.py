from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from xml.etree import ElementTree

import pytest

from lrdoctor.diagnosis import Diagnosis, Status
from lrdoctor.reports import Outcome
from tests.reports.conftest import HOSTILE, diagnosis

Written = Callable[[str, Outcome], str]


def suite(written: Written, outcome: Outcome) -> ElementTree.Element:
    (found,) = ElementTree.fromstring(written("junit", outcome))
    return found


def names(suite: ElementTree.Element, kind: str) -> list[str | None]:
    return [case.get("name") for case in suite if case.find(kind) is not None]


@pytest.mark.parametrize(
    ("fail_on", "failing"),
    [
        ("critical", ["gpt2", "vit"]),
        ("warning", ["gpt2", "vit", r"a\x1b[31m\u202eb\x0d\x0a|`<script>`"]),
        ("never", []),
    ],
)
def test_cases_fail_where_the_exit_code_says_so(
    outcome: Outcome, written: Written, fail_on: str, failing: Sequence[str]
) -> None:
    judged = replace(outcome, fail_on=fail_on)
    found = suite(written, judged)
    assert names(found, "failure") == failing
    assert found.get("failures") == str(len(failing))
    assert bool(failing) == bool(judged.exit_code)


def test_what_cannot_be_judged_is_skipped_with_its_reason(
    outcome: Outcome, written: Written
) -> None:
    found = suite(written, outcome)
    assert (found.get("tests"), found.get("skipped"), found.get("errors")) == ("8", "2", "0")
    skipped = {case.get("name"): case.find("skipped") for case in found}
    assert skipped["short"] is not None
    assert skipped["short"].get("message") == "Three points tell nothing."


def test_not_one_readable_log_is_an_error(written: Written) -> None:
    lost = [diagnosis("noise.csv", Status.UNREADABLE, "It holds no loss.")]
    assert names(suite(written, Outcome(lost)), "error") == ["noise.csv"]


def test_a_failure_tells_what_was_found_and_what_to_try(outcome: Outcome, written: Written) -> None:
    failure = suite(written, outcome)[0].find("failure")
    assert failure is not None
    assert failure.get("type") == "divergence"
    assert "divergence (critical, 97% sure) since step 500:" in (failure.text or "")
    assert "try 3e-3 → 3e-4: 10× lower" in (failure.text or "")


def test_a_hostile_name_leaves_the_document_whole(written: Written) -> None:
    one: Diagnosis = diagnosis(f"{HOSTILE}\x00\ud800]]>&", Status.HEALTHY)
    (case,) = suite(written, Outcome([one]))
    assert case.get("name") == r"a\x1b[31m\u202eb\x0d\x0a|`<script>`\x00\ud800]]>&"
