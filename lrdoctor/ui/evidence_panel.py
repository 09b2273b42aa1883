"""The evidence: loss, learning rate and gradient norm on one axis, with its controls."""

from __future__ import annotations

from dash import dcc, html
from dash.development.base_component import Component

from lrdoctor.ui.page import graph, icon, slot


def draw() -> Component:
    """The card; ``assets/screen/evidence.js`` draws the chart and listens to the controls."""
    return html.Section(
        [
            html.Div([html.H2("Evidence"), slot(html.Ul, "legend", "legend")],
                     className="pane-head"),
            _controls(),
            html.Div(
                [graph("evidence-chart"), slot(html.P, "chartWait", "wait")],
                className="chart-frame waiting", tabIndex=0, role="application",
                **{"data-slot": "chart", "aria-roledescription": "chart"},
            ),
            html.Div(
                [
                    slot(html.P, "chartNote", "chart-note"),
                    _export("csv", "CSV", "Download the data as CSV"),
                    _export("png", "PNG", "Download the picture as PNG"),
                ],
                className="chart-foot",
            ),
        ],
        className="card pane", **{"aria-label": "Evidence"},
    )  # fmt: skip


def _controls() -> Component:
    smooth = html.Label(
        ["Smooth", dcc.Input(id="smooth", type="range", min=0, max=1, step=1, value=0),
         slot(html.Span, "smoothWords")],
        className="smooth", htmlFor="smooth",
    )  # fmt: skip
    axis = html.Label(["Along", html.Select(className="pick", **{"data-slot": "axis"})])
    return html.Div(
        [
            smooth,
            axis,
            _toggle("logY", "Log scale"),
            _toggle("clip", "Clip outliers"),
            html.Button([icon("reset"), "Whole run"], className="btn small", type="button",
                        hidden=True, **{"data-slot": "zoomOut"}),
        ],
        className="chart-tools", role="group", **{"aria-label": "Chart"},
    )  # fmt: skip


def _toggle(name: str, words: str) -> Component:
    return html.Button(words, className="btn small", type="button",
                       **{"data-slot": name, "aria-pressed": "false"})  # fmt: skip


def _export(name: str, word: str, meaning: str) -> Component:
    return html.Button([icon("download"), word], className="btn small", type="button", title=meaning,
                       **{"data-slot": name, "aria-label": meaning})  # fmt: skip
