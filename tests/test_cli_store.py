"""``lrdoctor store``: what is kept is told, checked, made small, and read again from the logs."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

from lrdoctor import cli
from lrdoctor.monitor import Monitor
from lrdoctor.store import Kind, Remark, Remarks, Store
from tests.stores import meddle, write_log

Told = Callable[..., tuple[int, str]]
AsJson = Callable[..., dict[str, object]]


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    folder = tmp_path / "logs"
    folder.mkdir()
    write_log(folder / "m.csv")
    return folder


@pytest.fixture
def path(root: Path, tmp_path: Path) -> Path:
    path = tmp_path / "store.db"
    with Store.open(path) as store:
        Monitor([root], store).poll()
    return path


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Told:
    def say(*words: object) -> tuple[int, str]:
        monkeypatch.setattr("sys.argv", ["lrdoctor", "store", *map(str, words)])
        return cli.main(), capsys.readouterr().out

    return say


@pytest.fixture
def as_json(told: Told) -> Callable[..., dict[str, object]]:
    return lambda *words: json.loads(told(*words, "--json")[1])


def test_info_counts(told: Told, as_json: AsJson, path: Path, root: Path) -> None:
    held = as_json("info", "--store", path)
    assert (held["runs"], held["points"], held["gone"], held["roots"]) == (1, 40, 0, [str(root)])
    code, text = told("info", "--store", path)
    assert code == 0
    assert "1 run and 0 whose logs are gone, 1 file, 1 tag" in text
    assert "40 points in 2 blocks" in text


def test_info_counts_the_bytes_that_still_lie_in_the_log(as_json: AsJson, path: Path) -> None:
    before = as_json("info", "--store", path)["bytes"]
    assert isinstance(before, int)
    with sqlite3.connect(path) as database:  # open, so that its log stays beside it
        database.execute("CREATE TABLE more AS SELECT randomblob(100000) AS bytes")
        database.commit()
        now = as_json("info", "--store", path)["bytes"]
    database.close()
    assert isinstance(now, int)
    assert now >= before + 100_000


def test_info_counts_the_diagnoses_of_another_lrdoctor(
    told: Told, as_json: AsJson, path: Path
) -> None:
    assert as_json("info", "--store", path)["outdated"] == 0
    assert "diagnosed by another" not in told("info", "--store", path)[1]
    meddle(path, "update run set edition = '0.0.1 00000000'")
    assert as_json("info", "--store", path)["outdated"] == 1
    assert "1 run diagnosed by another lrdoctor" in told("info", "--store", path)[1]


def test_store_of_watched_paths_is_found(
    as_json: AsJson, root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from lrdoctor.server.place import default_store

    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    with Store.open(default_store([root])) as store:
        Monitor([root], store).poll()
    assert as_json("info", root)["points"] == 40


def test_store_of_a_watched_url_is_found(
    as_json: AsJson, root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from lrdoctor.server.place import default_store

    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    Store.open(default_store(["s3://bucket/runs"])).close()
    assert as_json("info", "s3://bucket/runs")["runs"] == 0


def test_sound_store_is_said_to_be_sound(told: Told, as_json: AsJson, path: Path) -> None:
    assert told("verify", "--store", path) == (0, "sound: 2 blocks of 1 run\n")
    assert as_json("verify", "--store", path)["damages"] == []


def test_damage_is_told_and_mended(told: Told, path: Path, root: Path) -> None:
    with Store.open(path, read_only=True) as store:
        [before] = store.changed()[1]
    meddle(path, "update block set data = zeroblob(40)")
    code, text = told("verify", "--store", path)
    assert code == 1
    assert text.startswith("logs: a block of loss is damaged\n")
    assert told("rebuild", "--store", path) == (0, "1 run, 40 points read again\n")
    assert told("verify", "--store", path)[0] == 0
    with Store.open(path, read_only=True) as store:
        [after] = store.changed()[1]
        assert (after.id, after.line) == (before.id, before.line)


def test_store_that_is_none_any_more_is_rebuilt_from_the_paths(
    told: Told, as_json: AsJson, path: Path, root: Path
) -> None:
    path.write_bytes(b"\xff" * 10_000)
    assert told("verify", "--store", path)[0] == 1
    code, text = told("rebuild", root, "--store", path)
    assert code == 0
    assert text == f"It was damaged: kept as {path}.damaged-1\n1 run, 40 points read again\n"
    assert as_json("info", "--store", path)["points"] == 40


def test_compact_drops_what_is_long_gone(
    as_json: AsJson, path: Path, root: Path, tmp_path: Path
) -> None:
    (root / "m.csv").unlink()
    with Store.open(path) as store:
        Monitor([root], store).poll()
    assert as_json("compact", "--store", path)["dropped"] == 0
    meddle(path, "update run set observed_at = 0")
    (tmp_path / "lrdoctor.toml").write_text('[store]\nkeep_gone = "forever"\n')
    assert as_json("compact", "--store", path)["dropped"] == 0
    (tmp_path / "lrdoctor.toml").unlink()
    assert as_json("compact", "--store", path)["dropped"] == 1
    assert as_json("info", "--store", path)["points"] == 0


def test_watching_lets_go_of_what_is_long_gone(path: Path, root: Path) -> None:
    (root / "m.csv").unlink()
    with Store.open(path) as store:
        Monitor([root], store).poll()
        assert store.contents().gone == 1
        Monitor([root], store, clock=lambda: 4e9).poll()
        assert store.contents().gone == 0


def test_wrong_usage_is_told(told: Told, path: Path) -> None:
    assert told("info")[0] == 2
    assert told("info", "--store", "none.db")[0] == 2


def test_remarks_are_counted_and_outlive_a_store_that_is_made_anew(
    told: Told, as_json: AsJson, path: Path, root: Path
) -> None:
    assert as_json("info", "--store", path)["remarks"] == 0
    with Store.open(path, read_only=True) as store:
        [run] = store.changed()[1]
    said = Remarks(path)
    said.add(Remark(run.id, Kind.NOTE, 1.0, "Ada", "The baseline."))
    assert "1 remark of people" in told("info", "--store", path)[1]
    path.write_bytes(b"damaged " * 1000)
    for end in ("-wal", "-shm"):
        path.with_name(path.name + end).unlink(missing_ok=True)
    assert as_json("rebuild", root, "--store", path)["set_aside"]
    assert as_json("info", "--store", path)["remarks"] == 1
    with Store.open(path, read_only=True) as store:
        assert [one.id for one in store.changed()[1]] == list(said.standing()[1])
