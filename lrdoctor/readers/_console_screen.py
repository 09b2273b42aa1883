"""Bytes, cut anywhere, into the lines that a terminal would show.

A progress bar rewrites its line after each carriage return: what counts is what stood there last.
Where a bar is all that a training prints, that would be one state for the whole run, so the states
of such bars are handed on, too.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

LONGEST = 1 << 14
"""Bytes of one state of a line; a longer one holds no figures for people and is passed over."""

_ESCAPES = re.compile(
    r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|[@-Z\\^_a-z])"
)  # CSI (colours, cursor), OSC (titles, links), two-byte ones
_BACK = re.compile("(\x08+)")
_WIDE = str.maketrans("：，；（）＝", ":,;()=")
_WIDE_BYTES = b"\xef\xbc"
"""What each of these begins with."""
BAR = b"%|"
"""Stands in every progress bar of tqdm's."""
_UTF16 = {b"\xff\xfe": "utf-16-le", b"\xfe\xff": "utf-16-be"}
_BOM = b"\xef\xbb\xbf"


@dataclass(frozen=True, slots=True)
class Shown:
    """A state of a line, as it was written."""

    text: bytes
    former: bytes = b""
    """What stood in the line before; ``b""``: nothing."""
    after: bytes = b""
    """What was written over it; ``b""``: nothing, it is the line's last state."""


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

    def feed(self, data: bytes) -> Iterator[Shown]:
        """The last state of each complete line, and before it those of a progress bar.

        Lines without text are left out.
        """
        *lines, unfinished = data.split(b"\n")
        for line in lines:
            yield from self._write(line)
            yield from self.last()
        yield from self._write(unfinished)

    def last(self) -> Iterator[Shown]:
        """End the line."""
        yield from self._end_state()
        former, last = [b"", b"", *self.shown][-2:]
        self.shown = []
        if last:
            yield Shown(last, former)

    def _write(self, piece: bytes) -> Iterator[Shown]:
        first, *others = piece.split(b"\r")
        self._extend(first)
        for state in others:
            yield from self._end_state()
            self._extend(state)

    def _extend(self, piece: bytes) -> None:
        if not self.skipping:
            self.rest += piece
            if len(self.rest) > LONGEST:
                self.rest, self.skipping = b"", True

    def _end_state(self) -> Iterator[Shown]:
        if self.rest.strip():
            former, last = [b"", b"", *self.shown][-2:]
            if BAR in last:
                yield Shown(last, former, self.rest)
            self.shown = [*self.shown[-1:], self.rest]
        self.rest, self.skipping = b"", False


def plain(state: bytes) -> str:
    """One state of a line as text, without colours and with its backspaces carried out; what
    stands between Chinese words is as between others."""
    text = state.decode(errors="replace")
    if _WIDE_BYTES in state:
        text = text.translate(_WIDE)
    if "\x1b" in text:
        text = _ESCAPES.sub("", text)
    if "\b" in text:
        text = _overwritten(text)
    return text.replace("\0", "")


def _overwritten(text: str) -> str:
    """What is seen of a line where a backspace goes back one place without erasing it."""
    kept: list[str] = []
    at = 0
    for piece in _BACK.split(text):
        if piece.startswith("\x08"):
            at = max(0, at - len(piece))
        else:
            kept[at : at + len(piece)] = piece
            at += len(piece)
    return "".join(kept)
