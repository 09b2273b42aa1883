"""Names from a log are untrusted text: how long they may be, and how many."""

from __future__ import annotations

from dataclasses import replace
from pathlib import PurePath
from zlib import crc32

from lrdoctor import metrics
from lrdoctor.readers import Reader
from lrdoctor.run import Settings

LONGEST_TAG = 256
MOST_TAGS = 10_000


class Tags:
    """Admits the tags of one run."""

    def __init__(self, reader: Reader, known: list[str] | None = None) -> None:
        self._reader = reader
        self._known: dict[str, str] = {}
        for raw in known or ():
            self._know(raw)

    @property
    def known(self) -> list[str]:
        """The names admitted so far, as logged."""
        return list(self._known)

    def admit(self, raw: str) -> str | None:
        """The tag to use for a name as logged; None where the run has too many, which is told."""
        if not raw.isascii():
            raw = raw.encode(errors="replace").decode()  # JSON can spell half a character
        tag = self._known.get(raw)
        if tag is not None:
            return tag
        if len(self._known) >= MOST_TAGS:
            return None
        tag = self._know(raw)
        if len(self._known) == MOST_TAGS:
            self._reader.tell(None, f"{MOST_TAGS} metrics: any further ones are not read")
        if tag != raw:
            self._reader.tell(
                None, f"a metric's name of {len(raw)} characters is cut: {raw[:40]!r}…"
            )
        return tag

    def complete(self, settings: Settings) -> Settings:
        """Settings told elsewhere in the log, with the optimizer that a name may tell."""
        if settings.optimizer is not None:
            return settings
        told = (metrics.optimizer_in(tag) for tag in self._known.values())
        return replace(settings, optimizer=next((name for name in told if name), None))

    def _know(self, raw: str) -> str:
        """Take a name in; that of a learning rate may tell the optimizer."""
        tag = self._known[raw] = _shortened(raw)
        optimizer = metrics.optimizer_in(tag)
        settings = self._reader.settings
        if optimizer is not None and settings.optimizer is None:
            self._reader.settings = replace(settings, optimizer=optimizer)
        return tag


def tag_in(file_name: str) -> str:
    """The metric's name where only the file's tells it: ``run-a-tag-loss.json``, ``loss.json``."""
    stem = PurePath(file_name).stem
    return stem.rpartition("-tag-")[2] or "value"


def _shortened(raw: str) -> str:
    """Names that share a long beginning must not become one: the end tells them apart."""
    if len(raw) <= LONGEST_TAG:
        return raw
    return f"{raw[: LONGEST_TAG - 9]}…{crc32(raw.encode()):08x}"
