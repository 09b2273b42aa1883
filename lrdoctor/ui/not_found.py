"""The page for an address under which there is nothing: what may have been meant."""

from __future__ import annotations

from dash import html
from dash.development.base_component import Component

from lrdoctor.ui.page import frame, icon, slot


def draw(path: str) -> Component:
    """The layout; ``assets/screen/not_found.js`` adds the runs with the nearest names."""
    return frame("not-found", path, card("There is no page here"))


def card(title: str) -> Component:
    return html.Div(
        html.Section(
            [
                html.Div(icon("map"), className="emblem"),
                html.H1(title, **{"data-slot": "missing"}),
                slot(html.P, "missingWhy"),
                html.H2("Did you mean", hidden=True, **{"data-slot": "nearTitle"}),
                slot(html.Ul, "near", "near"),
                html.Div(html.A("Back to the ward", className="btn primary",
                                **{"data-slot": "back"}), className="acts"),
            ],
            className="card",
        ),
        className="middle",
    )  # fmt: skip
