"""How long an epoch is, from what a log tells of it."""

from __future__ import annotations

import numpy as np
import pytest
from curves import falling, run_of

from lrdoctor.rules._epoch import epoch_steps
from lrdoctor.run import Block, Floats


def asked(numbers: Floats) -> float | None:
    run = run_of(falling(len(numbers)))
    run.add(Block("epoch", np.arange(len(numbers)), numbers))
    return epoch_steps(run, len(numbers) - 1)


@pytest.mark.parametrize("rows", [95, 110, 139, 390])
def test_a_whole_number_of_the_epoch_tells_its_length_wherever_the_log_ends(rows: int) -> None:
    assert asked(np.floor(np.arange(rows) / 40)) == 40
    assert asked(np.floor((np.arange(rows) + 25) / 40)) == 40


def test_the_first_epoch_alone_is_measured_from_the_start() -> None:
    assert asked(np.floor(np.arange(55) / 40)) == 40


def test_a_fraction_of_the_epoch_tells_its_length_before_one_is_over() -> None:
    assert asked((np.arange(25) + 1) / 40) == pytest.approx(40)


def test_a_number_that_goes_back_tells_no_length() -> None:
    assert asked(np.repeat([0.0, 3.0, 1.0, 2.0], 10)) is None
