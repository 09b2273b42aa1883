"""Text of any encoding into UTF-8, cut anywhere. UTF-8, and what is no text, is left alone."""

from __future__ import annotations

import codecs

_MARKS = {
    "utf-32-le": codecs.BOM_UTF32_LE,  # before UTF-16, whose mark it begins with
    "utf-32-be": codecs.BOM_UTF32_BE,
    "utf-16-le": codecs.BOM_UTF16_LE,
    "utf-16-be": codecs.BOM_UTF16_BE,
}

MIXED = "utf-8, latin-1"
"""Bytes that are no UTF-8 are taken as Latin-1, one by one: a log whose writers disagree is read
as well as one that is Latin-1 throughout."""

_LOOKED_AT = 1 << 10
"""Bytes that tell UTF-16 without a mark."""


def encoding_of(head: bytes) -> str:
    """The encoding of a file with these first bytes; "" for UTF-8 and for what is no text."""
    for name, mark in _MARKS.items():
        if head.startswith(mark) and len(head) > len(mark):
            return name if "32" in name or head[2:4] != b"\0\0" else ""
    if b"\0" in head:
        return _unmarked(head[:_LOOKED_AT])
    try:
        codecs.getincrementaldecoder("utf-8")().decode(head)
    except UnicodeDecodeError:
        return MIXED if _is_text(head) else ""
    return ""


def _unmarked(head: bytes) -> str:
    """UTF-16 of mostly ASCII: every other byte is zero, and the others are text."""
    low, high = head[0::2], head[1::2]
    for name, letters, zeros in (("utf-16-le", low, high), ("utf-16-be", high, low)):
        ascii_letters = sum(z == 0 for z in zeros)
        if len(head) > 3 and b"\0" not in letters and 10 * ascii_letters >= 9 * len(zeros):
            return name if _is_text(letters) else ""
    return ""


_CONTROL = bytes(set(range(32)) - {*b"\t\n\r\f\v\b\x1b"}) + b"\x7f"


def _is_text(head: bytes) -> bool:
    """Whether hardly any byte is a control character that no text holds."""
    return 100 * len(head.translate(None, _CONTROL)) >= 99 * len(head)


class Transcoder:
    """Turns the bytes of one file into UTF-8."""

    def __init__(self, encoding: str, pending: bytes = b"") -> None:
        """
        Args:
            encoding: as ``encoding_of`` names it.
            pending: of another ``Transcoder``, to go on from there.
        """
        errors = _LATIN if encoding == MIXED else "replace"
        self._decoder = codecs.getincrementaldecoder(encoding.partition(",")[0])(errors)
        if pending:
            self._decoder.setstate((pending, 0))

    @property
    def pending(self) -> bytes:
        """The bytes of a character that is not whole yet."""
        return self._decoder.getstate()[0]

    def feed(self, data: bytes, *, end: bool = False) -> bytes:
        """The UTF-8 of these bytes; at the file's end also of a character that is not whole."""
        return self._decoder.decode(data, end).encode(errors="replace")


_LATIN = "lrdoctor.latin-1"


def _as_latin(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeDecodeError):
        raise error
    return error.object[error.start : error.end].decode("latin-1"), error.end


codecs.register_error(_LATIN, _as_latin)
