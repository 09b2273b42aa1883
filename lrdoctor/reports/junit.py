"""``--format junit``: a test case a run, for the test reports of GitLab, Jenkins and the like."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TextIO
from xml.etree import ElementTree

from lrdoctor.diagnosis import Diagnosis, Status
from lrdoctor.reports import Outcome, Report, _words


class Junit(Report):
    """One suite, worst first. A case fails exactly where ``check`` exits with 1 for its run.

    A log that cannot be read, or is too short to judge, is skipped and says why; it is an error
    where not one log could be read. What else was found stands in a case's output.
    """

    def write(self, outcome: Outcome, stream: TextIO) -> None:
        runs = outcome.worst_first
        cases = [_case(one, outcome) for one in runs]
        totals = {
            "name": "lrdoctor",
            "tests": str(len(runs)),
            "failures": _count(cases, "failure"),
            "errors": _count(cases, "error"),
            "skipped": _count(cases, "skipped"),
            "time": f"{outcome.seconds:.3f}",
        }
        suites = ElementTree.Element(
            "testsuites", {k: v for k, v in totals.items() if k != "skipped"}
        )
        ElementTree.SubElement(suites, "testsuite", totals).extend(cases)
        ElementTree.indent(suites)
        stream.write('<?xml version="1.0" encoding="UTF-8"?>\n')
        stream.write(ElementTree.tostring(suites, encoding="unicode") + "\n")


def _case(one: Diagnosis, outcome: Outcome) -> ElementTree.Element:
    name = {"name": _words.shown(one.run), "classname": f"lrdoctor.{one.format or 'log'}"}
    case = ElementTree.Element("testcase", name)
    verdict = _verdict(one, outcome)
    told = "\n".join(_told(one))
    if verdict is None:
        ElementTree.SubElement(case, "system-out").text = told
    else:
        said = {"message": _words.prose(one.headline)}
        if verdict == "failure":
            finding = _words.main_finding(one)
            said["type"] = one.status.value if finding is None else finding.rule
        ElementTree.SubElement(case, verdict, said).text = told
    return case


def _verdict(one: Diagnosis, outcome: Outcome) -> str | None:
    if one.status is Status.UNREADABLE and outcome.exit_code == 2:
        return "error"
    if one.status in (Status.UNREADABLE, Status.TOO_SHORT):
        return "skipped"
    return "failure" if outcome.fails(one) else None


def _told(one: Diagnosis) -> Iterator[str]:
    yield _words.prose(one.headline)
    yield from (_words.shown(line) for line in _words.findings(one))
    tried = _words.attempt(one)
    if tried is not None:
        old, new, notes = tried
        yield f"try {f'{old} → ' if old else ''}{new}: {_words.shown(notes)}"
    if one.path:
        yield _words.shown(one.path)


def _count(cases: list[ElementTree.Element], kind: str) -> str:
    return str(sum(case.find(kind) is not None for case in cases))
