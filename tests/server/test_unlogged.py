"""What the rules say of figures that are in no log."""

from __future__ import annotations

from collections.abc import Callable

import httpx
import numpy as np
import pytest

Ask = Callable[..., httpx.Response]


def listed(values: np.ndarray) -> str:  # type: ignore[type-arg]
    return ",".join(f"{value:.6g}".replace("+", "") for value in values)


def test_a_rising_loss_is_said_to_diverge(ask: Ask) -> None:
    told = ask(f"/api/diagnose?loss={listed(8.8 * 1.12 ** np.arange(40))}&lr=2.06&optimizer=sgd")
    assert told.status_code == 200
    line = told.json()
    assert line["status"] == "critical"
    assert "divergence" in {finding["rule"] for finding in line["findings"]}
    assert line["learning_rate"]["value"] == 2.06
    assert line["optimizer"] == "sgd"


def test_an_infinite_loss_is_a_finding(ask: Ask) -> None:
    told = ask(f"/api/diagnose?loss={listed(10.0 ** np.arange(20))},inf,nan&lr=3").json()
    assert {finding["rule"] for finding in told["findings"]} >= {"nan"}


@pytest.mark.parametrize(
    ("query", "reason"),
    [
        ("lr=1", "loss is missing"),
        ("loss=1,2", "lr is missing"),
        ("loss=1,two&lr=1", "loss must be numbers"),
        ("loss=" + "1," * 401 + "&lr=1", "400 at most"),
    ],
)
def test_what_is_no_number_is_refused(ask: Ask, query: str, reason: str) -> None:
    answer = ask(f"/api/diagnose?{query}")
    assert answer.status_code == 400
    assert reason in answer.json()["error"]


@pytest.mark.parametrize(
    ("losses", "word"),
    [
        (np.linspace(3, 2, 5), "early"),
        (8.8 * 1.12 ** np.arange(40), "lost"),
        (0.5 + np.exp(-np.arange(300) / 20) + 0.5 * np.sin(np.arange(300) / 8), "swinging"),
        (4.6 + 0.05 * np.random.default_rng(0).normal(size=300), "stuck"),
    ],
)
def test_the_sum_is_one_word(ask: Ask, losses: np.ndarray, word: str) -> None:  # type: ignore[type-arg]
    assert ask(f"/api/diagnose?loss={listed(losses)}&lr=0.1").json()["word"] == word
