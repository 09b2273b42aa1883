"""Which names a request may call this server by.

A page on the internet can point a name of its own at 127.0.0.1 (DNS rebinding) and then read
whatever answers there. What gives it away is the ``Host`` header, which keeps the foreign name.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable

LOOPBACK = ("localhost", "127.0.0.1", "[::1]")
_FORM = re.compile(r"(?P<name>\[[0-9a-f:.]{2,45}\]|[a-z0-9_.-]{1,253})(?::(?P<port>[0-9]{1,5}))?")


class AllowedHosts:
    """The names in a ``Host`` header that are answered.

    ``entries`` are names or addresses, with or without a port: ``lab.example`` is answered at any
    port, ``lab.example:8443`` at that one only. Loopback names are always answered, at any port:
    a tunnel (``ssh -L 9000:localhost:8050``) changes the port that the browser sees, and a
    foreign page can change none of the name. ``0.0.0.0`` and ``::`` stand for every literal
    address, which no name can be rebound to.
    """

    def __init__(self, entries: Iterable[str] = ()) -> None:
        self._names: set[tuple[str, str | None]] = {(name, None) for name in LOOPBACK}
        self._any_address = False
        for entry in entries:
            if entry in ("0.0.0.0", "::", "[::]"):
                self._any_address = True
                continue
            parsed = _parse(entry if entry.count(":") < 2 or "[" in entry else f"[{entry}]")
            if parsed is None:
                raise ValueError(
                    f"{entry!r} is no host name: write NAME, NAME:PORT or https://NAME"
                )
            self._names.add(parsed)

    def allows(self, header: str) -> bool:
        """Whether a request whose ``Host`` header is ``header`` is answered."""
        parsed = _parse(header)
        if parsed is None:
            return False
        name, port = parsed
        if (name, None) in self._names or (name, port) in self._names:
            return True
        return self._any_address and _is_address(name)


def is_host(text: str) -> bool:
    """Whether ``text`` can stand in a ``Host`` header."""
    return _parse(text) is not None


def _parse(text: str) -> tuple[str, str | None] | None:
    match = _FORM.fullmatch(text.lower())
    if match is None:
        return None
    return match["name"].removesuffix("."), match["port"]


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name.strip("[]"))
    except ValueError:
        return False
    return True
