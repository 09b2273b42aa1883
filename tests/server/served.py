"""A store with two runs in it, and the server over it, spoken to without a socket."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import httpx
import numpy as np
import orjson
import pytest

from lrdoctor.diagnosis import Diagnosis, Finding, MetricSummary, Severity, Status
from lrdoctor.run import Block
from lrdoctor.server.app import Application
from lrdoctor.server.source import Source
from lrdoctor.store import IngestStatus, RunChange, Store

TOKEN = "a-token-of-more-than-16-characters"
NOW = 1_790_000_000.0
STATUS = IngestStatus(
    alive_at=NOW, started_at=NOW - 60, roots=("logs",), files=2, files_read=2, done=True
)
HOSTILE = "<script>alert(1)</script>\u202e\x1b[31m"


def line(name: str, block: Block, status: Status = Status.HEALTHY, **more: Any) -> bytes:
    summary = MetricSummary(block.tag, len(block), 0, 1.0, 2.0, 0.5, 3)
    diagnosis = Diagnosis(
        run=name, path=f"logs/{name}.csv", format="csv", status=status, headline="All is well.",
        points=len(block), first_step=int(block.steps[0]), last_step=int(block.steps[-1]),
        metrics={"train/loss": summary}, **more,
    )  # fmt: skip
    return orjson.dumps(diagnosis.to_dict())


def block(n: int, *, walls: bool = False) -> Block:
    values = np.linspace(3.0, 1.0, n)
    return Block("loss", np.arange(n), values, NOW + np.arange(n) if walls else None)


def change(name: str, points: Block, **more: Any) -> RunChange:
    return RunChange(key=name, name=name, line=line(name, points, **more), observed_at=NOW,
                     updated_at=NOW - 1.0, fresh=True, blocks=(points,))  # fmt: skip


@pytest.fixture
def writer(tmp_path: Path) -> Iterator[Store]:
    """The store as the ingest process holds it: a healthy run and a diverging one."""
    finding = Finding("divergence", Severity.CRITICAL, "train/loss", 4321, 4400, 4999, False,
                      4.1, 1.5, "times its best", 0.97, "It diverges.")  # fmt: skip
    with Store.open(tmp_path / "store.sqlite") as store:
        sick = change(HOSTILE, block(5000), status=Status.CRITICAL, findings=(finding,))
        store.commit([change("healthy", block(20, walls=True)), sick], STATUS)
        yield store


@pytest.fixture
def source(writer: Store) -> Iterator[Source]:
    source = Source(writer.path, clock=lambda: NOW + 1.0)
    yield source
    source.close()


def screen(environ: dict[str, Any], start_response: Callable[..., Any]) -> list[bytes]:
    """Stands for Dash: says what it was asked."""
    body = environ["wsgi.input"].read()
    if environ["PATH_INFO"].endswith("broken"):
        raise RuntimeError("in /home/someone/secret.py")
    start_response("200 OK", [("Content-Type", "text/html")])
    return [f"{environ['REQUEST_METHOD']} {environ['PATH_INFO']} {len(body)}".encode()]


@pytest.fixture
def make(source: Source) -> Callable[..., Application]:
    """Builds the server with other settings."""
    return lambda **settings: Application(source, screen, **settings)


@pytest.fixture
def ask(make: Callable[..., Application]) -> Callable[..., httpx.Response]:
    """One request to the server: ``ask("/api/runs")``."""
    application = make()

    def one(path: str, method: str = "GET", **more: Any) -> httpx.Response:
        return asyncio.run(request(application, method, path, **more))

    return one


def request(
    application: Application, method: str, path: str, **more: Any
) -> Coroutine[Any, Any, httpx.Response]:
    async def go() -> httpx.Response:
        transport = httpx.ASGITransport(application, client=("127.0.0.1", 50000))
        base = f"http://{more.pop('host', '127.0.0.1:8050')}"
        async with httpx.AsyncClient(transport=transport, base_url=base) as client:
            return await client.request(method, path, **more)

    return go()


def raw(application: Any, headers: list[tuple[bytes, bytes]], **scope: Any) -> dict[str, Any]:
    """The start of the answer to a request that no well-behaved client would send."""
    return sent_by(application, {"headers": headers, **scope})[0]


def unpolished(application: Any, target: str, query: bytes = b"") -> tuple[int, bytes]:
    """Status and body of a GET whose target no client has tidied up."""
    scope = {"path": unquote(target), "raw_path": target.encode(), "query_string": query,
             "headers": [(b"host", b"localhost")]}  # fmt: skip
    sent = sent_by(application, scope)
    return sent[0]["status"], b"".join(message.get("body", b"") for message in sent)


def sent_by(application: Any, scope: dict[str, Any]) -> list[dict[str, Any]]:
    sent: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Any) -> None:
        sent.append(message)

    plain = {"type": "http", "method": "GET", "path": "/", "raw_path": b"/", "query_string": b"",
             "client": ("10.0.0.1", 1), "scheme": "http", "http_version": "1.1"}  # fmt: skip
    asyncio.run(application({**plain, **scope}, receive, send))
    return sent
