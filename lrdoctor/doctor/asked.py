"""A run shown to the rules: one that fails costs the others nothing, and is told by its name."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import chain
from operator import attrgetter

from lrdoctor import schedules
from lrdoctor.diagnosis import Advice, Finding, Problem
from lrdoctor.doctor.certainty import calibrated
from lrdoctor.doctor.doubt import doubted
from lrdoctor.errors import in_one_line
from lrdoctor.rules import Rule
from lrdoctor.run import Run

_SOUGHT = frozenset({"divergence", "spike", "oscillation", "exploding-gradient", "flat", "slow"})
"""What a range test is made to show."""


class Asked:
    """What each of the rules says of a run."""

    def __init__(self, run: Run, rules: Mapping[str, Rule]) -> None:
        self.found: dict[str, tuple[Finding, ...]] = {}
        """What each rule that could look has found, by its name."""
        self.advised: dict[Finding, tuple[Advice, ...]] = {}
        """Each finding, and what its rule advises."""
        self.blind: dict[str, tuple[str, ...]] = {}
        """The rules that could not look, each with the metrics of which it needs one."""
        self.defects: list[Problem] = []
        """A line for each rule that failed; nothing else is told of it."""
        for name, rule in rules.items():
            try:
                self._ask(run, name, rule)
            except Exception as error:  # noqa: BLE001 - it is told, by its rule's name
                what = f"the rule {name} failed on this run ({in_one_line(error)})"
                told = Problem(run.path, None, f"{what}; please report it to its authors")
                self.defects.append(told)

    def _ask(self, run: Run, name: str, rule: Rule) -> None:
        if not rule.can_look(run):
            self.blind[name] = rule.needs
            return
        its = tuple(found_by(rule, run))
        if its:
            if any(finding.rule != name for finding in its):
                raise ValueError(f"its findings do not bear its name, {name!r}")
            self.advised |= {finding: _advice(rule, finding, run) for finding in its}
        self.found[name] = its

    @property
    def findings(self) -> tuple[Finding, ...]:
        """All of them, in order of ``fired_step``."""
        found = chain.from_iterable(self.found.values())
        return tuple(sorted(found, key=attrgetter("fired_step", "rule")))


def found_by(rule: Rule, run: Run) -> Iterator[Finding]:
    """What a rule sees, and how sure that is.

    A range test raises the rate until the loss blows up: what was known as one when a rule fired
    found no trouble, but what it looks for.
    """
    for finding in rule.examine(run):
        if not isinstance(finding, Finding):
            raise TypeError(f"its examine() yields {finding!r}, which is no Finding")
        if finding.rule in _SOUGHT and schedules.is_range_test(run, finding.fired_step):
            continue
        yield doubted(run, calibrated(finding))


def _advice(rule: Rule, finding: Finding, run: Run) -> tuple[Advice, ...]:
    given = tuple(rule.advise(finding, run))
    if not all(isinstance(each, Advice) for each in given):
        raise TypeError(f"its advise() yields {given!r}, which is no Advice")
    return given
