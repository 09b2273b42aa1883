"""The rules: one line each, its page from its docstring, the runs it fires on now."""

from __future__ import annotations

import inspect
from functools import cache

from dash import html
from dash.development.base_component import Component

from lrdoctor.rules import Rule, rules
from lrdoctor.ui.docstring import body, parse
from lrdoctor.ui.page import Page, frame, icon, tag


def draw(rest: str) -> Component | None:
    """The page's layout; ``assets/screen/rules.js`` adds the counts."""
    return None if rest else frame("rules", "rules", _content())


@cache
def _content() -> list[Component]:
    known = rules()
    sub = f"{len(known)} rules look at every run. Each says when it fires, why that matters and "
    words = [html.H1("Rules"), tag(html.P, {"className": "sub"}, sub + "what to do.")]
    rows = [_rule(name, rule) for name, rule in known.items()]
    return [
        tag(html.Div, {"className": "head"}, html.Div(words)),
        tag(html.Div, {"className": "card rule-list"}, rows),
    ]


def _rule(name: str, rule: type[Rule]) -> Component:
    page = parse(inspect.getdoc(rule) or "")
    title = [html.B(_title(name)), html.Code(name)]
    line = html.Summary(
        [
            tag(html.Span, {"className": "rule-name"}, title),
            tag(html.Span, {"className": "rule-says"}, page.summary),
            tag(html.Span, {"className": "rule-count", "data-count-of": name}),
            icon("chev"),
        ]
    )
    inside = tag(html.Div, {"className": "rule-page"}, body(page))
    return tag(html.Details, {"className": "rule", "id": f"rule-{name}"}, [line, inside])


def _title(name: str) -> str:
    return "NaN" if name == "nan" else name.replace("-", " ").capitalize()


PAGE = Page("rules", "rules", draw, link="Rules")
