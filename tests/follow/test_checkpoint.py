"""Which files and folders are checkpoints, and of which step or epoch."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from lrdoctor.follow import checkpoint
from lrdoctor.follow.checkpoint import Checkpoint, beside, named, named_folder
from lrdoctor.follow.find import Finder
from lrdoctor.follow.place import Place


@pytest.mark.parametrize(
    ("name", "step", "epoch", "counts_from"),
    [
        ("epoch=3-step=500.ckpt", 500, 3, 0),
        ("epoch=3-step=500-v1.ckpt", 500, 3, 0),
        ("epoch=02-val_loss=0.32.ckpt", None, 2, 0),
        ("weights.05-0.34.keras", None, 5, 1),
        ("cp-0005.weights.h5", None, 5, 1),
        ("checkpoint-12.pth.tar", None, 12, 0),
        ("epoch10.pt", None, 10, 0),
        ("epoch_12.pth", None, 12, None),
        ("iter_2000.pth", 2000, None, None),
        ("checkpoint_3_5000.pt", 5000, 3, 1),
        ("checkpoint12.pt", None, 12, 1),
        ("rl_model_500_steps.zip", 500, None, None),
        ("model_0004999.pth", 4999, None, None),
        ("model.ckpt-5000.index", 5000, None, None),
        ("ep3-ba500-rank0.pt", 500, 3, None),
        ("GPT_Step-700.PT", 700, None, None),
        ("gpt--val_loss=2.34-step=1000-consumed_samples=8000.0-last.ckpt", 1000, None, None),
        ("cp-0005.ckpt.index", None, 5, 1),
        ("12epoch.pth", None, 12, 1),
    ],
)
def test_names_that_frameworks_give_tell_step_and_epoch(
    name: str, step: int | None, epoch: int | None, counts_from: int | None
) -> None:
    assert named(name) == Checkpoint(name, step, epoch, counts_from)


@pytest.mark.parametrize(
    "name",
    ["last.ckpt", "ckpt-5.index", "best.pt", "ckpt.pt", "checkpoint_best.pt", "checkpoint_5000.pt",
     "resnet50.pth", "resnet-50.keras", "step_500.png", "footstep3.txt", "data_500_steps.csv",
     "epoch_3"],
)  # fmt: skip
def test_names_without_a_step_and_other_files_are_none(name: str) -> None:
    assert named(name) is None


@pytest.mark.parametrize(
    ("name", "around", "step", "epoch"),
    [
        ("checkpoint-500", "out", 500, None),
        ("global_step500", "out", 500, None),
        ("global_step_500", "out", 500, None),
        ("iter_0000500", "out", 500, None),
        ("500", "checkpoints", 500, None),
        ("step-500", "checkpoint", 500, None),
        ("epoch_3", "my_ckpts", None, 3),
    ],
)
def test_folders_are_checkpoints(name: str, around: str, step: int, epoch: int | None) -> None:
    assert named_folder(name, around) == Checkpoint(name, step, epoch)


def test_folders_of_numbers_elsewhere_are_none() -> None:
    assert named_folder("500", "seeds") is None
    assert named_folder("epoch_3", "samples") is None
    assert named_folder("tmp-checkpoint-500", "out") is None


PATTERNS = ("*.csv", "*.json")


def made(root: Path, *paths: str) -> None:
    for path in paths:
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).touch()


def place_of(root: Path, name: str) -> Place:
    (found,) = (one for one in Finder([str(root)], PATTERNS).find() if one.path.endswith(name))
    return found


def paths_beside(root: Path, name: str) -> set[str]:
    return {one.path for one in beside(place_of(root, name)).checkpoints}


def test_checkpoints_lie_beside_the_log_and_in_folders_kept_for_them(tmp_path: Path) -> None:
    made(tmp_path, "run/metrics.csv", "run/checkpoints/epoch=3-step=500.ckpt", "run/iter_20.pth",
         "run/other/iter_30.pth", "run/checkpoints/models/ckpt/iter_40.pth")  # fmt: skip
    expected = {"checkpoints/epoch=3-step=500.ckpt", "iter_20.pth"}
    assert paths_beside(tmp_path, "metrics.csv") == expected


def test_a_folder_that_holds_logs_only_lies_in_the_runs_own(tmp_path: Path) -> None:
    made(tmp_path, "run/logs/train.csv", "run/checkpoint-500/model.safetensors")
    assert paths_beside(tmp_path, "train.csv") == {"../checkpoint-500"}
    # The one above is not watched, so it is none of ours.
    assert paths_beside(tmp_path / "run" / "logs", "train.csv") == set()


STATE = ("model.safetensors", "optimizer.bin", "random_states_0.pkl")
WEIGHTS = ("model.safetensors", "optimizer.pt", "rng_state.pth", "training_args.bin")
RECORDED = {  # what the frameworks left behind; Hugging Face had deleted its first checkpoints
    "huggingface": (
        ("trainer_state.json", *(f"checkpoint-{n}/{file}" for n in (150, 180, 210, 240)
                                 for file in (*WEIGHTS, "trainer_state.json"))),
        {f"checkpoint-{n}": (n, None, None) for n in (150, 180, 210, 240)},
    ),
    "keras": (
        ("log.csv", "best.keras", "backup/latest.weights.h5", "backup/training_metadata.json",
         "ckpt/01-2.24.keras", "ckpt/02.weights.h5", "ckpt/weights.03-2.58.keras",
         "ckpt/04-nan.keras"),
        {"ckpt/01-2.24.keras": (None, 1, 1), "ckpt/02.weights.h5": (None, 2, 1),
         "ckpt/weights.03-2.58.keras": (None, 3, 1)},
    ),
    "accelerate": (  # by hand as Transformers' examples do, then by its own count of saved states
        ("log.csv", *(f"{folder}/{file}" for file in STATE
                      for folder in ("step_60", "epoch_2", "checkpoints/checkpoint_9"))),
        {"step_60": (60, None, None), "epoch_2": (None, 2, 0)},
    ),
    "stable-baselines": (
        ("logs/progress.csv", "logs/rl_model_200_steps.zip", "final_model.zip"),
        {"rl_model_200_steps.zip": (200, None, None)},
    ),
}  # fmt: skip


@pytest.mark.parametrize("framework", RECORDED)
def test_of_a_recorded_folder_each_checkpoint_is_known_and_no_other_file_is_a_log(
    tmp_path: Path, framework: str
) -> None:
    files, expected = RECORDED[framework]
    made(tmp_path, *files)
    log, *copies = Finder([str(tmp_path)], PATTERNS).find()
    assert all(os.path.basename(copy.path) == "trainer_state.json" for copy in copies)
    found = beside(log).checkpoints
    assert {one.path: (one.step, one.epoch, one.counts_from) for one in found} == expected


def test_a_folder_that_tensorflow_saved_a_model_to_is_one(tmp_path: Path) -> None:
    made(tmp_path, "log.csv", "model.05-0.34/saved_model.pb", "model.06-0.33/notes.txt")
    (found,) = beside(place_of(tmp_path, "log.csv")).checkpoints
    assert found == Checkpoint("model.05-0.34", None, 5, 1)


def test_a_folder_of_an_epochs_pictures_is_none(tmp_path: Path) -> None:
    made(tmp_path, "log.csv", "epoch_2/sample.png", "step_60/model.onnx")
    assert paths_beside(tmp_path, "log.csv") == set()


def test_what_lies_above_several_attempts_is_of_none_of_them(tmp_path: Path) -> None:
    first = "run/20260101_120000/vis_data/scalars.json"
    made(tmp_path, first, "run/epoch_12.pth")
    assert paths_beside(tmp_path, "scalars.json") == {"../../epoch_12.pth"}
    (tmp_path / "run" / "20260102_120000").mkdir()
    assert paths_beside(tmp_path, "scalars.json") == set()


def test_of_logs_that_share_a_folder_each_has_what_bears_its_name(tmp_path: Path) -> None:
    made(tmp_path, "a.csv", "b.csv", "a/step_5.pt", "step_6.pt", "checkpoints/b_step_7.pt")
    assert paths_beside(tmp_path, "a.csv") == {"a/step_5.pt"}
    assert paths_beside(tmp_path, "b.csv") == {"checkpoints/b_step_7.pt"}


def test_no_more_entries_are_looked_at_than_allowed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(checkpoint, "MOST", 10)
    made(tmp_path, "log.csv", *(f"step_{n}.pt" for n in range(20)))
    found = beside(place_of(tmp_path, "log.csv"))
    assert 9 <= len(found.checkpoints) <= 10
    assert not found.whole


def test_a_linked_folder_is_not_followed(tmp_path: Path) -> None:
    made(tmp_path, "private/step_5.pt", "run/log.csv")
    os.symlink(tmp_path / "private", tmp_path / "run" / "checkpoints")
    assert paths_beside(tmp_path / "run", "log.csv") == set()
