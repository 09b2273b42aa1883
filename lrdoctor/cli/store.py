"""``lrdoctor store``: look after what ``lrdoctor watch`` keeps on disk."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from lrdoctor.cli.help import Command, help_alone
from lrdoctor.cli.options import AsJson, ConfigFile
from lrdoctor.errors import StoreDamaged, UsageError
from lrdoctor.reports._words import plural, shown, size

Watched = Annotated[
    list[str] | None,
    typer.Argument(metavar="PATH", help="The paths that `lrdoctor watch` was given."),
]
File = Annotated[
    Path | None, typer.Option("--store", metavar="FILE", help="The store's file, in place of PATH.")
]

app = typer.Typer(
    help="Look after what `lrdoctor watch` keeps of the logs.",
    epilog="Example: lrdoctor store info runs/",
    rich_markup_mode=None,
)
app.callback(invoke_without_command=True)(help_alone)


@app.command(cls=Command)
def info(paths: Watched = None, store: File = None, as_json: AsJson = False) -> None:
    """Tell what a store holds.

    Example: lrdoctor store info runs/
    """
    from lrdoctor.edition import edition
    from lrdoctor.store import Remarks, Store

    file = _file(paths, store)
    with Store.open(file, read_only=True) as opened:
        held, status, by = opened.contents(), opened.status(), opened.editions()
    outdated = sum(by.values()) - by.get(edition(), 0)
    beside = Remarks(file)
    said = sum(map(len, beside.standing()[1].values()))
    beside.close()
    on_disk = _on_disk(file)
    if as_json:
        told = {
            "store": str(file),
            "bytes": on_disk,
            **asdict(held),
            "roots": list(status.roots),
        }
        _print({**told, "outdated": outdated, "remarks": said})
        return
    each = held.packed / held.points if held.points else 0.0
    print(shown(f"{file}, {size(on_disk)}, form {held.schema}"))
    print(shown(f"of {', '.join(status.roots) or 'no logs yet'}"))
    print(f"{plural(held.runs, 'run')} and {held.gone:,} whose logs are gone, "
          f"{plural(held.files, 'file')}, {plural(held.tags, 'tag')}")  # fmt: skip
    print(f"{plural(held.points, 'point')} in {plural(held.blocks, 'block')}, "
          f"{size(held.packed)}: {each:.1f} bytes each")  # fmt: skip
    if outdated:
        print(f"{plural(outdated, 'run')} diagnosed by another lrdoctor than this one: "
              "`lrdoctor watch` does it anew, beside all else")  # fmt: skip
    if said:
        print(shown(f"{plural(said, 'remark')} of people, in {beside.path}"))


@app.command(cls=Command)
def verify(paths: Watched = None, store: File = None, as_json: AsJson = False) -> int:
    """Read all of a store and check every checksum. Exit code 1: something is damaged.

    Example: lrdoctor store verify runs/
    """
    from lrdoctor.store import Store

    file = _file(paths, store)
    try:
        with Store.open(file, read_only=True) as opened:
            damages, held = opened.damages(), opened.contents()
        told = f"sound: {plural(held.blocks, 'block')} of {plural(held.runs + held.gone, 'run')}"
    except StoreDamaged as error:
        damages, told = [str(error)], ""
    if as_json:
        _print({"store": str(file), "sound": not damages, "damages": damages})
    elif damages:
        for each in damages:
            print(shown(each))
        print("The logs are the truth: `lrdoctor store rebuild` reads them again.")
    else:
        print(told)
    return int(bool(damages))


@app.command(cls=Command)
def compact(
    paths: Watched = None,
    store: File = None,
    config: ConfigFile = None,
    as_json: AsJson = False,
) -> None:
    """Make it smaller: drop runs long gone, merge blocks, free room.

    Example: lrdoctor store compact runs/
    """
    import time

    from lrdoctor import config as settings
    from lrdoctor.store import Store

    file = _file(paths, store)
    before = _on_disk(file)
    with Store.open(file) as opened:
        dropped = opened.forget_gone(time.time() - settings.load(config).keep_gone)
        opened.compact()
    after = _on_disk(file)
    if as_json:
        _print({"store": str(file), "before": before, "bytes": after, "dropped": dropped})
    else:
        print(f"{size(before)} → {size(after)}; {plural(dropped, 'run')} dropped")


@app.command(cls=Command)
def rebuild(
    paths: Watched = None,
    store: File = None,
    config: ConfigFile = None,
    as_json: AsJson = False,
) -> None:
    """Read every log again from its beginning. Runs whose logs are gone stay as they are.

    Example: lrdoctor store rebuild runs/
    """
    from lrdoctor import config as settings
    from lrdoctor.monitor import Monitor
    from lrdoctor.store import Store

    file = _file(paths, store)
    aside: Path | None = None
    try:
        opened = Store.open(file)
        roots = opened.status().roots
        opened.forget_offsets()
    except StoreDamaged:
        if not paths:
            raise
        roots, aside = (), Store.set_aside(file)
        opened = Store.open(file)
    with opened:
        monitor = Monitor(list(paths or roots), opened, config=settings.load(config))
        monitor.poll()
        held = opened.contents()
    if as_json:
        told = {"runs": held.runs, "points": held.points, "set_aside": aside and str(aside)}
        _print({"store": str(file), **told})
        return
    if aside is not None:
        print(shown(f"It was damaged: kept as {aside}"))
    print(f"{plural(held.runs, 'run')}, {plural(held.points, 'point')} read again")


def _file(paths: Sequence[str] | None, store: Path | None) -> Path:
    from lrdoctor.server.place import default_store

    if store is None and not paths:
        raise UsageError("name the PATHs that are watched, or the store with --store FILE")
    file = store.expanduser() if store is not None else default_store(paths or ())
    if not file.exists():
        raise UsageError(f"there is no store {file} yet: `lrdoctor watch` makes it")
    return file


def _on_disk(file: Path) -> int:
    """Bytes, with what SQLite has not moved from its log into the file: at first that is all."""
    log = Path(f"{file}-wal")
    return file.stat().st_size + (log.stat().st_size if log.exists() else 0)


def _print(told: dict[str, object]) -> None:
    print(json.dumps(told, allow_nan=False))
