"""The Dash application: routing, the frame around every page, and what happens when one fails."""

from __future__ import annotations

import logging
import re
from collections.abc import Sequence
from html import escape
from pathlib import Path
from string import Template
from urllib.parse import unquote

from dash import Dash, Input, Output, dcc, html, set_props
from dash.development.base_component import Component

from lrdoctor.resources import folder
from lrdoctor.ui import compare_page, not_found, play_page, range_page, rules_page, run_page, ward
from lrdoctor.ui.page import Page

PAGES: tuple[Page, ...] = (
    ward.PAGE,
    run_page.PAGE,
    compare_page.PAGE,
    range_page.PAGE,
    play_page.PAGE,
    rules_page.PAGE,
)

_STYLES = (
    "tokens",
    "theme",
    "ward",
    "run",
    "schedule",
    "remarks",
    "compare",
    "range",
    "play",
    "rules",
    "states",
)
_IMPORTED = re.compile(r'^(?:import|export)\b[^;]*?\bfrom "\./([\w.]+)";', re.M)
_INDEX = Path(__file__).with_name("index.html")

logger = logging.getLogger("lrdoctor.ui")


def create(prefix: str = "/", pages: Sequence[Page] = PAGES) -> Dash:
    """The screen as a Dash application, to be mounted at ``prefix``.

    It reads no store: what it shows comes from the JSON API beside it. ``csp_hashes()`` of the
    result names the inline scripts that its pages run.

    Args:
        prefix: the public path, with a slash at both ends.
        pages: the pages to serve; the first is the root.
    """
    app = Dash(
        __name__,
        url_base_pathname=prefix,
        assets_folder=str(folder("assets")),
        assets_ignore=".*",  # the index names what it loads, in its order
        title="lrdoctor",
        update_title="",
        index_string=_index(prefix, pages),
        on_error=_failed,
        suppress_callback_exceptions=True,
    )
    app.layout = html.Div(
        [dcc.Location(id="address", refresh=False), html.Div(id="view"),
         html.Div(id="fault", hidden=True)]
    )  # fmt: skip
    by_path = {page.path: page for page in pages}

    @app.callback(Output("view", "children"), Input("address", "pathname"))
    def route(pathname: str | None) -> Component:
        below = (pathname or prefix).removeprefix(prefix.rstrip("/")).strip("/")
        first, _, rest = below.partition("/")
        page = by_path.get(first)
        drawn = page.draw(unquote(rest)) if page else None
        return drawn if drawn is not None else not_found.draw(below)

    return app


def _failed(error: Exception) -> None:
    """Tell the reader that a callback failed: ``assets/screen/toast.js`` shows what stands here."""
    logger.error("a page could not be drawn", exc_info=error)
    set_props("fault", {"children": f"The server failed on it: {type(error).__name__}."})


def _index(prefix: str, pages: Sequence[Page]) -> str:
    assets = f"{prefix}assets"
    return Template(_INDEX.read_text(encoding="utf-8")).substitute(
        assets=escape(assets),
        root=escape(prefix),
        styles="\n".join(f'<link rel="stylesheet" href="{assets}/{one}.css">' for one in _STYLES),
        # The browser fetches the modules side by side instead of one import after the other.
        modules="\n".join(
            f'<link rel="modulepreload" href="{assets}/screen/{name}">' for name in _first_modules()
        ),
        links="".join(_link(prefix, page) for page in pages if page.link),
    )


def _first_modules() -> list[str]:
    """What the ward and a run's page need: each script, and all that it imports."""
    screen, found = folder("assets") / "screen", set[str]()
    wanted = ["main.js", "ward.js", "run.js"]
    while wanted:
        name = wanted.pop()
        if name not in found:
            found.add(name)
            wanted += _IMPORTED.findall((screen / name).read_text(encoding="utf-8"))
    return sorted(found)


def _link(prefix: str, page: Page) -> str:
    address = escape(prefix + page.path)
    return f'<a href="{address}" data-nav="{escape(page.name)}">{escape(page.link or "")}</a>'
