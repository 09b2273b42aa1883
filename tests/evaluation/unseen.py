"""How the package does on recorded families that it was not fitted on: verdict and advice.

    python tests/evaluation/unseen.py FAMILIES.npz [MORE.npz ...] [--shift -2] [--every 4]

FAMILIES.npz are files of ``families/train.py`` or ``families/recorded_by_torch.py`` drawn from
other seeds than those that ``fit_verdict.py`` names; nothing is fitted here.

Before anything was fitted on the 292 families of ``recorded_by_torch.py`` that ``fit_verdict.py``
names, this printed for them: macro-F1 0.897 with 0.126 of the fine runs called wrong, solved 0.599,
0.792 and 0.873 of the starts after one to three retrains.

For 46 families of ``recorded_by_torch.py --seed 21``, on which nothing was fitted or chosen, it
prints a macro-F1 of 0.881, 0.140 of the fine runs called wrong (0.883 and 0.163 by the nets that
trust the absolute rate alone, which told the verdict before), and (``--every 1``) solved 0.642,
0.831 and 0.911, kept 0.910 with 3.4 runs; before ``next`` looked a retrain ahead 0.638, 0.821,
0.902 and 0.902. With rates moved by -2 decades 0.610, 0.776, 0.866 and 0.860 (0.612, 0.780, 0.866
and 0.860 before).

The verdict is not fitted on these to this day. Of logs that hold 8 to 30 means and no more it has a
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
from fit_verdict import measures
from follow import play, summary
from kin import drawn
from recorded import Family, as_format_tells

from lrdoctor.learning_rate.figures import figures
from lrdoctor.learning_rate.model import model
from lrdoctor.learning_rate.trace import trace
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
    for share in SHARES:
        own = (told.share == share) & (told.label >= 0)
        print("share", share, measures(p[own], told.label[own], told.gap[own], fitted.bound))
    own = (told.share == 1.0) & (told.label >= 0)
    for headless in (True, False):
        p = fitted.probabilities(fitted.standardised(means(families, headless)))
        print(
            "means, without" if headless else "means, with",
            "the loss of the first step",
            measures(p[own[told.share == 1.0]], told.label[own], told.gap[own], fitted.bound),
        )
    rows = []
    for family in families[:: a.every]:
        seen = [view(trace(as_format_tells(family, r, shift=a.shift)), fitted) for r in family.runs]
        rows += play(family, seen, 3, a.shift)
    print(len(families[:: a.every]), "families followed from every start:", summary(rows))


if __name__ == "__main__":
    main()
