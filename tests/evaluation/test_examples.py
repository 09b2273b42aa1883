"""What coefficients are fitted on can be made of the recorded runs."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
import clinic
from examples import SHARES, build
from recorded import load

from lrdoctor.learning_rate.figures import NAMES


def test_each_run_is_seen_at_every_share_as_logged_and_varied() -> None:
    family = load(str(clinic.CLINIC))[0]
    made = build([family], 0, variations=1)
    rows = 2 * len(SHARES) * len(family.runs)
    assert made.figures.shape == (rows, len(NAMES))
    assert made.plain.sum() == rows / 2
    differs = made.figures[~made.plain] != made.figures[made.plain]
    assert differs.any(axis=1).mean() > 0.9
