"""One run: the diagnosis, what to change, the evidence, and what happened when."""

from __future__ import annotations

from dash import html
from dash.development.base_component import Component

from lrdoctor.ui import (
    change_panel,
    diagnosis_panel,
    evidence_panel,
    not_found,
    remarks_panel,
    schedule_panel,
    story_panel,
)
from lrdoctor.ui.page import Page, frame, icon, middle, slot, tag


def draw(rest: str) -> Component | None:
    """The page's layout; ``assets/screen/run.js`` fills it for the run that the address names."""
    if not rest or "/" in rest:
        return None
    gone = not_found.card("There is no run under this address")
    return frame(
        "run",
        f"run/{rest}",
        [
            tag(html.Div, {"hidden": True, "data-slot": "gone"}, gone),
            _unreadable(),
            tag(html.Div, {"hidden": True, "data-slot": "run"}, [*_head(), *_panels()]),
            _waiting(),
        ],
    )


def _head() -> list[Component]:
    back = tag(html.A, {"data-slot": "back"}, "Ward")
    way = {"className": "crumb", "aria-label": "Where this is"}
    name = html.H1(slot(html.Bdi, "name"))
    meta = slot(html.P, "meta", {"className": "meta"})
    siblings = {"className": "btn small", "data-slot": "siblings", "hidden": True}
    sweep = {"className": "btn small", "data-slot": "asRange", "hidden": True}
    ways = [
        tag(html.A, siblings),
        tag(html.A, sweep, "Open as range test"),
        *remarks_panel.acts(),
    ]
    return [
        tag(html.Nav, way, [back, slot(html.Span, "folder")]),
        tag(html.Div, {"className": "run-head"},
            [name, meta, tag(html.Div, {"className": "ways"}, ways)]),
        *remarks_panel.said(),
    ]  # fmt: skip


def _panels() -> list[Component]:
    vitals = {"className": "vitals card", "aria-label": "Vital signs"}
    return [
        tag(html.Div, {"className": "pair"}, [diagnosis_panel.draw(), change_panel.draw()]),
        slot(html.Dl, "vitals", vitals),
        tag(html.Div, {"className": "pair"}, [evidence_panel.draw(), story_panel.draw()]),
        schedule_panel.draw(),
        remarks_panel.draw(),
    ]


def _waiting() -> Component:
    title = tag(html.Div, {"className": "bone title"})
    return tag(
        html.Div,
        {"data-slot": "waiting", "aria-hidden": "true"},
        [
            tag(html.Div, {"className": "head"}, title),
            tag(html.Div, {"className": "card bone-card"}),
        ],
    )


def _unreadable() -> Component:
    """A log that no reader can take, or that holds no loss: the reason and the place."""
    back = {"className": "btn primary", "data-slot": "unreadableBack"}
    report = {"className": "btn", "type": "button", "data-slot": "report"}
    acts = [
        tag(html.A, back, "Back to the ward"),
        tag(html.Button, report, [icon("copy"), html.Span("Copy this report")]),
    ]
    return middle(
        [
            tag(html.Div, {"className": "emblem crit"}, icon("file")),
            slot(html.H1, "unreadableWhy"),
            slot(html.P, "unreadableWhere"),
            slot(html.Ul, "unreadableProblems", {"className": "problems"}),
            slot(html.P, "unreadableOthers"),
            tag(html.Div, {"className": "acts"}, acts),
        ],
        {"hidden": True, "data-slot": "unreadable"},
    )


PAGE = Page("run", "run", draw)
