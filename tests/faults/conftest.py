from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from lrdoctor.store import Store
from tests.faults.logs import FORMATS, Clock, Format


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """The folder that is watched."""
    folder = tmp_path / "logs"
    folder.mkdir()
    return folder


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store.open(tmp_path / "store.db") as store:
        yield store


@pytest.fixture(params=FORMATS, ids=lambda format: format.name)
def format(request: pytest.FixtureRequest) -> Format:
    found: Format = request.param
    return found
