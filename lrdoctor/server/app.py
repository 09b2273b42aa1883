"""Puts the server together: security outermost, compression, the API's routes, then the screen."""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from a2wsgi import WSGIMiddleware
from starlette.concurrency import run_in_threadpool
from starlette.routing import BaseRoute, Route, Router
from starlette.types import ASGIApp, Receive, Scope, Send

from lrdoctor.config import Config
from lrdoctor.errors import ServerError, StoreError
from lrdoctor.server.api import Api
from lrdoctor.server.compression import Compressed
from lrdoctor.server.files import Files
from lrdoctor.server.live import Live
from lrdoctor.server.prefix import normal
from lrdoctor.server.security import Security
from lrdoctor.server.source import Source
from lrdoctor.ui.bundle import digest, files

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

THREADS = 8
"""Requests that Dash works on at once. They compute for milliseconds and wait for nobody."""


class Application:
    """The whole server as one ASGI application.

    Args:
        screen: what serves the pages, a WSGI application.
        script_hashes: of the inline scripts that its pages run.
        hosts, token, prefix, secure, config: as ``create``.
    """

    def __init__(
        self,
        source: Source,
        screen: WSGIApplication,
        *,
        script_hashes: Sequence[str] = (),
        hosts: Sequence[str] = (),
        token: str | None = None,
        prefix: str = "/",
        secure: bool = False,
        live: Live | None = None,
        config: Config | None = None,
    ) -> None:
        self.source = source
        self.live = live or Live(source)
        self.routes: list[BaseRoute] = [
            *Api(source, self.live, config or Config()).routes(prefix),
            Route(f"{prefix}assets/{{name:path}}", Files(f"{prefix}assets/", files(), digest())),
        ]
        # a2wsgi has names of its own for the shapes of ASGI and WSGI.
        pages: Any = WSGIMiddleware(cast(Any, _to_stderr(screen)), workers=THREADS)
        router = Router(self.routes, redirect_slashes=False, default=pages, lifespan=self._lifespan)
        self._outermost = Security(
            Compressed(_below(prefix, router)),
            hosts=hosts,
            token=token,
            prefix=prefix,
            secure=secure,
            script_hashes=script_hashes,
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self._outermost(scope, receive, send)

    def close_streams(self) -> None:
        """End the live streams: a server that waits for its requests to end waits for these."""
        self.live.close()

    @asynccontextmanager
    async def _lifespan(self, _: Router) -> AsyncIterator[None]:
        # Whoever asks first waits for no import, no thread and no opening of the store.
        with suppress(StoreError):
            await run_in_threadpool(self.source.status)
        yield
        self.close_streams()
        self.source.close()


def create(
    store_path: Path,
    *,
    prefix: str = "/",
    token: str | None,
    hosts: Sequence[str],
    secure: bool = False,
    config: Config | None = None,
) -> Application:
    """The server over the store in this file.

    Args:
        prefix: where a proxy serves it, ``/`` or ``/x/``. A proxy may strip it from the requests
            that it hands on or leave it there.
        token: who shows it may come in; None: everyone who reaches the port.
        hosts: names that are answered besides the loopback ones; see ``AllowedHosts``.
        secure: the browser speaks https.
        config: what the process that fills the store runs with; for the page of the rules.

    Raises:
        ServerError: the prefix or a host name cannot be meant.
    """
    from lrdoctor.ui.app import create as create_screen

    prefix = normal(prefix)
    screen = create_screen(prefix)
    try:
        return Application(
            Source(store_path),
            screen.server,
            script_hashes=screen.csp_hashes(),
            hosts=hosts,
            token=token,
            prefix=prefix,
            secure=secure,
            config=config,
        )
    except ValueError as error:
        raise ServerError(str(error)) from error


def _below(prefix: str, app: ASGIApp) -> ASGIApp:
    """``app`` with paths that carry the prefix, whether or not a proxy has stripped it."""

    async def prefixed(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and not scope["path"].startswith(prefix):
            path = prefix + scope["path"].lstrip("/")
            if scope["path"] == prefix.rstrip("/"):
                path = prefix
            scope = {**scope, "path": path, "raw_path": path.encode()}
        await app(scope, receive, send)

    return prefixed


def _to_stderr(app: WSGIApplication) -> WSGIApplication:
    """``app`` with its complaints on stderr: stdout is for the address line."""

    def complaining(environ: WSGIEnvironment, start_response: StartResponse) -> Any:
        environ["wsgi.errors"] = sys.stderr
        return app(environ, start_response)

    return complaining
