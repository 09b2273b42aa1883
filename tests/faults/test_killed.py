"""A process killed at any instant loses nothing and doubles nothing."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from lrdoctor.store import Store
from tests.faults.logs import afresh, lines, stored

CHECKOUT = Path(__file__).resolve().parents[2]
KILLS = 15


def test_killed_while_logs_grow(root: Path, tmp_path: Path) -> None:
    path = tmp_path / "store.db"
    told = subprocess.run(
        [sys.executable, "-m", "tests.faults.killing", root, path, "1", str(KILLS)],
        cwd=CHECKOUT,
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )
    assert (told.returncode, told.stderr) == (0, "")
    with Store.open(path) as store:
        kept = stored(store)
        for name, standing in json.loads(told.stdout).items():
            assert kept[name] == [tuple(point) for point in standing]
        assert lines(store) == afresh(root)
