"""The table of faults is whole, and each of its tests exists."""

from __future__ import annotations

import re
from pathlib import Path

HERE = Path(__file__).resolve().parent


def test_every_fault_has_a_test_that_exists() -> None:
    rows = re.findall(
        r"^\| (\d+) \|[^|]+\|[^|]*\| (.+) \|$", (HERE / "README.md").read_text(), re.M
    )
    assert [int(number) for number, _ in rows] == list(range(1, 45))
    for _, named in rows:
        tests = re.findall(r"`([^`:]+)::(\w+)`", named)
        assert tests
        for file, name in tests:
            assert f"def {name}(" in (HERE / file).read_text()
