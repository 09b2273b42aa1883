"""Compiled code of other sources is left alone."""

from __future__ import annotations

from pathlib import Path
from types import ModuleType

import pytest

from lrdoctor import compiled

CHECKOUT = Path(__file__).parents[1]


@pytest.fixture
def built(tmp_path: Path) -> ModuleType:
    native = tmp_path / "native"
    native.mkdir()
    (native / "a.c").write_text("int a;")
    (native / "b.h").write_text("int b;")
    module = ModuleType("built")
    module.__file__ = str(tmp_path / "_compiled.abi3.so")
    module.__dict__["SOURCES"] = compiled.fingerprint(native)
    return module


def test_code_of_these_sources_is_used(built: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("LRDOCTOR_PURE", raising=False)
    assert compiled.usable(built)
    monkeypatch.setenv("LRDOCTOR_PURE", "1")
    assert not compiled.usable(built)


@pytest.mark.parametrize("name", ["a.c", "b.h", "new.c"])
def test_code_of_other_sources_is_not(
    built: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.delenv("LRDOCTOR_PURE", raising=False)
    (tmp_path / "native" / name).write_text("int c;")
    with pytest.warns(RuntimeWarning, match="install lrdoctor again"):
        assert not compiled.usable(built)


def test_code_without_a_fingerprint_is_not(
    built: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("LRDOCTOR_PURE", raising=False)
    del built.__dict__["SOURCES"]
    with pytest.warns(RuntimeWarning, match="other sources"):
        assert not compiled.usable(built)


def test_an_installed_package_without_sources_uses_its_code(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("LRDOCTOR_PURE", raising=False)
    module = ModuleType("built")
    module.__file__ = str(tmp_path / "_compiled.abi3.so")
    assert compiled.usable(module)


@pytest.mark.parametrize("part", ["readers", "signals"])
def test_each_compiled_part_has_its_sources_beside_it(part: str) -> None:
    assert compiled.fingerprint(CHECKOUT / "lrdoctor" / part / "native")
