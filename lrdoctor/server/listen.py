"""The socket the server listens on, and how long it waits for somebody to say something."""

from __future__ import annotations

import asyncio
import errno
import ipaddress
import socket
from itertools import chain

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

from lrdoctor.errors import ServerError

PORT = 8050
NEXT = 50
"""Ports after ``PORT`` that are tried before any that is free."""
HEAD_PATIENCE = 10.0
"""Seconds that the head of a request may take to arrive."""


def bind(host: str, port: int | None) -> socket.socket:
    """A socket that listens on ``host``: at ``port``, or where that is None at 8050 or the next
    free one. 0: any free one.

    Raises:
        ServerError: the port is taken or not allowed, or the host is not one of this machine.
    """
    tried = (port,) if port is not None else chain(range(PORT, PORT + NEXT), (0,))
    family, address = _resolved(host)
    for candidate in tried:
        # Named as TCP, or asyncio leaves Nagle's algorithm on in what is accepted here: the last
        # piece of every answer would wait 40 ms for the browser's delayed acknowledgement.
        listening = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
        try:
            # Connections of a server that has just ended must not block the port...
            listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listening.bind((address, candidate))
            # ...but another that is bound and not yet listening must: found out here at the latest.
            listening.listen(128)
        except OSError as error:
            listening.close()
            if error.errno != errno.EADDRINUSE:
                raise ServerError(
                    f"cannot listen on {host} port {candidate}: {error.strerror}"
                ) from error
        else:
            listening.setblocking(False)
            return listening
    raise ServerError(
        f"port {port} is taken: leave --port out for the next free one, or name another"
    )


def is_loopback(listening: socket.socket) -> bool:
    """Whether only this machine reaches the socket."""
    return ipaddress.ip_address(listening.getsockname()[0]).is_loopback


def own_address() -> str:
    """The address that others on the network reach this machine at; its name if none is known."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            # Connecting a datagram socket sends nothing; it makes the system choose the way out.
            # The address is one reserved for documentation (RFC 5737).
            probe.connect(("192.0.2.1", 9))
        except OSError:
            return socket.gethostname()
        return str(probe.getsockname()[0])


class PatientProtocol(H11Protocol):
    """HTTP/1.1 that hangs up on who takes too long over the head of a request.

    uvicorn's own timer ends a connection that is silent between two requests; one that sends a
    byte now and then would stay for ever.
    """

    _late: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._late = self.loop.call_later(HEAD_PATIENCE, self._hang_up)

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        if self.conn.their_state is not h11.IDLE:
            self._at_ease()
        elif self._late is None:
            self._late = self.loop.call_later(HEAD_PATIENCE, self._hang_up)

    def connection_lost(self, exc: Exception | None) -> None:
        self._at_ease()
        super().connection_lost(exc)

    def _at_ease(self) -> None:
        if self._late is not None:
            self._late.cancel()
            self._late = None

    def _hang_up(self) -> None:
        self._late = None
        if self.conn.their_state is h11.IDLE and not self.transport.is_closing():
            self.transport.close()


def _resolved(host: str) -> tuple[socket.AddressFamily, str]:
    try:
        found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise ServerError(f"no such host: {host!r}") from error
    # "localhost" is two addresses; browsers try both, and 127.0.0.1 is the one we print.
    found.sort(key=lambda one: one[0] != socket.AF_INET)
    return found[0][0], str(found[0][4][0])
