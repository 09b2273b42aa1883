"""One run: the diagnosis, what to change, the evidence, and what happened when."""

from __future__ import annotations

from dash import html
from dash.development.base_component import Component

from lrdoctor.ui import change_panel, diagnosis_panel, evidence_panel, not_found, story_panel
from lrdoctor.ui.page import Page, frame, icon, slot


def draw(rest: str) -> Component | None:
    """The page's layout; ``assets/screen/run.js`` fills it for the run that the address names."""
    if not rest or "/" in rest:
        return None
    return frame(
        "run", f"run/{rest}",
        html.Div(not_found.card("There is no run under this address"), hidden=True,
                 **{"data-slot": "gone"}),
        _unreadable(),
        html.Div(
            [
                html.Nav([html.A("Ward", **{"data-slot": "back"}), slot(html.Span, "folder")],
                         className="crumb", **{"aria-label": "Where this is"}),
                html.Div([html.H1(html.Bdi(**{"data-slot": "name"})), slot(html.P, "meta", "meta")],
                         className="run-head"),
                html.Div([diagnosis_panel.draw(), change_panel.draw()], className="pair"),
                slot(html.Dl, "vitals", "vitals card", **{"aria-label": "Vital signs"}),
                html.Div([evidence_panel.draw(), story_panel.draw()], className="pair"),
            ],
            hidden=True, **{"data-slot": "run"},
        ),
        _waiting(),
    )  # fmt: skip


def _waiting() -> Component:
    return html.Div(
        [
            html.Div(html.Div(className="bone title"), className="head"),
            html.Div(className="card bone-card"),
        ],
        **{"data-slot": "waiting", "aria-hidden": "true"},
    )


def _unreadable() -> Component:
    """A log that no reader can take, or that holds no loss: the reason and the place."""
    report = html.Button([icon("copy"), html.Span("Copy this report")], className="btn",
                         type="button", **{"data-slot": "report"})  # fmt: skip
    return html.Div(
        html.Section(
            [
                html.Div(icon("file"), className="emblem crit"),
                slot(html.H1, "unreadableWhy"),
                slot(html.P, "unreadableWhere"),
                slot(html.Ul, "unreadableProblems", "problems"),
                slot(html.P, "unreadableOthers"),
                html.Div([html.A("Back to the ward", className="btn primary",
                                 **{"data-slot": "unreadableBack"}), report], className="acts"),
            ],
            className="card",
        ),
        className="middle", hidden=True, **{"data-slot": "unreadable"},
    )  # fmt: skip


PAGE = Page("run", "run", draw)
