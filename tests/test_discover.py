"""One file, one thing: what discovery finds and what it refuses."""

from __future__ import annotations

import importlib
import sys
from importlib.metadata import EntryPoint
from pathlib import Path
from types import ModuleType

import pytest

from lrdoctor import discover
from lrdoctor.errors import ExtensionError
from lrdoctor.rules import Rule

RULE = """
from collections.abc import Iterator
from lrdoctor.diagnosis import Finding
from lrdoctor.rules import Rule
from lrdoctor.run import Run

class {name}(Rule):
    def examine(self, run: Run) -> Iterator[Finding]:
        return iter(())
"""


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "clinic_of_rules"
    folder.mkdir()
    (folder / "__init__.py").write_text("")
    monkeypatch.syspath_prepend(str(tmp_path))
    return folder


def loaded(folder: Path) -> ModuleType:
    for name in [m for m in sys.modules if m.partition(".")[0] == folder.name]:
        del sys.modules[name]
    importlib.invalidate_caches()
    return importlib.import_module(folder.name)


def test_names_are_file_names_with_dashes(package: Path) -> None:
    (package / "hidden_nan.py").write_text(RULE.format(name="HiddenNan"))
    (package / "spike.py").write_text(RULE.format(name="Spike"))
    found = discover.classes(loaded(package), Rule)  # type: ignore[type-abstract]
    assert list(found) == ["hidden-nan", "spike"]


def test_modules_with_an_underscore_are_shared_parts(package: Path) -> None:
    (package / "_reading.py").write_text("answer = 42")
    assert discover.classes(loaded(package), Rule) == {}  # type: ignore[type-abstract]


def test_a_module_that_fails_to_import_is_named(package: Path) -> None:
    (package / "broken.py").write_text("import no_such_module")
    with pytest.raises(ExtensionError, match=r"clinic_of_rules\.broken fails to import"):
        discover.classes(loaded(package), Rule)  # type: ignore[type-abstract]


@pytest.mark.parametrize("names", [(), ("One", "Two")])
def test_not_exactly_one_class_is_an_error(package: Path, names: tuple[str, ...]) -> None:
    (package / "many.py").write_text("".join(RULE.format(name=name) for name in names))
    with pytest.raises(ExtensionError, match=r"many\.py: defines \d Rule classes"):
        discover.classes(loaded(package), Rule)  # type: ignore[type-abstract]


def test_a_class_that_is_only_imported_does_not_count(package: Path) -> None:
    (package / "spike.py").write_text(RULE.format(name="Spike"))
    (package / "dent.py").write_text(
        "from clinic_of_rules.spike import Spike\n" + RULE.format(name="Dent")
    )
    found = discover.classes(loaded(package), Rule)  # type: ignore[type-abstract]
    assert [kind.__name__ for kind in found.values()] == ["Dent", "Spike"]


def installed(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    entry = EntryPoint(name, value, "clinic_of_rules")
    monkeypatch.setattr(discover, "entry_points", lambda group: [entry])


def test_a_class_of_another_package_is_found_by_its_entry_point(
    package: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (package / "_other.py").write_text(RULE.format(name="Dent"))
    installed(monkeypatch, "dent", "clinic_of_rules._other:Dent")
    assert list(discover.classes(loaded(package), Rule)) == ["dent"]  # type: ignore[type-abstract]


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("dent", "no_such_package:Dent", "'dent' .* fails to import: No module named"),
        ("dent", "clinic_of_rules.spike:Dent", "'dent' .* fails to import: .* no attribute"),
        ("dent", "pathlib:Path", "'dent' .* is no Rule"),
        ("spike", "clinic_of_rules.spike:Spike", "'spike' .* takes the name of a Rule"),
    ],
)
def test_one_of_another_package_that_cannot_serve_is_named(
    package: Path, monkeypatch: pytest.MonkeyPatch, name: str, value: str, said: str
) -> None:
    (package / "spike.py").write_text(RULE.format(name="Spike"))
    installed(monkeypatch, name, value)
    with pytest.raises(ExtensionError, match=said):
        discover.classes(loaded(package), Rule)  # type: ignore[type-abstract]


def test_functions_carry_their_module_s_name(package: Path) -> None:
    (package / "running_mean.py").write_text("def running_mean(values):\n    return values\n")
    assert list(discover.functions(loaded(package))) == ["running-mean"]
    (package / "slope.py").write_text("def other(values):\n    return values\n")
    with pytest.raises(ExtensionError, match=r"slope defines no function slope\(\)"):
        discover.functions(loaded(package))
