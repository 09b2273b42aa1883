"""How the package does on recorded families that it was not fitted on: verdict and advice.

    python tests/evaluation/unseen.py FAMILIES.npz [MORE.npz ...] [--shift -2] [--every 4]

FAMILIES.npz are files of ``families/train.py`` or ``families/recorded_by_torch.py`` drawn from
other seeds than those that ``fit_verdict.py`` names; nothing is fitted here.

Four sets were met so, before anything was fitted or chosen on them, each by the package of its day:

======================================  ========  =============  =======================  =====
families                                macro-F1  wrong on fine  solved after 1, 2, 3     kept
======================================  ========  =============  =======================  =====
292 by torch, seeds 11 and 12           0.897     0.126          0.599, 0.792, 0.873
46 by torch, seed 21                    0.883     0.163          0.642, 0.831, 0.911      0.910
the first 36 of data/more.npz           0.909     0.128          0.684, 0.895, 0.954      0.953
the other 36                            0.936     0.069          0.730, 0.881, 0.956      0.937
======================================  ========  =============  =======================  =====

The recipe in the package now, less the last 36, printed for them 0.936, 0.041, and 0.725, 0.880,
0.956, kept 0.937. Whole logs, followed from every start (``--every 1``) for up to 3.1 to 3.4 runs.

Of the 292 families' logs that hold 8 to 30 means and no more it has a
macro-F1 of 0.858, and of 0.892 where the first of them is the loss of the first step instead: what
is missing in such logs is where training began. Estimates of that from the means alone (going on
backwards from the first three) gain 0.006 at the most, and a true loss before training in the place
of a first row that is there already gains nothing.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parent))
from examples import SHARES, build, coarser
from fit_verdict import PROGRESS, measures
from follow import play, summary
from kin import drawn
from recorded import Family, as_format_tells

from lrdoctor.learning_rate.figures import figures
from lrdoctor.learning_rate.model import model
from lrdoctor.learning_rate.trace import trace
from lrdoctor.learning_rate.verdict import needed
from lrdoctor.learning_rate.view import view
from lrdoctor.run import Floats


def means(families: Sequence[Family], headless: bool) -> Floats:
    """Figures of whole runs whose logs hold 8 to 30 means, as of epochs, and no more."""
    rng = np.random.default_rng(0)
    out = []
    for family in families:
        for run in family.runs:
            seen, rows = trace(as_format_tells(family, run)), int(rng.integers(8, 31))
            out.append(figures(coarser(seen, rows, headless) if len(seen) > 30 else seen))
    return np.array(out)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("families", nargs="+")
    parser.add_argument("--shift", type=float, default=0.0, help="decades the rates are moved by")
    parser.add_argument("--every", type=int, default=4, help="play so many-th families' starts")
    a = parser.parse_args()
    families = [family for path in a.families for family in drawn(path)]
    fitted = model()
    told = build(families, 0, variations=0, shift=a.shift)
    p = fitted.probabilities(fitted.standardised(told.figures))
    bound = needed(fitted.bound, told.figures[:, PROGRESS])
    for share in SHARES:
        own = (told.share == share) & (told.label >= 0)
        print("share", share, measures(p[own], told.label[own], told.gap[own], bound[own]))
    own = (told.share == 1.0) & (told.label >= 0)
    for headless in (True, False):
        p = fitted.probabilities(fitted.standardised(means(families, headless)))
        print(
            "means, without" if headless else "means, with",
            "the loss of the first step",
            measures(p[own[told.share == 1.0]], told.label[own], told.gap[own], bound[own]),
        )
    rows = []
    for family in families[:: a.every]:
        seen = [view(trace(as_format_tells(family, r, shift=a.shift)), fitted) for r in family.runs]
        rows += play(family, seen, 3, a.shift)
    print(len(families[:: a.every]), "families followed from every start:", summary(rows))


if __name__ == "__main__":
    main()
