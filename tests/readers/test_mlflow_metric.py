from __future__ import annotations

from pathlib import PurePath

from lrdoctor.readers import choose


def test_file_name_is_the_metric(read):
    run = read("train_loss", "1700000000500 2.5 0\n1700000001500 nan 10\n")
    assert run.points("train_loss")[0] == (0, 2.5)
    assert run["train/loss"].non_finite == 1
    assert run.tags["train_loss"].wall_times.tolist() == [1700000000.5, 1700000001.5]


def test_data_set_behind_the_step(read):
    run = read("loss", "1700000000500 2.5 0 digits 1f3a\n1700000001500 2.25 10 digits 1f3a\n")
    assert run.points("loss") == [(0, 2.5), (10, 2.25)]


def test_cut_last_step_is_not_trusted(read):
    run = read("loss", "1700000000500 2.5 0\n1700000001500 2.25 1")
    assert run.faults == [(2, "unfinished last line")]
    assert run.points("loss") == [(0, 2.5)]


def test_other_line_is_told(read):
    head = "".join(f"{1700000000000 + n} 2.5 {n}\n" for n in range(30))
    assert read("loss", head + "rubbish\n").faults == [(31, "not a line of time, value and step")]


def test_other_columns_of_figures_are_no_metric():
    assert choose(PurePath("points"), b"1 2 3\n4 5 6\n") is None
