"""The ward: every run, the sickest first."""

from __future__ import annotations

from dash import dcc, html
from dash.development.base_component import Component

from lrdoctor.ui.empty import nothing_to_watch
from lrdoctor.ui.page import Page, frame, icon, slot


def draw(rest: str) -> Component | None:
    """The page's layout; ``assets/screen/ward.js`` fills it."""
    if rest:
        return None
    return frame(
        "ward", "",
        nothing_to_watch(),
        html.Div(
            [
                html.Div([_answer(), _newest()], className="head"),
                html.Div(className="bar", **{"data-slot": "bar", "aria-hidden": "true"}),
                _progress(),
                _tools(),
                _offer(),
                html.Section(
                    [html.Div(className="rows card", **{"data-slot": "rows"}), _no_match()],
                    **{"aria-label": "Runs"},
                ),
            ],
            **{"data-slot": "ward"},
        ),
        html.Template(_row(), id="row-template"),
    )  # fmt: skip


def _answer() -> Component:
    return html.Div([slot(html.H1, "answer"), slot(html.P, "sub", "sub")])


def _newest() -> Component:
    return html.A("Open the newest", className="btn", hidden=True, **{"data-slot": "newest"})


def _progress() -> Component:
    done = html.Div(html.I(), className="progress", **{"data-slot": "progress"})
    words = slot(html.P, "progressWords", "progress-words")
    return html.Div([done, words], hidden=True, **{"data-slot": "reading"})


def _tools() -> Component:
    search = html.Div(
        [
            icon("search"),
            html.Label("Search runs by name, finding or optimizer", htmlFor="search",
                       className="visually-hidden"),
            dcc.Input(id="search", type="search", placeholder="Search, or /regex/", debounce=False,
                      maxLength=200, autoComplete="off", spellCheck=False),
            html.Kbd("/", **{"aria-hidden": "true"}),
        ],
        className="search",
    )  # fmt: skip
    return html.Div(
        [
            html.Div(className="filters", role="group",
                     **{"data-slot": "filters", "aria-label": "Show only"}),
            search,
            slot(html.P, "searchFault", "search-fault", hidden=True, role="alert"),
        ],
        className="tools", role="search",
    )  # fmt: skip


def _offer() -> Component:
    """The order never changes under the pointer: a better one is offered here."""
    return html.Div(
        [
            slot(html.Span, "offerWords"),
            html.Button("Sort again", className="btn small", type="button",
                        **{"data-slot": "sort"}),
        ],
        className="offer", hidden=True, role="status", **{"data-slot": "offer"},
    )  # fmt: skip


def _no_match() -> Component:
    return html.Div(
        [
            slot(html.Span, "nothingWords"),
            html.Button("Show all runs", className="btn", type="button",
                        **{"data-slot": "showAll"}),
        ],
        className="nothing card", hidden=True, **{"data-slot": "nothing"},
    )  # fmt: skip


def _row() -> Component:
    """One run. The whole row is a link, so that it opens in a new tab like any other."""
    return html.A(
        [
            html.Div(slot(html.Span, "chip", "chip"), className="c-chip"),
            html.Div([slot(html.Bdi, "name", "name"), slot(html.Div, "meta", "meta")],
                     className="c-name"),
            html.Div([slot(html.Div, "find", "find"), slot(html.Div, "why", "why")],
                     className="c-find"),
            slot(html.Div, "spark", "c-spark"),
            html.Div([slot(html.Div, "rates", "rates"), slot(html.Div, "rateWhy", "rate-why")],
                     className="c-rate"),
            html.Div([slot(html.Span, "beat"),
                      html.Span(html.I(), className="done", **{"data-slot": "done"})],
                     className="c-ago ago"),
        ],
        className="row",
    )  # fmt: skip


PAGE = Page("ward", "", draw, link="Ward")
