from __future__ import annotations

from collections.abc import Callable, Sequence
from io import StringIO

import pytest

from lrdoctor.diagnosis import (
    Action,
    Advice,
    Diagnosis,
    Finding,
    LearningRate,
    Problem,
    Severity,
    Status,
    Verdict,
)
from lrdoctor.reports import Outcome, reports

TOO_HIGH = LearningRate(
    value=3e-3,
    suggested=3e-4,
    factor=0.1,
    verdict=Verdict.TOO_HIGH,
    confidence=0.94,
    evidence=("It began as warmup carried the rate past 2.6e-3",),
)
HOSTILE = "a\x1b[31m\u202eb\r\n|`<script>`"


def diagnosis(
    name: str,
    status: Status,
    headline: str = "Nothing is wrong.",
    *,
    onset: int | None = None,
    curve: Sequence[float | None] = (),
    learning_rate: LearningRate | None = None,
    **further: object,
) -> Diagnosis:
    severity = Severity.CRITICAL if status is Status.CRITICAL else Severity.WARNING
    finding = Finding(
        "divergence", severity, "train/loss", onset or 0, 600, 1000, False, 4.1, 1.5,
        "times its best", 0.97, f"{headline} In full.",
    )  # fmt: skip
    return Diagnosis(
        run=name,
        path=f"runs/{name}",
        format="csv",
        status=status,
        headline=headline,
        first_step=0,
        last_step=1000,
        sparkline=tuple(curve),
        findings=() if onset is None else (finding,),
        learning_rate=learning_rate or LearningRate(),
        **further,
    )


@pytest.fixture
def ward() -> list[Diagnosis]:
    """A run of each status, in the order a folder might list them."""
    falling = [3 - 0.05 * i for i in range(30)]
    return [
        diagnosis("llama", Status.HEALTHY),
        diagnosis("short", Status.TOO_SHORT, "Three points tell nothing."),
        diagnosis("noise.csv", Status.UNREADABLE, "It holds no loss."),
        diagnosis(
            "gpt2",
            Status.CRITICAL,
            "The loss has been diverging since step 500; the learning rate is too high.",
            onset=500,
            curve=[*falling, *reversed(falling)],
            learning_rate=TOO_HIGH,
            optimizer="adamw",
            advice=(Advice(Action.RESTORE_CHECKPOINT, "divergence", "r", "s", from_step=400),),
            problems=(Problem("runs/gpt2", 88, "not a number"),),
        ),
        diagnosis(
            "vit",
            Status.CRITICAL,
            "The loss became NaN at step 750.",
            onset=750,
            curve=[*falling, *[None] * 10],
            learning_rate=TOO_HIGH,
        ),
        diagnosis(HOSTILE, Status.WARNING, "It bounces.", onset=100, curve=[1.0, 2.0] * 30),
        diagnosis("wav2vec", Status.WATCHING, "It learns slowly.", curve=falling),
        diagnosis("bert", Status.HEALTHY),
    ]


@pytest.fixture
def outcome(ward: list[Diagnosis]) -> Outcome:
    return Outcome(ward, ("runs/",), "critical", 0.94, 1_200_000_000)


@pytest.fixture
def written() -> Callable[[str, Outcome], str]:
    """The text that a report of this name writes into a pipe."""

    def write(name: str, outcome: Outcome) -> str:
        stream = StringIO()
        reports()[name]().write(outcome, stream)
        return stream.getvalue()

    return write
