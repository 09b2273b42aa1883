"""What is compiled, on broken bytes and any figures, under gcc's sanitizers of addresses and of
undefined behaviour."""

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
@pytest.mark.parametrize(
    ("part", "feeds"),
    [(hatch_build.READERS, "sanitized"), (hatch_build.SIGNALS, "sanitized_signals")],
)
def test_all_is_read_within_its_bounds(
    part: Path, feeds: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = subprocess.check_output(["gcc", "-print-file-name=libasan.so"], text=True).strip()
    if not Path(told).is_absolute():
        pytest.skip("gcc has no sanitizer")
    monkeypatch.setenv("CC", "gcc")
    monkeypatch.delenv("LRDOCTOR_PURE", raising=False)
    library = tmp_path / "_compiled.abi3.so"
    options = ["-g", "-O1", "-fsanitize=address,undefined", "-fno-sanitize-recover=all"]
    assert hatch_build.compiled(CHECKOUT, library, options, part) is None
    # Python's own allocator would hide what lies beyond an object's end.
    sanitizer = {"LD_PRELOAD": told, "ASAN_OPTIONS": "detect_leaks=0", "PYTHONMALLOC": "malloc"}
    command = [sys.executable, "-m", f"tests.faults.{feeds}", library, str(SECONDS)]
    done = subprocess.run(command, cwd=CHECKOUT, env=os.environ | sanitizer, capture_output=True,
                          text=True, timeout=120)  # fmt: skip
    assert done.returncode == 0, done.stderr[-3000:]
    assert int(done.stdout) > 100
