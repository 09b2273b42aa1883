"""What is wrong, how sure that is, the curve at a glance, and the three figures that say so."""

from __future__ import annotations

from dash import html
from dash.development.base_component import Component

from lrdoctor.ui.page import slot, tag


def draw() -> Component:
    """The card; ``assets/screen/diagnosis.js`` fills it."""
    meter = {"className": "meter", "data-slot": "meter", "aria-hidden": "true"}
    sure = tag(
        html.Span,
        {"className": "sure", "data-slot": "sureness"},
        [tag(html.Span, meter, html.I()), slot(html.Span, "sure")],
    )
    label = [slot(html.Span, "chip", {"className": "chip"}), sure]
    return tag(
        html.Section,
        {"className": "card diagnosis", "aria-label": "Diagnosis", "data-slot": "diagnosis"},
        [
            tag(html.Div, {"className": "label"}, label),
            slot(html.H2, "headline"),
            slot(html.P, "cause", {"className": "cause"}),
            slot(html.Div, "glance", {"className": "glance", "aria-hidden": "true"}),
            slot(html.Dl, "evidence", {"className": "evidence"}),
        ],
    )
