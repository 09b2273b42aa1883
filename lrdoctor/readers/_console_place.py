"""Where a printed log is: its steps go on where a counter begins anew with each epoch."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from lrdoctor.readers._console_block import BlockState
from lrdoctor.readers._console_line import Pairs
from lrdoctor.readers._console_passes import Passes
from lrdoctor.readers._console_table import TableState


class RecordState(msgspec.Struct):
    """What must be known to go on in another process."""

    table: TableState
    block: BlockState = msgspec.field(default_factory=BlockState)
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
    nested: bool = False
    """Bars are drawn below others: the cursor goes up again."""
    drawn: str = ""
    """The figures of the last bar of an epoch that told any."""
    drawn_epoch: float | None = None
    awaited: float | None = None
    """The epoch whose bar still showed the figures of the one before."""
    begun: bool = False
    """A loss was read already."""
    counted: float | None = None
    """The epoch in which ``within`` was told."""
    decimal_comma: bool = False
    """Numbers are written like ``0,25``."""
    phase: str = ""
    """What the last heading of a phase said."""
    headed: bool = False
    """A heading told of the training."""
    told: dict[str, float] = {}
    """The last record: two handlers of one logger print each line twice."""
    ahead: dict[str, float] = {}
    """The last rate in front of the first loss; it counts where that is at the same place."""
    beside: list[str] = []
    """Names that counted something else in a line which told its step."""
    counter: str | None = None
    """The first name that counted steps; None: no line told one yet."""
    counted_above: bool = False
    """It told the last step, without how many there will be."""


def is_at(record: Mapping[str, float], other: Mapping[str, float]) -> bool:
    """Whether two records stand at one step or epoch that both tell."""
    return any(name in record and record[name] == other.get(name) for name in ("step", "epoch"))


def is_same(record: Mapping[str, float], other: Mapping[str, float]) -> bool:
    """Whether two records tell the same, NaN as NaN."""
    return record.keys() == other.keys() and all(
        at == other[name] or (at != at and other[name] != other[name])
        for name, at in record.items()
    )


class Places:
    """Keeps step and epoch from line to line."""

    def __init__(self, state: RecordState) -> None:
        self.state = state

    def place(self, told: Pairs) -> None:
        """Remember where the log is; lines without a step are of the last one."""
        state = self.state
        if told.validation and told.total is not None and told.total != state.planned:
            told.step = None  # it counts the batches of the validation
        if told.step is not None:
            state.beside += (name for name in told.beside if name not in state.beside)
            if told.counter in state.beside:
                told.step = None  # LitGPT: "iter 80 step 20 | loss …", then "iter 80: val loss …"
            elif self._counts_samples(told):
                told.step = None
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

    def _counts_samples(self, told: Pairs) -> bool:
        """Whether a step is a place in the epoch, the run's own standing in the line above:
        TFLearn's ``Training Step: 860 | …``, then ``epoch: 001 | … iter: 55000/55000``."""
        state = self.state
        if state.counter is None:
            state.counter = told.counter
        own = told.counter == state.counter
        above, state.counted_above = state.counted_above, bool(own and not told.total and told.step)
        other = told.counter and not own
        return bool(above and other) and None not in (told.epoch, told.total)

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
