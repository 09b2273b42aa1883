"""Schedules to go on with or to start anew with: a list, the chosen one drawn, its code."""

from __future__ import annotations

from dash import html
from dash.development.base_component import Component

from lrdoctor.ui.change_panel import snippets
from lrdoctor.ui.page import slot, tag


def draw() -> Component:
    """The card; ``assets/screen/schedule.js`` fills it once it comes into view."""
    options = {"className": "plans", "role": "radiogroup", "aria-label": "Schedules"}
    chosen = [
        slot(html.Div, "planChart", {"className": "plan-chart"}),
        slot(html.P, "planWhy", {"className": "plan-why"}),
        snippets("plan"),
    ]
    return tag(
        html.Section,
        {"className": "card pane schedule", "aria-label": "Schedule", "data-slot": "schedule"},
        [
            tag(html.Div, {"className": "pane-head"},
                [html.H2("A schedule for it"), slot(html.P, "planNow", {"className": "hint"})]),
            tag(html.Div, {"className": "plan-pair", "data-slot": "planPair", "hidden": True},
                [slot(html.Div, "plans", options), tag(html.Div, {"className": "plan"}, chosen)]),
            slot(html.P, "planNone", {"className": "hint"}),
            slot(html.P, "planPlateau", {"className": "plan-plateau"}),
        ],
    )  # fmt: skip
