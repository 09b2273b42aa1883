"""``lrdoctor next`` and ``lrdoctor range-test``: a learning rate from the runs made so far."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from lrdoctor.cli.options import Paths
from lrdoctor.diagnosis import Suggestion
from lrdoctor.reports._words import rate, shown

AsJson = Annotated[bool, typer.Option("--json", help="One JSON object instead of sentences.")]


def next_(paths: Paths, as_json: AsJson = False) -> None:
    """From the runs made so far of one experiment: the learning rate to try next.

    Example: lrdoctor next runs/lr-1e-3/ runs/lr-1e-2/
    """
    from lrdoctor import experiment

    _tell(experiment.next_learning_rate(paths), as_json)


def range_test(
    path: Annotated[Path, typer.Argument(metavar="PATH", help="The log of a range test.")],
    as_json: AsJson = False,
) -> None:
    """From a learning-rate range test's log: the rate to use, with its band.

    Example: lrdoctor range-test lr_find.csv
    """
    from lrdoctor import experiment

    _tell(experiment.range_test(path), as_json)


def _tell(suggestion: Suggestion, as_json: bool) -> None:
    if as_json:
        print(json.dumps(suggestion.to_dict(), allow_nan=False))
        return
    print(shown(suggestion.reason))
    if suggestion.value is None and suggestion.best is not None:
        print(f"Keep {shown(suggestion.best)}")
    if suggestion.low is not None and suggestion.high is not None:
        print(f"Good rates lie between {rate(suggestion.low)} and {rate(suggestion.high)}.")
