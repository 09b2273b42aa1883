"""What people say of a run: who looks after it, what is muted and why, notes."""

from __future__ import annotations

from dash import html
from dash.development.base_component import Component

from lrdoctor.ui.page import icon, slot, tag


def acts() -> list[Component]:
    """The buttons of the page's head; each opens the form below it."""
    return [
        _opener("acknowledge", "watch", "Acknowledge", "I have seen it and look after it"),
        _opener("mute", "mute", "Mute", "Let it not alarm, for a reason"),
    ]


def said() -> list[Component]:
    """Below the head: the form that acknowledges or mutes, and what was said last."""
    form = {"className": "card say", "id": "say", "hidden": True, "aria-labelledby": "say-title"}
    return [
        slot(html.Section, "say", form),
        slot(html.Ul, "said", {"className": "said-list", "aria-label": "What people say of it"}),
    ]


def draw() -> Component:
    """The card of notes; ``assets/screen/remarks_panel.js`` fills it."""
    head = [html.H2("Notes"), slot(html.P, "notesHint", {"className": "hint"})]
    columns = [
        slot(html.Div, "noteForm", {"className": "note-form"}),
        slot(html.Ol, "notes", {"className": "notes"}),
    ]
    return tag(
        html.Section,
        {"className": "card pane notes-card", "id": "notes", "aria-label": "Notes"},
        [tag(html.Div, {"className": "pane-head"}, head),
         tag(html.Div, {"className": "notes-body"}, columns)],
    )  # fmt: skip


def _opener(name: str, picture: str, words: str, meaning: str) -> Component:
    attributes = {"className": "btn small", "type": "button", "hidden": True, "title": meaning,
                  "data-slot": name, "aria-expanded": "false", "aria-controls": "say"}  # fmt: skip
    return tag(html.Button, attributes, [icon(picture), html.Span(words)])
