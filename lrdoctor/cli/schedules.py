"""``lrdoctor schedule`` and ``plateau``: schedules to train on, and what a cut would have done."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from math import inf
from shlex import quote
from textwrap import wrap
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from lrdoctor.cli.options import AsJson, ConfigFile, Log, OptimizerName, named
from lrdoctor.errors import UsageError
from lrdoctor.reports._layout import paragraph
from lrdoctor.reports._spark import spark
from lrdoctor.reports._words import rate, shown

if TYPE_CHECKING:
    from lrdoctor.learning_rate.proposals import Proposal

Framework = Literal["pytorch", "keras", "huggingface", "lightning", "optax"]
WIDE, COLUMNS = 20, 80
SHOWN = 6
"""Cuts that are told one by one."""


def schedule(
    log: Annotated[
        str | None,
        typer.Argument(metavar="LOG", help="A run's log, else --rate and --steps."),
    ] = None,
    base: Annotated[
        float | None, typer.Option("--rate", metavar="RATE", help="The peak. [default: advised]")
    ] = None,
    steps: Annotated[
        int | None, typer.Option(metavar="N", help="Steps of the whole training.")
    ] = None,
    optimizer: OptimizerName = None,
    kind: Annotated[
        str | None, typer.Option(metavar="NAME", help="Only this one, like warmup-cosine.")
    ] = None,
    code: Annotated[
        Framework | None, typer.Option(metavar="FRAMEWORK", help="Print the lines to paste.")
    ] = None,
    config: ConfigFile = None,
    as_json: AsJson = False,
) -> None:
    """Learning-rate schedules that fit: why, and their code.

    How long to warm up and to decay. From a log: to go on with from where the run is, and to
    start anew with. Code for pytorch, keras, huggingface, lightning or optax.

    Example: lrdoctor schedule runs/gpt/metrics.csv --code pytorch
    """
    from lrdoctor import config as settings
    from lrdoctor import experiment

    if log is None and (base is None or steps is None):
        raise UsageError("name a log, or give --rate and --steps")
    at = experiment.schedule(
        log, base=base, steps=steps, optimizer=optimizer, config=settings.load(config)
    )
    now, found = at.now, at.proposals
    if kind is not None:
        named(kind, {one.name: type(one) for one in found}, "schedule here")
        found = tuple(one for one in found if one.name == kind)
    if as_json:
        told = {"now": now, "proposals": [one.to_dict() for one in found]}
        print(json.dumps(told, allow_nan=False))
    elif code is not None:
        print(found[0].snippets[code], end="")
    else:
        given = {"--rate": base, "--steps": steps, "--optimizer": optimizer, "--config": config}
        print("\n".join(_told(now, found, _call(log, given))))


def plateau(
    log: Log,
    style: Annotated[
        Literal["pytorch", "keras"], typer.Option(help="Count as this one does.")
    ] = "pytorch",
    factor: Annotated[float, typer.Option(help="Multiplies the rate at a cut.")] = 0.1,
    patience: Annotated[int, typer.Option(help="Evaluations without progress before a cut.")] = 10,
    threshold: Annotated[float, typer.Option(help="The least progress that counts.")] = 1e-4,
    cooldown: Annotated[int, typer.Option(help="Evaluations to wait after a cut.")] = 0,
    config: ConfigFile = None,
    as_json: AsJson = False,
) -> None:
    """What reduce-on-plateau would have done, whether too early.

    Example: lrdoctor plateau runs/resnet/metrics.csv --patience 5
    """
    from lrdoctor import config as settings
    from lrdoctor import experiment
    from lrdoctor.learning_rate.on_plateau import Options

    options = Options(style, factor, patience, threshold, cooldown)
    told = experiment.plateau(log, options, config=settings.load(config))
    if as_json:
        print(json.dumps(told.to_dict(), allow_nan=False))
        return
    print(paragraph(shown(told.reason)))
    for cut in told.cuts[1:SHOWN]:
        to = "" if cut.rate is None else f", to {rate(cut.rate)}"
        print(f"Then at {cut.step:,}{to}; the best, {cut.best:.4g}, was of {cut.best_step:,}.")
    if len(told.cuts) > SHOWN:
        print(f"And {len(told.cuts) - SHOWN} more: see --json.")


def _call(log: str | None, given: Mapping[str, object]) -> str:
    """The command as it was given, to be pasted."""
    words = [] if log is None else [quote(log)]
    words += [f"{k} {quote(str(v))}" for k, v in given.items() if v is not None]
    return shown(" ".join(["lrdoctor schedule", *words]))


def _told(now: str, found: Sequence[Proposal], call: str) -> Iterator[str]:
    if now:
        yield paragraph(f"Now: {now}")
    heads = set()
    for one in found:
        head = (
            f"To go on with, from {one.from_step:,}:" if one.from_step else
            f"To start anew with, peak {rate(one.schedule.base)}:"
        )  # fmt: skip
        if head not in heads:
            heads.add(head)
            yield ""
            yield head
        yield ""
        yield f"  {one.name:14}  {_drawn(one)}{one.title}"
        text = f"{one.reason} ({one.source})"
        yield from (f"  {'':14}  {line}" for line in wrap(text, COLUMNS - 18))
    if found:
        yield ""
        yield f"Code: {call} --kind {found[0].name} --code pytorch"


def _drawn(one: Proposal) -> str:
    """The rate over the steps; nothing for one that stays."""
    rates = [rate for _, rate in one.rates]
    return "" if min(rates) == max(rates) else f"{spark(rates, WIDE, inf)}  "
