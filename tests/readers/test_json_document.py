from __future__ import annotations

import json
from pathlib import PurePath

import pytest

from lrdoctor.readers import choose
from lrdoctor.readers.json_document import JsonDocument

HISTORY = [
    {"epoch": 0.1, "loss": 2.5, "learning_rate": 5e-5, "step": 10},
    {"epoch": 0.1, "eval_loss": 2.25, "eval_runtime": 1.5, "step": 10},
    {"epoch": 0.2, "loss": 1.5, "learning_rate": 0.0, "step": 20},
    {"epoch": 0.2, "step": 20, "train_loss": 2.0, "train_runtime": 60.5, "total_flos": 1e15},
]
STATE = {"global_step": 20, "log_history": HISTORY, "max_steps": 200, "train_batch_size": 16}


def test_trainer_state(read):
    run = read("trainer_state.json", json.dumps(STATE, indent=2))
    assert run.points("loss") == [(10, 2.5), (20, 1.5)]
    assert run["val/loss"].tag == "eval_loss"
    assert run["lr"].values.tolist() == [5e-5, 0.0]
    assert (run.reader.settings.planned_steps, run.reader.settings.batch_size) == (200, 16)


def test_counts_beyond_64_bits_are_none(read):
    state = {**STATE, "max_steps": 10**30, "train_batch_size": 10**30}
    run = read("trainer_state.json", json.dumps(state))
    assert (run.reader.settings.planned_steps, run.reader.settings.batch_size) == (None, None)


def test_mean_loss_of_the_run_is_no_point(read):
    assert "train_loss" not in read("trainer_state.json", json.dumps(STATE)).tags


def test_bare_nan_is_data(read):
    state = {"log_history": [{"loss": float("nan"), "step": 1}], "max_steps": -1}
    run = read("trainer_state.json", json.dumps(state))
    assert run["train/loss"].non_finite == 1
    assert run.reader.settings.planned_steps is None


def test_lists_by_name_count_rows(read):
    run = read("history.json", '{"loss": [1.5, 1.25], "val_loss": [1.75, NaN]}')
    assert run.points("loss") == [(1, 1.5), (2, 1.25)]
    assert (run.x_axis, run["val/loss"].non_finite) == ("row", 1)


def test_list_of_epochs_is_the_axis(read):
    run = read("history.json", '{"epochs": [0, 1], "metrics": {"loss": [1.5, 1.25]}}')
    assert (run.points("loss"), run.x_axis) == ([(0, 1.5), (1, 1.25)], "epoch")


def test_null_in_a_list_was_not_logged(read):
    assert read("h.json", '{"loss": [3, 2], "val_loss": [null, 2]}').points("val_loss") == [(2, 2)]


def test_list_of_records(read):
    text = json.dumps([{"main/loss": 1.5, "epoch": 1, "iteration": 100}], indent=4)
    run = read("log", text)
    assert (run.points("main/loss"), run.x_axis) == ([(100, 1.5)], "step")


def test_tensorboard_download_is_named_by_its_file(read):
    run = read("run-a-tag-train_loss.json", "[[1700000000.5, 10, 2.5], [1700000001.5, 20, 1.5]]")
    assert run.points("train_loss") == [(10, 2.5), (20, 1.5)]
    assert run.tags["train_loss"].wall_times.tolist() == [1700000000.5, 1700000001.5]


def test_runs_and_tags_of_triples(read):
    run = read("scalars.json", '{"a": {"loss": [[0.0, 0, 2.0], [10.0, 5, 1.0]]}}')
    assert run.points("a/loss") == [(0, 2.0), (5, 1.0)]
    assert run.tags["a/loss"].wall_times is None


def test_catboost_names_its_metrics_once(read):
    document = {
        "meta": {"learn_metrics": [{"name": "Logloss"}], "test_metrics": [{"name": "Logloss"}]},
        "iterations": [{"learn": [0.5], "test": [0.75], "iteration": 0, "passed_time": 0.1}],
    }
    run = read("catboost_training.json", json.dumps(document))
    assert run["train/loss"].values.tolist() == [0.5]
    assert run["val/loss"].values.tolist() == [0.75]


def test_column_that_pandas_saved_is_a_list(read):
    run = read("history.json", '{"loss": {"0": 2.5, "1": null, "2": 2.25}, "lr": {"0": 1, "1": 1}}')
    assert run.points("loss") == [(1, 2.5), (3, 2.25)]
    assert run.points("lr") == [(1, 1.0), (2, 1.0)]


@pytest.mark.parametrize(
    ("keys", "axis", "steps"),
    [(("0", "1"), "row", [1, 2]), (("epoch_3", "epoch_4"), "epoch", [3, 4]),
     (("step 10", "step 20"), "step", [10, 20])],
)  # fmt: skip
def test_objects_may_stand_under_their_numbers(read, keys, axis: str, steps: list[int]):
    document = {key: {"train": {"loss": 2.5}, "lr": 0.1} for key in keys}
    run = read("log.json", json.dumps(document, indent=2))
    assert [step for step, _ in run.points("train/loss")] == steps
    assert run.x_axis == axis


def test_only_the_log_of_several_lists_is_read(read):
    history = [{"epoch": n, "loss": 2.5} for n in (1, 2)]
    document = {"layers": [{"units": 3}, {"units": 4}], "history": history}
    run = read("results.json", json.dumps(document))
    assert run.points("loss") == [(1, 2.5), (2, 2.5)]
    assert set(run.tags) == {"loss"}


def test_list_of_figures_is_named_by_its_file(read):
    run = read("train_losses.json", "[2.5, NaN, 2.25]")
    assert run.points("train_losses")[::2] == [(1, 2.5), (3, 2.25)]


STEPS = [(0, 2.5), (10, 2.25)]


@pytest.mark.parametrize(
    "curve",
    [
        [[0, 2.5], [10, 2.25]],
        [{"step": 0, "value": 2.5}, {"step": 10, "value": 2.25}, {"step": 20, "value": None}],
        [{"x": 0, "y": 2.5}, {"x": 10, "y": 2.25}],
        {"steps": [0, 10], "values": [2.5, 2.25]},
        {"0": 2.5, "10": 2.25},
    ],
)
def test_each_figure_may_stand_with_its_own_step(read, curve):
    document = {"train": {"loss": curve}, "val": {"loss": curve}, "weights": [[0, 1], [1, 2]]}
    run = read("results.json", json.dumps(document))
    assert (run.points("train/loss"), run.points("val/loss"), run.x_axis) == (STEPS, STEPS, "step")
    assert set(run.tags) == {"train/loss", "val/loss"}


def test_pairs_alone_are_named_by_their_file(read):
    assert read("val_loss.json", "[[0, 2.5], [10, 2.25]]").points("val_loss") == STEPS
    assert choose(PurePath("weights.json"), b"[[0, 2.5], [10, 2.25]]") is None


def test_pairs_that_count_no_steps_are_no_curve(read):
    run = read("results.json", '{"loss": [[3.5, 2.5], [2.5, 2.25]], "acc": [0.25, 0.5]}')
    assert set(run.tags) == {"acc"}


def test_points_in_one_list_are_told_apart_by_what_they_name(read):
    points = [{"name": name, "step": n, "value": n + 0.5} for n in (1, 2) for name in ("loss", "x")]
    run = read("results.json", json.dumps(points))
    assert run.points("loss") == run.points("x") == [(1, 1.5), (2, 2.5)]


def test_lists_of_records_are_told_apart_by_their_names(read):
    rows = [{"epoch": n, "loss": 2.5} for n in (1, 2)]
    run = read("results.json", json.dumps({"train": rows, "val": rows}))
    assert run.points("train/loss") == run.points("val/loss") == [(1, 2.5), (2, 2.5)]


@pytest.mark.parametrize(
    "document",
    [
        {"columns": ["epoch", "loss"], "index": [0, 1], "data": [[3, 2.5], [4, 2.25]]},
        [["epoch", "loss"], [3, 2.5], [4, 2.25]],
    ],
)
def test_a_table_stands_under_its_columns(read, document):
    run = read("history.json", json.dumps(document))
    assert (run.points("loss"), run.x_axis) == ([(3, 2.5), (4, 2.25)], "epoch")


def test_accuracies_of_models_are_no_log():
    results = [{"model": name, "accuracy": 0.5, "seconds": 3} for name in "abc"]
    head = json.dumps({"results": results}).encode()
    assert JsonDocument.recognises(PurePath("results.json"), head) == 0


def test_date_in_brackets_begins_no_list():
    text = "[11/17 15:16:13] d2.utils.events INFO: iter: {}  total_loss: 2.5\n"
    head = "".join(text.format(n) for n in range(5)).encode()
    assert choose(PurePath("log_lr_0.010.txt"), head) == "console"


def test_half_a_document_waits_for_the_rest():
    reader, text = JsonDocument(), json.dumps(STATE).encode()
    assert list(reader.feed(text[:-40])) == []
    assert [block.tag for block in reader.feed(text[-40:])][1] == "loss"
    assert list(reader.finish()) == []
    assert reader.take_faults() == []


def test_half_a_document_is_told_at_the_end(read):
    run = read("trainer_state.json", json.dumps(STATE)[:-40])
    assert run.faults == [(None, "no whole JSON document: it is broken or was cut off")]


@pytest.mark.parametrize(
    "document",
    [
        {"architectures": ["Bert"], "hidden_size": 768, "layers": [1, 2, 3]},
        {"model": {"type": "BPE", "vocab": {"loss": 5, "accuracy": 7}}},
        [{"id": 1, "name": "cat"}],
        {"train_loss": 0.5, "epoch": 3.0},
    ],
    ids=["model config", "vocabulary", "categories", "summary"],
)
def test_json_of_another_kind_is_no_log(document: object):
    text = json.dumps(document, indent=2).encode()
    assert choose(PurePath("config.json"), text) is None
