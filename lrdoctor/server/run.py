"""``lrdoctor watch``: the ingest process and the web server, started and ended together.

What the web server needs takes longest to import: it comes once the ingest process has started.
"""

from __future__ import annotations

import gc
import getpass
import os
import signal
import socket
import sys
import threading
import time
import webbrowser
from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Self

from lrdoctor.config import load
from lrdoctor.errors import StoreError
from lrdoctor.follow.remote import is_url
from lrdoctor.reports._words import shown
from lrdoctor.server.access import Access, new_token
from lrdoctor.server.child import TOKEN, Child, command
from lrdoctor.server.hosts import is_host
from lrdoctor.server.listen import bind, is_loopback, own_address
from lrdoctor.server.place import default_store
from lrdoctor.server.prefix import normal

if TYPE_CHECKING:
    from lrdoctor.server.source import Source
    from lrdoctor.server.web import WebServer

HOSTS = "LRDOCTOR_HOSTS"
_HTTPS = "https://"
STORE_PATIENCE = 10.0
"""Seconds to wait for the ingest process to make its store, before serving without one."""
END_PATIENCE = 1.5
"""Seconds that the ingest process has to end in order."""


def serve(
    paths: Sequence[str | os.PathLike[str]],
    *,
    host: str = "127.0.0.1",
    port: int | None = None,
    prefix: str = "/",
    store: Path | None = None,
    config: Path | None = None,
    poll: float | None = None,
    open_browser: bool = False,
    hosts: Sequence[str] = (),
    secure: bool = False,
) -> int:
    """Follow the logs under ``paths`` and serve the screen until Ctrl-C or SIGTERM.

    Prints the address on a line of its own, and in a terminal a line where a run falls ill. Any
    address but loopback needs the access token: the one in ``LRDOCTOR_TOKEN``, or a new one,
    printed once as part of the address. ``LRDOCTOR_TOKEN`` closes loopback, too. A second Ctrl-C
    ends at once.

    Args:
        port: None: 8050 or the next that is free.
        prefix: where a proxy serves it.
        store: the store's file; None: one in the user's state folder for these paths.
        config: passed on to the ingest process, like ``poll`` (seconds).
        hosts: names that a proxy or a name server gives this server, besides those, separated by
            commas, in ``LRDOCTOR_HOSTS``; ``https://`` before one there says that browsers reach
            it by https.
        secure: browsers reach it by https.

    Returns:
        The exit code: 0 after Ctrl-C or SIGTERM; the ingest process's own where it ends before
        there is anything to serve.

    Raises:
        ServerError: the port is taken, the host is none, the token is too short, the state folder
            cannot be made.
        ConfigError: the settings cannot be meant.
    """
    prefix = normal(prefix)
    settings = load(config)
    file = store or default_store(paths)
    with bind(host, port) as listening:
        token = _token(listening)
        _tell_missing(paths)
        child = Child(command(paths, file, config=config, poll=poll), tell=_tell)
        with _Ending(child) as ending:
            child.start()
            from lrdoctor.server.app import create
            from lrdoctor.server.web import WebServer

            told = _told_hosts()
            application = create(file, prefix=prefix, token=token,
                                 secure=secure or any(name.startswith(_HTTPS) for name in told),
                                 hosts=_names(host, [*hosts, *told]), config=settings)  # fmt: skip
            # What has been imported stays. Left out of every later collection, the last one at exit
            # included, it lets the process end in a tenth of a second instead of one.
            gc.freeze()
            code = _await_store(application.source, child, ending)
            if code is not None:
                return code

            def ready() -> None:
                _announce(listening, prefix, token, open_browser)

            ending.server = WebServer(application, child, ready)
            if not ending.asked:
                with _spoken(application.source):
                    ending.server.run([listening])
    return 0


def _token(listening: socket.socket) -> str | None:
    """The access token to ask for; None where loopback is open to whoever is on this machine.

    Raises:
        ServerError: the one that was given is too short.
    """
    token = os.environ.get(TOKEN) or (None if is_loopback(listening) else new_token())
    if token is not None:
        Access(token)  # an unfit one is refused before anything has started
    return token


def _tell_missing(paths: Sequence[str | os.PathLike[str]]) -> None:
    for path in paths:
        if not is_url(os.fspath(path)) and not os.path.exists(path):
            _tell(f"there is no file or folder {shown(str(path))} yet: waiting for it")


def _spoken(source: Source) -> AbstractContextManager[None]:
    """News of the runs, for whoever sits before this terminal."""
    if not sys.stderr.isatty():
        return nullcontext()
    from lrdoctor.reports._layout import paragraph
    from lrdoctor.server.bulletin import Bulletin, spoken

    def write(told: str, head: str) -> None:
        sys.stderr.write(f"{paragraph(told, head)}\n")
        sys.stderr.flush()

    return spoken(Bulletin(source, write))


class _Ending:
    """Ctrl-C and SIGTERM ask everything to end, a second Ctrl-C makes it. The child never stays."""

    def __init__(self, child: Child) -> None:
        self._child = child
        self._former: dict[int, object] = {}
        self.server: WebServer | None = None
        self.asked = False

    def __enter__(self) -> Self:
        for number in (signal.SIGINT, signal.SIGTERM):
            self._former[number] = signal.signal(number, self._ask)
        return self

    def __exit__(self, *_: object) -> None:
        self._child.end()
        self._child.wait(END_PATIENCE)
        for number, handler in self._former.items():
            signal.signal(number, handler)  # type: ignore[arg-type]

    def _ask(self, number: int, _: FrameType | None) -> None:
        if self.asked and number == signal.SIGINT:
            self._child.kill()
            os._exit(128 + number)
        self.asked = True
        if self.server is not None:
            self.server.should_exit = True


def _await_store(source: Source, child: Child, ending: _Ending) -> int | None:
    """Wait until the child has made its store. The exit code where there is nothing to serve."""
    until = time.monotonic() + STORE_PATIENCE
    while not ending.asked and time.monotonic() < until:
        try:
            source.version()
        except StoreError:
            if child.exit_code is not None:
                return child.exit_code or 2
            time.sleep(0.02)
        else:
            break
    return None


def _told_hosts() -> list[str]:
    told = (name.strip() for name in os.environ.get(HOSTS, "").split(","))
    return [name for name in told if name]


def _names(host: str, hosts: Sequence[str]) -> list[str]:
    names = [host, *(name.removeprefix(_HTTPS).rstrip("/") for name in hosts)]
    own = socket.gethostname()
    return [*names, own, f"{own}.local"] if _is_wildcard(host) and is_host(own) else names


def _is_wildcard(host: str) -> bool:
    return host in ("", "0.0.0.0", "::")


def _announce(listening: socket.socket, prefix: str, token: str | None, open_browser: bool) -> None:
    bound, port = listening.getsockname()[:2]
    names = ["127.0.0.1", own_address()] if _is_wildcard(bound) else [bound]
    query = "" if token is None else f"?token={token}"
    for name in names:
        literal = f"[{name}]" if ":" in name else name
        sys.stdout.write(f"http://{literal}:{port}{prefix}{query}\n")
    sys.stdout.flush()
    if "SSH_CONNECTION" in os.environ and is_loopback(listening) and sys.stderr.isatty():
        _tell(f"from your own machine: ssh -N -L {port}:127.0.0.1:{port} {_here()}")
    # With a token the address would be on a command line, which every local user can read.
    if open_browser and token is None and _has_desktop():
        address = f"http://{f'[{bound}]' if ':' in bound else bound}:{port}{prefix}"
        threading.Thread(target=webbrowser.open, args=(address,), daemon=True).start()


def _here() -> str:
    """This machine as ssh reached it: the connection's third field is our own address."""
    own = os.environ["SSH_CONNECTION"].split()[2:3]
    return f"{getpass.getuser()}@{(own or [socket.gethostname()])[0]}"


def _has_desktop() -> bool:
    """Without one, a browser would be a text browser on top of our output."""
    return sys.platform == "darwin" or any(
        os.environ.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY")
    )


def _tell(text: str) -> None:
    sys.stderr.write(f"lrdoctor: {text}\n")
    sys.stderr.flush()
