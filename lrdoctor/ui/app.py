"""The Dash application: routing, the frame around every page, and what happens when one fails."""

from __future__ import annotations

import base64
import hashlib
import logging
import re
from collections.abc import Callable, Sequence
from html import escape
from pathlib import Path
from string import Template
from urllib.parse import quote, unquote

from dash import Dash, Input, Output, dcc, html, set_props
from dash.development.base_component import Component
from flask import request

from lrdoctor.resources import folder
from lrdoctor.ui import compare_page, not_found, play_page, range_page, rules_page, run_page, ward
from lrdoctor.ui.bundle import BOOT, SCRIPT, STYLE, digest, files
from lrdoctor.ui.markup import markup
from lrdoctor.ui.page import Page

PAGES: tuple[Page, ...] = (
    ward.PAGE,
    run_page.PAGE,
    compare_page.PAGE,
    range_page.PAGE,
    play_page.PAGE,
    rules_page.PAGE,
)

_INDEX = Path(__file__).with_name("index.html")
_FIRST = "<!--first-->"
_UNUSED = re.compile(r'<script src="[^"]*/(?:deps/polyfill@|dash_table/)[^"]*"></script>\n?')
"""What Dash brings for browsers older than anything in our styles, and for tables of its own."""

logger = logging.getLogger("lrdoctor.ui")


def create(prefix: str = "/", pages: Sequence[Page] = PAGES) -> Dash:
    """The screen as a Dash application, to be mounted at ``prefix``.

    The page at the address asked for comes with the document; Dash draws those that the reader
    goes on to. It reads no store: what it shows comes from the JSON API beside it.
    ``csp_hashes()`` of the result names the inline scripts that its pages run.

    Args:
        prefix: the public path, with a slash at both ends.
        pages: the pages to serve; the first is the root.
    """
    by_path = {page.path: page for page in pages}

    def drawn(pathname: str) -> Component:
        below = pathname.removeprefix(prefix.rstrip("/")).strip("/")
        first, _, rest = below.partition("/")
        page = by_path.get(first)
        found = page.draw(unquote(rest)) if page else None
        return found if found is not None else not_found.draw(below)

    app = _Screen(
        __name__,
        url_base_pathname=prefix,
        assets_folder=str(folder("assets")),
        assets_ignore=".*",  # the index names what it loads
        title="lrdoctor",
        update_title="",
        index_string=_index(prefix, pages),
        on_error=_failed,
        suppress_callback_exceptions=True,
    )
    app.drawn = drawn
    app.layout = html.Div(
        [dcc.Store(id="wanted"), html.Div(id="view"), html.Div(id="fault", hidden=True)]
    )

    @app.callback(Output("view", "children"), Input("wanted", "data"), prevent_initial_call=True)
    def route(pathname: str) -> Component:
        return drawn(pathname)

    # Dash learns which scripts it has at its first request, and meanwhile answers 500 to others: a
    # page from before a restart asks for several at once.
    with app.server.test_request_context(prefix):
        app.server.preprocess_request()
    return app


class _Screen(Dash):
    """Dash, with the page asked for in its index."""

    drawn: Callable[[str], Component]

    def csp_hashes(self, hash_algorithm: str = "sha256") -> list[str]:
        told = hashlib.new(hash_algorithm, _boot().encode()).digest()
        boot = f"'{hash_algorithm}-{base64.b64encode(told).decode()}'"
        return [*super().csp_hashes(hash_algorithm), boot]

    def interpolate_index(self, **parts: str) -> str:  # type: ignore[override]
        try:
            # As the address bar has it: what is percent-coded there is decoded once, by the page.
            page = markup(self.drawn(quote(request.path)))
        except Exception as error:
            # One page that fails leaves a document from which the others can be reached.
            logger.exception("a page could not be drawn")
            page = markup(html.Div(_reason(error), hidden=True, id="first-fault"))
        parts["scripts"] = _UNUSED.sub("", parts["scripts"])
        index = super().interpolate_index(**parts)  # type: ignore[no-untyped-call]
        return str(index).replace(_FIRST, page)


def _failed(error: Exception) -> None:
    """Tell the reader that a callback failed: ``assets/screen/toast.js`` shows what stands here."""
    logger.error("a page could not be drawn", exc_info=error)
    set_props("fault", {"children": _reason(error)})


def _reason(error: Exception) -> str:
    return f"The server failed on it: {type(error).__name__}."


def _index(prefix: str, pages: Sequence[Page]) -> str:
    assets = f"{prefix}assets/{digest()}"
    return Template(_INDEX.read_text(encoding="utf-8")).substitute(
        assets=escape(assets),
        root=escape(prefix),
        boot=_boot(),
        script=SCRIPT,
        style=STYLE,
        first=_FIRST,
        links="".join(_link(prefix, page) for page in pages if page.link),
    )


def _boot() -> str:
    return files()[BOOT].decode()


def _link(prefix: str, page: Page) -> str:
    address = escape(prefix + page.path)
    return f'<a href="{address}" data-nav="{escape(page.name)}">{escape(page.link or "")}</a>'
