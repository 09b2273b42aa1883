"""Which event files are one run, and what their tags are called in it."""

from __future__ import annotations

import os
from pathlib import Path

from lrdoctor.follow.find import Finder
from lrdoctor.follow.place import Place

NAME = "events.out.tfevents.1700000000.h.7.0"


def fill(root: Path, **tags: str) -> None:
    """An event file in each folder, ``_`` for the root, that holds one tag; "": none yet."""
    for folder, tag in tags.items():
        place = root / folder.replace("__", "/") if folder != "_" else root
        place.mkdir(parents=True, exist_ok=True)
        text = b"brain.Event:2" + bytes(40)
        if tag:
            text += b"\x0a" + bytes([len(tag)]) + tag.encode() + b"\x15" + bytes(300)
        (place / NAME).write_bytes(text)


def runs(*roots: Path) -> dict[str, list[str]]:
    """What the tag ``t`` of each file is called, by run."""
    finder = Finder([str(root) for root in roots], ("*tfevents*",))
    return {named(place): called(place) for place in finder.find()}


def named(place: Place) -> str:
    return place.folder if place.folder is not None else os.path.basename(place.path)


def called(place: Place) -> list[str]:
    return [place.tag_of(path, "t") for path in place.files]


def test_training_and_validation_are_one_run(tmp_path: Path):
    fill(tmp_path, a__train="loss", a__validation="loss", b__learn="RMSE", b__test="RMSE")
    assert runs(tmp_path) == {"a": ["train/t", "validation/t"], "b": ["learn/t", "test/t"]}
    (a, _) = Finder([str(tmp_path)], ("*tfevents*",)).find()
    assert (a.path, a.home) == (str(tmp_path / "a"), str(tmp_path / "a"))


def test_they_keep_their_names_when_read_alone(tmp_path: Path):
    fill(tmp_path, a__train="loss", a__validation="loss", a__test="loss")
    assert runs(tmp_path / "a" / "validation") == {"": ["validation/t"]}
    assert runs(tmp_path / "a" / "test") == {"": ["test/t"]}
    assert runs(tmp_path / "a" / "train" / NAME) == {NAME: ["train/t"]}


def test_run_that_is_called_test_is_a_run(tmp_path: Path):
    fill(tmp_path, test="loss", other="loss")
    assert runs(tmp_path) == {"other": ["t"], "test": ["t"]}


def test_evaluation_below_a_training_belongs_to_it(tmp_path: Path):
    fill(tmp_path, model="loss", model__eval="loss")
    assert runs(tmp_path) == {"model": ["t", "eval/t"]}


def test_training_that_comes_later_is_seen(tmp_path: Path):
    fill(tmp_path, a__test="loss")
    os.utime(tmp_path / "a" / "test", (1e9, 1e9))
    finder = Finder([str(tmp_path)], ("*tfevents*",))
    assert [named(place) for place in finder.find(2e9)] == ["a/test"]
    fill(tmp_path, a__train="loss")
    assert [(named(p), called(p)) for p in finder.find(2e9)] == [("a", ["test/t", "train/t"])]


def test_folders_of_add_scalars_are_metrics_of_the_run_above(tmp_path: Path):
    fill(tmp_path, p="lr", p__loss_all_a_b="loss/all", x="lr", x__loss__all__val="loss/all")
    assert runs(tmp_path) == {"p": ["t", "t/a_b"], "x": ["t", "t/val"]}


def test_run_below_another_run_is_a_run(tmp_path: Path):
    fill(tmp_path, _="accuracy", lr_1="loss", deep__er__lr_2="loss", lr="lr")
    assert runs(tmp_path) == {"": ["t"], "deep/er/lr_2": ["t"], "lr": ["t"], "lr_1": ["t"]}


def test_folder_without_a_value_yet_is_asked_again(tmp_path: Path):
    fill(tmp_path, p="lr", p__loss_val="")
    os.utime(tmp_path / "p" / "loss_val", (1e9, 1e9))
    finder = Finder([str(tmp_path)], ("*tfevents*",))
    assert [named(place) for place in finder.find(2e9)] == ["p", "p/loss_val"]
    fill(tmp_path, p__loss_val="loss")
    assert [called(place) for place in finder.find(2e9)] == [["t", "t/val"]]


def test_folder_of_hyper_parameters_belongs_to_its_run(tmp_path: Path):
    fill(tmp_path, p="lr")
    (tmp_path / "p" / "1700000000.25").mkdir()
    (tmp_path / "p" / "1700000000.25" / NAME).write_bytes(b"")
    assert runs(tmp_path) == {"p": ["t", "t"]}


def test_files_come_in_the_order_in_which_they_were_begun(tmp_path: Path):
    for number in (10, 2, 1):
        (tmp_path / f"events.out.tfevents.1700000000.h.7.{number}").write_bytes(b"")
    (place,) = Finder([str(tmp_path)], ("*tfevents*",)).find()
    assert [path.rpartition(".")[2] for path in place.files] == ["1", "2", "10"]


def test_many_runs_side_by_side_list_their_folder_once(tmp_path: Path, monkeypatch):
    fill(tmp_path, **{f"run{n}": "loss" for n in range(30)})
    listed = []
    scandir = os.scandir

    def counted(path):
        listed.append(str(path))
        return scandir(path)

    monkeypatch.setattr(os, "scandir", counted)
    runs(tmp_path)
    assert listed.count(str(tmp_path)) == 1
    assert listed.count(str(tmp_path.parent)) == 1
