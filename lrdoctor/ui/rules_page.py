"""The rules: one line each, its page from its docstring, the runs it fires on now."""

from __future__ import annotations

import inspect
from dataclasses import fields
from functools import cache

from dash import html
from dash.development.base_component import Component

from lrdoctor.rules import Rule, rules
from lrdoctor.ui.docstring import body, parse
from lrdoctor.ui.page import Page, frame, icon


def draw(rest: str) -> Component | None:
    """The page's layout; ``assets/screen/rules.js`` adds the counts."""
    if rest:
        return None
    return frame("rules", "rules", *_content())


@cache
def _content() -> tuple[Component, ...]:
    known = rules()
    head = html.Div(
        html.Div(
            [
                html.H1("Rules"),
                html.P(f"{len(known)} rules look at every run. Each says when it fires, why that "
                       "matters and what to do.", className="sub"),
            ]
        ),
        className="head",
    )  # fmt: skip
    rows = [_rule(name, rule) for name, rule in known.items()]
    return (head, html.Div(rows, className="card rule-list"))


def _rule(name: str, rule: type[Rule]) -> Component:
    page = parse(inspect.getdoc(rule) or "")
    line = html.Summary(
        [
            html.Span([html.B(name.replace("-", " ").capitalize()), html.Code(name)],
                      className="rule-name"),
            html.Span(page.summary, className="rule-says"),
            html.Span(className="rule-count", **{"data-count-of": name}),
            icon("chev"),
        ]
    )  # fmt: skip
    inside = html.Div([*body(page), _thresholds(rule)], className="rule-page")
    return html.Details([line, inside], id=f"rule-{name}", className="rule")


def _thresholds(rule: type[Rule]) -> Component:
    """The fields of the rule with their defaults; ``lrdoctor.toml`` sets them."""
    values = [(one.name, str(one.default)) for one in fields(rule)]  # type: ignore[arg-type]
    if not values:
        return html.Div()
    return html.Section(
        [
            html.H3("Thresholds"),
            html.Dl([html.Div([html.Dt(html.Code(key)), html.Dd(value)]) for key, value in values],
                    className="facts"),
        ]
    )  # fmt: skip


PAGE = Page("rules", "rules", draw, link="Rules")
