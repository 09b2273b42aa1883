"""The whole, as ``lrdoctor watch`` runs it: two processes, started and ended together."""

from __future__ import annotations

import os
import re
import select
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from lrdoctor.errors import ConfigError, ServerError
from lrdoctor.server import place, run
from lrdoctor.server.child import Child
from lrdoctor.server.listen import PORT, bind, is_loopback
from tests.server.test_live import changes, events

SERVE = "import sys; from pathlib import Path; from lrdoctor.server.run import serve; "

PATIENCE = 60.0
"""Seconds after which a process that says nothing is given up; no test waits for it to pass."""


@contextmanager
def watching(folder: Path, arguments: str = "port=0", **environment: str) -> Iterator[Watching]:
    """``serve`` in a process of its own, over ``folder``."""
    program = f"{SERVE} sys.exit(serve([Path(r'{folder}')], {arguments}))"
    process = subprocess.Popen(
        [sys.executable, "-c", program],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        env={**os.environ, "XDG_STATE_HOME": str(folder.parent / "state"), **environment},
    )
    guard = threading.Timer(PATIENCE, process.kill)
    guard.start()
    try:
        yield Watching(process)
    finally:
        guard.cancel()
        if process.poll() is None:
            process.kill()
        process.communicate()


class Watching:
    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process

    def said(self) -> str:
        assert self.process.stdout is not None
        return self.process.stdout.readline().strip()


@pytest.fixture
def logs(tmp_path: Path) -> Path:
    folder = tmp_path / "logs"
    folder.mkdir()
    rows = "".join(f"{step},{3 / (step + 1)}\n" for step in range(200))
    (folder / "a.csv").write_text("step,loss\n" + rows)
    return folder


def test_it_serves_follows_and_ends_with_its_streams_open(logs: Path) -> None:
    with watching(logs) as it, httpx.Client(timeout=PATIENCE) as client:
        address = it.said()
        assert re.fullmatch(r"http://127\.0\.0\.1:\d+/", address)
        assert client.get(address + "healthz").json()["ok"] is True
        with client.stream("GET", address + "api/live?since=0") as stream:
            coming = changes(stream)
            grown = 0
            with (logs / "a.csv").open("a") as log:
                log.write("200,0.01\n")
            while grown < 201:
                grown = max((run["points"] for run in next(coming)["data"]["runs"]), default=0)
            it.process.terminate()
            assert it.process.wait() == 0
        assert it.process.stderr is not None
        assert it.process.stderr.read() == ""
    state = logs.parent / "state" / "lrdoctor"
    assert state.stat().st_mode & 0o777 == 0o700
    (store,) = state.glob("*.sqlite")
    assert store.stat().st_mode & 0o777 == 0o600


def test_an_open_address_needs_the_token_and_its_reader_never_outlives_it(logs: Path) -> None:
    with watching(logs, "port=0, host='0.0.0.0', prefix='lab'") as it:
        local, shared = it.said(), it.said()
        assert re.fullmatch(r"http://127\.0\.0\.1:\d+/lab/\?token=[\w-]{43}", local)
        assert shared.partition("/lab/")[2] == local.partition("/lab/")[2]
        bare = local.partition("?")[0]
        assert httpx.get(bare).status_code == 401
        with httpx.Client(follow_redirects=True, timeout=PATIENCE) as client:
            page = client.get(local)
            assert (page.status_code, str(page.url)) == (200, bare)
            with client.stream("GET", bare + "api/live") as stream:
                told = (event["data"] for event in events(stream) if event["event"] == "status")
                first = next(status["started_at"] for status in told if status["started_at"])
                os.kill(reader_of(it.process.pid), signal.SIGKILL)
                assert any(status["started_at"] > first for status in told), "a new one reads on"
        reader = os.pidfd_open(reader_of(it.process.pid))
        it.process.kill()
        ended, _, _ = select.select([reader], [], [], PATIENCE)
        os.close(reader)
        assert ended
        assert it.process.stderr is not None
        assert "ended (signal 9); starting it again in 1 s" in it.process.stderr.read()


def reader_of(parent: int) -> int:
    """The process id of the one child."""
    (child,) = Path(f"/proc/{parent}/task/{parent}/children").read_text().split()
    return int(child)


def test_what_cannot_be_watched_ends_it(tmp_path: Path) -> None:
    other = tmp_path / "other.txt"
    other.write_text("no store\n")
    with watching(tmp_path / "logs", f"port=0, store=Path(r'{other}')") as it:
        assert it.said() == ""
        assert it.process.wait() == 2
        assert it.process.stderr is not None
        assert "no lrdoctor store" in it.process.stderr.read()


def test_settings_that_cannot_be_meant_start_nothing(tmp_path: Path) -> None:
    broken = tmp_path / "lrdoctor.toml"
    broken.write_text("[rules.nope]\nx = 1\n")
    with pytest.raises(ConfigError, match="nope"):
        run.serve([tmp_path], port=0, store=tmp_path / "store.sqlite", config=broken)
    assert not (tmp_path / "store.sqlite").exists()


def test_a_given_port_that_is_taken_is_an_error() -> None:
    with bind("127.0.0.1", 0) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(ServerError, match=f"port {port} is taken: leave --port out"):
            bind("127.0.0.1", port)


def test_without_one_given_the_next_free_port_is_taken() -> None:
    with bind("127.0.0.1", None) as first, bind("127.0.0.1", None) as second:
        assert PORT <= first.getsockname()[1] < second.getsockname()[1]


@pytest.mark.parametrize("host", ["no.such.host.invalid", "192.0.2.1", "", "a" * 300])
def test_a_host_that_is_not_ours_is_an_error(host: str) -> None:
    with pytest.raises(ServerError, match=r"no such host|cannot listen"):
        bind(host, 0)


def test_only_loopback_counts_as_loopback() -> None:
    for host, alone in (("localhost", True), ("127.0.0.1", True), ("0.0.0.0", False)):
        with bind(host, 0) as listening:
            assert is_loopback(listening) is alone


def test_a_short_token_is_refused(logs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LRDOCTOR_TOKEN", "hunter2")
    monkeypatch.setenv("XDG_STATE_HOME", str(logs.parent))
    with pytest.raises(ServerError, match="too short"):
        run.serve([logs], port=0)


def test_a_name_told_as_https_is_answered_and_its_cookie_is_for_https_only(logs: Path) -> None:
    token = "a-token-of-a-lab-of-30-letters"
    told = {"LRDOCTOR_TOKEN": token, "LRDOCTOR_HOSTS": "https://lab.example/, other.example"}
    with watching(logs, **told) as it, httpx.Client(timeout=PATIENCE) as client:
        address = it.said().partition("?")[0]
        for host, status in (("lab.example", 303), ("other.example", 303), ("evil.example", 403)):
            answer = client.get(f"{address}?token={token}", headers={"Host": host})
            assert answer.status_code == status
            assert "LRDOCTOR_HOSTS" in answer.text or answer.headers["set-cookie"].endswith(
                "Secure"
            )


@pytest.mark.parametrize("prefix", ["/a b/", "/../", "/x?y/", "http://lab/"])
def test_a_prefix_that_is_no_path_is_refused(logs: Path, prefix: str) -> None:
    with pytest.raises(ServerError, match="is no path"):
        run.serve([logs], port=0, prefix=prefix)


def test_the_same_paths_have_the_same_store(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    a, b = tmp_path / "a", tmp_path / "b"
    assert place.default_store([a, b]) == place.default_store([Path("b"), a, Path("./a")])
    assert place.default_store([a]) != place.default_store([b])
    assert place.default_store([a]).parent == tmp_path / "lrdoctor"


def test_a_relative_state_home_is_ignored(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", "here")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert place.state_folder() == tmp_path / ".local" / "state" / "lrdoctor"


def test_a_state_folder_that_cannot_be_made_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "file"))
    with pytest.raises(ServerError, match="use --store"):
        place.default_store([tmp_path])


def test_a_second_ctrl_c_ends_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    child = Child([sys.executable, "-c", "import signal; signal.pause()"], tell=print)
    codes: list[int] = []
    monkeypatch.setattr(os, "_exit", codes.append)
    before = signal.getsignal(signal.SIGINT)
    with run._Ending(child) as ending:
        child.start()
        signal.raise_signal(signal.SIGINT)
        assert ending.asked
        assert codes == []
        assert child.exit_code is None
        signal.raise_signal(signal.SIGINT)
        assert codes == [130]
    assert child.exit_code == -signal.SIGKILL
    assert signal.getsignal(signal.SIGINT) is before
