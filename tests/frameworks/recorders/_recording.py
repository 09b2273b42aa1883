"""What every recorder shares: where the log goes, and the truth that is written beside it."""

from __future__ import annotations

import json
import math
import sys
from collections.abc import Mapping
from pathlib import Path

Setting = str | int | float | None


class Run:
    """What one run logged, noted inside the training itself."""

    def __init__(self, x_axis: str, settings: Mapping[str, Setting], format: str) -> None:
        self.x_axis = x_axis
        self.settings = dict(settings)
        """Names as in ``lrdoctor.run.Settings``; what the log and its side files tell."""
        self.format = format
        self.tags: dict[str, list[tuple[int, float]]] = {}
        self.formats: dict[str, str] = {}
        self.clocks: list[str] = []
        self.ending: str | None = None
        """What ended it, as ``lrdoctor.ending.End`` calls that; None: it came to its end."""

    def log(self, tag: str, step: int, value: float) -> None:
        """Note a point, in the order of logging.

        Args:
            tag: as the framework writes it.
        """
        self.tags.setdefault(tag, []).append((step, float(value)))

    def rounded(self, tag: str, format: str) -> None:
        """The framework writes this tag with fewer digits: ``".4f"``, as ``format`` takes it."""
        self.formats[tag] = format

    def clock(self, tag: str) -> None:
        """This tag tells times that only the framework saw: it is there, whatever its values."""
        self.clocks.append(tag)


class Recording:
    """``OUT_DIR/log/``, which the framework writes to, and ``OUT_DIR/truth.json``."""

    def __init__(self, format: str) -> None:
        """
        Args:
            format: the name of the reader that is to take the log.
        """
        if len(sys.argv) != 2:
            raise SystemExit(f"usage: {Path(sys.argv[0]).name} OUT_DIR")
        self.format = format
        self.out = Path(sys.argv[1]).resolve()
        self.log = self.out / "log"
        self.log.mkdir(parents=True)
        self.runs: dict[str, Run] = {}

    def run(
        self,
        name: str = "",
        *,
        x_axis: str = "step",
        format: str | None = None,
        **settings: Setting,
    ) -> Run:
        """Begin a run.

        Args:
            name: what lrdoctor calls it, below ``log/``; "" for the only one.
            x_axis: what its steps are: ``step``, ``epoch`` or ``row``.
            format: where it is another than the recording's.
        """
        run = self.runs[name] = Run(x_axis, settings, format or self.format)
        return run

    def forget_place(self, *patterns: str) -> None:
        """Take this machine's folders out of the text files of these names."""
        here = str(Path(__file__).resolve().parent)
        for pattern in patterns:
            for path in self.log.rglob(pattern):
                text = path.read_text().replace(str(self.log), "log").replace(here, "recorders")
                path.write_text(text)

    def write(self) -> None:
        """Write the truth."""
        truth = {
            "format": self.format,
            "runs": {
                name: {
                    "format": run.format,
                    "x_axis": run.x_axis,
                    "settings": run.settings,
                    "rounded": run.formats,
                    "clocks": run.clocks,
                    **({} if run.ending is None else {"ending": run.ending}),
                    "tags": {
                        tag: [[step, _spelt(value)] for step, value in points]
                        for tag, points in run.tags.items()
                    },
                }
                for name, run in self.runs.items()
            },
        }
        text = json.dumps(truth, allow_nan=False)
        (self.out / "truth.json").write_text(text.replace('"tags"', '\n"tags"') + "\n")


def _spelt(value: float) -> float | str:
    """JSON has no word for what is no number."""
    if math.isnan(value):
        return "NaN"
    return value if math.isfinite(value) else "Infinity" if value > 0 else "-Infinity"


def tidy(folder: Path, *kept: str) -> None:
    """Remove what a framework notes of the machine it ran on: all files but those of these names.

    Args:
        kept: shell patterns.
    """
    for path in sorted(folder.rglob("*"), reverse=True):
        if path.is_symlink() or (path.is_file() and not any(path.match(name) for name in kept)):
            path.unlink()
        elif path.is_dir() and not any(path.iterdir()):
            path.rmdir()
