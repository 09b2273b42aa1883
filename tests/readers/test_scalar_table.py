from __future__ import annotations

from pathlib import PurePath

import pytest

from lrdoctor.readers import choose
from lrdoctor.readers.scalar_table import ScalarTable

LONG = "step,metric,value\n0,loss,2.5\n0,lr,0.1\n1,loss,nan\n1,lr,\n"


def test_each_name_is_a_metric(read):
    run = read("metrics.csv", LONG)
    assert run.points("lr") == [(0, 0.1)]
    assert [step for step, _ in run.points("loss")] == [0, 1]
    assert str(run.points("loss")[1][1]) == "nan"
    assert run.faults == []


def test_runs_are_told_apart(read):
    rows = "".join(f"{n},{run},{n},loss,{n}.5\n" for run in ("a/x", "b") for n in (0, 1))
    text = ",dir_name,step,tag,value\n" + rows
    reader = ScalarTable()
    told = {(block.run, tuple(block.values)) for block in reader.feed(text.encode())}
    assert told == {("a/x", (0.5, 1.5)), ("b", (0.5, 1.5))}


@pytest.mark.parametrize("name", ["train_loss.csv", "val_accuracy.tsv"])
def test_name_may_be_the_file_s(read, name: str):
    run = read(name, "step,epoch,timestamp,value\n0,,1700000000500,2.5\n10,,1700000001500,2.25\n")
    assert run.points(name[:-4]) == [(0, 2.5), (10, 2.25)]
    assert run[name[:-4].replace("_", "/")].wall_times.tolist() == [1700000000.5, 1700000001.5]


def test_json_lines_may_be_such_rows(read):
    run = read("m.jsonl", '{"epoch": 1, "key": "loss", "value": NaN}\n' * 2)
    assert run.x_axis == "epoch"
    assert len(run.points("loss")) == 2


def test_rows_that_say_nothing_are_told(read):
    run = read("metrics.csv", LONG + "2,loss,much\nx,loss,2.5\n2,loss\n3,loss,2")
    assert [line for line, _ in run.faults] == [6, 7, 8, 9]
    assert len(run.points("loss")) == 2


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("shop.csv", "step,name,value\n1,shoes,20\n2,hats,30\n"),
        ("prices.csv", "date,step,value\n1,1,20\n2,2,30\n"),
        ("loss.csv", "step,value,weight\n1,20,3\n2,30,4\n"),
        ("loss.csv", "Wall time,Step,Value\n1700000000,1,2.5\n1700000001,2,2.25\n"),
    ],
    ids=["other names", "other file", "columns of their own", "TensorBoard's"],
)
def test_other_tables_are_not_its_own(name: str, text: str):
    assert choose(PurePath(name), text.encode()) != "scalar-table"
