"""What foretells the gain of a cut of the rate at a plateau, by cuts that were made.

usage: python tests/evaluation/cut.py CUTS.npz [MORE.npz ...]

Taken are the branchings of ``families/branch.py`` whose log, up to the branching, has an
unresolved ``plateau``. What a cut won is the fall of the whole training set's loss over as many
steps again, a part of the progress in the log; beside it what going on unchanged won. The signs
are read off the log up to the branching. Tasks whose name's checksum is even are for choosing, the
others for reporting.

On 51 plateaus of six tasks for choosing and 104 of eight for reporting (seeds 61 to 64): the
scatter foretells the order of the gains (rank correlation 0.5 to 0.6, reported 0.67 to 0.77), and
so does how far the lowest loss lies under the median (0.55, 0.81); autocorrelation does not (0.2,
-0.07), nor the rate times the squared gradient norm where it was chosen (0.15, 0.68). The size of
the gain it does not foretell: an interval for four in five, a factor of 12 wide, holds 0.64 of the
reported ones, which mostly win less; where the bound is 1 % and more, a deviation's multiple is off
tenfold at the median. So the rule tells a bound alone, 2.7 deviations, the 0.9 quantile of the 43
that were there when it was chosen: as told at the plateau's beginning it holds in 0.90 and 0.99.
Where it advises no cut, as the bound at the log's end is under 1 %, none of 7 and none of 56 won
that. A cut won more than going on unchanged in 0.61 and 0.31.
"""

from __future__ import annotations

import json
import re
import sys
import zlib
from collections.abc import Iterator
from pathlib import Path

import msgspec
import numpy as np
from scipy.stats import spearmanr

from lrdoctor.rules._reading import read
from lrdoctor.rules.plateau import Plateau
from lrdoctor.run import Block, Run

PARTS = 3
_MOST = re.compile(r"to a tenth would win ([\d.e+-]+) % at the most")
NOTHING = 0.01
"""Part of the progress under which the rule advises no cut."""
LEAST = 0.0005
"""A part of the progress that is none in words, as in the rule."""


class Cut(msgspec.Struct, frozen=True):
    """One cut; figures are parts of the progress so far."""

    task: str
    cut: float
    kept: float
    most: float
    """What the rule's message says that it may win; infinite where nothing is said."""
    advised: bool
    signs: dict[str, float]

    @property
    def reported(self) -> bool:
        return zlib.crc32(self.task.encode()) % 2 == 1


def cuts(path: Path) -> Iterator[Cut]:
    with np.load(path) as file:
        table, offsets = file["table"].astype(float), file["offsets"]
        truths = json.loads(str(file["truth"]))
    for at in range(0, len(truths), PARTS):
        log = table[offsets[at] : offsets[at + 1]]
        steps = log[:, 0].astype(np.int64)
        run = Run("cut", "cut.csv", "csv")
        run.add(Block("loss", steps, log[:, 1]))
        run.add(Block("lr", steps, log[:, 4]))
        found = [finding for finding in Plateau().examine(run) if not finding.resolved]
        if not found:
            continue
        begun, kept, cut = (truth["end"] for truth in truths[at : at + PARTS])
        reading = read(run["train/loss"].curve)
        progress = float(reading.progress[-1])
        yield Cut(
            truths[at]["task"], (begun - cut) / progress, (begun - kept) / progress,
            _most(found[-1].message), any(Plateau().advise(found[-1], run)),
            dict(signs(log, reading.scatter[-1], progress)),
        )  # fmt: skip


def _most(message: str) -> float:
    most = _MOST.search(message)
    return float(most[1]) / 100 if most else np.inf


def signs(log, scatter: float, progress: float) -> Iterator[tuple[str, float]]:  # type: ignore[no-untyped-def]
    """What may foretell the gain, read off the newest half of the log."""
    losses, norms = log[len(log) // 2 :, 1], log[len(log) // 2 :, 5]
    about = losses - np.polyval(np.polyfit(np.arange(len(losses)), losses, 1), range(len(losses)))
    lag = float(np.corrcoef(about[1:], about[:-1])[0, 1]) if about.std() > 0 else 0.0
    yield "none", 1.0
    yield "scatter of neighbours", scatter / progress
    yield "deviation", float(about.std()) / progress
    yield "median less lowest", float(np.median(losses) - losses.min()) / progress
    yield "mean less median", float(about.mean() - np.median(about)) / progress
    yield "autocorrelation", lag
    yield "wandering deviation", float(about.std()) * np.sqrt(max(lag, 0.0)) / progress
    yield "rate x norm^2", float(log[-1, 4] * np.median(norms**2)) / progress


def forecast(chosen: list[Cut], reported: list[Cut], sign: str) -> str:
    """A multiple of one sign: fitted to the first cuts, its figures over the others."""
    own, other = ([max(c.signs[sign], LEAST) for c in part] for part in (chosen, reported))
    won, came = (np.maximum([c.cut for c in part], LEAST) for part in (chosen, reported))
    low, times, high = np.quantile(won / own, [0.1, 0.5, 0.9])
    inside = (came >= low * np.array(other)) & (came <= high * np.array(other))
    off = float(np.median(np.abs(np.log10(came / (times * np.array(other))))))
    rank = [float(spearmanr(s, w)[0]) if np.ptp(s) else 0.0 for s, w in ((own, won), (other, came))]
    return (f"{times:9.2g} times, {low:.2g} to {high:.2g} | rank correlation {rank[0]:5.2f}, "
            f"{rank[1]:5.2f} | off by 10^{off:.2f} | inside {inside.mean():.2f} | "
            f"10^{np.log10(high / low):.1f} wide")  # fmt: skip


def main() -> None:
    made = [cut for path in sys.argv[1:] for cut in cuts(Path(path))]
    halves = [[cut for cut in made if cut.reported is part] for part in (False, True)]
    for name, own in zip(("choosing", "reporting"), halves, strict=True):
        print(name, len(own), "plateaus;", *sorted({cut.task for cut in own}))
        won, kept = np.array([[c.cut, c.kept] for c in own]).T
        print("  a cut won", np.quantile(won, [0.1, 0.25, 0.5, 0.75, 0.9]).round(4),
              "more than going on", round(float(np.mean(won > kept)), 2))  # fmt: skip
        most = np.array([c.most for c in own])
        print("  the most that is told holds in", round(float(np.mean(won <= most)), 3),
              "and is not told of", int(np.isinf(most).sum()))  # fmt: skip
        small = np.array([not c.advised for c in own])
        print("  no cut advised of", int(small.sum()), "which wins after all in",
              int((won[small] > NOTHING).sum()))  # fmt: skip
    for sign in made[0].signs:
        print(f"{sign:22}", forecast(*halves, sign))


if __name__ == "__main__":
    main()
