"""``lrdoctor watch`` and ``lrdoctor demo``: the commands that serve the screen."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated

import typer

from lrdoctor.cli.options import ConfigFile, Host, NoBrowser, Paths, Port
from lrdoctor.errors import UsageError


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
        typer.Option(metavar="SECONDS", min=0.05, help="Look this often; do not wait for events."),
    ] = None,
    no_browser: NoBrowser = False,
) -> int:
    """Follow logs as they grow and serve the screen.

    Ctrl-C ends it. LRDOCTOR_TOKEN is the token, LRDOCTOR_HOSTS the names behind a proxy.

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
                [str(logs)],
                host=host,
                port=port,
                prefix="/",
                store=Path(temporary, "store.sqlite"),
                config=None,
                poll=None,
                open_browser=not no_browser,
            )
