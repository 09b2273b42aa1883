"""How long the server waits for somebody to say something."""

from __future__ import annotations

import asyncio

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

HEAD_PATIENCE = 10.0
"""Seconds that the head of a request may take to arrive."""


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
