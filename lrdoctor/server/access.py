"""The access token: how it is made, compared, kept in a cookie, and guarded against guessing."""

from __future__ import annotations

import hashlib
import hmac
import ipaddress
import secrets
import time
from collections import OrderedDict
from collections.abc import Callable

from lrdoctor.errors import ServerError

SHORTEST = 16
"""Characters of a token that a user chose. Session cookies are checked without throttling, so a
token must be out of reach of guessing over a network: 16 characters of a password generator are
about 95 bits."""


def new_token() -> str:
    """A fresh token of 256 random bits, fit for an address."""
    return secrets.token_urlsafe(32)


class Access:
    """One token, and the session cookie that a browser gets for it.

    The cookie's name and value are derived from the token, so every worker process checks it
    without shared state, a new token ends every old session, and two servers on one host (cookies
    know no ports) do not overwrite each other's.

    Raises:
        ServerError: the token is shorter than ``SHORTEST``.
    """

    def __init__(self, token: str) -> None:
        if len(token) < SHORTEST:
            raise ServerError(f"the access token is too short: use {SHORTEST} characters or more")
        self._token = _bytes(token)
        self.cookie = "lrdoctor_" + self._derived(b"cookie name")[:8]
        self._session = self._derived(b"session").encode()

    def is_token(self, offered: str) -> bool:
        """Whether ``offered`` is the token; takes equally long for every wrong one."""
        return hmac.compare_digest(_bytes(offered), self._token)

    def is_session(self, offered: str) -> bool:
        """Whether ``offered`` is the value of a session cookie of this token."""
        return hmac.compare_digest(_bytes(offered), self._session)

    def set_cookie(self, *, path: str, secure: bool) -> str:
        """The ``Set-Cookie`` header of a new session; it ends with the browser's."""
        value = f"{self.cookie}={self._session.decode()}; Path={path}; HttpOnly; SameSite=Strict"
        return value + "; Secure" if secure else value

    def _derived(self, purpose: bytes) -> str:
        return hmac.new(self._token, b"lrdoctor " + purpose, hashlib.sha256).hexdigest()


class Throttle:
    """Slows down who offers wrong tokens, one client at a time.

    ``free`` wrong ones cost nothing; each further one doubles the wait, from one second up to
    ``longest``. Silence of ``longest`` seconds after the wait forgets a client. At most
    ``clients`` are remembered, the most recent ones.
    """

    def __init__(
        self,
        *,
        free: int = 5,
        longest: float = 300.0,
        clients: int = 1024,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._free = free
        self._longest = longest
        self._clients = clients
        self._clock = clock
        self._wrong: OrderedDict[str, tuple[int, float]] = OrderedDict()

    def wait(self, client: str) -> float:
        """Seconds until a wrong token from ``client`` is answered as such again; 0: now."""
        _, until = self._wrong.get(network(client), (0, 0.0))
        return max(0.0, until - self._clock())

    def wrong(self, client: str) -> None:
        """Note a wrong token from ``client``."""
        key, now = network(client), self._clock()
        count, until = self._wrong.pop(key, (0, now))
        count = 1 if now > until + self._longest else count + 1
        over = count - self._free
        pause = min(self._longest, 2.0 ** min(over - 1, 30)) if over > 0 else 0.0
        self._wrong[key] = (count, now + pause)
        while len(self._wrong) > self._clients:
            self._wrong.popitem(last=False)

    def right(self, client: str) -> None:
        """Forget the wrong ones of ``client``."""
        self._wrong.pop(network(client), None)


def network(client: str) -> str:
    """What stands for one client: its address, or the /64 that one IPv6 subscriber holds."""
    try:
        address = ipaddress.ip_address(client)
    except ValueError:
        return client
    if isinstance(address, ipaddress.IPv6Address):
        return str(ipaddress.IPv6Network((int(address), 64), strict=False))
    return client


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape")
