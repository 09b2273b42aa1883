"""A learning-rate range test: loss against a rising rate, its turns, and the rate to use."""

from __future__ import annotations

from dash import html
from dash.development.base_component import Component

from lrdoctor.learning_rate.optimizers import OPTIMIZERS
from lrdoctor.ui.change_panel import snippets
from lrdoctor.ui.page import Page, chart, command, frame, icon, middle, slot, tag


def draw(rest: str) -> Component | None:
    """The page's layout; ``assets/screen/range.js`` fills it for the run in the address."""
    if rest:
        return None
    whole = {"data-slot": "range", "hidden": True}
    return frame(
        "range",
        "range",
        [
            tag(html.Div, whole, [*_head(), _pair(), _marks(), _quality()]),
            _nothing(),
            tag(html.Div, {"data-slot": "waiting", "aria-hidden": "true"},
                tag(html.Div, {"className": "card bone-card"})),
        ],
    )  # fmt: skip


def _head() -> list[Component]:
    back = tag(html.A, {"data-slot": "back"}, "Ward")
    way = {"className": "crumb", "aria-label": "Where this is"}
    choose = [
        html.Span("Sweep", className="visually-hidden"),
        slot(html.Select, "choose", {"className": "pick"}),
    ]
    known = [html.Option(one.title, value=one.name) for one in OPTIMIZERS if one.is_rate]
    name = [
        html.Span("Optimizer", className="visually-hidden"),
        tag(html.Select, {"className": "pick", "data-slot": "optimizer"},
            [html.Option("Optimizer not told", value=""), *known]),
    ]  # fmt: skip
    export = {"className": "btn", "type": "button", "data-slot": "export"}
    acts = [
        tag(html.Label, {}, choose),
        tag(html.Label, {"hidden": True}, name),
        tag(html.Button, export, [icon("download"), html.Span("Export")]),
    ]
    words = [slot(html.H1, "answer"), slot(html.P, "sub", {"className": "sub"})]
    return [
        tag(html.Nav, way, [back, slot(html.Span, "folder")]),
        tag(
            html.Div,
            {"className": "head"},
            [html.Div(words), tag(html.Div, {"className": "acts"}, acts)],
        ),
    ]


def _pair() -> Component:
    legend = slot(html.Ul, "rangeLegend", {"className": "legend"})
    head = [html.H2("Loss as the rate rises"), legend]
    sweep = tag(
        html.Section,
        {"className": "card pane", "aria-label": "Loss as the rate rises"},
        [tag(html.Div, {"className": "pane-head"}, head), chart("sweep")],
    )
    card = tag(
        html.Section,
        {"className": "card change", "aria-label": "Suggested rate"},
        [
            slot(html.H2, "nextTitle"),
            slot(html.Div, "swap", {"className": "swap"}),
            slot(html.P, "reason"),
            snippets(),
            slot(html.P, "caution", {"className": "range"}),
        ],
    )
    return tag(html.Div, {"className": "pair"}, [sweep, card])


def _marks() -> Component:
    """The three turns again, each with its value and what it means for a newcomer."""
    return tag(html.Section, {"className": "card marks", "aria-label": "The turns"}, [
        _mark("startsFalling", "watch", "watch", "Starts falling"),
        _mark("steepest", "ok", "ok", "Steepest"),
        _mark("blowsUp", "crit", "crit", "Blows up"),
    ])  # fmt: skip


def _mark(name: str, tone: str, picture: str, words: str) -> Component:
    return tag(html.Div, {"className": tone, "data-slot": name}, [
        tag(html.H2, {"className": "kind"}, [icon(picture), words]),
        tag(html.P, {"className": "value"}),
        tag(html.P, {"className": "means"}),
    ])  # fmt: skip


def _quality() -> Component:
    return tag(
        html.Section,
        {"className": "card pane", "aria-label": "Was the sweep good enough?"},
        [html.H2("Was the sweep good enough?"), slot(html.Ul, "quality", {"className": "quality"})],
    )


def _nothing() -> Component:
    """No range test here: what one is, and how to make one."""
    back = {"className": "btn primary", "data-slot": "nothingBack"}
    return middle(
        [
            tag(html.Div, {"className": "emblem"}, icon("target")),
            slot(html.H1, "nothingTitle"),
            slot(html.P, "nothingWhy"),
            html.P(
                "A range test is one short training whose learning rate grows from far too low "
                "until the loss blows up. Log loss and rate of every step, and it appears here."
            ),
            command("lrdoctor range-test lr_find.csv"),
            tag(html.Div, {"className": "acts"}, tag(html.A, back, "Back to the ward")),
        ],
        {"hidden": True, "data-slot": "nothing"},
    )


PAGE = Page("range", "range", draw, link="Range test")
