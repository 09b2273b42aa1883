"""What answers must not give away, and what of a log must not come alive."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

import httpx
import orjson
import pytest

from lrdoctor.server.app import Application
from lrdoctor.store import Store
from tests.server.served import HOSTILE, request

Ask = Callable[..., httpx.Response]


def test_hostile_names_are_strings_of_json_and_nothing_else(attack: Ask) -> None:
    answer = attack("/api/runs")
    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["x-content-type-options"] == "nosniff"
    (run,) = orjson.loads(answer.content)["runs"]
    assert run["run"] == HOSTILE
    assert b"\x1b" not in answer.content
    assert HOSTILE not in attack("/metrics").text
    assert "alert(1)" not in attack("/").text


def test_a_failure_tells_neither_path_nor_cause(
    make: Callable[..., Application], caplog: pytest.LogCaptureFixture
) -> None:
    answer = asyncio.run(request(make(), "GET", "/broken"))
    assert answer.status_code == 500
    assert answer.json() == {"error": "the server failed on this request"}
    assert "secret.py" in caplog.text, "the terminal is told"


def test_a_failing_callback_tells_neither_path_nor_cause(attack: Ask, filled: Store) -> None:
    for body in (b"", b"{", b"[]", b'{"output": "../x.children", "inputs": 5}', b"\xff",
                 b'{"output": "no.such", "changedPropIds": [], "inputs": []}'):  # fmt: skip
        answer = attack("/_dash-update-component", "POST", content=body,
                        headers={"Content-Type": "application/json"})  # fmt: skip
        assert answer.status_code >= 400
        for secret in ("Traceback", "/lrdoctor/", str(Path.home()), str(filled.path)):
            assert secret not in answer.text


def test_a_store_of_other_users_is_closed_to_them(filled: Store) -> None:
    assert filled.path.stat().st_mode & 0o077 == 0
