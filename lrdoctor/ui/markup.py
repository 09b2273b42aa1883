"""A page as HTML: the first one comes with the document, before there is a Dash to draw it.

What a page is made of is the same either way: elements of ``dash.html``, and Dash's input field.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from html import escape
from typing import Any

from dash import dcc
from dash.development.base_component import Component

_VOID = frozenset({"br", "hr", "img", "input"})
_NAMES = {"className": "class", "htmlFor": "for"}
_NAME = re.compile(r"[a-z][a-z-]*")
_SPOKEN = ("aria-", "data-")
_TOLD_AS_WORDS = frozenset({"spellcheck", "draggable"})
"""Attributes for which "false" is a value, and not the lack of one."""


def markup(part: Component | str | float | list[Any] | tuple[Any, ...] | None) -> str:
    """The component and all below it; text is escaped.

    Raises:
        ValueError: a component of another library, or an attribute that no element has.
    """
    if part is None:
        return ""
    if isinstance(part, (list, tuple)):
        return "".join(map(markup, part))
    if not isinstance(part, Component):
        return escape(str(part))
    if isinstance(part, dcc.Input):
        return _field(part)
    if part._namespace != "dash_html_components":
        raise ValueError(f"{part._namespace}.{part._type} has no HTML of its own")
    name = part._type.lower()
    return _element(name, _attributes(part), markup(getattr(part, "children", None)))


def _field(part: Component) -> str:
    """As Dash's own looks: what styles it and who finds it make no difference."""
    attributes = [*_attributes(part), ("class", "dash-input-element")]
    box = [("class", "dash-input-container")]
    return _element("div", box, _element("input", attributes, ""))


def _attributes(part: Component) -> Iterator[tuple[str, str]]:
    given = part.to_plotly_json()["props"]  # type: ignore[no-untyped-call]
    for key, value in given.items():
        if key in ("children", "debounce"):
            continue
        name = key if key.startswith(_SPOKEN) else _NAMES.get(key, key.lower())
        if not _NAME.fullmatch(name):
            raise ValueError(f"{key!r} is no attribute of an element")
        if isinstance(value, bool) and name in _TOLD_AS_WORDS:
            yield name, str(value).lower()
        elif value is True:
            yield name, ""
        elif value is not None and value is not False:
            yield name, str(value)


def _element(name: str, attributes: Iterable[tuple[str, str]], inside: str) -> str:
    told = "".join(f' {name}="{escape(value)}"' for name, value in attributes)
    return f"<{name}{told}>" if name in _VOID else f"<{name}{told}>{inside}</{name}>"
