"""docs/json.md names every key that scripts can meet, and none that there is not."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import asdict, replace
from pathlib import Path

import pytest

import lrdoctor
from lrdoctor import experiment
from lrdoctor.diagnosis import Action, Cut, Forecast, Problem, Severity, Status, Verdict
from lrdoctor.ending import End, Ending
from lrdoctor.learning_rate import on_plateau
from lrdoctor.learning_rate.batch import scaled

PAGE = (Path(__file__).resolve().parent.parent / "docs" / "json.md").read_text()
FREE = {"metrics", "schedule_parameters", "probabilities", "parameters", "settings", "differs"}
FREE |= {"same", "unchecked"}
"""Their keys are names of metrics, settings or rules."""


def keys(told: object) -> Iterator[str]:
    """Of all objects in a JSON document."""
    if isinstance(told, list):
        for each in told:
            yield from keys(each)
    elif isinstance(told, dict):
        for key, value in told.items():
            yield key
            inner = list(value.values()) if key in FREE and isinstance(value, dict) else value
            yield from keys(inner)


@pytest.fixture(scope="module")
def documents(demo_logs: Path) -> list[object]:
    """One of everything, with nothing left out for want of an occasion."""
    runs = lrdoctor.check([demo_logs])
    cut = Cut(0.1, 0.02, True)
    ahead = Forecast("train/loss", 1.0, True, ((10, 1.0, 1.0, 1.0), (20, 0.9, 0.8, 1.0)), cut)
    full = replace(
        next(one for one in runs if one.run == "diverging"),
        forecast=ahead,
        ending=Ending(End.KILLED, "Killed"),
        problems=(Problem("a.csv", 3, "no number"),),
    )
    suggestion, others = experiment.next_of_each([demo_logs])
    log = demo_logs / "oscillating"
    return [
        full.to_dict(),
        *(one.to_dict() for one in runs),
        {**suggestion.to_dict(), "others": [other.to_dict() for other in others]},
        experiment.compare([demo_logs]).to_dict(),
        {"now": "", "proposals": [one.to_dict() for one in experiment.schedule(log).proposals]},
        experiment.plateau(log, on_plateau.Options(patience=2)).to_dict(),
        asdict(scaled(3e-4, 256, 1024)),
    ]


def test_every_key_is_named(documents: list[object]) -> None:
    named = set(re.findall(r"`(\w+)`", PAGE))
    assert set(keys(documents)) - named == set()


def test_no_key_is_named_that_there_is_not(documents: list[object]) -> None:
    first_cells = re.findall(r"^\| (`[^|]+`) \|", PAGE, re.M)
    named = {key for cell in first_cells for key in re.findall(r"`(\w+)`", cell)}
    assert named - set(keys(documents)) == set()


def test_every_word_that_stands_for_something_is_named() -> None:
    words = [*Action, *Status, *Verdict, *Severity]
    assert [word.value for word in words if f"`{word.value}`" not in PAGE] == []
