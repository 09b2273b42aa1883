"""A file's bytes as readers take them: unpacked, text in UTF-8."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain

from lrdoctor.follow.encoding import Transcoder, encoding_of
from lrdoctor.follow.tail import HEAD
from lrdoctor.follow.unpack import Unpacker, packing_of


@dataclass(frozen=True, slots=True)
class Coding:
    """How a file's bytes stand for its text. Mostly not at all: both are ""."""

    packing: str = ""
    encoding: str = ""


def look(head: bytes, more: Iterable[bytes]) -> tuple[Coding, bytes, str]:
    """The coding of a file, its first ``HEAD`` bytes without that, and what is wrong with them.

    Args:
        head: its first bytes as they stand.
        more: those after them: what is packed may need more to unfold to anything.
    """
    packing, fault = packing_of(head), ""
    if packing:
        unpacker, plain = Unpacker(packing), b""
        for part in chain.from_iterable(map(unpacker.feed, chain([head], more))):
            plain += part
            if len(plain) >= HEAD:
                break
        head, fault = plain[:HEAD], unpacker.fault
    encoding = encoding_of(head)
    if encoding:
        head = Transcoder(encoding).feed(head)[:HEAD]
    return Coding(packing, encoding), head, fault


class Decoder:
    """Undoes the coding of one file."""

    def __init__(self, coding: Coding, given: int = 0, pending: bytes = b"") -> None:
        """
        Args:
            given, pending: of another ``Decoder``, to go on from there. No packer's state can be
                kept, so that ``replay`` must come first where anything was unpacked.
        """
        self.coding = coding
        self._unpacker = Unpacker(coding.packing) if coding.packing else None
        self._transcoder = Transcoder(coding.encoding, pending) if coding.encoding else None
        self._known = given

    @property
    def behind(self) -> bool:
        """Whether ``replay`` must come first."""
        return self._unpacker is not None and self._unpacker.given < self._known

    @property
    def given(self) -> int:
        """Bytes that were unpacked."""
        return 0 if self._unpacker is None else max(self._known, self._unpacker.given)

    @property
    def pending(self) -> bytes:
        """Bytes of a character that is not whole yet."""
        return b"" if self._transcoder is None else self._transcoder.pending

    @property
    def fault(self) -> str:
        """Why nothing more is read; "" while it is."""
        return "" if self._unpacker is None else self._unpacker.fault

    @property
    def unfinished(self) -> str:
        """What is to be told where packed data lack their end; else ""."""
        if self._unpacker is None or not self._unpacker.unfinished:
            return ""
        return f"the {self.coding.packing} data have no end: still being written, or cut off"

    def replay(self, pieces: Iterable[bytes]) -> bool:
        """Unpack what was read before once more. False: it is not what it was."""
        assert self._unpacker is not None
        for piece in pieces:
            for _ in self._unpacker.feed(piece):
                pass
        return self._unpacker.given == self._known

    def feed(self, data: bytes) -> Iterator[bytes]:
        """The next bytes, as they come, into those for a reader."""
        for part in [data] if self._unpacker is None else self._unpacker.feed(data):
            yield part if self._transcoder is None else self._transcoder.feed(part)

    def end(self) -> bytes:
        """What an unfinished character stands for; the ``Decoder`` stays as it is."""
        if self._transcoder is None:
            return b""
        return Transcoder(self.coding.encoding, self._transcoder.pending).feed(b"", end=True)
