"""The recorded logs of real frameworks hold what was logged: no point lost, none made up."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from lrdoctor.resources import folder
from tests.frameworks.comparison import differences, points_in

HERE = Path(__file__).parent
TRUTHS = sorted((HERE / "truth").glob("*.json"))


@pytest.mark.parametrize("truth", TRUTHS, ids=lambda truth: truth.stem)
def test_holds_what_was_logged(truth: Path):
    sample = folder("sample_logs") / "formats" / json.loads(truth.read_text())["format"]
    assert points_in(truth)
    assert differences(truth, sample / truth.stem) == []


def test_every_recorder_has_its_recording():
    recorders = {path.stem for path in (HERE / "recorders").glob("[!_]*.py")}
    assert recorders == {truth.stem for truth in TRUTHS}
