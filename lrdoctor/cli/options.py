"""Options that several commands take, and names looked up."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, TypeVar

import typer

from lrdoctor.errors import not_known

T = TypeVar("T")

Paths = Annotated[
    list[str],
    typer.Argument(metavar="PATH", help="Log files, folders that hold them, or URLs of either."),
]
ConfigFile = Annotated[
    Path | None,
    typer.Option("--config", metavar="FILE", help="Settings.  [default: ./lrdoctor.toml]"),
]
OptimizerName = Annotated[
    str | None, typer.Option("--optimizer", metavar="NAME", help="Its name, in any spelling.")
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
AsJson = Annotated[bool, typer.Option("--json", help="JSON instead of sentences.")]
Log = Annotated[str, typer.Argument(metavar="LOG", help="The log of one run, or its URL.")]


def named(name: str, known: Mapping[str, type[T]], kind: str) -> type[T]:
    """What goes by this name.

    Raises:
        UsageError: nothing does; the message tells what comes near.
    """
    if name in known:
        return known[name]
    raise not_known(name, known, kind)
