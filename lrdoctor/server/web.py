"""The web server beside an ingest process."""

from __future__ import annotations

import socket
from collections.abc import Callable, Generator
from contextlib import contextmanager

import uvicorn

from lrdoctor.server.app import Application
from lrdoctor.server.child import Child
from lrdoctor.server.patience import PatientProtocol

CONNECTIONS = 512
"""Connections at once; further ones are answered with 503."""


class WebServer(uvicorn.Server):
    """uvicorn on our socket: it says when it answers, looks after the child, ends the streams."""

    def __init__(self, application: Application, child: Child, ready: Callable[[], None]) -> None:
        super().__init__(
            uvicorn.Config(
                application,
                http=PatientProtocol,
                ws="none",
                lifespan="on",
                log_config=None,
                log_level="error",
                access_log=False,  # addresses may hold tokens
                server_header=False,
                proxy_headers=False,  # whoever can connect could claim to be another
                limit_concurrency=CONNECTIONS,
                timeout_graceful_shutdown=1,
            )
        )
        self._application = application
        self._child = child
        self._ready = ready

    @contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        """Signals are the caller's: uvicorn would raise them again after a clean end."""
        yield

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self._ready()

    async def on_tick(self, counter: int) -> bool:
        self._child.look()
        return await super().on_tick(counter)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._child.end()
        self._application.close_streams()
        await super().shutdown(sockets)
