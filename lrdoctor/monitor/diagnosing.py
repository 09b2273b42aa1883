"""What is said of the runs of a log, and when it is to be said again."""

from __future__ import annotations

from lrdoctor import doctor
from lrdoctor.config import Config
from lrdoctor.diagnosis import Diagnosis, Problem
from lrdoctor.monitor import reason
from lrdoctor.monitor.checkpoint import with_checkpoints
from lrdoctor.monitor.log import QUIET, Log
from lrdoctor.monitor.side import SideFiles

LAST_LOOK = 86_400.0
"""Seconds of quiet after which a log that does not grow is no longer diagnosed again."""


LOOKS = 8
"""Logs that do not grow are diagnosed again at most so many at a time, so that a thousand runs
that fell quiet together do not hold up one that grows."""


class Diagnosing:
    """Has the doctor look at runs, with what the files beside their logs tell."""

    def __init__(self, config: Config, *, growing: bool, until: int | None = None) -> None:
        """
        Args:
            growing: False: every log is taken as it stands.
            until: runs are taken as they stood when this step had been logged.

        Raises:
            ConfigError: a rule refuses its thresholds.
        """
        self._rules = config.build_rules()
        self._growing = growing
        self._until = until
        self._sides = SideFiles()
        self._looks_left = 0

    def look_again(self, *, everything: bool) -> None:
        """A look begins; files beside the logs may have changed since the last one.

        Args:
            everything: it is one at all logs.
        """
        self._sides.look_again()
        if everything:
            self._looks_left = LOOKS

    def of(self, log: Log, name: str, now: float) -> Diagnosis:
        """Of one run inside the log."""
        problems = log.problems(name)
        try:
            run = log.settle(name, self._sides.of(log.place), now if self._growing else None)
            if run is not None and not run.tags:
                return doctor.diagnose(run, self._rules)
            first = None if run is None else run.first_step
            if run is not None and self._until is not None:
                run = run.until(self._until)
            if run is not None and not run.tags and first is not None and self._until is not None:
                what = reason.not_begun(self._until, first)
                problems = [Problem(log.place.shown, None, what), *problems]
            elif run is not None:
                told = doctor.diagnose(run, self._rules, problems)
                return with_checkpoints(told, run, log.place)
        except Exception as error:  # noqa: BLE001 - a rule's defect must not end the other logs
            what = reason.defect(log.format, error)
            problems = [Problem(log.place.shown, None, what), *problems]
        return doctor.unreadable(log.names[name], log.place.shown, log.format, problems)

    def is_due(self, log: Log, now: float) -> bool:
        """Whether it is time for another diagnosis of a log that does not grow."""
        if now < log.look_again_at or not self._looks_left:
            return False
        self._looks_left -= 1
        return True

    def next_look(self, log: Log, now: float) -> float:
        """A log is diagnosed again after 2, 4, 8 … minutes of quiet: it may have stalled."""
        if not self._growing:
            return float("inf")
        since = now if log.grown_at is None else log.grown_at
        quiet = 2 * QUIET
        while since + quiet <= now:
            quiet *= 2
        return since + quiet if quiet <= LAST_LOOK else float("inf")
