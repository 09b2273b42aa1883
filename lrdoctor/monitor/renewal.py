"""What an older lrdoctor said of logs that no longer grow is said anew, one log at a time."""

from __future__ import annotations

from collections.abc import Iterable

from lrdoctor.edition import edition
from lrdoctor.monitor.log import Log


class Renewal:
    """Tells whose turn it is: of logs that grew last, most people look first."""

    def __init__(self) -> None:
        self._waiting: list[Log] | None = None
        """In turn, the next one last; None: to be looked for."""

    def look_again(self) -> None:
        """Logs have come that may be known from before."""
        self._waiting = None

    def take(self, logs: Iterable[Log]) -> Log | None:
        """The next one; None where nothing that stands is an older lrdoctor's."""
        if self._waiting is None:
            known = (log for log in logs if log.editions)
            self._waiting = sorted(known, key=lambda log: log.grown_at or 0.0)
        while self._waiting:
            log = self._waiting.pop()
            if log.told and not log.gone and outdated(log):
                return log
        return None


def outdated(log: Log) -> list[str]:
    """The log's runs of which an older lrdoctor's word stands."""
    return [run for run, by in log.editions.items() if by != edition() and run in log.names]
