"""Compiles the readers' and signals' C code into the wheel, where there is a compiler; else the
wheel is pure.

The code keeps to Python's limited interface: one build runs on Python 3.11 and all later ones.
An editable install finds it beside what uses it, where git ignores it.
"""

from __future__ import annotations

import os
import runpy
import shlex
import subprocess
import sys
import sysconfig
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface
from packaging.tags import sys_tags

READERS, SIGNALS = Path("lrdoctor", "readers"), Path("lrdoctor", "signals")
NAME = "_compiled.abi3.so"
LONGEST = 120
"""Seconds that a compiler may take; it needs two."""


class Compiled(BuildHookInterface):  # type: ignore[type-arg]
    PLUGIN_NAME = "custom"

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        # An editable install is the checkout itself; a wheel must leave that as it is.
        self._place = tempfile.TemporaryDirectory()
        root = Path(self.root if version == "editable" else self._place.name)
        built = {part: root / part / NAME for part in (READERS, SIGNALS)}
        for part, to in built.items():
            to.parent.mkdir(parents=True, exist_ok=True)
            reason = compiled(Path(self.root), to, part=part)
            if reason is not None:
                for each in built.values():
                    each.unlink(missing_ok=True)
                self.app.display_warning(f"lrdoctor: nothing compiled, NumPy does it all: {reason}")
                return
        build_data["pure_python"] = False
        build_data["tag"] = f"cp311-abi3-{_platform()}"
        if version != "editable":
            told = {str(to): (part / NAME).as_posix() for part, to in built.items()}
            build_data["force_include"].update(told)

    def finalize(self, version: str, build_data: dict[str, Any], artifact_path: str) -> None:
        self._place.cleanup()


def compiled(root: Path, to: Path, more: Sequence[str] = (), part: Path = READERS) -> str | None:
    """Compile a part, and see that it loads; returns why that cannot be done, None where it was."""
    if os.environ.get("LRDOCTOR_PURE", "") not in ("", "0"):
        return "LRDOCTOR_PURE is set"
    if os.name != "posix" or sys.byteorder != "little":
        return "it is written for little-endian machines under Linux, BSD or macOS"
    compiler = shlex.split(os.environ.get("CC") or sysconfig.get_config_var("CC") or "cc")
    link = ["-bundle", "-undefined", "dynamic_lookup"] if sys.platform == "darwin" else ["-shared"]
    sources = sorted(map(str, root.joinpath(part, "native").glob("*.c")))
    with tempfile.TemporaryDirectory(dir=to.parent) as place:
        made = Path(place, to.name)
        command = [*compiler, "-std=c11", "-O3", "-fPIC", "-Wall", "-Wextra", *link, *more,
                   "-ffp-contract=off",  # figures to the bit, on every machine
                   f"-DLRDOCTOR_SOURCES={_fingerprint(root, part)}",
                   *shlex.split(os.environ.get("CFLAGS", "")),
                   f"-I{sysconfig.get_path('include')}", *sources, "-o", str(made)]  # fmt: skip
        reason = _failure(command)
        if reason is None and not more:
            load = "import importlib.util as i; s = i.spec_from_file_location('_compiled', {!r}); "
            load += "s.loader.exec_module(i.module_from_spec(s))"
            reason = _failure([sys.executable, "-c", load.format(str(made))])
        if reason is None:
            made.replace(to)  # at once: a process may be importing the former one
        return reason


def _fingerprint(root: Path, part: Path) -> int:
    """As lrdoctor itself tells its sources when it loads what was made of them."""
    told = runpy.run_path(str(root / "lrdoctor" / "compiled.py"))
    return int(told["fingerprint"](root / part / "native"))


def _failure(command: Sequence[str]) -> str | None:
    """The last line of what a command complains of where it fails."""
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=LONGEST)
    except (OSError, subprocess.TimeoutExpired) as error:
        return str(error)
    lines = [line for line in done.stderr.splitlines() if "error" in line.lower()]
    return (lines or [f"{command[0]} failed"])[-1].strip() if done.returncode else None


def _platform() -> str:
    """The wheel's platform, as pip looks for it; manylinux is for who checks for it."""
    tags = (tag.platform for tag in sys_tags())
    return next(tag for tag in tags if "manylinux" not in tag and "musllinux" not in tag)
