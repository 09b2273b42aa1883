"""Runs of one experiment side by side: which rate wins, what to try next, what else differs."""

from __future__ import annotations

from dash import dcc, html
from dash.development.base_component import Component

from lrdoctor.ui.page import Page, chart, frame, icon, middle, slot, tag


def draw(rest: str) -> Component | None:
    """The page's layout; ``assets/screen/compare.js`` fills it for the runs in the address."""
    if rest:
        return None
    whole = {"data-slot": "compare", "hidden": True}
    return frame(
        "compare",
        "compare",
        [
            tag(html.Div, whole,
                [*_head(), _picker(), _stops(), _valley_pair(), _curves(), _table()]),
            _nothing(),
            tag(html.Div, {"data-slot": "waiting", "aria-hidden": "true"},
                tag(html.Div, {"className": "card bone-card"})),
        ],
    )  # fmt: skip


def _head() -> list[Component]:
    back = tag(html.A, {"data-slot": "back"}, "Ward")
    way = {"className": "crumb", "aria-label": "Where this is"}
    by = {"className": "tabs", "role": "group", "aria-label": "Which loss counts"}
    change = {"className": "btn", "type": "button", "data-slot": "change",
              "aria-expanded": "false", "aria-controls": "compare-picker"}  # fmt: skip
    export = {"className": "btn", "type": "button", "data-slot": "export"}
    acts = [
        tag(html.Div, by, [_choice("final", "Final loss"), _choice("best", "Best loss")]),
        tag(html.Button, change, "Change runs"),
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


def _choice(name: str, words: str) -> Component:
    attributes = {"type": "button", "data-by": name, "aria-pressed": "false"}
    return tag(html.Button, attributes, words)


def _picker() -> Component:
    """Which runs are compared: opened by "Change runs"."""
    label = html.Label("Search the runs to compare", htmlFor="pick", className="visually-hidden")
    field = dcc.Input(id="pick", type="search", placeholder="Search runs", debounce=False,
                      maxLength=200, autoComplete="off", spellCheck=False)  # fmt: skip
    few = {"className": "note-line", "data-slot": "picked"}
    return tag(
        html.Section,
        {"className": "card picker", "id": "compare-picker", "hidden": True,
         "aria-label": "Runs to compare", "data-slot": "picker"},
        [
            tag(html.Div, {"className": "search"}, [icon("search"), label, field]),
            slot(html.Ul, "choices", {"className": "choices"}),
            tag(html.P, few),
        ],
    )  # fmt: skip


def _stops() -> Component:
    """Runs that still train and need not: hidden while there are none."""
    words = [
        html.P(slot(html.B, "stopTitle")),
        slot(html.Ul, "stopRuns", {"className": "stops"}),
        slot(html.P, "stopWhy", {"className": "faint"}),
    ]
    attributes = {"className": "caution watch", "role": "note", "hidden": True, "data-slot": "stop"}
    return tag(html.Div, attributes, [icon("flag"), html.Div(words)])


def _valley_pair() -> Component:
    head = [html.H2("Which learning rate wins"), slot(html.Ul, "outcomes", {"className": "legend"})]
    valley = tag(
        html.Section,
        {"className": "card pane", "aria-label": "Loss against learning rate"},
        [tag(html.Div, {"className": "pane-head"}, head), chart("valley"),
         slot(html.P, "valleyNote", {"className": "chart-note"})],
    )  # fmt: skip
    copy = {"className": "btn", "type": "button", "data-slot": "copyRate"}
    button = tag(html.Button, copy, [icon("copy"), html.Span("Copy")])
    line = tag(html.Div, {"className": "command"}, [slot(html.Code, "nextLine"), button])
    card = tag(
        html.Section,
        {"className": "card change", "aria-label": "Next rate to try"},
        [
            slot(html.H2, "nextTitle"),
            slot(html.Div, "swap", {"className": "swap"}),
            slot(html.P, "reason"),
            tag(html.Div, {"data-slot": "next"}, line),
            slot(html.Dl, "facts", {"className": "facts"}),
        ],
    )
    return tag(html.Div, {"className": "pair"}, [valley, card])


def _curves() -> Component:
    head = [slot(html.H2, "curvesTitle"), slot(html.P, "curvesNote", {"className": "hint"})]
    return tag(
        html.Section,
        {"className": "card pane wide", "aria-label": "The curves"},
        [tag(html.Div, {"className": "pane-head"}, head), chart("curves")],
    )


def _table() -> Component:
    head = [html.H2("What differs"), slot(html.P, "differsNote", {"className": "hint"})]
    warning = {"className": "caution warn", "role": "note", "hidden": True, "data-slot": "unclean"}
    table = tag(html.Div, {"className": "table-frame", "tabIndex": 0, "role": "region",
                           "aria-label": "The runs in a table"},
                slot(html.Table, "table"))  # fmt: skip
    return tag(
        html.Section,
        {"className": "card pane", "aria-label": "What differs"},
        [tag(html.Div, {"className": "pane-head"}, head), tag(html.Div, warning), table,
         slot(html.P, "same", {"className": "same"})],
    )  # fmt: skip


def _nothing() -> Component:
    """Fewer than two runs with a rate: what comparing takes."""
    back = {"className": "btn primary", "data-slot": "nothingBack"}
    return middle(
        [
            tag(html.Div, {"className": "emblem"}, icon("target")),
            slot(html.H1, "nothingTitle"),
            slot(html.P, "nothingWhy"),
            tag(html.Div, {"className": "acts"}, tag(html.A, back, "Back to the ward")),
        ],
        {"hidden": True, "data-slot": "nothing"},
    )


PAGE = Page("compare", "compare", draw, link="Compare")
