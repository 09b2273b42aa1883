"""The wheel carries all it needs: installed alone, it checks and it serves."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import sysconfig
import venv
import zipfile
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import httpx
import pytest

CHECKOUT = Path(__file__).resolve().parent.parent
pytestmark = pytest.mark.wheel


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build(tmp_path_factory.mktemp("wheel"))[0]


def build(out: Path, **environment: str) -> tuple[Path, str]:
    """The wheel, and what building it told."""
    command = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", out]
    done = subprocess.run([*command, CHECKOUT], check=True, capture_output=True, text=True,
                          env=os.environ | environment)  # fmt: skip
    (built,) = out.glob("*.whl")
    return built, done.stdout + done.stderr


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The ``bin`` of an environment that holds the wheel, and no path to the checkout.

    The dependencies are those of the test's own environment, put behind the wheel: a folder that
    a .pth file names has its own .pth files passed over, so the checkout's editable install is
    not seen. The version bounds are pip's business and are not tested here.
    """
    home = tmp_path_factory.mktemp("installed")
    venv.create(home, symlinks=True)
    python = home / "bin" / "python"
    pip = [sys.executable, "-m", "pip", "--python", python, "install", "--no-deps", "--no-index"]
    subprocess.run([*pip, "--quiet", wheel], check=True, capture_output=True)
    (site,) = home.glob("lib/python*/site-packages")
    (site / "dependencies.pth").write_text(sysconfig.get_path("purelib") + "\n")
    return python.parent


@pytest.fixture
def clean() -> dict[str, str]:
    """The environment without what would lead Python back to the checkout."""
    gone = ("PYTHONPATH", "VIRTUAL_ENV", "FORCE_COLOR")
    return {name: value for name, value in os.environ.items() if name not in gone}


def test_the_folders_beside_the_package_are_inside(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    for folder in ("assets", "sample_logs"):
        files = (path for path in (CHECKOUT / folder).rglob("*.*") if path.is_file())
        ours = {path.relative_to(CHECKOUT).as_posix() for path in files}
        assert ours
        assert {f"lrdoctor/{name}" for name in ours} <= set(names)
    assert not [name for name in names if name.startswith(("tests/", "lrdoctor/tests"))]


def test_type_checkers_read_the_packages_own_types(installed: Path, tmp_path: Path) -> None:
    (tmp_path / "asks.py").write_text("import lrdoctor\nreveal_type(lrdoctor.check(['logs']))\n")
    command = [sys.executable, "-m", "mypy", "--python-executable", installed / "python", "asks.py"]
    told = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True).stdout
    assert 'Revealed type is "list[lrdoctor.diagnosis.Diagnosis]"' in told.replace("builtins.", "")


def test_all_that_can_be_compiled_is_inside(wheel: Path) -> None:
    if wheel.name.endswith("-none-any.whl"):
        pytest.skip("there is no compiler")
    names = zipfile.ZipFile(wheel).namelist()
    for part in (path.parent for path in CHECKOUT.glob("lrdoctor/*/native")):
        assert f"lrdoctor/{part.name}/_compiled.abi3.so" in names


def test_where_there_is_no_compiler_the_wheel_is_pure_and_says_so(tmp_path: Path) -> None:
    built, told = build(tmp_path, CC="no-such-compiler", LRDOCTOR_PURE="")
    assert built.name.endswith("-py3-none-any.whl")
    assert "nothing compiled, NumPy does it all" in told
    assert not [name for name in zipfile.ZipFile(built).namelist() if name.endswith(".so")]


def test_check_runs_from_the_wheel(installed: Path, clean: dict[str, str], tmp_path: Path) -> None:
    where = "from lrdoctor.resources import folder; print(folder('sample_logs'))"
    asked = [installed / "python", "-c", where]
    samples = Path(subprocess.check_output(asked, cwd=tmp_path, env=clean, text=True).strip())
    assert installed.parent in samples.parents
    command = [installed / "lrdoctor", "check", samples, "--format", "jsonl", "--fail-on", "never"]
    done = subprocess.run(command, cwd=tmp_path, env=clean, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    statuses = {json.loads(line)["status"] for line in done.stdout.splitlines()}
    assert {"critical", "healthy"} <= statuses


def test_watch_serves_from_the_wheel(
    installed: Path,
    clean: dict[str, str],
    tmp_path: Path,
    serving: Callable[..., AbstractContextManager[Any]],
) -> None:
    logs = tmp_path / "logs"
    logs.mkdir()
    (logs / "a.csv").write_text("step,loss\n" + "".join(f"{i},{2 / i}\n" for i in range(1, 60)))
    store = tmp_path / "store.sqlite"
    command = [installed / "lrdoctor", "watch", logs, "--port", "0", "--no-browser", "--store"]
    with serving([*command, store], cwd=tmp_path, env=clean) as it:
        assert httpx.get(it.address + "healthz").status_code == 200
        page = httpx.get(it.address)
        assert page.status_code == 200
        assert "lrdoctor" in page.text
        assert it.interrupt() == 0
