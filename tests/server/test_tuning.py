"""``/api/rules``: what is in force, what each level would find, what cannot be meant."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest

from lrdoctor.config import Config
from lrdoctor.monitor import Monitor
from lrdoctor.rules import rules
from lrdoctor.server import tuning
from lrdoctor.server.app import Application
from lrdoctor.server.source import Source
from lrdoctor.store import Store
from tests.server.served import request, screen


@pytest.fixture
def watched(tmp_path: Path) -> Source:
    """Two real logs, read by a monitor: one with a jump of medium height, one without."""
    random = np.random.default_rng(3)
    for name, jump in (("jumps", 0.25), ("calm", 0.0)):
        losses = 0.5 + np.exp(-np.arange(400) / 60) + 0.02 * random.standard_normal(400)
        losses[300] += jump
        lines = [f"{step},{loss:.5f},0.001" for step, loss in enumerate(losses)]
        log = tmp_path / "logs" / name / "metrics.csv"
        log.parent.mkdir(parents=True)
        log.write_text("\n".join(["step,loss,lr", *lines, ""]))
    with Store.open(tmp_path / "store.sqlite") as store:
        monitor = Monitor([tmp_path / "logs"], store)
        monitor.poll()
        monitor.close()
    return Source(tmp_path / "store.sqlite")


@pytest.fixture
def asked(watched: Source) -> Callable[..., httpx.Response]:
    def get(path: str, config: Config | None = None) -> httpx.Response:
        application = Application(watched, screen, config=config)
        return asyncio.run(request(application, "GET", path))

    return get


Asked = Callable[..., httpx.Response]


def fires(asked: Asked, query: str, config: Config | None = None) -> dict[str, int]:
    told = asked(f"/api/rules/{query}", config).json()
    assert (told["runs"], told["looked"]) == (2, 2)
    return {variant: len(ids) for variant, ids in told["fires"].items()}


def test_every_rule_is_told_with_what_is_in_force(asked: Asked) -> None:
    config = Config(rules={"spike": {"height": 12.0}}, disabled=frozenset({"slow"}))
    told: dict[str, Any] = {one["name"]: one for one in asked("/api/rules", config).json()["rules"]}
    assert list(told) == list(rules())
    assert [name for name, one in told.items() if not one["enabled"]] == ["slow"]
    height, share = told["spike"]["fields"]
    assert height == {"name": "height", "whole": False, "default": 10.0, "value": 12.0,
                      "means": "noise deviations, 3 to 100. Default 10."}  # fmt: skip
    assert share["value"] == share["default"]
    assert told["spike"]["levels"]["keen"] == {"height": 6.67, "share": 0.133}
    assert told["nan"]["levels"] == {}


def test_a_medium_jump_is_found_by_the_keen_and_not_by_the_calm(asked: Asked) -> None:
    assert fires(asked, "spike") == {"in_force": 1, "calm": 0, "normal": 1, "keen": 1}
    assert fires(asked, "spike?height=90&share=5")["given"] == 0
    assert fires(asked, "spike?height=3&share=0")["given"] >= 1


def test_a_rule_that_is_off_tells_what_it_would_find(asked: Asked) -> None:
    assert fires(asked, "spike", Config(disabled=frozenset({"spike"})))["in_force"] == 1


def test_runs_beyond_what_one_look_takes_are_said_to_be_left_out(
    asked: Asked, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tuning, "MOST_POINTS", 900)
    told = asked("/api/rules/spike").json()
    assert (told["runs"], told["looked"]) == (2, 1)


def test_a_run_that_its_points_do_not_explain_is_left_out(asked: Asked) -> None:
    # Told with other thresholds than those in force now: what was found cannot be held against it.
    told = asked("/api/rules/spike", Config(rules={"spike": {"height": 99.0}})).json()
    assert (told["runs"], told["looked"]) == (2, 1)


@pytest.mark.parametrize(
    ("query", "status", "said"),
    [
        ("nope", 404, "no rule"),
        ("../config", 404, ""),
        ("spike?depth=3", 400, "no threshold"),
        ("spike?height=high", 400, "must be a number"),
        ("spike?height=1", 400, "3 to 100"),
        ("spike?height=nan", 400, "height"),
        ("oscillation?turns=3.5", 400, "whole number"),
        ("oscillation?turns=" + "9" * 5000, 400, "whole number"),
    ],
)
def test_what_cannot_be_meant_is_refused(asked: Asked, query: str, status: int, said: str) -> None:
    answer = asked(f"/api/rules/{query}")
    assert answer.status_code == status
    if said:
        assert said in answer.json()["error"]
