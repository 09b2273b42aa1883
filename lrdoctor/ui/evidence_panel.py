"""The evidence: loss, learning rate, gradient norm and one more metric on one axis, with its
controls."""

from __future__ import annotations

from dash import dcc, html
from dash.development.base_component import Component

from lrdoctor.ui.page import graph, icon, slot, tag


def draw() -> Component:
    """The card; ``assets/screen/evidence.js`` draws the chart and listens to the controls."""
    chart = {"className": "chart-frame waiting", "tabIndex": 0, "role": "application",
             "data-slot": "chart", "aria-roledescription": "chart"}  # fmt: skip
    legend = slot(html.Ul, "legend", {"className": "legend"})
    foot = [
        slot(html.P, "chartNote", {"className": "chart-note"}),
        _export("csv", "CSV", "Download the data as CSV"),
        _export("png", "PNG", "Download the picture as PNG"),
    ]
    return tag(
        html.Section,
        {"className": "card pane", "aria-label": "Evidence"},
        [
            tag(html.Div, {"className": "pane-head"}, [html.H2("Evidence"), legend]),
            _controls(),
            tag(html.Div, chart,
                [graph("evidence-chart"), slot(html.P, "chartWait", {"className": "wait"})]),
            tag(html.Div, {"className": "chart-foot"}, foot),
        ],
    )  # fmt: skip


def _controls() -> Component:
    slider = dcc.Input(id="smooth", type="range", min=0, max=1, step=1, value=0)
    words = slot(html.Span, "smoothWords", {"className": "value"})
    whole = {"className": "btn small", "type": "button", "hidden": True, "data-slot": "zoomOut"}
    return tag(
        html.Div,
        {"className": "chart-tools", "role": "group", "aria-label": "Chart"},
        [
            tag(html.Label, {"className": "smooth", "htmlFor": "smooth"},
                ["Smooth", slider, words]),
            tag(html.Label, {}, ["Along", slot(html.Select, "axis", {"className": "pick"})]),
            tag(html.Label, {"data-slot": "morePick", "hidden": True},
                ["Also", slot(html.Select, "more", {"className": "pick"})]),
            _toggle("logY", "Log scale"),
            _toggle("clip", "Clip outliers"),
            tag(html.Button, whole, [icon("reset"), "Whole run"]),
        ],
    )  # fmt: skip


def _toggle(name: str, words: str) -> Component:
    attributes = {"className": "btn small", "type": "button", "aria-pressed": "false"}
    return tag(html.Button, {**attributes, "data-slot": name}, words)


def _export(name: str, word: str, meaning: str) -> Component:
    attributes = {"className": "btn small", "type": "button", "title": meaning}
    return tag(
        html.Button,
        {**attributes, "data-slot": name, "aria-label": meaning},
        [icon("download"), word],
    )
