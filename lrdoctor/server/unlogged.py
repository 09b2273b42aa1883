"""A diagnosis of figures that are in no log: what the playground asks for."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import orjson

from lrdoctor import doctor
from lrdoctor.diagnosis import Diagnosis, Severity, Status, Verdict
from lrdoctor.doctor.cause import SURE
from lrdoctor.run import Block, Run, Settings

MOST_POINTS = 400
"""Figures in one request; the address of more would be too long for some proxies."""


def diagnosed(losses: Sequence[float], rates: Sequence[float], optimizer: str) -> bytes:
    """The line of a run with these losses at steps 0, 1, … as JSON, and its sum in one ``word``.

    Args:
        rates: the learning rate of each step; a shorter list goes on at its last.
    """
    run = Run("these figures", "", "figures", settings=Settings(optimizer=optimizer or None))
    steps = np.arange(len(losses))
    filled = [*rates[: len(losses)], *[rates[-1]] * (len(losses) - len(rates))]
    run.add(Block("loss", steps, np.array(losses, np.float64)))
    run.add(Block("lr", steps, np.array(filled, np.float64)))
    diagnosis = doctor.diagnose(run)
    return orjson.dumps({**diagnosis.to_dict(), "word": _word(diagnosis)})


_VERDICTS = {Verdict.TOO_LOW: "low", Verdict.TOO_HIGH: "high", Verdict.OK: "ok"}


def _word(diagnosis: Diagnosis) -> str:
    """``early``: too few points; ``lost``, ``swinging``, ``stuck``: by what is found and goes on;
    else by the verdict on the rate: ``low``, ``high``, ``ok``; ``unsure`` where that is no ground
    to say anything."""
    if diagnosis.status is Status.TOO_SHORT:
        return "early"
    found = {
        finding.rule
        for finding in diagnosis.findings
        if not finding.resolved and finding.severity is not Severity.INFO
    }
    if found & {"nan", "divergence", "exploding-gradient"}:
        return "lost"
    if "oscillation" in found:
        return "swinging"
    if found & {"flat", "slow"}:
        return "stuck"
    rate = diagnosis.learning_rate
    return _VERDICTS.get(rate.verdict, "unsure") if rate.confidence >= SURE else "unsure"
