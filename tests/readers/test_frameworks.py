"""Frameworks' own files: recognised by name and content, odd figures and odd rows among them."""

from __future__ import annotations

import math
from pathlib import Path, PurePath

import pytest

from lrdoctor import monitor
from lrdoctor.config import Config
from lrdoctor.monitor import Monitor
from lrdoctor.readers import choose

# Format, file name, the text of a log whose loss is {0} and then {1}, and the loss's tag.
LOGS = [
    ("keras", "training.csv", "epoch,loss,val_loss\n0,{0},1.5\n1,{1},NA\n", "loss"),
    ("lightning", "metrics.csv", "epoch,step,train_loss\n0,9,{0}\n0,19,{1}\n", "train_loss"),
    ("fastai", "history.csv",
     "epoch,train_loss,valid_loss,time\n0,{0},1.5,00:01\n1,{1},1.25,00:01\n", "train_loss"),
    ("ultralytics", "results.csv",
     "      epoch,  train/box_loss,  x/lr0\n      0,  {0},  0.1\n      1,  {1},  0.1\n",
     "train/box_loss"),
    ("timm", "summary.csv", "epoch,train_loss,eval_loss,eval_top1,lr\n0,{0},1,50.0,0.1\n"
     "1,{1},1,51.0,0.1\n", "train_loss"),
    ("huggingface", "trainer_state.json",
     '{{\n  "global_step": 2,\n  "log_history": [\n    {{"loss": {0}, "step": 1}},\n'
     '    {{"loss": {1}, "step": 2}}\n  ]\n}}\n', "loss"),
    ("keras-history", "history.json", '{{"loss": [{0}, {1}], "val_loss": [1.5, null]}}\n', "loss"),
    ("llama-factory", "trainer_log.jsonl",
     '{{"current_steps": 5, "total_steps": 40, "loss": {0}, "lr": 0.1, "percentage": 12.5}}\n'
     '{{"current_steps": 10, "total_steps": 40, "loss": {1}, "lr": 0.1, "percentage": 25.0}}\n',
     "loss"),
    ("ms-swift", "logging.jsonl", '{{"loss": {0}, "global_step/max_steps": "5/40"}}\n'
     '{{"loss": {1}, "global_step/max_steps": "10/40"}}\n', "loss"),
    ("detectron2", "metrics.json", '{{"data_time": 0.1, "iteration": 19, "total_loss": {0}}}\n'
     '{{"data_time": 0.1, "iteration": 39, "total_loss": {1}}}\n', "total_loss"),
    ("mmengine", "scalars.json",
     '{{"loss": {0}, "data_time": 0.1, "time": 0.2, "iter": 5, "step": 5}}\n'
     '{{"loss": {1}, "data_time": 0.1, "time": 0.2, "iter": 10, "step": 10}}\n', "loss"),
    ("mmdetection", "20210101_000000.log.json", '{{"env_info": "x"}}\n'
     '{{"mode": "train", "epoch": 1, "iter": 50, "loss": {0}}}\n'
     '{{"mode": "train", "epoch": 1, "iter": 100, "loss": {1}}}\n', "loss"),
    ("detr", "log.txt", '{{"train_loss": {0}, "test_loss": 1, "epoch": 0, "n_parameters": 9}}\n'
     '{{"train_loss": {1}, "test_loss": 1, "epoch": 1, "n_parameters": 9}}\n', "train_loss"),
    ("fairseq", "train.log", 'INFO | train_inner | {{"epoch": 1, "update": 0.1, "loss": "{0}", '
     '"num_updates": "10"}}\nsaved\nINFO | train | {{"epoch": 1, "train_loss": "{1}", '
     '"train_num_updates": "17"}}\nINFO | train_inner | {{"epoch": 2, "update": 1.1, '
     '"loss": "{1}", "num_updates": "20"}}\n', "loss"),
    ("composer", "logs-rank0.txt", "[hyperparameter]: num_nodes: 1 \n"
     "[metric][batch=0]: loss/train/total: {0} \n[metric][batch=1]: loss/train/total: {1} \n",
     "loss/train/total"),
]  # fmt: skip
SPELLINGS = {"nan": math.nan, "NaN": math.nan, "inf": math.inf, "-inf": -math.inf,
             "Infinity": math.inf, "-Infinity": -math.inf}  # fmt: skip
JSON = {"huggingface", "keras-history", "llama-factory", "ms-swift", "detectron2", "mmengine",
        "mmdetection", "detr"}  # fmt: skip
JSON_WORDS = {"NaN", "Infinity", "-Infinity"}
"""What Python's json writes, bare."""
IDS = [log[0] for log in LOGS]


@pytest.mark.parametrize(("format", "name", "text", "tag"), LOGS, ids=IDS)
def test_recognised_and_read(read, format: str, name: str, text: str, tag: str):
    run = read(name, text.format(2.5, 0.25))
    assert run.format == format
    assert [value for _, value in run.points(tag)] == [2.5, 0.25]
    assert not run.faults


@pytest.mark.parametrize(("format", "name", "text", "tag"), LOGS, ids=IDS)
def test_what_is_no_number_is_a_point(read, format: str, name: str, text: str, tag: str):
    for spelling, value in SPELLINGS.items():
        if format in JSON and spelling not in JSON_WORDS:
            continue
        run = read(name, text.format(2.5, spelling))
        assert run.format == format
        assert str(run.points(tag)[1][1]) == str(value), spelling


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("metrics.csv", "step,loss\n1,2.5\n"),
        ("log.csv", "epoch,loss,val_loss\n1,2.5,2.5\n"),
        ("history.csv", "epoch,train_loss,valid_loss\n0,2.5,2.5\n"),
        ("metrics.json", '{"iteration": 1, "total_loss": 2.5, "a": 1}\n' * 2),
        ("log.txt", '{"epoch": 0, "loss": 2.5, "train_loss": 2.5}\n' * 2),
        ("train.jsonl", '{"global_step": 5, "loss": 2.5}\n' * 2),
    ],
)
def test_what_no_framework_wrote_has_a_general_format(name: str, text: str):
    assert choose(PurePath(name), text.encode()) in ("csv", "jsonl")


def test_a_summary_is_no_log():
    text = '{\n    "epoch": 4.0,\n    "train_loss": 1.5,\n    "train_runtime": 0.35\n}\n'
    assert choose(PurePath("all_results.json"), text.encode()) is None


def test_swift_s_last_line_is_not_read_again(read):
    rows = "".join(f'{{"loss": 2.5, "global_step/max_steps": "{n}/9"}}\n' for n in (3, 6, 9))
    last = '{"global_step": 9, "log_history": [{"loss": 2.5, "step": 3}], "best_metric": null}\n'
    run = read("logging.jsonl", rows + last)
    assert run.points("loss") == [(3, 2.5), (6, 2.5), (9, 2.5)]
    assert set(run.tags) == {"loss", "max_steps"}


def test_detectron2_s_evaluation_comes_after_and_is_of_before(read):
    rows = ['{"data_time": 1, "iteration": 39, "total_loss": 2.0}',
            '{"bbox/AP": 12.5, "iteration": 29}',
            '{"data_time": 1, "iteration": 59, "total_loss": 1.5}']  # fmt: skip
    run = read("metrics.json", "\n".join(rows) + "\n")
    assert run.points("total_loss") == [(39, 2.0), (59, 1.5)]
    assert run.points("bbox/AP") == [(29, 12.5)]
    assert run.resumes == []


def test_coco_s_figures_are_metrics(read):
    stats = ", ".join(f"0.{n:02}" for n in range(1, 13))
    row = '{"train_loss": 2.5, "test_coco_eval_bbox": [' + stats + '], "epoch": 0}\n'
    assert read("log.txt", row).points("test_coco_eval_bbox/0") == [(0, 0.01)]


def test_a_column_that_comes_later_loses_and_doubles_nothing(tmp_path: Path):
    log = tmp_path / "metrics.csv"
    rows = [f",{0.1 / (n + 1)},{n},\n0,,{n},{2.5 / (n + 1)}\n" for n in range(6)]
    log.write_text("epoch,lr-AdamW,step,train_loss\n" + "".join(rows[:3]))
    following = Monitor([str(tmp_path)], clock=lambda: 2e9, keep_runs=True)
    following.poll()
    assert len(following.runs()[0].tags["train_loss"]) == 3
    # Lightning writes the file anew, the new column in its place.
    later = [row.replace("\n", ",\n") for row in rows[:3]]
    log.write_text("epoch,lr-AdamW,step,train_loss,val_loss\n" + "".join(later) + "0,,2,,1.25\n")
    following.poll()
    with log.open("a") as file:
        file.writelines(row.replace("\n", ",\n") for row in rows[3:])
    following.poll()
    followed = following.runs()[0]
    [fresh] = monitor.read([str(tmp_path)], config=Config())
    assert followed.settings.optimizer == fresh.settings.optimizer == "adamw"
    for tag, series in fresh.tags.items():
        assert followed.tags[tag].steps.tolist() == series.steps.tolist()
        assert followed.tags[tag].values.tolist() == series.values.tolist()
    assert [len(s) for s in fresh.tags.values()] == [6, 7, 6, 1]
