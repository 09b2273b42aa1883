"""The ingest process beside the server: started, watched over, started again, ended."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

FIRST_WAIT = 1.0
LONGEST_WAIT = 60.0
"""Seconds before a dead process is started again: doubled at each death, begun anew after one
that lived longer than ``LONGEST_WAIT``."""
TOKEN = "LRDOCTOR_TOKEN"


def command(
    paths: Sequence[str | os.PathLike[str]], store: Path, *, config: Path | None, poll: float | None
) -> list[str]:
    """How the ingest process is called."""
    # Told our id, the child knows even at its first look whether we are still there.
    asked = [sys.executable, "-m", "lrdoctor.ingest", "--store", str(store)]
    asked += ["--parent", str(os.getpid())]
    if config is not None:
        asked += ["--config", str(config)]
    if poll is not None:
        asked += ["--poll", str(poll)]
    return [*asked, "--", *map(str, paths)]


class Child:
    """One process that is kept running. No thread: ``look`` is called now and then.

    The child ends by itself when its parent is gone, so that nothing stays behind however suddenly
    we die.
    """

    def __init__(
        self,
        command: Sequence[str],
        *,
        tell: Callable[[str], None],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._command = command
        self._tell = tell
        self._clock = clock
        self._process: subprocess.Popen[bytes] | None = None
        self._started = 0.0
        self._wait = FIRST_WAIT
        self._again: float | None = None
        self._told: int | None = None
        self._ending = False

    @property
    def pid(self) -> int | None:
        """The process's id; None while there is none."""
        return None if self._process is None else self._process.pid

    @property
    def exit_code(self) -> int | None:
        """What the present process ended with; None while it runs."""
        return None if self._process is None else self._process.poll()

    def start(self) -> None:
        """Start it."""
        self._started = self._clock()
        self._again = None
        self._process = subprocess.Popen(
            self._command,
            stdin=subprocess.DEVNULL,
            stdout=sys.stderr.fileno(),  # our stdout is for the address
            start_new_session=True,  # Ctrl-C reaches us alone; we end the child in order
            env={name: value for name, value in os.environ.items() if name != TOKEN},
        )

    def look(self) -> None:
        """See whether it still runs; tell of its death, and start it again when it is time."""
        if self._ending or self._process is None:
            return
        if self._again is not None:
            if self._clock() >= self._again:
                self.start()
            return
        code = self._process.poll()
        if code is None:
            return
        if self._clock() - self._started > LONGEST_WAIT:
            self._wait = FIRST_WAIT
            self._told = None
        if code != self._told:  # the same death again and again is told once
            self._tell(
                f"the process that reads the logs ended ({_cause(code)}); "
                f"starting it again in {self._wait:g} s, later ever more rarely"
            )
            self._told = code
        self._again = self._clock() + self._wait
        self._wait = min(LONGEST_WAIT, 2 * self._wait)

    def end(self) -> None:
        """Ask it to end; returns at once."""
        self._ending = True
        if self._process is not None and self._process.poll() is None:
            self._process.terminate()

    def kill(self) -> None:
        """End it now."""
        self._ending = True
        if self._process is not None and self._process.poll() is None:
            self._process.kill()

    def wait(self, patience: float) -> None:
        """Wait until it has ended; after ``patience`` seconds it is killed."""
        if self._process is None:
            return
        try:
            self._process.wait(patience)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


def _cause(code: int) -> str:
    return f"signal {-code}" if code < 0 else f"exit code {code}"
