"""A process killed at any instant loses nothing and doubles nothing."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import orjson
import pytest

import lrdoctor
from lrdoctor.store import Store
from tests.faults.logs import exactly, listed, stored

CHECKOUT = Path(__file__).resolve().parents[2]


def test_killed_while_logs_grow(root: Path, tmp_path: Path) -> None:
    kill_and_compare(root, tmp_path / "store.db", kills=10, seed=1)


@pytest.mark.thorough
@pytest.mark.parametrize("seed", [2, 3])
def test_killed_two_hundred_times(root: Path, tmp_path: Path, seed: int) -> None:
    kill_and_compare(root, tmp_path / "store.db", kills=100, seed=seed)


def kill_and_compare(root: Path, path: Path, kills: int, seed: int) -> None:
    told = subprocess.run(
        [sys.executable, "-m", "tests.faults.killing", root, path, str(seed), str(kills)],
        cwd=CHECKOUT,
        capture_output=True,
        text=True,
        timeout=60 + 3 * kills,
        check=False,
    )
    assert (told.returncode, told.stderr) == (0, "")
    with Store.open(path) as store:
        kept = stored(store)
        for name, standing in json.loads(told.stdout).items():
            assert exactly(kept[name]) == exactly(map(tuple, standing))
        fresh = {d.run: orjson.dumps(d.to_dict()) for d in lrdoctor.check([root])}
        assert {name: record.line for name, record in listed(store).items()} == fresh
