"""What a page of the screen is, and the small parts that pages are made of."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from dash import dcc, html
from dash.development.base_component import Component


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


def frame(name: str, path: str, *children: Component) -> Component:
    """A page's outermost element. Its script finds it by ``data-page``."""
    data = {"data-page": name, "data-path": path}
    return html.Main(list(children), id="page", className="wrap", tabIndex=-1, **data)


def icon(name: str) -> Component:
    """A picture from ``assets/icons``, in the colour of the text around it."""
    return html.I(className=f"icon icon-{name}", **{"aria-hidden": "true"})


def slot(kind: type[Component], name: str, className: str | None = None, **more: object) -> Component:  # noqa: N803
    """An empty element that the page's script fills with text."""
    extra: dict[str, object] = {"data-slot": name, **more}
    if className is not None:
        extra["className"] = className
    return kind(**extra)


def command(text: str) -> Component:
    """Something to type, with a button that copies it."""
    copy = html.Button([icon("copy"), html.Span("Copy")], className="btn", type="button",
                       **{"data-copy": text})  # fmt: skip
    return html.Div([html.Code(text), copy], className="command")


def graph(id: str) -> dcc.Graph:
    """An empty chart. Plotly's own buttons, logo and offer to upload the chart are off."""
    return dcc.Graph(
        id=id,
        className="chart",
        figure={"data": [], "layout": {"template": None, "paper_bgcolor": "rgba(0,0,0,0)"}},
        config={
            "displayModeBar": False,
            "displaylogo": False,
            "showSendToCloud": False,
            "doubleClick": "reset",
            "responsive": True,
        },
    )
