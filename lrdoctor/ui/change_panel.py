"""The suggested change: before and after, from where to go on, and the lines to paste."""

from __future__ import annotations

from dash import html
from dash.development.base_component import Component

from lrdoctor.ui.page import icon, slot


def draw() -> Component:
    """The card; ``assets/screen/change.js`` fills it."""
    copy = html.Button([icon("copy"), html.Span("Copy")], className="btn small", type="button",
                       **{"data-slot": "copySnippet"})  # fmt: skip
    tabs = html.Div(className="tabs", role="tablist",
                    **{"data-slot": "tabs", "aria-label": "Framework"})  # fmt: skip
    code = html.Pre(className="code", role="tabpanel", tabIndex=0,
                    **{"data-slot": "code", "aria-label": "Lines to paste"})  # fmt: skip
    return html.Section(
        [
            html.H2("Suggested change"),
            slot(html.Div, "swap", "swap"),
            slot(html.P, "reason"),
            slot(html.Ul, "todo", "steps"),
            html.Div([html.Div([tabs, copy], className="tab-row"), code],
                     **{"data-slot": "snippets"}),
            slot(html.P, "range", "range"),
        ],
        className="card change", **{"aria-label": "Suggested change", "data-slot": "change"},
    )  # fmt: skip
