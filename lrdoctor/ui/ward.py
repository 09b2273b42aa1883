"""The ward: every run, the sickest first."""

from __future__ import annotations

from dash import dcc, html
from dash.development.base_component import Component

from lrdoctor.ui.empty import nothing_to_watch
from lrdoctor.ui.page import Page, frame, icon, slot, tag


def draw(rest: str) -> Component | None:
    """The page's layout; ``assets/screen/ward.js`` fills it."""
    if rest:
        return None
    rows = slot(html.Div, "rows", {"className": "rows card"})
    ward = [
        tag(html.Div, {"className": "head"}, [_answer(), _newest()]),
        slot(html.Div, "bar", {"className": "bar", "aria-hidden": "true"}),
        _progress(),
        _tools(),
        _offer(),
        tag(html.Section, {"aria-label": "Runs"}, [rows, _no_match()]),
        _say(),
        _chosen(),
    ]
    return frame(
        "ward",
        "",
        [
            nothing_to_watch(),
            tag(html.Div, {"data-slot": "ward"}, ward),
            tag(html.Template, {"id": "row-template"}, _row()),
        ],
    )


def _answer() -> Component:
    """What to know of the runs, and of the watching itself where something is the matter."""
    warnings = {"className": "warnings", "hidden": True, "aria-label": "About the watching"}
    return html.Div(
        [
            slot(html.H1, "answer"),
            tag(
                html.P,
                {"className": "sub"},
                [slot(html.Span, "listed", {"role": "status"}), " ", slot(html.Span, "sub")],
            ),
            slot(html.Ul, "warnings", warnings),
        ]
    )


def _newest() -> Component:
    attributes = {"className": "btn", "hidden": True, "data-slot": "newest"}
    return tag(html.A, attributes, "Open the newest log")


def _progress() -> Component:
    done = tag(html.Div, {"className": "progress", "data-slot": "progress"}, html.I())
    words = slot(html.P, "progressWords", {"className": "progress-words"})
    return tag(html.Div, {"hidden": True, "data-slot": "reading"}, [done, words])


def _tools() -> Component:
    label = html.Label("Search runs by name, finding or optimizer", htmlFor="search",
                       className="visually-hidden")  # fmt: skip
    field = dcc.Input(id="search", type="search", placeholder="Search, or /regex/", debounce=False,
                      maxLength=200, autoComplete="off", spellCheck=False)  # fmt: skip
    key = tag(html.Kbd, {"aria-hidden": "true"}, "/")
    filters = {"className": "filters", "role": "group", "aria-label": "Show only"}
    fault = {"className": "search-fault", "hidden": True, "role": "alert"}
    return tag(
        html.Div,
        {"className": "tools", "role": "search"},
        [
            slot(html.Div, "filters", filters),
            tag(html.Div, {"className": "search"}, [icon("search"), label, field, key]),
            slot(html.P, "searchFault", fault),
        ],
    )


def _offer() -> Component:
    """The order never changes under the pointer: a better one is offered here."""
    sort = {"className": "btn small", "type": "button", "data-slot": "sort"}
    offer = {"className": "offer", "hidden": True, "role": "status", "data-slot": "offer"}
    return tag(
        html.Div, offer, [slot(html.Span, "offerWords"), tag(html.Button, sort, "Sort again")]
    )


def _no_match() -> Component:
    everything = {"className": "btn", "type": "button", "data-slot": "showAll"}
    return tag(
        html.Div,
        {"className": "nothing card", "hidden": True, "data-slot": "nothing"},
        [slot(html.Span, "nothingWords"), tag(html.Button, everything, "Show all runs")],
    )


def _say() -> Component:
    """What is said of all chosen runs at once; the same form as on a run's page."""
    form = {"className": "card say float", "hidden": True, "aria-labelledby": "say-title"}
    return slot(html.Section, "say", form)


def _chosen() -> Component:
    """What can be done with the chosen runs; it floats above the last rows."""
    compare = {"className": "btn small primary", "type": "button", "data-slot": "compare"}
    small = {"className": "btn small", "type": "button"}
    clear = {**small, "data-slot": "clear"}
    return tag(
        html.Div,
        {"className": "chosen", "hidden": True, "data-slot": "chosen"},
        [
            slot(html.Span, "chosenWords", {"role": "status"}),
            tag(html.Button, compare, "Compare"),
            tag(html.Button, {**small, "data-slot": "seeThem"}, "Acknowledge"),
            tag(html.Button, {**small, "data-slot": "muteThem"}, "Mute"),
            tag(html.Button, clear, "Clear"),
        ],
    )


def _row() -> Component:
    """One run. The whole row is a link, so that it opens in a new tab like any other; the box
    that chooses it is put beside the link, not into it."""
    done = tag(html.Span, {"className": "done", "data-slot": "done"}, html.I())
    link = tag(
        html.A,
        {"className": "row", "data-slot": "link"},
        [
            _cell("c-chip", slot(html.Span, "chip", {"className": "chip"})),
            _cell("c-name", _text(html.Bdi, "name", "name"), _text(html.Div, "meta", "meta"),
                  tag(html.Div, {"className": "said", "hidden": True, "data-slot": "said"})),
            _cell("c-find", _text(html.Div, "find", "find"), _text(html.Div, "why", "why")),
            slot(html.Div, "spark", {"className": "c-spark"}),
            _cell("c-rate", _text(html.Div, "rates", "rates"),
                  _text(html.Div, "rateWhy", "rate-why")),
            _cell("c-ago ago", slot(html.Span, "beat"), done),
        ],
    )  # fmt: skip
    return tag(html.Div, {"className": "line"}, link)


def _cell(name: str, *children: Component) -> Component:
    return tag(html.Div, {"className": name}, list(children))


def _text(kind: type[Component], name: str, look: str) -> Component:
    return slot(kind, name, {"className": look})


PAGE = Page("ward", "", draw, link="Ward")
