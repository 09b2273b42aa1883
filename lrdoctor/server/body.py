"""Takes a request's body in, up to a size and a time, and hands it on whole.

What stands inside may hold a thread for a request (Dash does); it must never wait for a sender.
"""

from __future__ import annotations

import asyncio
from typing import NoReturn

from starlette.datastructures import Headers
from starlette.types import Message, Receive, Scope

from lrdoctor.server.refused import Refusal, refused

LARGEST = 2 * 1024 * 1024
"""Bytes. Dash sends a callback's state, a few kilobytes."""
PATIENCE = 20.0
"""Seconds that a body may take to arrive."""
_CLOSE = {"Connection": "close"}


class Intake:
    """Reads bodies of at most ``largest`` bytes that arrive within ``patience`` seconds."""

    def __init__(self, largest: int = LARGEST, patience: float = PATIENCE) -> None:
        self._largest = largest
        self._patience = patience

    async def whole(self, scope: Scope, receive: Receive) -> Receive:
        """``receive`` with the body at hand.

        Raises:
            Refusal: the body is too large, late, or broke off.
        """
        if not _has_body(scope):
            return receive
        pending: list[Message] = [
            {"type": "http.request", "body": await self.read(scope, receive), "more_body": False}
        ]

        async def replay() -> Message:
            return pending.pop() if pending else await receive()

        return replay

    async def read(self, scope: Scope, receive: Receive) -> bytes:
        """The body.

        Raises:
            Refusal: as ``whole``.
        """
        declared = Headers(scope=scope).get("content-length", "0")
        if not (declared.isascii() and declared.isdigit()) or int(declared) > self._largest:
            self._too_large()
        body = bytearray()
        try:
            async with asyncio.timeout(self._patience):
                while True:
                    message = await receive()
                    if message["type"] == "http.disconnect":
                        raise Refusal(refused(400, "the request broke off"))
                    body += message.get("body", b"")
                    if len(body) > self._largest:
                        self._too_large()
                    if not message.get("more_body", False):
                        return bytes(body)
        except TimeoutError:
            raise Refusal(refused(408, "the body did not arrive in time", _CLOSE)) from None

    def _too_large(self) -> NoReturn:
        raise Refusal(refused(413, f"a body may have {self._largest} bytes", _CLOSE))


def _has_body(scope: Scope) -> bool:
    headers = Headers(scope=scope)
    length = headers.get("content-length", "0")
    return scope["method"] == "POST" or length != "0" or "transfer-encoding" in headers
