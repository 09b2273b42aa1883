"""The suggested change: before and after, from where to go on, and the lines to paste."""

from __future__ import annotations

from dash import html
from dash.development.base_component import Component

from lrdoctor.ui.page import icon, slot, tag


def draw() -> Component:
    """The card; ``assets/screen/change.js`` fills it."""
    return tag(
        html.Section,
        {"className": "card change", "aria-label": "Suggested change"},
        [
            html.H2("Suggested change"),
            slot(html.Div, "swap", {"className": "swap"}),
            slot(html.P, "reason"),
            slot(html.Ul, "todo", {"className": "steps"}),
            snippets(),
            slot(html.P, "range", {"className": "range"}),
        ],
    )


def snippets(prefix: str = "") -> Component:
    """Lines to paste, a tab a framework; ``drawSnippets`` of ``change.js`` fills it.

    Args:
        prefix: of its slots, where a page has more than one.
    """
    tabs = {"className": "tabs", "role": "tablist", "aria-label": "Framework"}
    copy = {"className": "btn small", "type": "button", "data-slot": _slot(prefix, "copySnippet")}
    code = {"className": "code", "role": "tabpanel", "tabIndex": 0, "aria-label": "Lines to paste"}
    row = [
        slot(html.Div, _slot(prefix, "tabs"), tabs),
        tag(html.Button, copy, [icon("copy"), html.Span("Copy")]),
    ]
    return tag(
        html.Div,
        {"data-slot": _slot(prefix, "snippets")},
        [tag(html.Div, {"className": "tab-row"}, row), slot(html.Pre, _slot(prefix, "code"), code)],
    )


def _slot(prefix: str, name: str) -> str:
    return f"{prefix}{name[0].upper()}{name[1:]}" if prefix else name
