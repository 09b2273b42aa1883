"""What the screen shows of several runs together, and of a learning-rate range test.

The runs are put together anew from the store; the answers are those of ``lrdoctor compare``,
``range-test``, ``schedule`` and ``plateau``, with the runs' ids in the place of their paths. What
computes them is imported with the first question: it would be half of what the API takes to start.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Sequence

import orjson

from lrdoctor.config import Config
from lrdoctor.errors import UsageError
from lrdoctor.learning_rate import Measure
from lrdoctor.run import Run
from lrdoctor.server.rebuilt import rebuilt
from lrdoctor.server.refused import Refusal, refused
from lrdoctor.server.source import Source
from lrdoctor.store import RunRecord

MOST_RUNS = 100
"""More curves than that can no longer be told apart, and each costs a read of its points."""
NEEDED = ("train/loss", "val/loss", "lr", "grad_norm")
KEPT = 64
"""Answers kept: other viewers and the next look at the same runs ask for the same."""


class Experiments:
    """Answers about runs by their ids; keeps the newest answers until one of the runs grows.

    Args:
        config: what the process that reads the logs runs with: runs are compared by its rules.
    """

    def __init__(self, source: Source, config: Config) -> None:
        self._source = source
        self._config = config
        self._lock = threading.Lock()
        self._answers: OrderedDict[tuple[object, ...], bytes] = OrderedDict()

    def compare(self, ids: Sequence[str], measure: Measure) -> bytes:
        """``/api/compare``.

        Raises:
            Refusal: there is no such run, or they cannot be compared; says why.
        """
        from lrdoctor.server.compared import compared

        records = [self._record(id) for id in dict.fromkeys(ids)]
        key = (measure, *((record.id, record.version) for record in records))
        growing = {one.id: orjson.loads(one.line) for one in records if one.growing}
        return self._kept(
            (*key, *sorted(growing)),
            lambda: compared(
                [self._run(r) for r in records], measure, growing, self._config.build_rules()
            ),
        )

    def range_test(self, id: str, optimizer: str | None = None) -> bytes:
        """``/api/range``.

        Args:
            id: the run's.
            optimizer: its name, however spelled; None: as the log tells.

        Raises:
            Refusal: there is no such run, it is no range test, or the optimizer is not known; says
                why.
        """
        from lrdoctor.learning_rate.optimizers import canonical, refuse_unknown
        from lrdoctor.server.compared import swept

        record = self._record(id)
        try:
            refuse_unknown(optimizer)
        except UsageError as error:
            raise Refusal(refused(400, str(error))) from error
        name = canonical(optimizer)
        return self._kept(
            ("range", id, name, record.version), lambda: swept(self._run(record), name)
        )

    def schedule(self, id: str) -> bytes:
        """``/api/schedule``.

        Raises:
            Refusal: there is no such run, or it tells no learning rate; says why.
        """
        record = self._record(id)
        return self._kept(("schedule", id, record.version), lambda: self._planned(record))

    def _kept(self, key: tuple[object, ...], make: Callable[[], bytes]) -> bytes:
        with self._lock:
            known = self._answers.get(key)
            if known is not None:
                self._answers.move_to_end(key)
                return known
        made = make()
        with self._lock:
            self._answers[key] = made
            while len(self._answers) > KEPT:
                self._answers.popitem(last=False)
        return made

    def _planned(self, record: RunRecord) -> bytes:
        from lrdoctor.server.planned import planned

        line = orjson.loads(record.line)
        return planned(rebuilt(self._source, record, line, _is_needed), line)

    def _record(self, id: str) -> RunRecord:
        record = self._source.record(id)
        if record is None:
            raise Refusal(refused(404, "there is no run of this id"))
        return record

    def _run(self, record: RunRecord) -> Run:
        return rebuilt(self._source, record, orjson.loads(record.line), _is_needed)


def _is_needed(name: str) -> bool:
    return name in NEEDED or "loss" in name
