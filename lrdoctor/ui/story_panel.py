"""What happened in the run, newest first; what was checked besides; what could not be read."""

from __future__ import annotations

from dash import html
from dash.development.base_component import Component

from lrdoctor.ui.page import slot


def draw() -> Component:
    """The card; ``assets/screen/story.js`` fills it. A click on an entry zooms the chart there."""
    return html.Section(
        [
            html.H2("What happened"),
            slot(html.Ol, "timeline", "timeline"),
            html.Section(
                [html.H3("Also checked, nothing found"), slot(html.Ul, "checked")],
                className="also", hidden=True, **{"data-slot": "also"},
            ),
            html.Section(
                [html.H3("Could not be read"), slot(html.Ul, "problems")],
                className="also", hidden=True, **{"data-slot": "misread"},
            ),
        ],
        className="card pane happened", **{"aria-label": "What happened"},
    )  # fmt: skip
