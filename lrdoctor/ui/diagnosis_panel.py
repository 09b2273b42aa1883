"""What is wrong, how sure that is, and the three figures that say so."""

from __future__ import annotations

from dash import html
from dash.development.base_component import Component

from lrdoctor.ui.page import slot


def draw() -> Component:
    """The card; ``assets/screen/diagnosis.js`` fills it."""
    sure = html.Span(
        [html.Span(html.I(), className="meter", **{"data-slot": "meter", "aria-hidden": "true"}),
         slot(html.Span, "sure")],
        className="sure", **{"data-slot": "sureness"},
    )  # fmt: skip
    return html.Section(
        [
            html.Div([slot(html.Span, "chip", "chip"), sure], className="label"),
            slot(html.H2, "headline"),
            slot(html.P, "cause", "cause"),
            slot(html.Dl, "evidence", "evidence"),
        ],
        className="card diagnosis", **{"aria-label": "Diagnosis", "data-slot": "diagnosis"},
    )  # fmt: skip
