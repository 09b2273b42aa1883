"""``PROOF.md``, the README's table and the picture, out of what was played."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.prove import picture
from tests.prove.figures import Row, by_family, by_method
from tests.prove.playing import BLIND, HIGHEST, LOWEST, RETRAINS, SOLVED, STARTS, Family, Played

_IN_README = """[`{page}`](tests/evaluation/{page}) has each training, and what was not solved.

![Loss and share solved against retrains](docs/{name}.svg)"""
Results = Sequence[tuple[Family, list[Played]]]


@dataclass(frozen=True, slots=True)
class About:
    """What made the page."""

    made_by: str
    trainings: int
    minutes: float
    gpu: bool = False
    left_out: int = 0
    """Trainings that were not done in time."""

    @property
    def command(self) -> str:
        return "make prove-gpu" if self.gpu else "make prove"


def page(results: Results, about: About) -> str:
    """The page, as Markdown."""
    rows = by_method(results)
    return "\n\n".join((
        "# Following the advice, for real" + (", on a GPU" if about.gpu else ""),
        _about(about),
        f"{about.trainings} trainings in {about.minutes:.0f} minutes: {about.made_by}."
        + (f" {about.left_out} were not done in time and are left out." if about.left_out else ""),
        "## All starts",
        table(rows),
        f"![Loss against retrains](../../docs/{_name(about)}.svg)",
        "## By training",
        "Solved after 1 / 2 / 3 retrains.",
        _families(results),
        "## Every start that lrdoctor did not solve",
        _unsolved(results),
    )) + "\n"  # fmt: skip


def _about(about: About) -> str:
    starts, blind = (", ".join(f"{rate:.2g}" for rate in rates) for rates in (STARTS, BLIND))
    return f"""`{about.command}` writes this page: small but real trainings, made anew from each of
the rates {starts} that is not good already. Every run writes its
log to disk, and `lrdoctor next` names the next rate from these logs alone, until it says "enough"
or {RETRAINS} retrains are made. Beside it, from the same starts: Optuna's TPE over {LOWEST:g} to
{HIGHEST:g}, which sees each run's true full training loss, and the list of fixed rates
({blind}) that does best on the clinic's recorded trainings.

A run's gap is the share of the way from the loss before training to the best loss of any run of
that training that is missing at its end, full training loss throughout. Solved: a run with a gap of
{SOLVED} or less was made. Kept: the run it says to keep in the end is such a one (the other methods
keep the one of the lowest true loss)."""


def table(rows: Mapping[str, Row]) -> str:
    """A row a method."""
    count = next(iter(rows.values())).starts if rows else 0
    head = [f"method, {count} bad starts", *(f"solved after {n}" for n in range(1, RETRAINS + 1)),
            f"mean gap after {RETRAINS}", "kept a good run", "runs made"]  # fmt: skip
    lines = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    for name, row in rows.items():
        cells = [*(f"{share:.2f}" for share in row.solved[1:]), f"{row.gap[-1]:.3f}",
                 f"{row.kept:.2f}", f"{row.runs:.1f}"]  # fmt: skip
        lines.append(f"| {name} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def _families(results: Results) -> str:
    told = by_family(results)
    names = list(next(iter(told.values())))
    lines = [f"| training | starts | {' | '.join(names)} |", "|---|---|" + "---|" * len(names)]
    for family, rows in told.items():
        cells = (" / ".join(f"{x:.2f}" for x in rows[name].solved[1:]) for name in names)
        lines.append(f"| {family} | {rows[names[0]].starts} | {' | '.join(cells)} |")
    return "\n".join(lines)


def _unsolved(results: Results) -> str:
    lines = ["| training | rates | gaps |", "|---|---|---|"]
    for family, its in results:
        for one in its:
            gaps = [family.gap(rate) for rate in one.rates]
            if one.method == "lrdoctor" and min(gaps) > SOLVED:
                rates = " → ".join(f"{rate:.2g}" for rate in one.rates)
                lines.append(f"| {family.name} | {rates} | "
                             f"{', '.join(f'{gap:.2g}' for gap in gaps)} |")  # fmt: skip
    return "\n".join(lines) if len(lines) > 2 else "None."


def write(root: Path, results: Results, about: About) -> None:
    """The page, the picture and the README's table."""
    name = _name(about)
    proof = f"{'PROOF_GPU' if about.gpu else 'PROOF'}.md"
    (root / "tests" / "evaluation" / proof).write_text(page(results, about), "utf-8")
    rows = by_method(results)
    (root / "docs" / f"{name}.svg").write_text(picture.picture(rows), "utf-8")
    readme = root / "README.md"
    told = f"{table(rows)}\n\n{_IN_README.format(page=proof, name=name)}"
    readme.write_text(in_readme(readme.read_text("utf-8"), told, name), "utf-8")


def in_readme(text: str, rows: str, section: str = "prove") -> str:
    """The README with these rows in its section."""
    new = re.sub(rf"(<!-- {section}:[^>]*-->\n).*?(<!-- end -->)",
                 lambda m: f"{m[1]}{rows}\n{m[2]}", text, flags=re.S)  # fmt: skip
    if rows not in new:
        raise ValueError(f"README.md has no section {section}")
    return new


def _name(about: About) -> str:
    return "prove-gpu" if about.gpu else "prove"
