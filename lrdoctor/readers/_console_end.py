"""Why a training died, as the end of what it printed tells: a traceback, a signal, a job's limit.

What a training survived is followed by further figures: then it was no end.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

import msgspec

from lrdoctor.ending import LONGEST, End, Ending, Interruption, one_line
from lrdoctor.readers._console_ends import SIGNS, kind_of, rank, told_by
from lrdoctor.readers._console_screen import BAR, EightBits, Screen, plain

_BEGINS = b"Traceback (most recent call last)"
_HEADER = re.compile(r"(?P<before>.*?)(?:Exception Group )?Traceback \(most recent call last\)")
_PASSING = (b"xception ignored", b"Error in atexit", b"Logging error ---", b"xception in thread")
"""What stands above a traceback that ends nothing: CPython's ``unraisablehook``, ``atexit``,
``logging.Handler.handleError`` and ``threading.excepthook``."""
_TELLS = re.compile(b"|".join(map(re.escape, (_BEGINS, *_PASSING, *SIGNS))))
"""Most lines hold nothing of it, and one search is quicker than one for each."""
_COUNT = re.compile(rb"(\d+)/\d+ \[")
"""Where a progress bar stands."""
_RANK = re.compile(
    r"(?:\[(?:rank|default)\d+\]: ?|\([\w.<> ]+pid=\d+[^()]{0,60}\) ?|\d{1,4}: (?=\S|  )"
    r"|\[\d+,\d+\]<std(?:out|err)>: ?|\d{4}-\d\d-\d\dT\S+ std(?:out|err) [FP] ){1,3}"
)
"""What tells in front of a line which process printed it."""
_FRAME = re.compile(r'(?:\s+|> )File "|[│╭╰┃|]|\s*\[Previous line repeated')
_EXCEPTION = re.compile(r"[A-Za-z_][\w.]*(?:\([\w.]+\))?(?::(?:\s.*)?)?")
_RELAYED = re.compile(r"[\w.]*Ray\w*Error\(\w+\): .*\bray::")
"""Ray's, around what a task raised: that one's frames and exception stand below it."""
_LONGEST_PREFIX = 64
_MOST_LINES = 12
"""Of code and carets below the line that tells where it stands; more belong to something else."""
_MOST_OPEN = 64
_MOST_FIGURES = 2
"""Lines of figures that other ranks may still print: each step waits for the one that failed."""


_MOST_INTERRUPTIONS = 32
"""So many are kept, the newest: a job that is preempted every hour has more."""


class EndState(msgspec.Struct):
    """What must be known to go on in another process."""

    ending: Ending | None = None
    by: str = ""
    """What stood in front of that traceback's lines."""
    former: Ending | None = None
    """What looked like the end until figures followed."""
    followed: int = 0
    """How many have."""
    at: tuple[float | None, float | None] = (None, None)
    """Step and epoch of the last figures before it."""
    open: int = 0
    """Tracebacks that have begun and not ended: several ranks print theirs at once."""
    since: int = 0
    """Lines since the last that belonged to a traceback beyond doubt."""
    prefix: str = ""
    """What stands in front of the open traceback's lines."""
    interruptions: tuple[Interruption, ...] = ()
    """What figures have followed, oldest first."""
    passing: bool = False
    """The open traceback, or the one that the next line begins, ends nothing."""


class Ends:
    """Follows the lines of one log."""

    def __init__(self, state: EndState | None = None) -> None:
        self.state = state or EndState()

    @property
    def ending(self) -> Ending | None:
        """What the log ends in, as far as it was read; None: nothing that it tells of."""
        return self.state.ending

    def takes(self, line: bytes) -> bool:
        """Whether a line is part of an open traceback, and so holds no figures."""
        state = self.state
        if not state.open:
            return False
        text = self._bare(plain(line))
        if _BEGINS in line:
            return False
        if _FRAME.match(text):
            state.since = 0
            return True
        if text[:1].isspace():
            state.since += 1
            if state.since <= _MOST_LINES:
                return True
        elif _EXCEPTION.fullmatch(text.rstrip()):
            self._close(text.strip())
            return True
        elif state.open > 1 and state.since < _MOST_LINES:
            state.since += 1  # of another rank
            return False
        state.open, state.passing = 0, False
        return False

    def feed(self, line: bytes, step: float | None, epoch: float | None) -> None:
        """A line that no traceback took.

        Args:
            step: of the last figures, and their epoch.
        """
        state = self.state
        if state.passing and not state.open and _BEGINS not in line:
            state.passing = False
        if not _TELLS.search(line):
            return
        if not state.open and state.ending is None:
            state.at = step, epoch
        if _BEGINS in line:
            self._begin(plain(line))
        elif any(sign in line for sign in _PASSING):
            state.passing = not state.open
        elif (told := told_by(line, plain(line).strip())) is not None:
            self._tell(*told, by="")

    def went_on(self, figures: Mapping[str, float]) -> None:
        """Figures follow: unless they stand where the last ones stood, as a progress bar that is
        drawn for the last time does, what came before them ended nothing."""
        state = self.state
        if state.ending is None and not (state.open or state.former):
            return
        at = figures.get("step"), figures.get("epoch")
        if state.ending is None and not state.open:
            state.followed += 1
            if state.followed > _MOST_FIGURES:
                state.former = None
        elif at == (None, None) or at != state.at:
            former, gone = state.ending or state.former, state.interruptions
            if state.ending is not None:
                gone = (*gone, Interruption(state.ending, state.at))[-_MOST_INTERRUPTIONS:]
            self.state = EndState(former=former, followed=1, interruptions=gone)

    def _begin(self, text: str) -> None:
        state = self.state
        header = _HEADER.search(text)
        before = header["before"] if header else ""
        state.prefix = before if len(before) <= _LONGEST_PREFIX and "%|" not in before else ""
        state.open, state.since = min(state.open + 1, _MOST_OPEN), 0

    def _close(self, exception: str) -> None:
        state = self.state
        if not state.passing and not exception.startswith("SystemExit"):
            self._tell(kind_of(exception), exception, state.prefix)
        if _RELAYED.match(exception[:LONGEST]):
            state.since = 0
            return
        state.open, state.passing = state.open - 1, False

    def _tell(self, kind: End, words: str, by: str) -> None:
        """Keep the cause rather than its consequences, and of one process's exceptions the last:
        of those before it, it tells itself what became of them."""
        state = self.state
        if state.ending is not None:
            first, others = rank(state.ending.kind), bool(by and state.by and by != state.by)
            again = kind is End.EXCEPTION and state.ending.kind is End.EXCEPTION and not others
            if rank(kind) > first or (rank(kind) == first and not again):
                return
        elif state.former is not None and kind in (End.COMMUNICATION, End.CHILD):
            state.ending, state.former = state.former, None
            return
        state.ending, state.by = Ending(kind, one_line(words)), by

    def _bare(self, text: str) -> str:
        """A line of an open traceback without what tells who printed it."""
        prefix = self.state.prefix
        if prefix and text.startswith(prefix):
            return text[len(prefix) :]
        found = _RANK.match(text)
        return text if found is None else text[found.end() :]


def ending_in(tail: bytes) -> Ending | None:
    """What a file of errors, without figures, ends in.

    Args:
        tail: its last bytes, perhaps from the middle of a line on.
    """
    ends, screen = Ends(), Screen()
    step: float | None = None
    for shown in (*screen.feed(EightBits().feed(tail)), *screen.last()):
        count = _COUNT.search(shown.text) if BAR in shown.text else None
        if count is not None:
            step = float(count[1])
            ends.went_on({"step": step})
        if not shown.after and not ends.takes(shown.text):
            ends.feed(shown.text, step, None)
    return ends.ending
