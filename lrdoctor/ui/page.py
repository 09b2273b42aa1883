"""What a page of the screen is, and the small parts that pages are made of."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from dash import html
from dash.development.base_component import Component

Children = Component | str | Sequence[Component | str] | None
NOTHING: Mapping[str, object] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Page:
    """A page of the screen.

    ``draw`` gets the rest of the path (``"run/4f1a"`` -> ``"4f1a"``) and answers with the layout,
    or None where there is nothing under that address. The figures are filled in by the module of
    the same name in ``assets/screen``.
    """

    name: str
    path: str
    """The first part of its address below the root; empty for the root itself."""
    draw: Callable[[str], Component | None]
    link: str | None = None
    """Its words in the top bar; None: not there."""


def tag(
    kind: Callable[..., Component],
    attributes: Mapping[str, object] = NOTHING,
    children: Children = None,
) -> Component:
    """An element; ``attributes`` as Dash names them: ``className``, ``data-slot``, ..."""
    return kind(children, **attributes)


def slot(
    kind: Callable[..., Component], name: str, attributes: Mapping[str, object] = NOTHING
) -> Component:
    """An empty element that the page's script finds by its name and fills."""
    return tag(kind, {"data-slot": name, **attributes})


def frame(name: str, path: str, children: list[Component]) -> Component:
    """A page's outermost element. Its script finds it by ``data-page``."""
    attributes = {"id": "page", "className": "wrap", "tabIndex": -1}
    return tag(html.Main, {**attributes, "data-page": name, "data-path": path}, children)


def icon(name: str) -> Component:
    """A picture from ``assets/icons``, in the colour of the text around it."""
    return tag(html.I, {"className": f"icon icon-{name}", "aria-hidden": "true"})


def middle(children: list[Component], attributes: Mapping[str, object] = NOTHING) -> Component:
    """One card in the middle of the page: for states in which there is nothing else to show."""
    card = tag(html.Section, {"className": "card"}, children)
    return tag(html.Div, {"className": "middle", **attributes}, card)


def command(text: str) -> Component:
    """Something to type, with a button that copies it."""
    attributes = {"className": "btn", "type": "button", "data-copy": text}
    copy = tag(html.Button, attributes, [icon("copy"), html.Span("Copy")])
    return tag(html.Div, {"className": "command"}, [html.Code(text), copy])


def chart(name: str) -> Component:
    """A frame with an empty chart in it; ``assets/screen/graph.js`` finds it by its slot."""
    attributes = {"className": "chart-frame waiting", "data-slot": name}
    return tag(html.Div, attributes, [graph(f"{name}-chart"), tag(html.P, {"className": "wait"})])


def graph(id: str) -> Component:
    """An empty chart, for plotly.js; ``CONFIG`` in ``assets/screen/graph.js`` is how it is used."""
    return tag(html.Div, {"id": id, "className": "chart"})
