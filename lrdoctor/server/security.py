"""The outermost layer: every request passes it first, whatever serves it in the end.

Deny by default. In this order: no websockets, a known ``Host``, a known method, the request comes
from our own pages, the visitor has the token, the body is small and arrives in time. Behind it a
request is trusted; on the way out each response gets the security headers, and a failure becomes
a line that tells nothing.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from lrdoctor.server.access import Access, Throttle
from lrdoctor.server.body import Intake
from lrdoctor.server.gate import Gate
from lrdoctor.server.headers import content_security_policy, secure_headers
from lrdoctor.server.hosts import AllowedHosts
from lrdoctor.server.origin import is_foreign
from lrdoctor.server.refused import Refusal, refused

METHODS = frozenset({"GET", "HEAD", "POST"})
SEND_PATIENCE = 30.0
"""Seconds that a client may leave a piece of the response unread."""
NO_SUCH_HOST = (
    "this server does not answer to that host name: one of its own is named in LRDOCTOR_HOSTS"
)
FOREIGN = "this request comes from another site, or a proxy on the way changes its Host header"

logger = logging.getLogger("lrdoctor.server")


class Security:
    """The ASGI application ``app``, closed to all but those who may use it.

    Args:
        hosts: names that are answered besides the loopback ones; see ``AllowedHosts``.
        token: who shows it may come in; None: everyone who reaches the port (loopback only).
        prefix: where the application stands, ``/`` or ``/x/``; the session cookie is bound to it.
        secure: the browser speaks https, to us or to a proxy before us.
        script_hashes: of the inline scripts that pages may run, as Content-Security-Policy sources.
    """

    def __init__(
        self,
        app: ASGIApp,
        *,
        hosts: Sequence[str] = (),
        token: str | None = None,
        prefix: str = "/",
        secure: bool = False,
        script_hashes: Sequence[str] = (),
        throttle: Throttle | None = None,
        intake: Intake | None = None,
        send_patience: float = SEND_PATIENCE,
    ) -> None:
        self._app = app
        self._hosts = AllowedHosts(hosts)
        self._gate: Gate | None = None
        if token is not None:
            self._gate = Gate(Access(token), path=prefix, secure=secure, throttle=throttle)
        self._policy = content_security_policy(script_hashes)
        self._intake = intake or Intake()
        self._send_patience = send_patience

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
        elif scope["type"] == "http":
            await self._answer(scope, receive, _Reply(send, self._policy, self._send_patience))
        else:
            # Nothing here speaks websocket, and a handshake is no place to find out.
            await send({"type": "websocket.close", "code": 1008})

    async def _answer(self, scope: Scope, receive: Receive, reply: _Reply) -> None:
        try:
            receive = await self._admit(scope, receive)
            await self._app(scope, receive, reply)
        except Refusal as refusal:
            await refusal.response(scope, receive, reply)
        except Exception:
            # Whatever failed inside, the visitor learns only that it did.
            if reply.stuck:
                return  # the client stopped reading; the server closes the connection
            logger.exception("a request failed")
            if not reply.started:
                await refused(500, "the server failed on this request")(scope, receive, reply)

    async def _admit(self, scope: Scope, receive: Receive) -> Receive:
        headers = Headers(scope=scope)
        names = headers.getlist("host")
        if len(names) != 1 or not self._hosts.allows(names[0]):
            raise Refusal(refused(403, NO_SUCH_HOST))
        if scope["method"] not in METHODS:
            allow = {"Allow": ", ".join(sorted(METHODS))}
            raise Refusal(refused(405, "this method is not allowed", allow))
        if is_foreign(scope["method"], headers):
            raise Refusal(refused(403, FOREIGN))
        if self._gate is not None:
            await self._gate.check(scope, receive)
        return await self._intake.whole(scope, receive)


class _Reply:
    """``send`` that completes the headers and does not wait for ever for a client to read."""

    def __init__(self, send: Send, policy: str, patience: float) -> None:
        self._send = send
        self._policy = policy
        self._patience = patience
        self.started = False
        self.stuck = False

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.started = True
            message = {**message, "headers": list(message.get("headers", []))}
            secure_headers(MutableHeaders(raw=message["headers"]), self._policy)
        try:
            async with asyncio.timeout(self._patience):
                await self._send(message)
        except TimeoutError:
            self.stuck = True
            raise
