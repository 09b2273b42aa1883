"""What tests of several folders share."""

from __future__ import annotations

import fcntl
import os
import re
import signal
import subprocess
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import pytest
from hypothesis import settings

from lrdoctor import demo

# How long an example takes says something about the machine, nothing about the code. The examples
# are the same each time, so that a test that fails fails for what was changed; LRDOCTOR_SEARCH=1
# looks for new ones.
SEARCH = os.environ.get("LRDOCTOR_SEARCH", "") not in ("", "0")
settings.register_profile("lrdoctor", deadline=None, derandomize=not SEARCH)
settings.load_profile("lrdoctor")


@pytest.fixture(scope="session")
def demo_logs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The logs of the demo's five trainings, trained once for all workers of a session."""
    root = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        root = root.parent
    folder = root / "demo_logs"
    with (root / "demo.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not folder.exists():
            with demo.in_background(folder, seconds=0) as training:
                assert training.wait() == 0
    return folder


class Serving(NamedTuple):
    """A command that serves the screen."""

    process: subprocess.Popen[str]
    address: str
    """``http://127.0.0.1:PORT/...`` as printed."""

    def interrupt(self) -> int:
        """Press Ctrl-C; returns the exit code."""
        self.process.send_signal(signal.SIGINT)
        return self.process.wait()


@pytest.fixture
def serving() -> object:
    """Start a serving command: ``with serving([...]) as it: it.address``."""
    return _serving


@contextmanager
def _serving(command: Sequence[str | Path], **further: object) -> Iterator[Serving]:
    process = subprocess.Popen(
        list(map(str, command)),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
        **further,
    )
    # A command that neither prints its address nor ends must not hang the suite.
    guard = threading.Timer(120, os.killpg, (process.pid, signal.SIGKILL))
    guard.start()
    try:
        yield Serving(process, _address(process))
    finally:
        guard.cancel()
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
        process.communicate()


def _address(process: subprocess.Popen[str]) -> str:
    assert process.stdout
    said = []
    for line in process.stdout:
        said.append(line)
        if found := re.match(r"http://127\.0\.0\.1:\d+/\S*$", line.strip()):
            return found[0]
    pytest.fail(f"the command ended without an address: {''.join(said)}")
