"""Installs the real frameworks, lets each write its logs anew, and reads them value by value.

usage: python -m tests.frameworks.live [--keep] [--python FILE] [--workers N] [RECORDER ...]

A recorder names in its inline metadata (PEP 723) the releases that it records, and may say there:

    # [tool.recorder]
    # without-dependencies = ["x==1"]  # installed without what they ask for
    # environment = "name"   # its dependencies do not go together with the others'
    # by-hand = "why"        # not run here: too large, or not to be had everywhere

Named recorders are run whatever they say. With --keep the new logs and their truth replace those
of the project, which tests/frameworks/test_recorded.py reads. One line a recorder, a closing line
with the counts; the exit code is 1 where one failed.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import tomllib
import venv
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from lrdoctor.errors import LogUnreadable
from lrdoctor.resources import folder
from tests.frameworks.comparison import differences, points_in

RECORDERS = Path(__file__).parent / "recorders"
VENV = Path(__file__).resolve().parents[2] / ".venv-frameworks"
LONGEST = 300
"""Seconds of one recording; those kept take less than 60."""
LONGEST_INSTALL = 900
LONGEST_IN_ALL = 1200
"""Seconds after which no further recording begins: CI as a whole has half an hour."""
_METADATA = re.compile(r"^# /// script\n((?:#.*\n)+?)# ///$", re.MULTILINE)
_TOLD = 12


@dataclass(frozen=True, slots=True)
class Recorder:
    """One script, and what its metadata say."""

    path: Path
    dependencies: tuple[str, ...]
    bare: tuple[str, ...]
    """Releases that are installed without what they ask for."""
    environment: str
    by_hand: str

    @property
    def name(self) -> str:
        return self.path.stem


def recorders() -> list[Recorder]:
    """Every recorder, by name."""
    return [_recorder(path) for path in sorted(RECORDERS.glob("[!_]*.py"))]


def _recorder(path: Path) -> Recorder:
    block = _METADATA.search(path.read_text())
    if block is None:
        raise SystemExit(f"{path.name}: no inline metadata (# /// script)")
    text = "".join(f"{line[2:]}\n" for line in block[1].splitlines())
    told = tomllib.loads(text)
    own = told.get("tool", {}).get("recorder", {})
    return Recorder(path, tuple(told["dependencies"]), tuple(own.get("without-dependencies", ())),
                    own.get("environment", "main"), own.get("by-hand", ""))  # fmt: skip


def _installed(chosen: Sequence[Recorder]) -> dict[str, str]:
    """Install what these recorders need. Returns what went wrong, by environment."""
    return {
        name: _install(name, [each for each in chosen if each.environment == name])
        for name in sorted({each.environment for each in chosen})
    }


def _install(environment: str, chosen: Sequence[Recorder]) -> str:
    wanted = {each for recorder in chosen for each in recorder.dependencies}
    bare = {each for recorder in chosen for each in recorder.bare}
    place = VENV / environment
    mark = place / ".installed"
    if mark.exists() and wanted | bare <= set(mark.read_text().split("\n")):
        return ""
    venv.create(place, with_pip=True, clear=True)
    pip = (_interpreter(environment), "-m", "pip", "install", "--quiet")
    for words in (sorted(wanted), ["--no-deps", *sorted(bare)] if bare else []):
        code, said = _run([*pip, *words], LONGEST_INSTALL) if words else (0, "")
        if code:
            return f"cannot be installed: {said}"
    mark.write_text("\n".join(sorted(wanted | bare)))
    return ""


def _interpreter(environment: str) -> Path:
    return VENV / environment / "bin/python"


def check(recorder: Recorder, python: Path, *, keep: bool) -> str:
    """Record anew and compare. Returns what is wrong, "" if nothing."""
    with tempfile.TemporaryDirectory(prefix=f"{recorder.name}-") as kept:
        out = Path(kept) / "out"
        out.mkdir()
        code, said = _run([python, recorder.path, out], LONGEST)
        if code:
            return f"the recorder fails: {said}"
        if keep:
            _keep(recorder, out)
        try:
            found = differences(out / "truth.json", out / "log")
        except LogUnreadable as error:
            return str(error)
        if not found and not points_in(out / "truth.json"):
            return "nothing was logged"
        more = f" … and {len(found) - _TOLD} more" if len(found) > _TOLD else ""
        return "; ".join(found[:_TOLD]) + more


def _keep(recorder: Recorder, out: Path) -> None:
    """Replace the project's recording by this one."""
    truth = out / "truth.json"
    formats = folder("sample_logs") / "formats"
    sample = formats / json.loads(truth.read_text())["format"] / recorder.name
    for former in formats.glob(f"*/{recorder.name}/"):
        shutil.rmtree(former)
    shutil.copytree(out / "log", sample)
    shutil.copy(truth, RECORDERS.parent / "truth" / f"{recorder.name}.json")


def _run(command: Sequence[str | Path], seconds: float) -> tuple[int, str]:
    """The exit code and the last words of a command that may not take longer."""
    threads = {"OMP_NUM_THREADS": "1", "TOKENIZERS_PARALLELISM": "false"}
    process = subprocess.Popen(
        [str(word) for word in command], env={**_outside(), **threads}, text=True,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, start_new_session=True,
    )  # fmt: skip
    try:
        said, _ = process.communicate(timeout=seconds)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        said, _ = process.communicate()
        return 1, f"took more than {seconds:.0f} s"
    return process.returncode, " | ".join(said.strip().splitlines()[-4:])


def _outside() -> dict[str, str]:
    """The surroundings without what belongs to this process's own Python."""
    return {k: v for k, v in os.environ.items() if k not in ("PYTHONPATH", "VIRTUAL_ENV")}


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])  # type: ignore[union-attr]
    parser.add_argument("--keep", action="store_true", help="replace the project's recordings")
    parser.add_argument("--python", type=Path, help="an interpreter that has all that is needed")
    parser.add_argument("--workers", type=int, default=2, metavar="N")
    parser.add_argument("recorder", nargs="*")
    asked = parser.parse_args(arguments)
    every = recorders()
    unknown = set(asked.recorder) - {each.name for each in every}
    if unknown:
        parser.error(f"no recorder {', '.join(sorted(unknown))}")
    if asked.recorder:
        chosen = [each for each in every if each.name in asked.recorder]
    else:
        chosen = [each for each in every if not each.by_hand]
        for each in every:
            if each.by_hand:
                print(f"-- {each.name}: by hand, {each.by_hand}")
    begun = time.monotonic()
    broken = {} if asked.python else _installed(chosen)

    def one(recorder: Recorder) -> bool:
        started = time.monotonic()
        python = asked.python or _interpreter(recorder.environment)
        wrong = broken.get(recorder.environment, "")
        if not wrong and started - begun > LONGEST_IN_ALL:
            wrong = f"not begun: {LONGEST_IN_ALL} s have passed"
        wrong = wrong or check(recorder, python, keep=asked.keep)
        told = f"{recorder.name} ({time.monotonic() - started:.0f} s) {wrong}"
        print("FAILED" if wrong else "ok", told.rstrip(), flush=True)
        return not wrong

    with ThreadPoolExecutor(asked.workers) as pool:
        good = list(pool.map(one, chosen))
    print(f"{sum(good)} passed, {len(good) - sum(good)} failed")
    return 0 if all(good) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
