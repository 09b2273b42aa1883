from __future__ import annotations

import numpy as np
from curves import falling

from lrdoctor.diagnosis import Severity
from lrdoctor.rules.resume import Resume
from lrdoctor.run import Block, Run


def resumed(*starts: int) -> Run:
    run = Run("run", "run.csv", "csv")
    for start in (0, *starts):
        steps = np.arange(start, start + 100)
        run.add(Block("loss", steps, falling(100)))
        run.add(Block("val_loss", steps[::10], falling(10)))
    return run


def test_each_resume_is_told_once_for_all_tags() -> None:
    found = list(Resume().examine(resumed(50, 70)))
    assert [(f.onset_step, f.measured, f.severity) for f in found] == [
        (50, 50.0, Severity.INFO),
        (70, 80.0, Severity.INFO),
    ]
    assert "from step 99 to 50" in found[0].message


def test_one_point_that_is_overtaken_is_told_as_one() -> None:
    run = Run("run", "run.csv", "csv")
    run.add(Block("loss", np.array([1, 2, 4, 3, 5]), falling(5)))
    (found,) = Resume().examine(run)
    assert found.message.endswith("; 1 point of train/loss was overtaken.")


def test_many_resumes_are_a_warning() -> None:
    assert [f.severity for f in Resume().examine(resumed(50, 60, 70, 80))] == [
        *3 * [Severity.INFO],
        Severity.WARNING,
    ]


def test_quiet_where_steps_only_grow() -> None:
    assert list(Resume().examine(resumed(100, 200))) == []
