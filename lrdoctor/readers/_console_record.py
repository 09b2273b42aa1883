"""Lines as a terminal shows them, into records: figures with the step and the epoch they are of."""

from __future__ import annotations

import re
from collections.abc import Iterator

import msgspec

from lrdoctor import metrics
from lrdoctor.readers import _records
from lrdoctor.readers._console_form import usual
from lrdoctor.readers._console_line import Pairs, axis_of, pairs, prefixed
from lrdoctor.readers._console_passes import Passes
from lrdoctor.readers._console_screen import BAR, Shown, plain
from lrdoctor.readers._console_table import Tables, TableState

Figures = dict[str, float]

# Cheap: most lines of most logs hold none of these, and so nothing to read.
_WORDS = re.compile(
    rb"loss|acc|epoch|iter|step|\blr\b|rate|nll|cost|err|top.?1|prec|ppl|perpl|entropy|auc|obj"
    rb"|update|map|f1|iou|dice|bleu|mse|mae|batch|norm|up\.|avg|rew|return|[|]|\xe2\x94"
    rb"|train|\bval|eval|test",
    re.IGNORECASE,
)
_BAR = re.compile(
    r"\d{1,3}%\|[^|]*\|\s*(?P<at>\d+)/(?P<of>\d+)\s*\[[^\],]*(?:,\s*(?:[^\],]*/(?:it|s)\b|\?[^\],]*))?,?"
)
"""tqdm's, up to what the training added to it."""
_KERAS_BAR = re.compile(r"\s*(?P<at>\d+)/(?P<of>\d+) (?=\[[=>.]|[━╸╺])")
_LONGEST_HEADING = 120
_PHASE_HEADING = re.compile(
    r"[\W\d_]*(?:epoch\b[\W\d_]*)?(?:(?:running|begin|start(?:ing)?)\s+)?"
    r"(?P<phase>train|training|val|valid|validation|validating|eval|evaluation|evaluating|test"
    r"|testing)(?:\s+(?:phase|set|loop|stage|step|mode))?[\W_]*",
    re.IGNORECASE,
)
"""A line that says of those below it which part of the data they are of: ``Validation:``."""
_BARE = re.compile(r"(?<=[:\[,\s])(?:-?(nan)|(-?inf))(?=\s*[,\]}])")
_JSON_SPELLING = {"nan": "NaN", "inf": "Infinity", "-inf": "-Infinity"}


class RecordState(msgspec.Struct):
    """What must be known to go on in another process."""

    table: TableState
    step: float | None = None
    """Of the last line that told one; None: none in this epoch."""
    epoch: float | None = None
    planned: int | None = None
    """The last step of the run, where lines tell ``100/5000``; 0: that was an epoch's."""
    epochs: int | None = None
    """The last epoch, where lines tell ``Epoch 3/90``."""
    within: float | None = None
    """The step as that line counted it, perhaps within its epoch."""
    of: float | None = None
    """How many steps this epoch has, where its lines tell ``10/100``."""
    interval: float = 1.0
    """The most steps from one line to the next, so far."""
    late: bool | None = None
    """The first step stood before any epoch; None: no record told a step yet."""
    passes: Passes = msgspec.field(default_factory=Passes)
    offset: float = 0.0
    """The steps of the epochs before, where lines count within theirs."""
    bar: float | None = None
    """How far the last progress bar was."""
    bar_total: float | None = None
    """How far it goes; kept from the bar that a dictionary's step was taken from."""
    bar_kept: bool = False
    begun: bool = False
    """A loss was read already."""
    counted: float | None = None
    """The epoch in which ``within`` was told."""
    phase: str = ""
    """What the last heading of a phase said, from the first of the training on."""


class Records:
    """Reads a log's lines, in order."""

    def __init__(self, state: RecordState | None = None) -> None:
        self.state = state or RecordState(TableState())
        self._tables = Tables(self.state.table)

    def feed(self, shown: Shown) -> Iterator[Figures]:
        """The records that one state of a line completes."""
        table = self.state.table
        if not (table.box or table.header or _WORDS.search(shown.text)):
            return
        if BAR in shown.former:
            self._progress(plain(shown.former))
        text = plain(shown.text)
        if shown.after:
            if not _is_redrawn(text, plain(shown.after)):
                yield from self._line(text, passing=True)
            return
        bar = _BAR.search(text) if table.header else None
        in_table, figures = self._tables.feed(text if bar is None else text[: bar.start()])
        if figures is not None:
            yield from self._record(_sorted(figures), trusted=True)
        if not in_table:
            yield from self._line(text)

    def unfinished(self, text: str) -> bool:
        """Whether a line is a progress bar that is still to be rewritten."""
        bar = _BAR.search(text) or _KERAS_BAR.match(text)
        return bar is not None and int(bar["at"]) < int(bar["of"])

    def _line(self, text: str, *, passing: bool = False) -> Iterator[Figures]:
        """The records of one line.

        Args:
            passing: the state of a progress bar that was drawn over: a point of a run with one bar
                for all of it, but of a bar an epoch only the last state tells the epoch's figures.
        """
        if "{" in text and '"' in text:
            document = _document(text)
            if document is not None:
                found = _sorted(document)
                if found.measures:
                    yield from self._record(found, trusted=True)
                return
        bar = self._progress(text)
        if bar is not None:
            text = f"{text[: bar.start()]} | {text[bar.end() :]}"
        keras = _KERAS_BAR.match(text)
        if keras is not None:
            text = text[keras.end() :]
        told = pairs(usual(text))
        if bar is None and not passing:
            self._enter_phase(text)
        if told is None:
            return
        if bar is not None:
            at, of = int(bar["at"]), int(bar["of"])
            self._from_bar(told, at, of)
            if passing and (told.validation or (told.epoch is not None and at < of)):
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
            self._place(told)

    def _enter_phase(self, text: str) -> None:
        """Note a heading of a phase, where the log has them for the training, too."""
        heading = _PHASE_HEADING.fullmatch(text) if len(text) <= _LONGEST_HEADING else None
        split = metrics.split_of(heading["phase"]) if heading is not None else None
        if split is not None and (self.state.phase or split == "train"):
            self.state.phase = split

    def _from_bar(self, told: Pairs, at: int, of: int) -> None:
        """Where a progress bar with figures in it stands, if the line does not say it."""
        if told.step is not None or told.validation:
            return
        if told.epoch is None:
            told.step, told.total = float(at), float(of)
        elif at < of or self.state.step is not None:
            told.step = float(at)

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
        if told.measures:
            known = placed or state.step is not None or state.epoch is not None
            if not (known or (trusted and _is_plain(told.figures))):
                return
            state.begun = True
        elif not (told.rates and state.begun and (placed or (trusted and state.step is not None))):
            return
        self._place(told)
        if state.late is None and state.step is not None:
            state.late = state.epoch is None
        axis = {"epoch": state.epoch, "step": state.step}
        yield {name: at for name, at in axis.items() if at is not None} | told.figures

    def _place(self, told: Pairs) -> None:
        """Remember where the log is; lines without a step are of the last one."""
        state = self.state
        if told.validation and told.total is not None and told.total != state.planned:
            told.step = None  # it counts the batches of the validation
        again = False
        if told.epoch is not None and told.epoch != state.epoch:
            again = self._begins_again(told)
            state.epoch, state.step, state.of = told.epoch, None, None
            if told.epochs is not None and 0 < told.epochs < 2**53:
                state.epochs = int(told.epochs)
        if told.step is not None:
            if again or self._bar_again(told) or self._ends_again(told):
                state.offset += told.total or 0.0
            elif self._next_epoch(told) or self._passes_again(told):
                # Counted from 0, its first step is one interval after the last.
                unseen = 0.0 if told.step > 0 else state.interval
                state.offset += told.total or ((state.within or 0.0) + unseen)
            elif state.within is not None:
                state.interval = max(state.interval, told.step - state.within)
            state.within, state.counted = told.step, state.epoch
            state.of = told.total or state.of
            state.step = told.step + state.offset
            whole_run = (state.epoch is None or state.late is True) and not state.offset
            if told.total is not None and 0 < told.total < 2**53:
                state.planned = int(told.total) if whole_run else state.planned and 0

    def _evaluates(self, told: Pairs) -> bool:
        """Whether a line counts to another end than its epoch's lines, which have come to theirs:
        Paddle's evaluations tell ``step 20/20`` behind ``step 100/100``."""
        state = self.state
        if told.step is None or told.epoch is not None or None in (state.epoch, state.within):
            return False
        return told.total not in (None, state.of) and state.of == state.within

    def _begins_again(self, told: Pairs) -> bool:
        """Whether the next epoch's line counts its step within it: ``5/30`` after ``5/30``."""
        state = self.state
        if None in (state.epoch, state.within, told.epoch, told.step, told.total):
            return False
        return told.epoch > state.epoch and told.step <= state.within  # type: ignore[operator]

    def _bar_again(self, told: Pairs) -> bool:
        """Whether a counter begins anew behind a full one, where nothing tells the epoch.

        One that is not printed at each step is full within an interval of its end.
        """
        state = self.state
        if None in (state.within, told.step, told.total):
            return False
        left = told.total - state.within  # type: ignore[operator]
        if not told.step < state.within or left < 0:  # type: ignore[operator]
            return False
        if state.epoch is None and left == 0:
            return True
        unaware = state.epoch is None or state.late is True
        again = told.total == state.of and self._from_start(told)
        return unaware and again and left <= state.interval

    def _ends_again(self, told: Pairs) -> bool:
        """Whether the next epoch's only line is again of its last step."""
        state = self.state
        ends = {state.within, told.step, told.total}
        return told.epoch is None and len(ends) == 1 and None not in ends and self._passed()

    def _next_epoch(self, told: Pairs) -> bool:
        """Whether a step begins anew behind a line that tells another epoch.

        Only where the first steps told none: else the axis knows the epoch of every row.
        """
        state = self.state
        if not state.late or None in (state.within, told.step):
            return False
        back = told.step < state.within  # type: ignore[operator]
        return back and self._from_start(told) and self._passed()

    def _passes_again(self, told: Pairs) -> bool:
        """Whether a bare counter has come back as often as it takes to be an epoch's."""
        state = self.state
        if told.step is None or told.validation or (told.total, state.epoch) != (None, None):
            return False
        return state.passes.again(told.step, state.within, told.figures)

    def _from_start(self, told: Pairs) -> bool:
        """Whether it is a first step, as of a counter that is printed once an interval."""
        return told.step is not None and told.step <= self.state.interval

    def _passed(self) -> bool:
        """Whether an epoch was told since the last step, beyond the one that step was of."""
        epoch, counted = self.state.epoch, self.state.counted
        return epoch is not None and (counted is None or epoch > counted)

    def _progress(self, text: str) -> re.Match[str] | None:
        """The progress bar in a line; those of evaluations are told from the run's own."""
        bar = _BAR.search(text)
        state = self.state
        if bar is not None and (not state.bar_kept or state.bar_total == float(bar["of"])):
            state.bar, state.bar_total = float(bar["at"]), float(bar["of"])
        return bar


def _sorted(figures: Figures) -> Pairs:
    """Figures with their names, apart from those that are the step and the epoch."""
    found = Pairs(dict(figures))
    for name, kind in reversed(metrics.axes(figures)):
        value = figures[name]
        if kind == "step":
            found.step = value
        elif value or axis_of(name) == "epoch":
            found.epoch = value
    for name, kind in metrics.axes(figures):
        if _value_of(found, kind) == figures[name]:
            found.figures.pop(name, None)
    return found


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


def _value_of(found: Pairs, kind: metrics.Axis) -> float | None:
    return found.step if kind == "step" else found.epoch


def _document(text: str) -> Figures | None:
    """The JSON object in a line, behind a word such as ``json_stats:``."""
    body = text[text.find("{") : text.rfind("}") + 1]
    if "nan" in body or "inf" in body:
        body = _BARE.sub(lambda bare: _JSON_SPELLING[bare[1] or bare[2]], body)
    try:
        value = _records.parse(body.encode(errors="replace"))
    except ValueError:
        return None
    return dict(_records.leaves("", value)) if isinstance(value, dict) else None


def _is_plain(figures: Figures) -> bool:
    """Whether one of them is called a loss in so many words, as no setting is.

    A name of unknown words, such as ``focal_loss_gamma``, has a rank beyond 1100.
    """
    guesses = [metrics.canonical(name) for name in figures]
    return any(guess is not None and guess[1] < 1100 for guess in guesses)
