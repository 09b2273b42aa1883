"""``lrdoctor check`` and ``lrdoctor report``."""

from __future__ import annotations

import sys
from contextlib import nullcontext
from enum import StrEnum
from pathlib import Path
from time import perf_counter
from typing import Annotated

import typer

from lrdoctor.cli.options import ConfigFile, Paths, named
from lrdoctor.cli.output import whole_file
from lrdoctor.diagnosis import Diagnosis
from lrdoctor.reports import Outcome, names
from lrdoctor.reports._words import shown

PRINTED = Path("-")
"""The output that is standard output, as the input of this name is standard input."""


class FailOn(StrEnum):
    """From which state on ``check`` exits with 1."""

    CRITICAL = "critical"
    WARNING = "warning"
    NEVER = "never"


def check(
    paths: Annotated[
        list[str],
        typer.Argument(
            metavar="PATH",
            help="Log files, folders that hold them, URLs of either, or - for standard input.",
        ),
    ],
    format: Annotated[
        str, typer.Option("--format", "-f", metavar="NAME", help=f"One of {', '.join(names())}.")
    ] = "text",
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", metavar="FILE", help="Write the report there; - prints it."),
    ] = None,
    fail_on: Annotated[
        FailOn, typer.Option(help="Exit with 1 where a run is in this state or worse.")
    ] = FailOn.CRITICAL,
    until: Annotated[
        int | None,
        typer.Option(metavar="STEP", help="As if the logs ended there: what watch said then."),
    ] = None,
    config: ConfigFile = None,
) -> int:
    """Diagnose logs once, finished or still growing.

    Exit code: 0 nothing at or above --fail-on, 1 something, 2 wrong usage or not one log could
    be read.

    Example: lrdoctor check runs/ --format jsonl --fail-on warning
    """
    from lrdoctor.reports import reports

    report = named(format, reports(), "format")()
    outcome = _outcome(paths, fail_on, until, config)
    file = None if output == PRINTED else output
    with nullcontext(sys.stdout) if file is None else whole_file(file) as stream:
        report.write(outcome, stream)
    return outcome.exit_code


def report(
    paths: Paths,
    output: Annotated[
        Path, typer.Option("--output", "-o", metavar="FILE", help="Write the page there.")
    ] = Path("report.html"),
    config: ConfigFile = None,
) -> int:
    """Write a page with pictures, to keep or to send.

    It is one file, which needs no network. Exit code: 0, or 2 where not one log could be read.

    Example: lrdoctor report runs/ -o report.html
    """
    code = check(paths, "html", output, FailOn.NEVER, config=config)
    but = ", but not one log could be read" if code else ""
    if output != PRINTED:
        print(f"Written: {shown(str(output))}{but}", file=sys.stderr)
    return code


def _outcome(paths: list[str], fail_on: FailOn, until: int | None, config: Path | None) -> Outcome:
    from lrdoctor import config as settings
    from lrdoctor import monitor
    from lrdoctor.cli import input as standard_input
    from lrdoctor.monitor import memory

    memory.keep()
    started = perf_counter()
    chosen = settings.load(config)
    with standard_input.filed(paths) as files:
        diagnoses = monitor.check(files, config=chosen, until=until)
        read = _bytes_read(diagnoses)
    return Outcome(
        [standard_input.named(one, files, paths) for one in diagnoses],
        tuple(map(str, paths)),
        fail_on.value,
        perf_counter() - started,
        read,
    )


def _bytes_read(diagnoses: list[Diagnosis]) -> int:
    files = (Path(path) for path in {one.path for one in diagnoses})
    return sum(file.stat().st_size for file in files if file.is_file())
