"""What runs are called."""

from __future__ import annotations

from pathlib import Path

import pytest

from lrdoctor.follow import naming
from lrdoctor.follow.find import Finder
from lrdoctor.follow.place import Place


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def names(*paths: str) -> list[str]:
    return naming.names(Finder(paths, ("*.csv", "*tfevents*")).find())


def fill(*files: str) -> None:
    for file in files:
        Path(file).parent.mkdir(parents=True, exist_ok=True)
        Path(file).touch()


def test_folder_with_one_log_lends_its_name() -> None:
    fill("logs/vit/lr-3e-3/metrics.csv", "logs/cnn/metrics.csv")
    assert names("logs") == ["cnn", "vit/lr-3e-3"]
    assert names("logs/") == ["cnn", "vit/lr-3e-3"]
    assert names("./logs/vit") == ["lr-3e-3"]


def test_logs_that_share_a_folder_add_their_file() -> None:
    fill("logs/vit/a.csv", "logs/vit/b.csv", "logs/c.csv", "logs/d.csv")
    assert names("logs") == ["c.csv", "d.csv", "vit/a.csv", "vit/b.csv"]


def test_path_that_is_the_folder_of_the_log_lends_its_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill("logs/vit/metrics.csv")
    assert names("logs/vit") == names("logs/vit/") == ["vit"]
    monkeypatch.chdir(tmp_path / "logs" / "vit")
    assert names(".") == ["vit"]


def test_path_that_is_a_file_lends_its_name() -> None:
    fill("logs/vit/metrics.csv")
    assert names("logs/vit/metrics.csv") == ["metrics.csv"]


def test_equal_names_below_several_paths_begin_with_what_tells_these_apart() -> None:
    fill("x/logs/m.csv", "y/logs/m.csv", "z/v/logs/m.csv", "z/v/logs/n.csv")
    assert names("x/logs", "y/logs") == ["x/logs", "y/logs"]
    assert names("x/logs/m.csv", "y/logs/m.csv") == ["x/logs/m.csv", "y/logs/m.csv"]
    assert names("z/v/logs", "x/logs/m.csv") == ["z/v/logs/m.csv", "n.csv", "x/logs/m.csv"]
    assert names("x", "y") == ["x/logs", "y/logs"]
    assert names("x", "x/logs/m.csv", "z/v/logs") == ["logs", "m.csv", "n.csv"]


def test_equal_names_at_urls_are_told_apart() -> None:
    urls = ["s3://lab/a/m.csv", "s3://lab/b/m.csv", "/c/m.csv"]
    places = [Place(url, url, None, url, (url,), True, "") for url in urls]
    assert naming.names(places[:2]) == ["a/m.csv", "b/m.csv"]
    assert naming.names(places) == urls


def test_event_files_are_named_together() -> None:
    fill("logs/a/events.out.tfevents.1.h", "logs/a/events.out.tfevents.2.h", "logs/a/m.csv")
    assert sorted(names("logs")) == ["a/events.out.tfevents", "a/m.csv"]


def test_any_number_of_files_of_one_name_are_told_apart() -> None:
    files = [f"/{n}/m.csv" for n in range(20_000)]
    places = [Place(file, file, None, file, (file,), True, file[:-6]) for file in files]
    assert naming.names(places) == [f"{n}/m.csv" for n in range(20_000)]


def test_runs_inside_a_file_add_their_own_name() -> None:
    fill("logs/vit/m.csv", "logs/cnn/m.csv", "logs/one/m.csv")
    places = Finder(["logs"], ("*.csv",)).find()
    runs = [["", "#2", "#3"], ["lr 0.1"], ["a", "lr\n0.1", "lr 0.1", "2"]]
    assert naming.names_of_runs(places, runs) == [
        ("cnn", {"": "cnn", "#2": "cnn#2", "#3": "cnn#3"}),
        ("one", {"lr 0.1": "one"}),
        ("vit", {"a": "vit#a", "lr\n0.1": "vit#lr 0.1", "lr 0.1": "vit#lr 0.1#2", "2": "vit#2"}),
    ]


def test_names_of_runs_are_no_other_place_s() -> None:
    fill("logs/vit/m.csv", "logs/vit#2/m.csv", "logs/vit#a/m.csv")
    places = Finder(["logs"], ("*.csv",)).find()
    named = naming.names_of_runs(places, [["", "a", "b"], ["", "#2"], [""]])
    assert named == [
        ("vit", {"": "vit", "a": "vit#a", "b": "vit#b"}),
        ("vit#2", {"": "vit#2", "#2": "vit#2#2"}),
        ("vit#a#2", {"": "vit#a#2"}),
    ]
