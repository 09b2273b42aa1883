from __future__ import annotations

import json
import math
from pathlib import PurePath

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lrdoctor.readers import choose
from lrdoctor.readers.jsonl import Jsonl


def test_nested_names_are_joined(read):
    run = read("x.jsonl", '{"step": 3, "train": {"loss": 0.5, "acc": {"top1": 0.25}}}\n')
    assert run.points("train/loss") == [(3, 0.5)]
    assert run.points("train/acc/top1") == [(3, 0.25)]


def test_messages_of_a_program_are_no_log():
    message = {"level": "WARN", "msg": "a record is ignored", "step": 7, "current": 8}
    head = (json.dumps(message) + "\n").encode()
    assert choose(PurePath("debug-core.log"), head) is None
    said = (json.dumps(message | {"loss": 2.5}) + "\n").encode()
    assert choose(PurePath("train.log"), said) == "jsonl"


def test_names_stand_in_the_order_of_the_rows_wherever_pieces_are_cut():
    lines = [{"step": 0, "c": 1, "a": {"v": 1}, "mode": "val"}, {"step": 1, "b": 1, "mode": "val"},
             {"step": 2, "a": {"u": 1, "v": 2}, "c": 2, "b": 2}]  # fmt: skip
    text = "".join(json.dumps(line) + "\n" for line in lines).encode()
    whole = [block.tag for block in Jsonl().feed(text)]
    assert whole == ["val/c", "val/a/v", "val/b", "a/u", "a/v", "c", "b"]
    reader = Jsonl()
    assert [b.tag for line in text.splitlines(True) for b in reader.feed(line)] == whole


def test_a_name_that_tells_the_validation_is_one_curve_in_rows_of_either(read):
    modes = ["train", "val", "train", "val"]
    lines = [{"step": n, "val_loss": 2.5, "mode": mode} for n, mode in enumerate(modes)]
    run = read("x.jsonl", "".join(json.dumps(line) + "\n" for line in lines))
    assert [step for step, _ in run.points("val_loss")] == [0, 1, 2, 3]


def test_rows_may_be_wrapped_up(read):
    lines = [{"event": word, "data": {"step": 5, "loss": 2.5}} for word in ("train", "validation")]
    run = read("x.jsonl", "".join(json.dumps(line) + "\n" for line in lines))
    assert run.points("data/loss") == run.points("val/data/loss") == [(5, 2.5)]


@pytest.mark.parametrize(("spelt", "value"), [("Infinity", math.inf), ("-Infinity", -math.inf)])
def test_bare_infinity_is_data(read, spelt: str, value: float):
    assert read("x.jsonl", f'{{"step": 1, "loss": {spelt}}}\n').points("loss") == [(1, value)]


def test_every_spelling_of_what_is_no_number(read):
    spelt = ["NaN", "nan", "-nan", "-NaN", "NAN", '"nan"', "inf", "Inf", "+inf", "Infinity",
             '"inf"',
             "-inf", "-Infinity", '"-Infinity"']  # fmt: skip
    lines = (f'{{"step": {n}, "loss": {word}, "x": "a: nan, b"}}\n' for n, word in enumerate(spelt))
    values = read("x.jsonl", "".join(lines))["train/loss"].values
    assert np.isnan(values[:6]).all()
    assert (values[6:11] == np.inf).all()
    assert (values[11:] == -np.inf).all()


def test_bare_nan_is_data_beside_plain_lines(read):
    run = read("x.jsonl", '{"step": 1, "loss": 2}\n{"step": 2, "loss": NaN}\n')
    assert run["train/loss"].non_finite == 1
    assert run.points("loss")[0] == (1, 2.0)


def test_numbers_written_as_strings_count(read):
    run = read("x.jsonl", '{"num_updates": "10", "train_loss": "2.125", "elapsed": "0:01"}\n')
    assert run.points("train_loss") == [(10, 2.125)]
    assert "elapsed" not in run.tags


def test_words_nulls_and_truths_are_no_points(read):
    run = read("x.jsonl", '{"step": 1, "loss": 2, "ok": true, "note": null, "name": "a"}\n')
    assert list(run.tags) == ["loss"]


def test_rates_of_parameter_groups_stand_apart(read):
    run = read("x.jsonl", '{"step": 1, "loss": 2, "lr": [0.1, 0.01], "one": [5]}\n')
    assert run["lr"].values.tolist() == [0.1]
    assert run.points("one") == [(1, 5.0)]


def test_objects_in_a_list_are_rows_of_their_own(read):
    run = read("x.jsonl", '{"epoch": 1, "loss": 2.5, "parts": [{"loss": 3.5}, {"loss": 2.25}]}\n')
    assert list(run.tags) == ["loss"]
    sweep = '{"trial": 0, "loss": {"observations": [{"value": [7.5], "step": 2}]}}'
    assert choose(PurePath("trial.json"), sweep.encode()) is None


def test_long_lists_are_data_not_metrics(read):
    run = read(
        "x.jsonl", '{"step": 1, "loss": 2, "hist": [1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17]}\n'
    )
    assert list(run.tags) == ["loss"]


def test_settings_before_the_log_are_no_points(read):
    run = read("x.log.json", '{"seed": 1, "config": {"layers": [2]}}\n{"iter": 50, "loss": 1.5}\n')
    assert list(run.tags) == ["loss"]
    assert run.x_axis == "step"


def test_validation_records_are_kept_apart(read):
    text = (
        '{"mode": "train", "epoch": 1, "iter": 50, "loss": 2.0}\n'
        '{"mode": "val", "epoch": 1, "iter": 50, "loss": 2.5, "val_acc": 0.5}\n'
    )
    run = read("x.log.json", text)
    assert run["train/loss"].values.tolist() == [2.0]
    assert run["val/loss"].values.tolist() == [2.5]
    assert run.points("val_acc") == [(50, 0.5)]


def test_iterations_within_an_epoch_are_joined(read):
    lines = [f'{{"epoch": {epoch}, "iter": {i}, "loss": 1}}' for epoch in (1, 2) for i in (50, 100)]
    run = read("x.jsonl", "\n".join(lines) + "\n")
    assert [step for step, _ in run.points("loss")] == [50, 100, 150, 200]


def test_planned_steps_are_told(read):
    run = read("trainer_log.jsonl", '{"current_steps": 10, "total_steps": 600, "loss": 2.5}\n')
    assert run.reader.settings.planned_steps == 600
    assert run.points("loss") == [(10, 2.5)]


def test_line_that_is_no_object_is_told(read):
    run = read("x.jsonl", '{"step": 1, "loss": 2}\nTraceback\n[1]\n\n{"step": 2, "loss": 1}\n')
    assert [line for line, _ in run.faults] == [2, 3]
    assert run.points("loss") == [(1, 2.0), (2, 1.0)]


def test_whole_last_line_needs_no_end(read):
    assert len(read("x.jsonl", '{"step": 1, "loss": 2}').points("loss")) == 1


def test_cut_last_line_is_told(read):
    run = read("x.jsonl", '{"step": 1, "loss": 2}\n{"step": 2, "lo')
    assert run.faults == [(2, "unfinished last line")]


cells = st.one_of(
    st.integers(0, 5), st.floats(), st.integers(-(2**70), 2**70), st.booleans(), st.none(),
    st.sampled_from(("val", "nan", "1,5", [1, 2], {"a": 3})),
)  # fmt: skip
names = st.sampled_from(
    (["step", "loss"], ["loss", "step"], ["epoch", "step", "loss"], ["loss"], ["", "step", "loss"],
     ["step", "loss", "split"], ["step", "loss", "total_steps"], ["loss", "_timestamp"], [],
     ["step", "train_loss", "train_runtime"])
)  # fmt: skip


@settings(max_examples=300, deadline=None)
@given(st.lists(st.tuples(names, st.lists(cells, min_size=3, max_size=3), st.integers(1, 4))))
def test_lines_one_by_one_are_read_like_all_at_once(told: list) -> None:
    lines = [
        json.dumps(dict(zip(keys, figures, strict=False))).encode() + b"\n"
        for keys, figures, times in told
        for _ in range(times)
    ]
    found = []
    for pieces in ([b"".join(lines)], lines):
        reader, points = Jsonl(), dict[str, list[tuple[str, ...]]]()
        for piece in pieces:
            for block in reader.feed(piece):
                walls = block.steps * 0.0 if block.wall_times is None else block.wall_times
                columns = block.steps.tolist(), block.values.tolist(), walls.tolist()
                row = [tuple(map(repr, point)) for point in zip(*columns, strict=True)]
                points.setdefault(block.tag, []).extend(row)
        faults = [(fault.line, fault.what) for fault in reader.take_faults()]
        found.append((points, faults, reader.x_axis, reader.settings))
    assert found[0] == found[1]


def test_unfinished_line_waits():
    reader = Jsonl()
    assert list(reader.feed(b'{"step": 1, "loss": 2}')) == []
    assert [block.values.tolist() for block in reader.feed(b"\n")] == [[2.0]]


def test_epoch_timestamps_are_wall_times(read):
    run = read("x.jsonl", '{"_step": 1, "_timestamp": 1700000000000, "loss": 2}\n')
    assert run.tags["loss"].wall_times.tolist() == [1.7e9]


@pytest.mark.parametrize(
    "text",
    [b'{"hidden_size": 768, "vocab": 30000}\n', b'{\n  "a": 1\n}\n', b"plain words\n", b""],
    ids=["model config", "pretty config", "words", "empty"],
)
def test_json_of_another_kind_is_no_log(text: bytes):
    assert choose(PurePath("config.json"), text) is None
