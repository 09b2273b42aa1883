"""``--format markdown``: for a pull request's comment or a CI job's summary."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TextIO

from lrdoctor.diagnosis import Diagnosis, Status
from lrdoctor.reports import Outcome, Report, _words

ICONS = {
    Status.CRITICAL: "❌ critical",
    Status.WARNING: "⚠️ warning",
    Status.WATCHING: "🔷 watching",
    Status.HEALTHY: "✅ healthy",
    Status.TOO_SHORT: "too short",
    Status.UNREADABLE: "unreadable",
}


class Markdown(Report):
    """The answer, a table of all runs worst first, and for each sick one its findings."""

    def write(self, outcome: Outcome, stream: TextIO) -> None:
        for line in _lines(outcome):
            stream.write(line + "\n")


def _lines(outcome: Outcome) -> Iterator[str]:
    said, cause = _words.answer(outcome.diagnoses)
    yield f"**{said}** {cause}".rstrip()
    yield ""
    yield "| state | run | what | learning rate |"
    yield "|---|---|---|---|"
    runs = outcome.worst_first
    for one in runs:
        tried = _words.attempt(one)
        arrow = "" if tried is None else f"{tried[0]} → **{tried[1]}**".removeprefix(" → ")
        yield f"| {ICONS[one.status]} | {_code(one.run)} | {_text(one.headline)} | {arrow} |"
    for one in runs:
        if one.findings and one.status.rank <= Status.WATCHING.rank:
            yield from _details(one)


def _details(one: Diagnosis) -> Iterator[str]:
    yield ""
    yield f"### {_code(one.run)}"
    yield ""
    for line in _words.findings(one):
        rule, rest = line.split(" ", 1)
        yield f"- **{_text(rule)}** {_text(rest)}"
    if one.learning_rate.reason:
        yield f"- **learning rate**: {_text(one.learning_rate.reason)}"
    for advice in one.advice:
        yield f"- {advice.action.value}: {_text(advice.reason)}"


def _text(text: str) -> str:
    """Untrusted text with no meaning to Markdown: no link, no HTML, no cell border."""
    escaped = re.sub(r"([\\`*_{}\[\]<>#+!|~&]|:(?!\s))", r"\\\1", _words.prose(text))
    return escaped.replace("www.", r"www\.")


def _code(name: str) -> str:
    """A name as a code span, whatever backticks and bars it holds."""
    text = _words.shown(name).replace("|", r"\|")
    fence = "`" * (1 + max(map(len, re.findall("`+", text)), default=0))
    return f"{fence} {text} {fence}" if "`" in text else f"{fence}{text}{fence}"
