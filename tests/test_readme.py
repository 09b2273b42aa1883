"""What the README says of the program is what the program says of itself."""

from __future__ import annotations

import inspect
import re
import shlex
from io import StringIO
from pathlib import Path

import pytest
from typer.main import get_command

import lrdoctor
from lrdoctor import cli, config
from lrdoctor.readers import readers
from lrdoctor.reports import Outcome, reports
from lrdoctor.rules import rules

README = Path(__file__).resolve().parent.parent / "README.md"
PAGES = [README, *sorted((README.parent / "docs").glob("*.md"))]
"""What tells users of commands: the README, and what it leads to."""


def section(name: str) -> str:
    """What stands between ``<!-- name: ... -->`` and ``<!-- end -->``."""
    found = re.search(rf"<!-- {name}:[^>]*-->\n(.*?)<!-- end -->", README.read_text(), re.S)
    assert found, f"README.md has no section {name}"
    return found[1]


def table(head: tuple[str, str], rows: dict[str, type]) -> str:
    lines = [f"| {head[0]} | {head[1]} |", "|---|---|"]
    for name, kind in rows.items():
        first = (inspect.getdoc(kind) or "").splitlines()[0]
        lines.append(f"| `{name}` | {first} |")
    return "\n".join(lines) + "\n"


def test_the_rules_are_those_there_are() -> None:
    assert section("rules") == table(("rule", "fires on"), rules())


def test_the_formats_are_those_there_are() -> None:
    assert section("formats") == table(("format", "is"), readers())


def test_every_command_and_option_shown_exists() -> None:
    commands = get_command(cli.app).commands  # type: ignore[attr-defined]
    pages = "".join(page.read_text() for page in PAGES)
    shown = re.findall(r"^lrdoctor ([\w-]+)(.*)$", pages, re.M)
    assert shown
    for name, rest in shown:
        assert name in commands
        words = shlex.split(rest.partition("|")[0], comments=True)
        command = commands[name]
        if subcommands := getattr(command, "commands", None):
            command = subcommands[words[0]]
        options = {each for option in command.params for each in option.opts}
        assert {word for word in words if word.startswith("-")} <= options
    assert set(commands) <= set(re.findall(r"lrdoctor ([\w-]+)", README.read_text())) | {"demo"}


def test_every_option_of_watch_has_its_line() -> None:
    (watch,) = (cmd for name, cmd in get_command(cli.app).commands.items() if name == "watch")  # type: ignore[attr-defined]
    options = {each for option in watch.params for each in option.opts if each.startswith("--")}
    told = set(re.findall(r"`(--[\w-]+)", section_of("The live screen")))
    assert told == options - {"--help"}


def section_of(heading: str) -> str:
    return README.read_text().split(f"## {heading}\n")[1].split("\n## ")[0]


def test_the_settings_shown_are_good(tmp_path: Path) -> None:
    (shown,) = re.findall(r"```toml\n(.*?)```", README.read_text(), re.S)
    path = tmp_path / "lrdoctor.toml"
    path.write_text(shown)
    settings = config.load(path)
    assert settings.columns
    assert settings.ignore
    assert len(settings.build_rules()) == len(rules()) - 1


def test_the_report_shown_is_of_the_demo(demo_logs: Path) -> None:
    stream = StringIO()
    outcome = Outcome(lrdoctor.check([demo_logs]), ("runs/",))
    reports()["text"]().write(outcome, stream)
    # The figures of a chaotic training differ from machine to machine; its state does not.
    assert states(section("check")) == states(stream.getvalue())


def states(report: str) -> list[str]:
    return re.findall(r"^\d of \d runs? .*|^\S [A-Z ]+ \S+", report, re.M)


def test_the_tree_of_the_architecture_is_todays() -> None:
    package = README.parent / "lrdoctor"
    tree = (README.parent / "docs" / "architecture.md").read_text().split("```")[1]
    named = re.findall(r"^  ([a-z_]+(?:/|\.py)) ", tree, re.M)
    folders = {f"{init.parent.name}/" for init in package.glob("*/__init__.py")}
    assert {name for name in named if name.endswith("/")} == folders
    assert [name for name in named if not (package / name).exists()] == []


def test_every_page_that_is_named_is_there() -> None:
    for page in PAGES:
        for name in re.findall(r"\]\(((?:docs|tests)/[\w./-]+)\)", page.read_text()):
            assert (README.parent / name).exists(), f"{page.name} leads to {name}"


@pytest.mark.parametrize(
    "path", [*PAGES, README.with_name("CHANGELOG.md")], ids=lambda one: one.name
)
def test_no_line_tells_of_a_machine(path: Path) -> None:
    text = path.read_text()
    assert not re.search(r"/(home|root|Users|work|tmp)/", text)
