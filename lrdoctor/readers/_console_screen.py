"""Bytes, cut anywhere, into the lines that a terminal would show.

A progress bar rewrites its line after each carriage return: what counts is what stood there last.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

LONGEST = 1 << 14
"""Bytes of one state of a line; a longer one holds no figures for people and is passed over."""

_ESCAPES = re.compile(
    r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|[@-Z\\^_a-z])"
)  # CSI (colours, cursor), OSC (titles, links), two-byte ones
_UTF16 = {b"\xff\xfe": "utf-16-le", b"\xfe\xff": "utf-16-be"}
_BOM = b"\xef\xbb\xbf"


class EightBits:
    """UTF-16, which PowerShell's ``>`` writes, as UTF-8; anything else as it is."""

    def __init__(self, rest: bytes = b"", encoding: str | None = None) -> None:
        self.rest = rest
        """Bytes that do not yet make a character, or do not yet tell the encoding."""
        self.encoding = encoding
        """None: not yet known; "": eight bits."""

    def feed(self, data: bytes) -> bytes:
        if self.encoding == "":
            return data
        data, self.rest = self.rest + data, b""
        if self.encoding is None:
            if len(data) < len(_BOM) and any(mark.startswith(data) for mark in (*_UTF16, _BOM)):
                self.rest = data
                return b""
            self.encoding = _UTF16.get(data[:2], "")
            data = data[2:] if self.encoding else data.removeprefix(_BOM)
        if self.encoding == "":
            return data
        end = len(data) & ~1
        low = 1 if self.encoding == "utf-16-le" else 0
        if end and data[end - 2 + low] & 0xFC == 0xD8:  # the first half of a pair
            end -= 2
        self.rest = data[end:]
        return data[:end].decode(self.encoding, errors="replace").encode(errors="replace")

    def last(self) -> bytes:
        """What is left of a file that will grow no more."""
        rest, self.rest = self.rest, b""
        return b"" if self.encoding else rest


class Screen:
    """Keeps the unfinished line, of which only the last states matter."""

    def __init__(
        self, rest: bytes = b"", shown: Sequence[bytes] = (), skipping: bool = False
    ) -> None:
        self.rest = rest
        """The state being written."""
        self.shown = list(shown)
        """The last two states of the unfinished line with text in them, before that one."""
        self.skipping = skipping
        """The state being written has outgrown ``LONGEST``: its bytes are not kept."""

    def feed(self, data: bytes) -> Iterator[tuple[bytes, bytes]]:
        """The last state of each complete line, after the one before it (``b""``: there is none).

        Lines without text are left out.
        """
        *lines, unfinished = data.split(b"\n")
        for line in lines:
            self._write(line)
            former, last = self.last()
            if last:
                yield former, last
        self._write(unfinished)

    def last(self) -> tuple[bytes, bytes]:
        """End the line."""
        self._end_state()
        former, last = [b"", b"", *self.shown][-2:]
        self.shown = []
        return former, last

    def _write(self, piece: bytes) -> None:
        first, *others = piece.split(b"\r")
        self._extend(first)
        for state in others:
            self._end_state()
            self._extend(state)

    def _extend(self, piece: bytes) -> None:
        if not self.skipping:
            self.rest += piece
            if len(self.rest) > LONGEST:
                self.rest, self.skipping = b"", True

    def _end_state(self) -> None:
        if self.rest.strip():
            self.shown = [*self.shown[-1:], self.rest]
        self.rest, self.skipping = b"", False


def plain(state: bytes) -> str:
    """One state of a line as text, without colours and with its backspaces carried out."""
    text = state.decode(errors="replace")
    if "\x1b" in text:
        text = _ESCAPES.sub("", text)
    if "\b" in text:
        text = _erased(text)
    return text.replace("\0", "")


def _erased(text: str) -> str:
    kept: list[str] = []
    for letter in text:
        if letter != "\b":
            kept.append(letter)
        elif kept:
            kept.pop()
    return "".join(kept)
