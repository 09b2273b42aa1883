"""The commands. They know every room of the house and hold no logic of their own.

What a command needs is imported when it runs: ``lrdoctor --help`` and ``lrdoctor check`` never
load the screen.
"""

from __future__ import annotations

import inspect
import os
import sys
import traceback
from collections.abc import Mapping
from contextlib import ExitStack
from difflib import get_close_matches
from enum import StrEnum
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import Annotated, TypeVar

import typer

from lrdoctor import __version__
from lrdoctor.diagnosis import Diagnosis
from lrdoctor.errors import LrdoctorError, UsageError
from lrdoctor.reports import Outcome, names

T = TypeVar("T")

app = typer.Typer(
    name="lrdoctor",
    help="Reads training logs, says what is wrong, and names the learning rate to use instead.",
    epilog="Try it now: lrdoctor demo",
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)


class FailOn(StrEnum):
    """From which state on ``check`` exits with 1."""

    CRITICAL = "critical"
    WARNING = "warning"
    NEVER = "never"


Paths = Annotated[
    list[Path], typer.Argument(metavar="PATH", help="Log files, or folders that hold them.")
]
ConfigFile = Annotated[
    Path | None,
    typer.Option("--config", metavar="FILE", help="Settings.  [default: ./lrdoctor.toml]"),
]
Host = Annotated[
    str, typer.Option(metavar="ADDRESS", help="Any but loopback needs the printed token.")
]
Port = Annotated[
    int | None,
    typer.Option(
        metavar="NUMBER", min=0, max=65535, help="[default: 8050, or the next that is free]"
    ),
]
NoBrowser = Annotated[bool, typer.Option("--no-browser", help="Do not open a browser.")]


@app.command()
def check(
    paths: Paths,
    format: Annotated[
        str, typer.Option("--format", "-f", metavar="NAME", help=f"One of {', '.join(names())}.")
    ] = "text",
    output: Annotated[
        Path | None, typer.Option("--output", "-o", metavar="FILE", help="Write there instead.")
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
    from lrdoctor import config as settings
    from lrdoctor import doctor, monitor
    from lrdoctor.reports import reports

    report = _named(format, reports(), "format")()
    started = perf_counter()
    chosen = settings.load(config)
    if until is None:
        diagnoses = monitor.check(paths, config=chosen)
    else:
        rules = chosen.build_rules()
        runs = monitor.read(paths, config=chosen)
        diagnoses = [doctor.diagnose(run.until(until), rules) for run in runs]
    outcome = Outcome(
        diagnoses,
        tuple(map(str, paths)),
        fail_on.value,
        perf_counter() - started,
        _bytes_read(diagnoses),
    )
    with ExitStack() as stack:
        stream = sys.stdout
        if output is not None:
            stream = stack.enter_context(output.open("w", encoding="utf-8"))
        report.write(outcome, stream)
    return outcome.exit_code


@app.command()
def watch(
    paths: Paths,
    host: Host = "127.0.0.1",
    port: Port = None,
    url_prefix: Annotated[
        str, typer.Option(metavar="PATH", help="Where a proxy serves the screen: /lrdoctor/.")
    ] = "/",
    store: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="[default: a file in your state folder]"),
    ] = None,
    config: ConfigFile = None,
    poll: Annotated[
        float | None,
        typer.Option(metavar="SECONDS", min=0.05, help="Look so often instead of by events."),
    ] = None,
    no_browser: NoBrowser = False,
) -> int:
    """Follow logs as they grow and serve the screen.

    Ctrl-C ends it.

    Example: lrdoctor watch runs/ --port 8060
    """
    from lrdoctor import config as settings
    from lrdoctor.server.run import serve

    settings.load(config)  # a wrong file is told here, before any process has started
    return serve(
        paths,
        host=host,
        port=port,
        prefix=url_prefix,
        store=store,
        config=config,
        poll=poll,
        open_browser=not no_browser,
    )


@app.command()
def rules() -> None:
    """List the rules, one line each.

    Example: lrdoctor rules
    """
    from lrdoctor.rules import rules as all_rules

    known = all_rules()
    widest = max(map(len, known), default=0)
    for name, rule in known.items():
        print(f"{name:<{widest}}  {_page(rule).splitlines()[0]}")


@app.command()
def explain(
    rule: Annotated[str, typer.Argument(metavar="RULE", help="A name out of `lrdoctor rules`.")],
) -> None:
    """Print a rule's page: what goes wrong, when it fires, what to do.

    Example: lrdoctor explain divergence
    """
    from lrdoctor.rules import rules as all_rules

    print(_page(_named(rule, all_rules(), "rule")))


@app.command()
def demo(
    folder: Annotated[
        Path | None,
        typer.Option("--dir", metavar="FOLDER", help="Keep the logs there.  [default: a new one]"),
    ] = None,
    fast: Annotated[bool, typer.Option("--fast", help="Train as fast as it goes.")] = False,
    seconds: Annotated[
        float, typer.Option(metavar="SECONDS", min=1, help="How long the trainings last.")
    ] = 60.0,
    no_watch: Annotated[bool, typer.Option("--no-watch", help="Only train, then end.")] = False,
    host: Host = "127.0.0.1",
    port: Port = None,
    no_browser: NoBrowser = False,
) -> int:
    """Train five small real models now and watch them.

    One is healthy; four are not.

    Example: lrdoctor demo --port 8060
    """
    from lrdoctor import demo as training

    duration = 0.0 if fast else seconds
    if no_watch:
        if folder is None:
            raise UsageError("--no-watch needs --dir: the folder to train into")
        training.train(folder, duration)
        return 0
    from lrdoctor.server.run import serve

    with TemporaryDirectory(prefix="lrdoctor-demo-") as temporary:
        logs = folder or Path(temporary, "logs")
        with training.in_background(logs, duration):
            return serve(
                [logs],
                host=host,
                port=port,
                prefix="/",
                store=Path(temporary, "store.sqlite"),
                config=None,
                poll=None,
                open_browser=not no_browser,
            )


@app.callback(invoke_without_command=True)
def _root(
    context: typer.Context,
    version: Annotated[bool, typer.Option("--version", help="Print the version.")] = False,
) -> int:
    if version:
        print(__version__)
    elif context.invoked_subcommand is None:
        print(context.get_help())
        return 2
    return 0


def main() -> int:
    """Run the command line. Returns the exit code; wrong usage is one line on stderr and 2."""
    for stream in (sys.stdout, sys.stderr):
        # A terminal without some character shows "?" in its place rather than a traceback.
        stream.reconfigure(errors="replace")  # type: ignore[union-attr]
    try:
        code = app(standalone_mode=False)
        sys.stdout.flush()
    except (BrokenPipeError, SystemExit) as error:
        # typer answers a broken pipe with an exit code of 1, which here means "findings".
        if not isinstance(error.__context__ or error, BrokenPipeError):
            raise
        # The reader has gone (`| head`). What is still buffered must not fail at exit, too.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 128 + 13
    except (KeyboardInterrupt, typer.Abort):
        return 128 + 2
    except typer.TyperException as error:
        return _complain(error.format_message())
    except LrdoctorError as error:
        return _complain(str(error))
    except OSError as error:
        where = "" if error.filename is None else f"{error.filename}: "
        return _complain(f"{where}{error.strerror or error}")
    except Exception:  # noqa: BLE001 - a bug is told in full, but 1 would mean "findings"
        traceback.print_exc()
        return 2
    return int(code or 0)


def _complain(message: str) -> int:
    from lrdoctor.reports._words import shown

    print(f"lrdoctor: {shown(' '.join(message.split()))}", file=sys.stderr)
    return 2


def _bytes_read(diagnoses: list[Diagnosis]) -> int:
    files = (Path(path) for path in {one.path for one in diagnoses})
    return sum(file.stat().st_size for file in files if file.is_file())


def _named(name: str, known: Mapping[str, type[T]], kind: str) -> type[T]:
    """What goes by this name.

    Raises:
        UsageError: nothing does; the message tells what comes near.
    """
    if name in known:
        return known[name]
    near = get_close_matches(name, known, n=1)
    hint = f"did you mean {near[0]}?" if near else f"known: {', '.join(known)}"
    raise UsageError(f"there is no {kind} {name!r}; {hint}")


def _page(rule: type) -> str:
    return inspect.getdoc(rule) or ""
