"""Two servers under attack, as they are served: with the real screen behind them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator

import httpx
import pytest

from lrdoctor.server.app import Application, create
from lrdoctor.store import Store
from tests.server.served import (
    HOSTILE,
    STATUS,
    TOKEN,
    block,
    change,
    make,
    request,
    source,
    writer,
)

Ask = Callable[..., httpx.Response]


@pytest.fixture(scope="session")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """A store whose only run has a hostile name."""
    with Store.open(tmp_path_factory.mktemp("attacked") / "store.sqlite") as store:
        store.commit([change(HOSTILE, block(50))], STATUS)
        yield store


@pytest.fixture(scope="session")
def open_server(filled: Store) -> Application:
    return create(filled.path, token=None, hosts=["127.0.0.1"])


@pytest.fixture(scope="session")
def closed_server(filled: Store) -> Application:
    return create(filled.path, token=TOKEN, hosts=["lab.example"], prefix="/lab/")


@pytest.fixture
def attack(open_server: Application) -> Ask:
    """One request to a server on loopback without a token."""
    return lambda path, method="GET", **more: asyncio.run(
        request(open_server, method, path, **more)
    )


@pytest.fixture
def intrude(closed_server: Application) -> Ask:
    """One request to a server that needs a token."""
    return lambda path, method="GET", **more: asyncio.run(
        request(closed_server, method, path, **{"host": "lab.example", **more})
    )


__all__ = ["make", "source", "writer"]
