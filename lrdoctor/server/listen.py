"""The socket the server listens on."""

from __future__ import annotations

import errno
import ipaddress
import socket
from itertools import chain

from lrdoctor.errors import ServerError

PORT = 8050
NEXT = 50
"""Ports after ``PORT`` that are tried before any that is free."""


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


def _resolved(host: str) -> tuple[socket.AddressFamily, str]:
    try:
        found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise ServerError(f"no such host: {host!r}") from error
    # "localhost" is two addresses; browsers try both, and 127.0.0.1 is the one we print.
    found.sort(key=lambda one: one[0] != socket.AF_INET)
    return found[0][0], str(found[0][4][0])
