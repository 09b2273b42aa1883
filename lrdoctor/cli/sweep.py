"""``lrdoctor sweep``: studies and their trials, Optuna's or the logs of runs."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from lrdoctor.cli.help import Command, help_alone
from lrdoctor.cli.options import AsJson, ConfigFile
from lrdoctor.cli.output import whole_file
from lrdoctor.cli.rates import outcome
from lrdoctor.cli.table import table
from lrdoctor.diagnosis import Json
from lrdoctor.errors import LrdoctorError, UsageError
from lrdoctor.reports._layout import paragraph
from lrdoctor.reports._words import plural, shown
from lrdoctor.reports._words import rate as written

if TYPE_CHECKING:
    from lrdoctor.sweep.pruning import Plan, Standing
    from lrdoctor.sweep.summary import Summary
    from lrdoctor.sweep.trial import Study

SHOWN = 40
"""Trials in a table on the terminal; all of them are in the JSON."""

SILENT = 60.0
"""Seconds after which what did not change is looked at again while following."""

Sources = Annotated[
    list[str],
    typer.Argument(
        metavar="PATH", help="A study's storage (file or URL), a table of trials, or logs of runs."
    ),
]
Name = Annotated[
    str | None,
    typer.Option("--study", metavar="NAME", help="Which one, where there are several."),
]
Rate = Annotated[
    str | None,
    typer.Option(metavar="NAME", help="The parameter that is the learning rate.  [default: lr, …]"),
]
Metric = Annotated[
    str | None, typer.Option(metavar="NAME", help="What runs are judged by.  [default: val/loss]")
]
Follow = Annotated[bool, typer.Option("--follow", help="Look again and again until Ctrl-C.")]
Every = Annotated[float, typer.Option(metavar="SECONDS", min=0.1, help="Time between two looks.")]
Target = Annotated[str, typer.Option("--to", metavar="TARGET", help="FILE.csv, FILE.json, storage")]

app = typer.Typer(
    help="Sweeps: loss against rate, the next rate, which to stop.",
    epilog="Example: lrdoctor sweep show study.db",
    rich_markup_mode=None,
)
app.callback(invoke_without_command=True)(help_alone)


@app.command(cls=Command)
def show(
    paths: Sources, study: Name = None, rate: Rate = None, metric: Metric = None,
    follow: Follow = False, every: Every = 2.0, config: ConfigFile = None,
    as_json: AsJson = False,
) -> None:  # fmt: skip
    """Trials, their loss against the rate, the best, the next rate.

    Example: lrdoctor sweep show study.db --follow
    """
    from lrdoctor import sweep

    def look() -> tuple[list[str], Json]:
        told = sweep.summarise(_study(paths, study, metric, config), rate)
        return list(_summary(told)), told.to_dict()

    _tell(look, paths, follow, every, as_json)


@app.command(cls=Command)
def prune(
    paths: Sources, study: Name = None, metric: Metric = None,
    least: Annotated[int | None, typer.Option(metavar="STEPS", help="To the first rung.")] = None,
    most: Annotated[int | None, typer.Option(metavar="STEPS", help="In a whole trial.")] = None,
    factor: Annotated[
        int | None, typer.Option(metavar="N", help="One in N goes on.  [default: 4; Hyperband: 3]")
    ] = None,
    late: Annotated[
        int, typer.Option(metavar="S", help="ASHA's early-stopping rate: rungs begin later.")
    ] = 0,
    hyperband: Annotated[
        bool, typer.Option("--hyperband", help="Spread the trials over Hyperband's brackets.")
    ] = False,
    follow: Follow = False, every: Every = 2.0, config: ConfigFile = None,
    as_json: AsJson = False,
) -> None:  # fmt: skip
    """Which running trials to stop now and why; it stops none.

    Example: lrdoctor sweep prune runs/ --least 500 --follow
    """
    from lrdoctor import sweep

    def look() -> tuple[list[str], Json]:
        told = _study(paths, study, metric, config)
        by = sweep.plan(told, least=least, most=most, factor=factor, rate=late, hyperband=hyperband)
        found = sweep.standings(told, by)
        return list(_standings(told, by, found)), _pruned(told, by, found)

    _tell(look, paths, follow, every, as_json)


@app.command(cls=Command)
def export(
    paths: Sources, target: Target, study: Name = None, metric: Metric = None,
    into: Annotated[
        str | None, typer.Option(metavar="NAME", help="The study to add to.  [default: same name]")
    ] = None,
    config: ConfigFile = None,
) -> None:  # fmt: skip
    """Trials, or runs as trials, into a CSV, JSON or Optuna's study.

    Example: lrdoctor sweep export runs/ --to study.db --into mnist
    """
    _put(_study(paths, study, metric, config), target, into)


@app.command("import", cls=Command)
def import_(
    path: Annotated[Path, typer.Argument(metavar="TABLE", help="CSV or JSON: a row a trial.")],
    target: Target,
    into: Annotated[
        str | None, typer.Option(metavar="NAME", help="The study to add to.  [default: its name]")
    ] = None,
    maximise: Annotated[
        bool, typer.Option("--maximise", help="The higher the values of a CSV, the better.")
    ] = False,
) -> None:
    """Trials out of a CSV or JSON table into one of Optuna's studies.

    Also what Optuna's trials_dataframe wrote.

    Example: lrdoctor sweep import trials.csv --to study.db
    """
    from lrdoctor.sweep import table as tables

    _put(tables.read(path, minimise=not maximise), target, into)


@app.command(cls=Command)
def ask(
    path: Annotated[str, typer.Argument(metavar="STORAGE", help="Optuna's: a file or a URL.")],
    study: Name = None, rate: Rate = None, as_json: AsJson = False,
) -> None:  # fmt: skip
    """Queue the next rate in a study: the next free worker tries it.

    Example: lrdoctor sweep ask study.db
    """
    from lrdoctor import sweep
    from lrdoctor.sweep import storage

    if not storage.is_storage(path):
        raise UsageError(f"{path}: no storage of Optuna's: a .db, a journal .log, or a URL")
    next_one = sweep.next_rate(told := sweep.load([path], study), rate)
    waiting = None
    if next_one.value is not None:
        name = rate or told.rate_name()
        waiting = storage.ask(path, told.name, {name: next_one.value})
    if as_json:
        print(json.dumps({**next_one.to_dict(), "waiting": waiting}, allow_nan=False))
        return
    print(paragraph(shown(next_one.reason)))
    print("Nothing is queued." if waiting is None else f"Queued; {waiting} waiting.")


def _study(paths: list[str], study: str | None, metric: str | None, config: Path | None) -> Study:
    from lrdoctor import config as settings
    from lrdoctor import sweep

    return sweep.load(paths, study, metric=metric, config=settings.load(config))


def _put(study: Study, target: str, into: str | None) -> None:
    from lrdoctor.sweep import storage
    from lrdoctor.sweep import table as tables

    if target.lower().endswith(tables.SUFFIXES) and "://" not in target:
        told = tables.text(study, as_json=target.lower().endswith(".json"))
        with whole_file(Path(target)) as stream:
            stream.write(told)
        print(f"{plural(len(study.trials), 'trial')} written to {shown(target)}")
        return
    if not storage.is_storage(target):
        raise UsageError(f"--to {target}: name a .csv, a .json, a .db, a journal .log, or a URL")
    added, left = storage.add(study, target, into)
    rest = f"; {left} left out, unfinished or there already" if left else ""
    print(shown(f"{plural(added, 'trial')} added to the study {into or study.name!r}{rest}"))


def _tell(look: Callable[[], tuple[list[str], Json]], paths: Sequence[str], follow: bool,
          every: float, as_json: bool) -> None:  # fmt: skip
    """Print what is seen; while following, again whenever it has changed.

    A study that cannot be read yet is waited for while following: it may not be there so far.
    """
    from lrdoctor.sweep.source import stamp

    told: object = None
    while True:
        seen = stamp(paths)
        try:
            lines, document = look()
        except (LrdoctorError, OSError) as error:
            if not follow:
                raise
            lines, document = [str(error)], {"error": str(error)}
        if document != told:
            told = document
            text = (
                json.dumps(document, allow_nan=False)
                if as_json
                else "\n".join(paragraph(shown(line)) for line in lines)
            )
            print(text + ("\n" if follow and not as_json else ""), flush=True)
        if not follow:
            return
        # A log that falls silent is told from one that grows by nothing but the time.
        until = time.monotonic() + SILENT
        time.sleep(every)
        while seen is not None and stamp(paths) == seen and time.monotonic() < until:
            time.sleep(every)


def _summary(told: Summary) -> Iterator[str]:
    study = told.study
    yield f"{study.name} ({study.path}), {study.count()}."
    if told.comparison is not None:
        yield f"{told.comparison.sentence}."
    yield ""
    pairs = list(zip(study.trials, told.rates, strict=True))
    pairs.sort(key=lambda pair: (pair[1] is None, pair[1] or 0.0, pair[0].number))
    outcomes = {} if told.comparison is None else {
        trial.name: outcome(trial, told.comparison) for trial in told.comparison.trials
    }  # fmt: skip
    rows = [("trial", "rate", study.metric, "state", "")]
    rows += [
        (str(trial.number), "none" if own is None else written(own), _figure(trial.value),
         trial.state.value, "best" if trial is told.best else outcomes.get(trial.name, ""))
        for trial, own in pairs[:SHOWN]
    ]  # fmt: skip
    yield from table(rows, right=3)
    if len(pairs) > SHOWN:
        yield f"… and {len(pairs) - SHOWN} more: all are in --json"
    yield ""
    if told.lowest is not None:
        yield f"The basin is lowest at {written(told.lowest)}."
    if told.comparison is not None and told.comparison.unclean:
        others = ", ".join(told.comparison.unclean[:6])
        yield f"Not a clean sweep: the trials also differ in {others}."
    yield f"{told.suggestion.reason} {study.left}".rstrip()


def _standings(study: Study, by: Plan, found: Sequence[Standing]) -> Iterator[str]:
    steps = [by.rungs.step(k, by.rate) for k in range(6)]
    whole = by.rungs.most
    steps = [step for step in steps if whole is None or step < whole]
    yield f"{study.name} ({study.path}), {study.count()}."
    if by.hyperband:
        for bracket in by.rungs.brackets:
            rungs = ", ".join(f"{step:,}" for step in bracket.steps) or "none: nothing is stopped"
            yield f"Bracket {bracket.rate}: rungs at {rungs}; 1 in {by.rungs.factor} goes on."
    else:
        rungs = ", ".join(f"{step:,}" for step in steps) or "none below the last step"
        yield f"Rungs at {rungs}; 1 in {by.rungs.factor} goes on."
    yield f"Source: {by.source}. {study.left}".rstrip()
    yield ""
    if not found:
        yield "No trial is running."
    for one in found:
        yield f"{one.decision.value.upper():<5}  {one.trial}: {one.reason}"
    saved = [one.saved for one in found if one.decision.value == "stop" and one.saved]
    if saved:
        yield f"Stopping {plural(len(saved), 'trial')} now leaves out {sum(saved):,} steps."


def _pruned(study: Study, by: Plan, found: Sequence[Standing]) -> Json:
    brackets: list[Json] = [
        {"bracket": b.rate, "rungs": list(b.steps), "trials": b.trials} for b in by.rungs.brackets
    ] if by.hyperband else []  # fmt: skip
    return {
        "study": study.name, "path": study.path, "metric": study.metric, "source": by.source,
        "least": by.rungs.least, "most": by.rungs.most, "factor": by.rungs.factor,
        "brackets": brackets, "running": [one.to_dict() for one in found],
    }  # fmt: skip


def _figure(value: float | None) -> str:
    return "none" if value is None else f"{value:.4g}"
