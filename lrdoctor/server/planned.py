"""Schedules for one run, as its page shows them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import orjson

from lrdoctor import schedules
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
        at = situation.of_line(run, line)
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
