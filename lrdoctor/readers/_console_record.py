"""Lines as a terminal shows them, into records: figures with the step and the epoch they are of."""

from __future__ import annotations

import re
from collections.abc import Iterator

from lrdoctor import metrics
from lrdoctor.readers import _console_block
from lrdoctor.readers._console_block import Blocks
from lrdoctor.readers._console_document import document, sorted_out
from lrdoctor.readers._console_form import usual
from lrdoctor.readers._console_line import Pairs, pairs
from lrdoctor.readers._console_place import Places, RecordState, is_at, is_same
from lrdoctor.readers._console_plan import prefixed
from lrdoctor.readers._console_screen import BAR, Shown, plain
from lrdoctor.readers._console_table import Tables, TableState

Figures = dict[str, float]

# Cheap: most lines of most logs hold none of these, and so nothing to read. The last are what
# letters of other languages begin with.
_WORDS = re.compile(
    rb"loss|acc|epoch|iter|step|\blr\b|rate|nll|cost|err|top.?1|prec|ppl|perpl|entropy|auc|obj"
    rb"|update|map|f1|iou|dice|bleu|mse|mae|batch|norm|up\.|avg|rew|return|[|]|\xe2\x94"
    rb"|train|\bval|eval|test|verlust|perte|\btel:|[\xc3\xd0\xd1\xe3-\xed]",
    re.IGNORECASE,
)
_BAR = re.compile(
    r"\d{1,3}%\|[^|]*\|\s*(?P<at>\d+)/(?P<of>\d+)\s*\[[^\],]*(?:,\s*(?:[^\],]*/(?:it|s|epoch)\b|\?[^\],]*))?,?"
)
"""tqdm's, up to what the training added to it."""
_UP = b"\x1b[A"
_BEHIND = re.compile(r"[^\[\]=]*=[^\[\]]*\](?=[^\s\]),;:|])")
"""The rest of a bar with figures, where something else was printed behind it on the same line."""
_OF_EPOCHS = re.compile(r"[\d.?](?:epochs?/s|s/epochs?)\b")
"""The unit of a bar that counts epochs, as PyKEEN's does."""
_KERAS_BAR = re.compile(r"\s*(?P<at>\d+)/(?P<of>\d+) (?=\[[=>.]|[━╸╺])")
_LONGEST_HEADING = 120
_CLIENT = "wandb: "
"""W&B's client speaks: at a run's end, however that came, it repeats the last figures."""
_PHASE_HEADING = re.compile(
    r"[\W\d_]*(?:epoch\b[\W\d_]*)?(?:(?:running|begin|start(?:ing)?)\s+)?"
    r"(?P<phase>train|training|val|valid|validation|validating|eval|evaluation|evaluating|test"
    r"|testing)(?:\s+(?:phase|set|loop|stage|step|mode|error))?[\W\d_]*",
    re.IGNORECASE,
)
"""A line that says of those below it which part of the data they are of: ``Validation:``."""


class Records:
    """Reads a log's lines, in order."""

    def __init__(self, state: RecordState | None = None) -> None:
        self.state = state or RecordState(TableState())
        self._tables = Tables(self.state.table)
        self._places = Places(self.state)
        self._blocks = Blocks(self.state.block)

    def feed(self, shown: Shown) -> Iterator[Figures]:
        """The records that one state of a line completes."""
        if self.state.block.heading is not None:
            if not (shown.former or shown.after) and self._blocks.takes(plain(shown.text)):
                return
            yield from self.last()
        yield from self._state(shown)
        if not shown.after and shown.text.rstrip().endswith(b":"):
            self._open_block(plain(shown.text))

    def last(self) -> Iterator[Figures]:
        """The records of a block that is over: one where it tells its own step, else a line's."""
        lines = self._blocks.close()
        told = sorted_out(_console_block.figures(lines))
        placed = told.step is not None or told.epoch is not None
        # The first may be settings: "epoch: 500", "focal_loss_gamma: 2".
        if placed and told.measures and (self.state.begun or _is_measured(told.figures)):
            yield from self._record(told, trusted=True)
            return
        for line in lines:
            yield from self._state(Shown(line.encode()))

    def _open_block(self, heading: str) -> None:
        told = pairs(usual(heading), self.state.decimal_comma)
        placed = told is not None and (told.step is not None or told.epoch is not None)
        if not placed and not _PHASE_HEADING.fullmatch(heading[:_LONGEST_HEADING]):
            self._blocks.open(heading)

    def _state(self, shown: Shown) -> Iterator[Figures]:
        table = self.state.table
        if not (table.box or table.header or _WORDS.search(shown.text)):
            return
        if BAR in shown.former:
            self._progress(plain(shown.former))
        self.state.nested |= _UP in shown.text
        text = plain(shown.text)
        if text.startswith(_CLIENT):
            return
        if shown.after:
            if not _is_redrawn(text, plain(shown.after)):
                yield from self._line(text, passing=True)
            return
        bar = _BAR.search(text) if table.header else None
        in_table, figures = self._tables.feed(text if bar is None else text[: bar.start()])
        if figures is not None:
            yield from self._record(sorted_out(figures), trusted=True)
        if not in_table:
            yield from self._line(text)

    def unfinished(self, text: str) -> bool:
        """Whether a line is a progress bar that is still to be rewritten."""
        bar = _BAR.search(text) or _KERAS_BAR.match(text)
        return bar is not None and int(bar["at"]) < int(bar["of"])

    def _line(self, text: str, *, passing: bool = False) -> Iterator[Figures]:
        """The records of one line.

        Args:
            passing: the state of a progress bar that was drawn over: a point where one bar stands
                for all of the run, or where it tells a step beside its epoch; but of other bars an
                epoch only the last state tells the epoch's figures.
        """
        if "{" in text and '"' in text:
            named = document(text)
            if named is not None:
                found = sorted_out(named)
                if found.measures:
                    yield from self._record(found, trusted=True)
                return
        bar = self._progress(text)
        behind = _BEHIND.match(text, bar.end()) if bar is not None else None
        if behind is not None:
            yield from self._line(text[: behind.end()], passing=passing)
            yield from self._line(text[behind.end() :], passing=passing)
            return
        counts = "epoch" if bar is not None and _OF_EPOCHS.search(bar[0]) else "step"
        if bar is not None:
            text = f"{text[: bar.start()]} | {text[bar.end() :]}"
        keras = _KERAS_BAR.match(text)
        if keras is not None:
            text = text[keras.end() :]
        told = pairs(usual(text), self.state.decimal_comma)
        if bar is None and not passing:
            self._enter_phase(text)
        if told is None:
            return
        self.state.decimal_comma |= told.decimal_comma and told.measures
        if bar is not None:
            at, of = int(bar["at"]), int(bar["of"])
            of_epoch = told.epoch is not None and told.step is None and at < of
            if passing and (told.validation or of_epoch):
                return
            self._from_bar(told, at, of, counts)
            if told.measures and told.epoch is not None and self._is_stale(told, full=at == of):
                return
        if passing and not told.measures:
            return
        state = self.state
        if text.lstrip().startswith("{") and told.step is None and state.bar is not None:
            told.step, told.total, state.bar_kept = state.bar, state.bar_total, True
        if told.measures or told.rates:
            if not _is_setting(told):
                yield from self._record(told, trusted=told.spelt)
        elif len(text) <= _LONGEST_HEADING and (state.begun or _is_heading(text, told)):
            if state.phase == "val" and told.step is not None:
                self._leave_phase(told)
            self._places.place(told)

    def _enter_phase(self, text: str) -> None:
        """Note a heading of a phase, where what tells the training ends it: another heading, or
        the step in its lines."""
        heading = _PHASE_HEADING.fullmatch(text) if len(text) <= _LONGEST_HEADING else None
        split = metrics.split_of(heading["phase"]) if heading is not None else None
        state = self.state
        if split is not None and (state.phase or split == "train" or state.step is not None):
            state.phase = split
            state.headed |= split == "train"

    def _leave_phase(self, told: Pairs) -> None:
        """A step in a line of its own is one of the training, where that has no heading to go on
        below; else it counts what is evaluated."""
        if self.state.headed:
            told.step = None
        else:
            self.state.phase = ""

    def _from_bar(self, told: Pairs, at: int, of: int, counts: str) -> None:
        """Where a progress bar with figures in it stands, if the line does not say it."""
        if told.step is not None or told.validation:
            return
        if counts == "epoch":
            if told.epoch is None:
                told.epoch, told.epochs = float(at), float(of)
            return
        if told.epoch is None or at < of or self.state.step is not None:
            told.step, told.total = float(at), float(of)

    def _is_stale(self, told: Pairs, *, full: bool) -> bool:
        """Whether a bar still shows the figures of the epoch before, as Lightning's does until the
        validation's bar below it has ended; or is drawn again with those that it has told."""
        state, figures = self.state, str(told.figures)
        again = told.epoch == state.drawn_epoch
        awaits = again or not full or told.epoch != state.awaited
        stale = state.nested and figures == state.drawn and awaits
        if not stale:
            state.drawn, state.drawn_epoch = figures, told.epoch
        elif full and not again:
            state.awaited = told.epoch
        return stale

    def _record(self, told: Pairs, *, trusted: bool) -> Iterator[Figures]:
        """The record, if a training told it rather than a sentence or a settings file.

        Args:
            trusted: its form alone is that of a log.
        """
        state = self.state
        placed = told.step is not None or told.epoch is not None
        if placed:
            state.phase = state.phase and "train"
        if self._evaluates(told) or (state.phase == "val" and not told.validation):
            told.step, told.validation = None, True
            told.figures = {prefixed("val", name): at for name, at in told.figures.items()}
        known = placed or state.step is not None or state.epoch is not None
        if told.measures:
            if not (known or (trusted and _is_plain(told.figures))):
                return
            state.begun = True
        elif not (told.rates and (placed or (trusted and known))):
            return
        self._places.place(told)
        if state.late is None and state.step is not None:
            state.late = state.epoch is None
        axis = {"epoch": state.epoch, "step": state.step}
        record = {name: at for name, at in axis.items() if at is not None} | told.figures
        if not state.begun:
            state.ahead = record  # a rate in front of the first loss, or a setting
            return
        if state.ahead and is_at(state.ahead, record):
            yield state.ahead
        state.ahead = {}
        if told.step is None or not is_same(record, state.told):
            state.told = record
            yield record

    def _evaluates(self, told: Pairs) -> bool:
        """Whether a line counts to another end than its epoch's lines, which have come to theirs:
        Paddle's evaluations tell ``step 20/20`` behind ``step 100/100``."""
        state = self.state
        if told.step is None or told.epoch is not None or None in (state.epoch, state.within):
            return False
        return told.total not in (None, state.of) and state.of == state.within

    def _progress(self, text: str) -> re.Match[str] | None:
        """The progress bar in a line; those of evaluations are told from the run's own."""
        bar = _BAR.search(text)
        state = self.state
        if bar is not None and (not state.bar_kept or state.bar_total == float(bar["of"])):
            state.bar, state.bar_total = float(bar["at"]), float(bar["of"])
        return bar


def _is_redrawn(state: str, after: str) -> bool:
    """Whether a bar was drawn again where it stood, perhaps with newer figures."""
    bar, again = _BAR.search(state), _BAR.search(after)
    if bar is None or again is None:
        return bar is None
    if bar.group("at", "of") != again.group("at", "of"):
        return False
    # Full bars of two epochs stand alike.
    return bar["at"] != bar["of"] or state[: bar.start()] == after[: again.start()]


def _is_setting(told: Pairs) -> bool:
    """Whether a line is like ``average_loss: 20``: one whole number, at no step."""
    alone = len(told.figures) == 1 and told.step is None and told.epoch is None
    return alone and told.whole


def _is_heading(text: str, told: Pairs) -> bool:
    """Whether a line without figures is like ``Epoch 1/10`` rather than ``epoch: 500``."""
    return not told.spelt or "/" in text or max(told.step or 0, told.epoch or 0) <= 1


def _is_measured(figures: Figures) -> bool:
    """Whether one of them is a loss in so many words, and has a fraction as no setting has."""
    measures = {name: at for name, at in figures.items() if not at.is_integer()}
    return _is_plain(measures)


def _is_plain(figures: Figures) -> bool:
    """Whether one of them is called a loss in so many words, as no setting is.

    A name of unknown words, such as ``focal_loss_gamma``, has a rank beyond 1100.
    """
    guesses = [metrics.canonical(name) for name in figures]
    return any(guess is not None and guess[1] < 1100 for guess in guesses)
