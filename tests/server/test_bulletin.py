from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace

import httpx
import numpy as np
import pytest

from lrdoctor.diagnosis import Finding, LearningRate, Severity, Status, Verdict
from lrdoctor.run import Block
from lrdoctor.server.bulletin import MOST, Bulletin
from lrdoctor.server.source import Source
from lrdoctor.store import RunChange, Store
from tests.server.served import NOW, change

HOSTILE = r"<script>alert(1)</script>\u202e\x1b[31m"
POINTS = Block("loss", np.arange(50), np.linspace(3.0, 1.0, 50))
FINDING = Finding("divergence", Severity.CRITICAL, "train/loss", 30, 40, 49, False,
                  4.1, 1.5, "times its best", 0.97, "It diverges.")  # fmt: skip
TOO_HIGH = LearningRate(value=0.1, suggested=0.01, factor=0.1, verdict=Verdict.TOO_HIGH)


def sick(name: str, *findings: Finding) -> RunChange:
    return change(name, POINTS, status=Status.CRITICAL, findings=findings or (FINDING,),
                  learning_rate=TOO_HIGH)  # fmt: skip


Look = Callable[[], list[str]]


@pytest.fixture
def look(source: Source) -> Look:
    """Looks once; what that said."""
    said: list[str] = []
    bulletin = Bulletin(
        source, lambda told, head: said.append(head + told), lambda: time.gmtime(NOW)
    )

    def once() -> list[str]:
        said.clear()
        bulletin.look()
        return list(said)

    return once


def test_who_is_ill_already_is_told_once_with_every_character_visible(look: Look) -> None:
    clock = time.strftime("%H:%M", time.gmtime(NOW))
    assert look() == [f"{clock} ✖ {HOSTILE}: All is well."]
    assert look() == []


def test_a_run_that_falls_ill_is_told_with_the_rate_to_try(look: Look, writer: Store) -> None:
    look()
    writer.commit([sick("healthy")])
    (told,) = look()
    assert told.endswith("✖ healthy: All is well. Try 0.01, 10× lower.")


def test_what_was_told_is_told_again_only_after_it_was_over(look: Look, writer: Store) -> None:
    look()
    writer.commit([sick("healthy")])
    assert len(look()) == 1
    writer.commit([sick("healthy", replace(FINDING, last_step=50, confidence=0.99))])
    assert look() == []
    writer.commit([change("healthy", POINTS)])
    (well,) = look()
    assert "✔ healthy" in well
    writer.commit([sick("healthy")])
    assert len(look()) == 1


def test_another_finding_of_an_ill_run_is_news(look: Look, writer: Store) -> None:
    writer.commit([sick("healthy")])
    look()
    writer.commit([sick("healthy", FINDING, replace(FINDING, rule="nan"))])
    assert len(look()) == 1


def test_a_muted_run_is_passed_over(
    look: Look, source: Source, ask: Callable[..., httpx.Response]
) -> None:
    (ill,) = (run for run in source.changed(0)[2] if run.name != "healthy")
    body = {"run": ill.id, "kind": "mute", "text": "A known data fault."}
    assert ask("/api/remarks", "POST", json=body).status_code == 201
    assert look() == []


def test_many_at_once_are_counted(look: Look, writer: Store) -> None:
    look()
    writer.commit([sick(f"run-{n}") for n in range(MOST + 7)])
    told = look()
    assert len(told) == MOST + 1
    assert told[-1].strip() == "and 7 more: see the screen"
