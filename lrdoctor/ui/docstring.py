"""A rule's docstring as a page: its sections, its lists, its code."""

from __future__ import annotations

import re
from dataclasses import dataclass

from dash import html
from dash.development.base_component import Component

_HEADING = re.compile(r"^\*\*(?P<name>[A-Z][^*]*)\*\*:?\s*")
_CODE = re.compile(r"``([^`]+)``|`([^`]+)`")


@dataclass(frozen=True, slots=True)
class Docstring:
    """A docstring whose paragraphs may begin with a bold heading."""

    summary: str
    sections: tuple[tuple[str, str], ...]
    """Heading and text; the heading is empty for text before the first."""


def parse(text: str) -> Docstring:
    """Split a cleaned docstring (``inspect.getdoc``) at its bold headings."""
    summary, _, rest = text.partition("\n")
    sections: list[tuple[str, list[str]]] = [("", [])]
    for line in rest.splitlines():
        heading = _HEADING.match(line)
        if heading:
            sections.append((heading["name"], [line[heading.end() :]]))
        else:
            sections[-1][1].append(line)
    # Behind a bold heading a sentence goes on in small letters; below one it begins.
    joined = [(name, _begun("\n".join(lines).strip("\n"))) for name, lines in sections]
    return Docstring(summary.strip(), tuple((n, t) for n, t in joined if t.strip()))


def _begun(text: str) -> str:
    return text[:1].upper() + text[1:]


def body(page: Docstring) -> list[Component]:
    """The sections as components; text is text, never markup."""
    return [
        html.Section([*([html.H3(name)] if name else []), *_blocks(text)])
        for name, text in page.sections
    ]


def _blocks(text: str) -> list[Component]:
    blocks: list[Component] = []
    for paragraph in re.split(r"\n\s*\n", text):
        lines = paragraph.splitlines()
        if lines and lines[0].lstrip().startswith(">>>"):
            blocks.append(html.Pre(paragraph, className="code", tabIndex=0))
        elif any(line.startswith("- ") for line in lines):
            blocks += _list(lines)
        elif paragraph.strip():
            blocks.append(html.P(_inline(" ".join(lines))))
    return blocks


def _list(lines: list[str]) -> list[Component]:
    """Leading text, then one item for each line that begins with a dash and what follows it."""
    lead: list[str] = []
    items: list[str] = []
    for line in lines:
        if line.startswith("- "):
            items.append(line[2:])
        elif items:
            items[-1] += " " + line.strip()
        else:
            lead.append(line)
    start: list[Component] = [html.P(_inline(" ".join(lead)))] if "".join(lead).strip() else []
    return [*start, html.Ul([html.Li(_inline(item)) for item in items])]


def _inline(text: str) -> list[str | Component]:
    parts: list[str | Component] = []
    end = 0
    for found in _CODE.finditer(text):
        parts += [text[end : found.start()], html.Code(found[1] or found[2])]
        end = found.end()
    return [*parts, text[end:].strip("\n")]
