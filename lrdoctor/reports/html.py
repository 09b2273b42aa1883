"""``--format html``: one page that holds all it shows, opened from disk or sent by mail."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import escape
from typing import TextIO

from lrdoctor import resources
from lrdoctor.diagnosis import Diagnosis, Status
from lrdoctor.reports import Outcome, Report, _words
from lrdoctor.reports._picture import picture

LOOKS = {
    Status.CRITICAL: ("✖", "crit"),
    Status.WARNING: ("▲", "warn"),
    Status.WATCHING: ("◆", "watch"),
    Status.HEALTHY: ("✔", "ok"),
    Status.TOO_SHORT: ("○", "quiet"),
    Status.UNREADABLE: ("?", "quiet"),
}
"""A state's icon, and the class that colours what stands inside it."""
# No script, and nothing from elsewhere: whatever a log's names hold, the page only shows them.
_HEAD = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; \
style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<style>
{styles}</style>
</head>
<body>
<main>
"""
_FONT = re.compile(r"@font-face \{[^}]*\}\n*")
"""The screen's own: on a page of one file the system's faces must do."""


class Html(Report):
    """The answer, a line a run worst first, then each run with its picture and its evidence."""

    def write(self, outcome: Outcome, stream: TextIO) -> None:
        # A file name need not be UTF-8; ``shown`` has made visible what cannot be written.
        stream.writelines(f"{line}\n" for line in _lines(outcome))


def _lines(outcome: Outcome) -> Iterator[str]:
    said, cause = _words.answer(outcome.diagnoses)
    runs = outcome.worst_first
    yield _HEAD.format(title=_text(f"lrdoctor: {said}"), styles=_styles()).rstrip("\n")
    yield f"<header><h1>{_text(said)}</h1>"
    if cause:
        yield f"<p>{_text(cause)}</p>"
    yield "</header>"
    if len(runs) > 1:
        yield from _overview(runs)
    for at, one in enumerate(runs):
        yield from _run(one, at)
    yield f"<footer>{_text(_words.read(outcome))}</footer>"
    yield "</main>\n</body>\n</html>"


def _styles() -> str:
    assets = resources.folder("assets")
    tokens = (assets / "tokens.css").read_text("utf-8")
    return _FONT.sub("", tokens) + (assets / "report.css").read_text("utf-8")


def _overview(runs: list[Diagnosis]) -> Iterator[str]:
    yield '<nav class="card" aria-label="Runs"><table>'
    yield "<thead><tr><th>State</th><th>Run</th><th>What</th><th>Learning rate</th></tr></thead>"
    yield "<tbody>"
    for at, one in enumerate(runs):
        yield (
            f"<tr><td>{_state(one)}</td>"
            f'<td><a href="#run-{at}"><bdi>{_name(one.run)}</bdi></a></td>'
            f"<td>{_text(one.headline)}</td><td class=rate>{_swap(one)}</td></tr>"
        )
    yield "</tbody></table></nav>"


def _run(one: Diagnosis, at: int) -> Iterator[str]:
    _, colour = LOOKS[one.status]
    optimizer = f" <span class=small>{_text(one.optimizer)}</span>" if one.optimizer else ""
    yield f'<article class="card {colour}" id="run-{at}">'
    yield f"<h2>{_state(one)} <bdi>{_name(one.run)}</bdi>{optimizer}</h2>"
    yield f"<p class=headline>{_text(one.headline)}</p>"
    if any(value is not None for value in one.sparkline):
        yield from _figure(one)
    tried = _words.attempt(one)
    evidence = _words.evidence(one, rate_is_wrong=tried is not None)
    if evidence:
        yield f"<p>{_text(evidence)}</p>"
    if tried:
        yield f"<p class=try>Try {_swap(one)} <span>{_text(tried[2])}</span></p>"
    if one.problems:
        yield f"<p class=small>{_text(_words.problems(one))}</p>"
    yield from _details(one)
    yield "</article>"


def _figure(one: Diagnosis) -> Iterator[str]:
    onset = _words.onset_share(one)
    ends = "".join(
        f"<span>{_text(one.x_axis)} {step:,}</span>"
        for step in (one.first_step, one.last_step)
        if step is not None
    )
    label = _name(f"The loss of {one.run}")
    yield f"<figure>{picture(one.sparkline, onset, label)}<figcaption>{ends}</figcaption></figure>"


def _details(one: Diagnosis) -> Iterator[str]:
    lists = (
        ("What was found", _words.findings(one)),
        ("What to do", [f"{a.action.value}: {a.reason} ({a.source})" for a in one.advice]),
        ("Learning rate", [one.learning_rate.reason] if one.learning_rate.reason else []),
    )
    for title, lines in lists:
        if lines:
            items = "".join(f"<li>{_text(line)}</li>" for line in lines)
            yield f"<h3>{title}</h3><ul>{items}</ul>"
    if one.metrics:
        yield "<details><summary>Metrics</summary><table>"
        yield "<thead><tr><th>Metric</th><th>Points</th><th>First</th><th>Last</th><th>Best</th>"
        yield "</tr></thead><tbody>"
        for name, metric in one.metrics.items():
            figures = (metric.first, metric.last, metric.best)
            cells = "".join(f"<td>{'' if f is None else f'{f:.4g}'}</td>" for f in figures)
            yield f"<tr><td><bdi>{_name(name)}</bdi></td><td>{metric.count:,}</td>{cells}</tr>"
        yield "</tbody></table></details>"
    for framework, code in one.learning_rate.snippets.items():
        yield f"<details><summary>Code for {_text(framework)}</summary>"
        yield f"<pre>{escape(code)}</pre></details>"


def _state(one: Diagnosis) -> str:
    icon, colour = LOOKS[one.status]
    word = one.status.value.replace("-", " ").capitalize()
    return f'<span class="state {colour}">{icon} {word}</span>'


def _swap(one: Diagnosis) -> str:
    tried = _words.attempt(one)
    if tried is None:
        return ""
    old, new, _ = tried
    return f"{old} → <b>{_text(new)}</b>" if old else f"<b>{_text(new)}</b>"


def _name(text: str) -> str:
    """What stands in a log, with no meaning to a browser and every character visible."""
    return escape(_words.shown(text), quote=True)


def _text(text: str) -> str:
    """A sentence of ours, in which a log's words have no meaning either."""
    return escape(_words.prose(text), quote=True)
