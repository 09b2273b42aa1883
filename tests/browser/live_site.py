"""A whole lrdoctor in this process: logs on disk, monitor, store, server. Only the browser is
outside."""

from __future__ import annotations

import asyncio
import socket
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Self

import uvicorn

from lrdoctor.monitor import Monitor
from lrdoctor.server.app import create
from lrdoctor.server.listen import bind
from lrdoctor.store import IngestStatus, Store
from tests.browser import training_logs

BEAT = 0.05
"""Seconds between two looks at the logs."""
GROWTH = 20.0
"""Seconds between two lines of a growing log."""


class Site:
    """Serves a store on a free port of 127.0.0.1.

    With ``watch`` a thread follows the logs below ``folder``, as the ingest process would.
    Without, the store holds what ``commit`` puts there. The logs named in ``growing`` gain a line
    now and then: they count as growing however long the tests take.
    """

    def __init__(
        self,
        folder: Path,
        *,
        watch: bool = True,
        prefix: str = "/",
        growing: Sequence[str] = (),
        token: str | None = None,
    ) -> None:
        self.folder = folder / "logs"
        self.folder.mkdir(parents=True, exist_ok=True)
        self._store_path = folder / "store.sqlite"
        self._growing = [self.folder / log for log in growing]
        self._watch = watch
        self._prefix = prefix
        self._token = token
        self._ended = threading.Event()
        self._read = threading.Event()
        self._threads: list[threading.Thread] = []
        self.failure: BaseException | None = None

    def __enter__(self) -> Self:
        if self._watch:
            self._start(self._follow)
            assert self._read.wait(60), "the logs were not read"
        else:
            self._store = Store.open(self._store_path)
        self.serve()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop_serving()
        self._ended.set()
        for thread in self._threads:
            thread.join(20)
        if not self._watch:
            self._store.close()
        if self.failure is not None:
            raise self.failure

    def serve(self) -> None:
        """Start to answer, on the former port where there was one."""
        listening = bind("127.0.0.1", getattr(self, "port", 0))
        self.port = listening.getsockname()[1]
        self.address = f"http://127.0.0.1:{self.port}{self._prefix}"
        self._application = create(self._store_path, token=self._token, hosts=[],
                                   prefix=self._prefix)  # fmt: skip
        config = uvicorn.Config(self._application, log_level="error", ws="none", lifespan="on",
                                timeout_graceful_shutdown=2)  # fmt: skip
        self._server = uvicorn.Server(config)
        ready = threading.Event()
        startup = self._server.startup

        async def told(sockets: list[socket.socket] | None = None) -> None:
            await startup(sockets)
            ready.set()

        self._server.startup = told  # type: ignore[method-assign]
        self._serving = threading.Thread(target=asyncio.run, args=[self._answer(listening)],
                                         daemon=True)  # fmt: skip
        self._serving.start()
        assert ready.wait(30), "the server did not start"

    def stop_serving(self) -> None:
        """End the server as a crash would: no more answers, no more streams."""
        self._application.close_streams()
        self._server.should_exit = True
        self._serving.join(20)

    def commit(self, status: IngestStatus) -> None:
        """Put a status into an unwatched store."""
        self._store.commit([], status)

    def age(self) -> None:
        """Let the server think that it has been up for long: it gives a new one some grace."""
        self._application.source._born = 0.0

    def ids(self) -> dict[str, str]:
        """The id of each run by its name."""
        with Store.open(self._store_path, read_only=True) as store:
            return {record.name: record.id for record in store.changed(0)[1] if not record.gone}

    def append(self, path: str, lines: Sequence[str]) -> None:
        """Add complete lines to a log below the folder."""
        with (self.folder / path).open("a", encoding="utf-8") as log:
            log.write("".join(f"{line}\n" for line in lines))

    async def _answer(self, listening: socket.socket) -> None:
        await self._server.serve([listening])
        # A browser that is still there keeps its connections open. A process would take them along
        # as it ends; this one lives on, and would hear of them in whatever test comes next.
        for connection in list(self._server.server_state.connections):
            connection.transport.abort()
        await asyncio.sleep(0)

    def _start(self, work: Callable[[], None]) -> None:
        def guarded() -> None:
            try:
                work()
            except BaseException as error:  # noqa: BLE001  told by __exit__, in the test's thread
                self.failure = error
                self._read.set()

        thread = threading.Thread(target=guarded, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _follow(self) -> None:
        with Store.open(self._store_path) as store:
            monitor = Monitor([self.folder], store)
            grow_at = time.monotonic() + GROWTH
            while not self._ended.is_set():
                if time.monotonic() >= grow_at:
                    grow_at = time.monotonic() + GROWTH
                    for log in self._growing:
                        training_logs.grow(log, time.time())
                monitor.poll()
                monitor.beat()
                self._read.set()
                self._ended.wait(BEAT)
            monitor.close()
