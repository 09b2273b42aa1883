"""The page for an address under which there is nothing: what may have been meant."""

from __future__ import annotations

from dash import html
from dash.development.base_component import Component

from lrdoctor.ui.page import frame, icon, middle, slot, tag


def draw(path: str) -> Component:
    """The layout; ``assets/screen/not_found.js`` adds the runs with the nearest names."""
    return frame("not-found", path, [card("There is no page here")])


def card(title: str) -> Component:
    """The card alone, for pages that have to say the same of a run."""
    back = {"className": "btn primary", "data-slot": "back"}
    return middle(
        [
            tag(html.Div, {"className": "emblem"}, icon("map")),
            tag(html.H1, {"data-slot": "missing"}, title),
            slot(html.P, "missingWhy"),
            tag(html.H2, {"hidden": True, "data-slot": "nearTitle"}, "Did you mean"),
            slot(html.Ul, "near", {"className": "near"}),
            tag(html.Div, {"className": "acts"}, tag(html.A, back, "Back to the ward")),
        ]
    )
