"""Schedules for one run, as its page shows them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import orjson

from lrdoctor import schedules
from lrdoctor.diagnosis import Action, LearningRate, Verdict
from lrdoctor.errors import UsageError
from lrdoctor.learning_rate import on_plateau, proposals, situation
from lrdoctor.run import Run
from lrdoctor.server.refused import Refusal, refused


def planned(run: Run, line: Mapping[str, Any]) -> bytes:
    """What ``lrdoctor schedule`` and ``plateau`` say of a run.

    Args:
        line: its diagnosis in the store.

    Raises:
        Refusal: the run tells no learning rate.
    """
    try:
        at = situation.of(
            run, _rate(line["learning_rate"]),
            stuck=any(f["rule"] == "plateau" and not f["resolved"] for f in line["findings"]),
            rough_start=any(a["action"] == Action.LENGTHEN_WARMUP for a in line["advice"]),
        )  # fmt: skip
        found = proposals.propose(at)
    except UsageError as error:
        raise Refusal(refused(422, str(error).partition(":")[0])) from error
    main = run.main_loss
    return orjson.dumps({
        "now": schedules.sentence(run) or None,
        "total": at.total,
        "told": at.told,
        "proposals": [one.to_dict() for one in found],
        "plateau": None if main is None else on_plateau.simulate(run).reason,
    })  # fmt: skip


def _rate(told: Mapping[str, Any]) -> LearningRate:
    """The part of a line's ``learning_rate`` that a schedule is planned by."""
    return LearningRate(
        value=told["value"], current=told["current"], suggested=told["suggested"],
        factor=told["factor"], verdict=Verdict(told["verdict"]), schedule=told["schedule"],
        schedule_parameters=told["schedule_parameters"],
    )  # fmt: skip
