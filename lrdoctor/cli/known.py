"""``lrdoctor scale`` and ``lrdoctor optimizers``: what is known of rates without any log."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Annotated

import typer

from lrdoctor.cli.options import AsJson, OptimizerName
from lrdoctor.cli.table import table
from lrdoctor.errors import UsageError
from lrdoctor.reports._layout import paragraph
from lrdoctor.reports._words import rate


def scale(
    lr: Annotated[float, typer.Argument(metavar="RATE", help="The rate that worked.")],
    batch: Annotated[int, typer.Option(metavar="N", help="The batch size it worked with.")],
    to: Annotated[int, typer.Option(metavar="N", help="The batch size to come.")],
    optimizer: OptimizerName = None,
    as_json: AsJson = False,
) -> None:
    """The learning rate for another batch size, and why.

    Example: lrdoctor scale 3e-4 --batch 256 --to 1024 --optimizer adamw
    """
    from lrdoctor.learning_rate import batch as sizes
    from lrdoctor.learning_rate.optimizers import refuse_unknown

    if lr == 0:
        raise UsageError("the rate that served must be above 0")
    refuse_unknown(optimizer)
    try:
        told = sizes.scaled(lr, batch, to, optimizer)
    except ValueError as error:
        raise UsageError(str(error)) from error
    if as_json:
        print(json.dumps(asdict(told), allow_nan=False))
        return
    rule = told.rule if told.rule == "unchanged" else f"{told.rule} rule"
    print(f"Use {rate(told.value)} ({rule}; {told.source}).")
    if told.low != told.high:
        print(f"Other plausible exponents lead to {rate(told.low)} to {rate(told.high)}.")
    print(paragraph(told.limit))


def optimizers(as_json: AsJson = False) -> None:
    """Optimizers: usual rates, frameworks' defaults, how they scale.

    Example: lrdoctor optimizers
    """
    from lrdoctor.learning_rate.optimizers import OPTIMIZERS

    if as_json:
        print(json.dumps([asdict(one) for one in OPTIMIZERS], allow_nan=False))
        return
    rows = [("optimizer", "usual rates", "PyTorch", "Keras", "with the batch")]
    rows += [
        (one.title, f"{rate(one.low)} to {rate(one.high)}", _told(one.pytorch), _told(one.keras),
         one.scaling)
        for one in OPTIMIZERS
    ]  # fmt: skip
    print("\n".join(table(rows)))
    for one in OPTIMIZERS:
        if one.note:
            print(paragraph(f"{one.title}: {one.note}"))
    print("Sources: lrdoctor optimizers --json")


def _told(value: float | None) -> str:
    return "-" if value is None else rate(value)
