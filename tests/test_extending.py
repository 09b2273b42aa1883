"""The package that docs/extending.md shows does what is said of it, and a broken one is named."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

PAGE = Path(__file__).resolve().parent.parent / "docs" / "extending.md"


@pytest.fixture
def package(tmp_path: Path) -> Path:
    """A folder with the package of the page, as pip would install it, and a log of its format."""
    entry_points, rule, reader = re.findall(r"```(?:toml|python)\n(.*?)```", PAGE.read_text(), re.S)
    site = tmp_path / "site"
    own, told = site / "my_package", site / "my_package-1.dist-info"
    own.mkdir(parents=True)
    told.mkdir()
    (own / "__init__.py").touch()
    (own / "too_good.py").write_text(rule)
    (own / "pipes.py").write_text(reader)
    (told / "METADATA").write_text("Metadata-Version: 2.1\nName: my-package\nVersion: 1\n")
    groups = entry_points.replace('[project.entry-points."', "[").replace('"]', "]")
    (told / "entry_points.txt").write_text(groups.replace(' = "', " = ").replace('"\n', "\n"))
    rows = [f"{step}|{2 * 0.97**step:.5f}\n" for step in range(300)]
    (tmp_path / "run.pipes").write_text("".join([*rows[:100], "what?\n", *rows[100:]]))
    return tmp_path


def lrdoctor(package: Path, *command: str) -> str:
    path = os.pathsep.join([str(package / "site"), str(PAGE.parent.parent)])
    done = subprocess.run(
        [sys.executable, "-m", "lrdoctor", *command], cwd=package, capture_output=True, text=True,
        env=os.environ | {"PYTHONPATH": path},
    )  # fmt: skip
    assert done.returncode in (0, 2), done.stderr
    return done.stdout


def checked(package: Path) -> dict:  # type: ignore[type-arg]
    return json.loads(lrdoctor(package, "check", "run.pipes", "--format", "jsonl"))


def broken(package: Path, module: str, old: str, new: str) -> None:
    path = package / "site" / "my_package" / f"{module}.py"
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


def test_the_rule_and_the_format_of_the_page_serve(package: Path) -> None:
    told = checked(package)
    assert told["format"] == "pipes"
    assert told["points"] == 300
    assert told["problems"] == [
        {"path": "run.pipes", "line": 101, "what": "not a step, a pipe and a loss"}
    ]
    (finding,) = [each for each in told["findings"] if each["rule"] == "too-good"]
    assert (finding["onset_step"], finding["fired_step"]) == (174, 178)
    assert "fix-data" in [each["action"] for each in told["advice"]]


def test_the_rule_of_the_page_has_its_page_and_its_thresholds(package: Path) -> None:
    assert "The training loss is lower than" in lrdoctor(package, "explain", "too-good")
    (package / "lrdoctor.toml").write_text("[rules.too-good]\nfloor = 1e-6\n")
    assert "too-good" in checked(package)["checked"]


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("steps, low = ", "1 / 0\n        steps, low = ", "ZeroDivisionError"),
        ("steps, low = ", "yield 7\n        steps, low = ", "yields 7, which is no Finding"),
        ("yield Advice(", "yield 7, (", "which is no Advice"),
    ],
)
def test_a_rule_of_another_package_that_breaks_costs_only_itself(
    package: Path, old: str, new: str, said: str
) -> None:
    broken(package, "too_good", old, new)
    told = checked(package)
    assert told["status"] == "healthy"
    what = told["problems"][-1]["what"]
    assert what.startswith("the rule too-good failed on this run")
    assert said in what


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("*lines, self", "1 / 0\n        *lines, self", "the reader pipes of my_package failed"),
        ("return 0.95 if", "return 'yes' if", "the reader pipes failed to tell whether"),
        ("return 0.95", "1 / 0\n        return 0.95", "the reader pipes failed to tell whether"),
    ],
)
def test_a_reader_of_another_package_that_breaks_is_named(
    package: Path, old: str, new: str, said: str
) -> None:
    broken(package, "pipes", old, new)
    told = checked(package)
    assert told["status"] == "unreadable"
    assert said in told["headline"]
    assert told["headline"].endswith("please report it to its authors")
