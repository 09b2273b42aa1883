"""What happened in the run, newest first; what was checked besides; what could not be read."""

from __future__ import annotations

from dash import html
from dash.development.base_component import Component

from lrdoctor.ui.page import slot, tag


def draw() -> Component:
    """The card; ``assets/screen/story.js`` fills it. A click on an entry zooms the chart there."""
    return tag(
        html.Section,
        {"className": "card pane happened", "aria-label": "What happened"},
        [
            html.H2("What happened"),
            slot(html.Ol, "timeline", {"className": "timeline"}),
            _list("also", "Also checked, nothing found", "checked"),
            _list("blind", "Not checked: the log does not tell", "unchecked"),
            _list("misread", "Could not be read", "problems"),
        ],
    )


def _list(name: str, title: str, entries: str) -> Component:
    attributes = {"className": "also", "hidden": True, "data-slot": name}
    return tag(html.Section, attributes, [html.H3(title), slot(html.Ul, entries)])
