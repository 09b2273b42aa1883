"""One file of a log: how far it was read, by which reader, and what could not be read."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterator, Mapping
from pathlib import PurePath

from lrdoctor import readers
from lrdoctor.ending import Ending
from lrdoctor.follow import database, metric_folder
from lrdoctor.follow.decoder import Coding, Decoder, look
from lrdoctor.follow.shown import shown
from lrdoctor.follow.tail import HEAD, PIECE, Mark, Tail
from lrdoctor.follow.unpack import bare
from lrdoctor.monitor import reason
from lrdoctor.monitor.notes import Notes
from lrdoctor.readers import Reader
from lrdoctor.run import Block

SMALL = 1 << 10
"""Bytes of a beginning that is looked at again with each line."""


class AnewError(Exception):
    """The file is not what was read of it before: the log is read again from its beginning."""


class LogFile:
    """Reads what one file gains."""

    def __init__(
        self,
        path: str,
        *,
        mark: Mark | None = None,
        format: str = "",
        notes: Notes | None = None,
        columns: Mapping[str, str] | None = None,
    ) -> None:
        """
        Args:
            columns: what the user says that columns are.
        """
        self.path = path
        self.tail = database.tail(path, mark)
        self.format = format
        """The reader's name; "" where none takes the file."""
        self.reader: Reader | None = None
        """None also for a file restored from the store, until it grows."""
        self._decoder: Decoder | None = None
        """None where the bytes are what the reader takes."""
        self.notes = notes or Notes()
        self.waits = False
        """It holds bytes that may be a gap still to be filled."""
        self._columns = columns or {}
        self.why = ""
        """Why no reader takes it, or why the one that does may find no value."""

    @property
    def begun(self) -> bool:
        """Whether a reader has taken anything of it."""
        mark = self.tail.mark
        return mark is not None and mark.offset > 0

    def recognise(self, now: float) -> bool:
        """Find the reader for a file that none has begun on, without reading on. Returns whether
        one that none takes is of another size than at the last look."""
        former, piece = self.tail.mark, self.tail.read(now, size=HEAD)
        if piece.head is not None:
            self._choose(piece.head)
        if self.format:
            return False
        self.tail.mark = piece.untaken
        return former is None or former.size != piece.mark.size

    def unchanged(self, now: float) -> bool:
        """Whether the file is as it was read, whose time stamps were too fresh to tell; if so, that
        is noted. Needs no reader; False also where only one can tell.

        Raises:
            OSError: the file is gone or out of reach.
        """
        plain = self.begun and type(self.tail) is Tail and not self.waits
        if not plain or readers.readers()[self.format].rewritten:
            return False
        piece = self.tail.read(now, text=self.notes.text)
        if piece.new or piece.data or piece.gap:
            return False
        self.tail.mark = piece.mark
        return True

    def resume(self, state: bytes) -> None:
        """Go on with a reader's state from another process."""
        self.reader = readers.readers()[self.format].restore(state)
        self._prepare(self.reader)
        self._decoder = self._new_decoder()

    @property
    def settled(self) -> bool:
        """Whether ``finish`` has nothing to read, as far as can be told without the reader."""
        if self.reader is None:
            return self.notes.settled and not self.waits
        return self._decoder is None and self.reader.settled and not self.waits

    @property
    def ending(self) -> Ending | None:
        """What it ends in, where it says why the training died."""
        return None if self.reader is None else self.reader.ending

    def note(self, read_by: str, told_as: str) -> None:
        """Take down what another process must know to go on."""
        self.notes.read_by, self.notes.told_as = read_by, told_as
        self.notes.settled = self.settled

    def let_go(self) -> None:
        """Free the memory; ``resume`` takes it up again."""
        self.reader = self._decoder = None

    def pull(
        self, now: float, beat: Callable[[], None], *, whole: bool = False, strict: bool = False
    ) -> list[Block]:
        """The points of all that the file gained.

        Args:
            now: UTC seconds.
            beat: called between two pieces of a long file.
            whole: nothing is waited for: zeros are what the file holds, not a gap.
            strict: every record is verified on its own.

        Raises:
            AnewError: what was read before no longer holds.
            OSError: the file is gone or out of reach; nothing is lost by it.
        """
        blocks: list[Block] = []
        while True:
            try:
                piece = self.tail.read(
                    now,
                    text=self.notes.text,
                    whole=whole,
                    size=readers.readers()[self.format].piece if self.begun else HEAD,
                )
            except OSError:
                blocks += self._kept_back()
                if blocks:
                    return blocks  # the next look meets the error again
                raise
            if piece.new and self.begun:
                raise AnewError
            if piece.head is not None and self._tells_more(len(piece.head)):
                self._choose(piece.head)
            if not self.format:
                self.tail.mark = piece.untaken
                return blocks
            reader = self._reader()
            gained = piece.data or reader.more
            reader.strict, reader.more = strict, piece.more and self._decoder is None
            if gained:
                if self.notes.ended:
                    raise AnewError
                blocks += self._fed(reader, piece.data)
                self._take_faults()
            self.tail.mark = piece.mark
            self.waits = piece.gap
            if not piece.more:
                return blocks
            beat()

    def _kept_back(self) -> list[Block]:
        """What the reader kept back for bytes that do not come now."""
        if self.reader is None or not self.reader.more:
            return []
        self.reader.more = False
        return list(self.reader.feed(b""))

    def finish(self) -> list[Block]:
        """The points of an unfinished end, taken as if nothing came after it.

        Raises:
            AnewError, OSError: see ``pull``.
        """
        if not self.format or self.notes.ended:
            return []
        beginning = min(HEAD, 0 if self.tail.mark is None else self.tail.mark.offset)
        if self.tail.head_is_beginning and self.notes.looked_at < beginning:
            self._choose(b"".join(self.tail.span(0, beginning)))
        if self.settled or self.reader is None:
            return []
        reader = self.reader
        state, before = b"" if reader.rewritten else reader.state(), reader.ending
        blocks: list[Block] = []
        decoder = self._caught_up()
        if decoder is not None:
            blocks += reader.feed(decoder.end())
            self.notes.packing_fault = decoder.fault or decoder.unfinished
        blocks += reader.finish()
        faults = self._take_faults()
        if blocks or faults or reader.ending != before:
            self.notes.ended = True
        elif not reader.rewritten:
            self.resume(state)
            self._decoder = decoder
        return blocks

    def _choose(self, head: bytes) -> None:
        """Find the reader by the file's beginning, again when that has grown.

        Raises:
            AnewError: it is another one than has begun.
        """
        notes = self.notes
        checksum = zlib.crc32(head)
        if checksum == notes.recognised:
            return
        notes.looked_at = len(head)
        former = self.format, notes.packing, notes.encoding
        more = self.tail.span(HEAD, PIECE) if len(head) == HEAD else ()
        coding, plain, fault = look(head, more)
        self.format = readers.choose(PurePath(bare(self.path)), plain) or ""
        self.why = fault or (reason.no_number if self.format else reason.unknown)(plain)
        notes.recognised, notes.packing, notes.encoding = checksum, coding.packing, coding.encoding
        # UTF-16 and binary formats hold zeros that mean something.
        notes.text = bool(head) and b"\0" not in head and not coding.packing
        if former != (self.format, coding.packing, coding.encoding) and self.begun:
            raise AnewError

    def _tells_more(self, head: int) -> bool:
        """Whether a beginning of so many bytes may tell another format than the last look at it.

        Each line that a log gains would have the readers asked again; what little they might learn
        from it waits until the log has grown by a quarter, or is quiet.
        """
        looked_at = self.notes.looked_at
        grown = head < SMALL or head == HEAD or 4 * head >= 5 * looked_at
        return not (self.begun and self.format) or grown

    @property
    def _name(self) -> str:
        """The file's own, without what only tells that it is packed."""
        return bare(metric_folder.name_of(self.path))

    def _reader(self) -> Reader:
        if self.reader is None:
            self.reader = readers.readers()[self.format]()
            self._prepare(self.reader)
            self._decoder = self._new_decoder()
        return self.reader

    def _prepare(self, reader: Reader) -> None:
        reader.file_name, reader.columns = shown(self._name), self._columns

    def _new_decoder(self) -> Decoder | None:
        notes = self.notes
        if not (notes.packing or notes.encoding):
            return None
        return Decoder(Coding(notes.packing, notes.encoding), notes.given, notes.pending)

    def _caught_up(self) -> Decoder | None:
        """
        Raises:
            AnewError: packed data are not what they were.
        """
        decoder, mark = self._decoder, self.tail.mark
        if decoder is None or mark is None or not decoder.behind:
            return decoder
        if not decoder.replay(self.tail.span(0, mark.offset)):
            raise AnewError
        return decoder

    def _fed(self, reader: Reader, data: bytes) -> Iterator[Block]:
        decoder = self._caught_up()
        if decoder is None:
            yield from reader.feed(data)
            return
        for part in decoder.feed(data):
            yield from reader.feed(part)
        notes = self.notes
        notes.given, notes.pending = decoder.given, decoder.pending
        notes.packing_fault = decoder.fault

    def _take_faults(self) -> int:
        assert self.reader is not None
        faults = self.reader.take_faults()
        self.notes.take(faults)
        return len(faults)
