"""The run went on from an earlier step."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from lrdoctor.diagnosis import Finding, Severity
from lrdoctor.rules import Rule, within
from lrdoctor.rules._last_words import brief
from lrdoctor.rules._span import Span
from lrdoctor.run import Resume as Resumed
from lrdoctor.run import Run


@dataclass(frozen=True, slots=True)
class Resume(Rule):
    """The run went on from an earlier step.

    **Fires when** a step of the log is lower than one before it: the run was resumed from a
    checkpoint, and the points that it overtakes no longer stand. Worth knowing; a warning from the
    ``often``-th time on. Not where several writers log side by side, like the ranks of one
    training: there all points stand. Where a printed log had ended in a death (see ``crash``) at
    the step that the run went back from, its last words are told with it.

    **Why it matters** The steps between were computed twice. A resume that forgets the optimizer's
    state, the schedule's position or the data order shows as a jump of the loss or of the rate just
    after it; many resumes mean that something ends the run.

    **Advice** None of its own: compare the loss and the learning rate on both sides of the step.

    **Parameters**

    - ``often``: resumes that make it a warning, 2 to 1000. Default 4.

    **Examples**

    >>> import numpy as np
    >>> from lrdoctor.rules.resume import Resume
    >>> from lrdoctor.run import Block, Run
    >>> run = Run("demo", "demo.csv", "csv")
    >>> _ = run.add(Block("loss", np.array([1, 2, 3, 4, 3, 4, 5]), np.linspace(2, 1, 7)))
    >>> [(f.onset_step, f.measured, f.unit) for f in Resume().examine(run)]
    [(3, 2.0, 'points overtaken')]

    **References** The steps' order in TensorBoard's purge of orphaned data after a restart.
    """

    often: int = 4

    def __post_init__(self) -> None:
        within(self, "often", 2, 1000, "resumes")

    def examine(self, run: Run) -> Iterator[Finding]:
        if not run.resumes or any(series.side_by_side for series in run.tags.values()):
            return
        main = run.main_loss
        own = [r for r in run.resumes if main is not None and r.tag == main[1].tag]
        tag = own[0].tag if own else run.resumes[0].tag
        name = next((n for n, s in run.metrics.items() if s.tag == tag), tag)
        for count, resume in enumerate((r for r in run.resumes if r.tag == tag), start=1):
            many = count >= self.often
            points = "1 point" if resume.overtaken == 1 else f"{resume.overtaken} points"
            were = "was" if resume.overtaken == 1 else "were"
            yield Finding(
                "resume",
                Severity.WARNING if many else Severity.INFO,
                name,
                *Span(resume.step, resume.step, resume.step, resolved=True),
                measured=float(resume.overtaken),
                limit=0.0,
                unit="points overtaken",
                confidence=1.0,
                message=f"The run went back from {run.x_axis} {resume.reached} to {resume.step}; "
                f"{points} of {name} {were} overtaken.{_cause(run, resume)}",
            )


def _cause(run: Run, resume: Resumed) -> str:
    """What the log had ended in where the run had got to, as a sentence; "" where it tells none."""
    axis = 1 if run.x_axis == "epoch" else 0
    for one in reversed(run.interruptions):
        if one.at[axis] == resume.reached:
            return f' There the log had ended in "{brief(one.ending.said)}".'
    return ""
