"""The commands. They know every room of the house and hold no logic of their own.

What a command needs is imported when it runs: ``lrdoctor --help`` and ``lrdoctor check`` never
load the screen.
"""

from __future__ import annotations

import os
import re
import sys
import traceback
from typing import Annotated

import typer

from lrdoctor import __version__
from lrdoctor.cli.checking import check, report
from lrdoctor.cli.help import Command, help_alone
from lrdoctor.cli.known import optimizers, scale
from lrdoctor.cli.pages import explain, rules
from lrdoctor.cli.rates import compare, next_, range_test
from lrdoctor.cli.schedules import plateau, schedule
from lrdoctor.cli.screen import demo, watch
from lrdoctor.cli.store import app as store
from lrdoctor.cli.sweep import app as sweep
from lrdoctor.errors import LrdoctorError
from lrdoctor.reports._words import shown

app = typer.Typer(
    name="lrdoctor",
    help="Reads training logs, says what is wrong, and names the learning rate to use instead.",
    epilog="Try it now: lrdoctor demo",
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
app.command(cls=Command)(check)
app.command(cls=Command)(report)
app.command(cls=Command)(watch)
app.command("next", cls=Command)(next_)
app.command(cls=Command)(compare)
app.command("range-test", cls=Command)(range_test)
app.command(cls=Command)(schedule)
app.command(cls=Command)(plateau)
app.command(cls=Command)(scale)
app.command(cls=Command)(optimizers)
app.command(cls=Command)(rules)
app.command(cls=Command)(explain)
app.command(cls=Command)(demo)
app.add_typer(sweep, name="sweep")
app.add_typer(store, name="store")


@app.callback(invoke_without_command=True)
def _root(
    context: typer.Context,
    version: Annotated[bool, typer.Option("--version", help="Print the version.")] = False,
) -> int:
    if version:
        print(__version__)
        return 0
    return help_alone(context)


def main() -> int:
    """Run the command line. Returns the exit code; wrong usage is one line on stderr and 2."""
    # Where the caller has closed them (`2>&-`) Python has none, and a log would get their numbers.
    sys.stdout = sys.stdout or open(os.devnull, "w")  # noqa: SIM115 - for as long as we run
    sys.stderr = sys.stderr or open(os.devnull, "w")  # noqa: SIM115
    for stream in (sys.stdout, sys.stderr):
        # A terminal without some character shows "?" in its place rather than a traceback.
        stream.reconfigure(errors="replace")  # type: ignore[union-attr]
    try:
        code = app(standalone_mode=False, prog_name="lrdoctor")
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
        # What pydantic says of a value begins, and ends, with words for programmers.
        told = error.format_message().replace(": Value error, ", ": ")
        told = re.sub(r", unable to parse.*", "", told)
        return _complain(told.replace("Input should be ", "it must be "))
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
    print(f"lrdoctor: {shown(' '.join(message.split()))}", file=sys.stderr)
    return 2
