"""The compiled reader on broken bytes, under the address and undefined-behaviour sanitizers."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

hatch_build = pytest.importorskip("hatch_build")
CHECKOUT = Path(__file__).resolve().parents[2]
SECONDS = 5


@pytest.mark.skipif(shutil.which("gcc") is None, reason="there is no gcc")
def test_broken_bytes_are_read_within_their_bounds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    told = subprocess.check_output(["gcc", "-print-file-name=libasan.so"], text=True).strip()
    if not Path(told).is_absolute():
        pytest.skip("gcc has no sanitizer")
    monkeypatch.setenv("CC", "gcc")
    monkeypatch.delenv("LRDOCTOR_PURE", raising=False)
    library = tmp_path / "_compiled.abi3.so"
    options = ["-g", "-O1", "-fsanitize=address,undefined", "-fno-sanitize-recover=all"]
    assert hatch_build.compiled(CHECKOUT, library, options) is None
    # Python's own allocator would hide what lies beyond an object's end.
    sanitizer = {"LD_PRELOAD": told, "ASAN_OPTIONS": "detect_leaks=0", "PYTHONMALLOC": "malloc"}
    command = [sys.executable, "-m", "tests.faults.sanitized", library, str(SECONDS)]
    done = subprocess.run(command, cwd=CHECKOUT, env=os.environ | sanitizer, capture_output=True,
                          text=True, timeout=120)  # fmt: skip
    assert done.returncode == 0, done.stderr[-3000:]
    assert int(done.stdout) > 100
