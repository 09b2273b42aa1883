"""Which files count as logs, whatever lies around them."""

from __future__ import annotations

import os
import socket
from pathlib import Path

import pytest

from lrdoctor.follow import metric_folder
from lrdoctor.follow.find import Finder
from lrdoctor.follow.place import Place

PATTERNS = ("*.csv", "*.jsonl", "*.json", "*tfevents*", "*")


def fill(root: Path, *files: str) -> None:
    for file in files:
        path = root / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"")


def found(root: Path, *ignore: str) -> list[str]:
    return [os.path.relpath(place.path, root) for place in places(root, *ignore)]


def places(root: Path, *ignore: str) -> list[Place]:
    return Finder([str(root)], PATTERNS, ignore).find()


def test_logs_come_folder_by_folder_in_order_of_names(tmp_path: Path) -> None:
    fill(tmp_path, "b/x.csv", "a/2.csv", "a/1.jsonl", "a/deep/er/y.csv", "z.csv")
    assert found(tmp_path) == ["z.csv", "a/1.jsonl", "a/2.csv", "a/deep/er/y.csv", "b/x.csv"]


def test_only_names_that_may_be_logs(tmp_path: Path) -> None:
    fill(tmp_path, "weights.pt", "notes.md", "metrics.CSV", "loss", "image.png", "train.py")
    assert sorted(found(tmp_path)) == ["loss", "metrics.CSV"]


def test_hidden_and_program_folders_are_passed_over(tmp_path: Path) -> None:
    fill(tmp_path, ".git/a.csv", ".part.csv", "node_modules/a.csv", "__pycache__/b.csv", "c.csv")
    assert found(tmp_path) == ["c.csv"]


def test_pipes_sockets_and_devices_are_no_logs(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.csv")
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(tmp_path / "socket.csv"))
        (tmp_path / "zero.csv").symlink_to("/dev/zero")
        fill(tmp_path, "a.csv")
        assert found(tmp_path) == ["a.csv"]


def test_pipe_given_by_name_is_refused(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.csv")
    finder = Finder([str(tmp_path / "pipe.csv")], PATTERNS)
    assert finder.find() == []
    assert finder.missing == (str(tmp_path / "pipe.csv"),)


def test_event_files_of_a_folder_are_one_place(tmp_path: Path) -> None:
    fill(tmp_path, "run/events.out.tfevents.2.b", "run/events.out.tfevents.1.a", "run/m.csv")
    events = next(place for place in places(tmp_path) if len(place.files) == 2)
    assert [Path(file).name for file in events.files] == [
        "events.out.tfevents.1.a",
        "events.out.tfevents.2.b",
    ]
    assert events.path == str(tmp_path / "run")
    assert len(places(tmp_path)) == 2


def test_metric_files_of_a_folder_are_one_place(tmp_path: Path) -> None:
    fill(tmp_path, "mlruns/1/abc/metrics/loss", "mlruns/1/abc/metrics/acc")
    [place] = places(tmp_path)
    assert [Path(file).name for file in place.files] == ["acc", "loss"]
    assert place.folder == "mlruns/1/abc"


def test_metrics_in_folders_of_their_own_belong_to_the_run(tmp_path: Path) -> None:
    fill(tmp_path, "1/abc/meta.yaml", "1/abc/metrics/train/loss.v2")
    fill(tmp_path, "1/abc/metrics/metrics/acc", "1/abc/metrics/lr")
    [place] = places(tmp_path)
    assert place.path == str(tmp_path / "1" / "abc")
    names = [metric_folder.name_of(file) for file in place.files]
    assert names == ["lr", "metrics/acc", "train/loss.v2"]


def test_metrics_that_a_model_has_a_copy_of_are_not_told(tmp_path: Path) -> None:
    fill(tmp_path, "1/models/m-1/meta.yaml", "1/models/m-1/metrics/loss")
    assert not any(place.plain for place in places(tmp_path))


def test_tables_of_metrics_below_plots_are_one_place(tmp_path: Path) -> None:
    fill(tmp_path, "dvclive/plots/metrics/train/loss.tsv", "dvclive/plots/metrics/lr.tsv")
    [place] = places(tmp_path)
    assert place.folder == "dvclive"
    assert place.home == str(tmp_path / "dvclive")


def test_tables_of_scalars_beside_texts_are_one_place(tmp_path: Path) -> None:
    fill(tmp_path, "dqn/scalars/train/loss.csv", "dqn/scalars/lr.csv", "dqn/texts/hparams0.txt")
    [place] = [one for one in places(tmp_path) if one.path.endswith("dqn")]
    assert (place.folder, place.home) == ("dqn", str(tmp_path / "dqn"))
    assert [metric_folder.name_of(file) for file in place.files] == ["lr.csv", "train/loss.csv"]


def test_tables_of_scalars_that_stand_alone_stay_alone(tmp_path: Path) -> None:
    fill(tmp_path, "scalars/a.csv", "scalars/deep/b.csv")
    assert found(tmp_path) == ["scalars/a.csv", "scalars/deep/b.csv"]


def test_other_files_in_a_folder_called_metrics_stand_alone(tmp_path: Path) -> None:
    fill(tmp_path, "metrics/a.csv", "metrics/b.csv", "metrics/deep/c.csv")
    assert found(tmp_path) == ["metrics/a.csv", "metrics/b.csv", "metrics/deep/c.csv"]


def test_checkpoints_of_one_training_are_one_place(tmp_path: Path) -> None:
    fill(tmp_path, *(f"out/checkpoint-{n}/trainer_state.json" for n in (500, 1000, 1500)))
    [before] = places(tmp_path)
    assert before.path == str(tmp_path / "out" / "checkpoint-1500" / "trainer_state.json")
    assert before.folder == "out"
    fill(tmp_path, "out/trainer_state.json")
    [after] = places(tmp_path)
    assert after.path == str(tmp_path / "out" / "trainer_state.json")
    assert (after.key, after.folder) == (before.key, before.folder)


def test_links_are_followed_where_they_stay_inside(tmp_path: Path) -> None:
    fill(tmp_path, "outside/secret.csv", "root/real/a.csv", "root/.kept/b.csv")
    root = tmp_path / "root"
    (root / "latest").symlink_to("real")
    (root / "kept").symlink_to(".kept")
    (root / "stolen").symlink_to("../outside")
    (root / "stolen.csv").symlink_to("../outside/secret.csv")
    (root / "again.csv").symlink_to("real/a.csv")
    (root / "broken.csv").symlink_to("nowhere")
    assert found(root) == ["real/a.csv", "kept/b.csv"]


def test_loop_of_links_ends(tmp_path: Path) -> None:
    fill(tmp_path, "a/x.csv")
    (tmp_path / "a" / "up").symlink_to("..")
    (tmp_path / "a" / "self").symlink_to(".")
    (tmp_path / "round").symlink_to("a")
    assert found(tmp_path) == ["a/x.csv"]


def test_link_given_as_path_is_followed(tmp_path: Path) -> None:
    fill(tmp_path, "data/run/x.csv")
    (tmp_path / "logs").symlink_to("data")
    [place] = places(tmp_path / "logs")
    assert place.path == str(tmp_path / "logs" / "run" / "x.csv")
    assert place.files == (str((tmp_path / "data" / "run" / "x.csv").resolve()),)


def test_ignored_paths_are_no_logs(tmp_path: Path) -> None:
    fill(tmp_path, "old/a.csv", "b/old/c.csv", "b/d.csv", "skip.csv")
    assert found(tmp_path, "**/old/*", "skip.csv") == ["b/d.csv"]


def test_paths_that_overlap_give_each_log_once(tmp_path: Path) -> None:
    fill(tmp_path, "a/b/x.csv", "a/y.csv")
    paths = [str(tmp_path / "a" / "b"), str(tmp_path), str(tmp_path / "a" / "y.csv")]
    assert [Path(p.path).name for p in Finder(paths, PATTERNS).find()] == ["x.csv", "y.csv"]


def test_missing_paths_are_told_and_found_once_they_are_there(tmp_path: Path) -> None:
    finder = Finder([str(tmp_path / "later"), str(tmp_path)], PATTERNS)
    assert finder.find() == []
    assert finder.missing == (str(tmp_path / "later"),)
    fill(tmp_path, "later/x.csv")
    assert len(finder.find()) == 1
    assert finder.missing == ()


def test_settled_folder_is_listed_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fill(tmp_path, "a/x.csv", "b/y.csv")
    finder = Finder([str(tmp_path)], PATTERNS)
    later = tmp_path.stat().st_mtime + 10
    finder.find(later)
    listed: list[str] = []
    scandir = os.scandir
    monkeypatch.setattr(os, "scandir", lambda path: listed.append(path) or scandir(path))
    assert len(finder.find(later)) == 2
    assert listed == []
    fill(tmp_path, "b/z.csv")
    assert len(finder.find(later)) == 3
    assert listed == [str(tmp_path / "b")]


def test_folder_that_changed_just_now_is_listed_again(tmp_path: Path) -> None:
    fill(tmp_path, "x.csv")
    state = tmp_path.stat()
    finder = Finder([str(tmp_path)], PATTERNS)
    assert len(finder.find(state.st_mtime + 0.5)) == 1
    fill(tmp_path, "y.csv")
    os.utime(tmp_path, ns=(state.st_atime_ns, state.st_mtime_ns))
    assert len(finder.find(state.st_mtime + 0.5)) == 2


def test_folder_out_of_reach_hides_no_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(tmp_path, "a/x.csv", "b/y.csv")
    scandir = os.scandir

    def refusing(path: str) -> object:
        if path.endswith("/a"):
            raise PermissionError(13, "Permission denied")
        return scandir(path)

    monkeypatch.setattr(os, "scandir", refusing)
    assert found(tmp_path) == ["b/y.csv"]


def test_the_copy_of_mmengine_s_scalars_is_no_run_of_its_own(tmp_path: Path):
    folder = tmp_path / "20260102_030405" / "vis_data"
    folder.mkdir(parents=True)
    for name in ("scalars.json", "20260102_030405.json", "other.json"):
        (folder / name).write_text("{}")
    found = Finder([str(tmp_path)], ["*.json"]).find()
    assert [os.path.basename(place.path) for place in found] == ["other.json", "scalars.json"]
