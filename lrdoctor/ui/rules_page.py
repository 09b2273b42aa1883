"""The rules: one line each to switch and to tune, its page from its docstring, where it fires."""

from __future__ import annotations

import inspect
from functools import cache

from dash import html
from dash.development.base_component import Component

from lrdoctor.rules import Rule, rules
from lrdoctor.ui.docstring import Docstring, body, parse
from lrdoctor.ui.page import Page, frame, icon, slot, tag

_TOLD_BESIDE = ("Parameters",)
"""Sections that the fields beside the text already tell."""


def draw(rest: str) -> Component | None:
    """The page's layout; ``assets/screen/rules.js`` makes it work."""
    return None if rest else frame("rules", "rules", _content())


@cache
def _content() -> list[Component]:
    title = tag(html.H1, {"data-slot": "answer"}, "Rules")
    words = [title, slot(html.P, "sub", {"className": "sub"})]
    acts = [_button("resetAll", "reset", "Reset all", hidden=True)]
    rows = [_rule(name, rule) for name, rule in rules().items()]
    return [
        tag(html.Div, {"className": "head"},
            [html.Div(words), tag(html.Div, {"className": "acts"}, acts)]),
        _draft(),
        tag(html.Div, {"className": "card rule-list"}, rows),
    ]  # fmt: skip


def _draft() -> Component:
    """What was changed here, as the lines that put it in force."""
    head = [html.H2("Your changes, as lrdoctor.toml"), slot(html.P, "draftHint",
                                                            {"className": "hint"})]  # fmt: skip
    acts = [_button("copyToml", "copy", "Copy"), _button("saveToml", "download", "Download")]
    code = {"className": "code", "tabIndex": 0, "role": "region", "aria-label": "lrdoctor.toml"}
    return tag(
        html.Section,
        {"className": "card pane draft", "hidden": True, "data-slot": "draft",
         "aria-label": "Your changes"},
        [tag(html.Div, {"className": "pane-head"},
             [html.Div(head), tag(html.Div, {"className": "acts"}, acts)]),
         slot(html.Pre, "toml", code)],
    )  # fmt: skip


def _rule(name: str, rule: type[Rule]) -> Component:
    page = parse(inspect.getdoc(rule) or "")
    sections = tuple(one for one in page.sections if one[0] not in _TOLD_BESIDE)
    title = _title(name)
    switch = {"className": "switch", "type": "button", "role": "switch", "aria-checked": "true",
              "aria-label": f"{title} is on"}  # fmt: skip
    says = [html.B(title), html.Code(name), html.Span(page.summary)]
    opener = {"className": "rule-open", "type": "button", "aria-expanded": "false",
              "aria-controls": f"rule-{name}-page", "aria-label": f"{title}: its page"}  # fmt: skip
    line = [
        tag(html.Button, switch),
        tag(html.H2, {"className": "rule-says"}, says),
        tag(html.Div, {"className": "tabs levels", "role": "group",
                       "aria-label": f"How keen {title} is"}),
        tag(html.Div, {"className": "rule-count"}),
        tag(html.Button, opener, icon("chev")),
    ]  # fmt: skip
    inside = [
        tag(html.Div, {"className": "rule-text"}, body(Docstring(page.summary, sections))),
        tag(html.Div, {"className": "rule-tune"}),
    ]
    return tag(
        html.Section,
        {"className": "rule", "id": f"rule-{name}", "data-rule": name, "aria-label": title},
        [
            tag(html.Div, {"className": "rule-line"}, line),
            tag(html.Div, {"className": "rule-page", "id": f"rule-{name}-page", "hidden": True},
                inside),
        ],
    )  # fmt: skip


def _button(name: str, picture: str, words: str, *, hidden: bool = False) -> Component:
    attributes = {"className": "btn", "type": "button", "hidden": hidden, "data-slot": name}
    return tag(html.Button, attributes, [icon(picture), html.Span(words)])


def _title(name: str) -> str:
    return "NaN" if name == "nan" else name.replace("-", " ").capitalize().replace("nan", "NaN")


PAGE = Page("rules", "rules", draw, link="Rules")
