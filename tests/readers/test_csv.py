from __future__ import annotations

import math
from pathlib import PurePath

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lrdoctor.readers import _csv_bulk, choose
from lrdoctor.readers.csv import Csv


@pytest.mark.parametrize("separator", [",", ";", "\t", "|", " ", "   "])
def test_any_separator(read, separator: str):
    run = read(
        "x.csv", separator.join(["step", "loss"]) + "\n" + separator.join(["5", "0.25"]) + "\n"
    )
    assert run.points("loss") == [(5, 0.25)]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r\r\n", "\r"])
def test_any_line_end(read, end: str):
    run = read("x.csv", end.join(["epoch,loss", "0,1.5", "1,1.25", ""]))
    assert run.points("loss") == [(0, 1.5), (1, 1.25)]
    assert run.faults == []


def test_lines_are_counted_through_mixed_ends(read):
    run = read("x.csv", "epoch,loss\r\r\n0,1\r1,2\r\n2\n3,4\n")
    assert [line for line, _ in run.faults] == [4]


def test_blank_and_na_cells_were_not_logged(read):
    run = read("x.csv", "epoch,loss,val_loss\n0,1.0,NA\n1,,0.9\n2,0.8,\n")
    assert run.points("loss") == [(0, 1.0), (2, 0.8)]
    assert run.points("val_loss") == [(1, 0.9)]


@pytest.mark.parametrize("cell", ["nan", "NaN", "-nan", "1.#QNAN"])
def test_nan_is_data(read, cell: str):
    run = read("x.csv", f"epoch,loss\n0,1.0\n1,{cell}\n")
    assert math.isnan(run.points("loss")[1][1])


@pytest.mark.parametrize(("cell", "value"), [("inf", math.inf), ("-Infinity", -math.inf)])
def test_infinity_is_data(read, cell: str, value: float):
    assert read("x.csv", f"epoch,loss\n0,1\n1,{cell}\n").points("loss")[1] == (1, value)


def test_padded_header_and_cells(read):
    run = read(
        "results.csv", "     epoch,   train/loss,  lr/pg0\n         1,       0.5  ,   0.01\n"
    )
    assert run.points("train/loss") == [(1, 0.5)]
    assert run["lr"].tag == "lr/pg0"


def test_decimal_commas_where_the_separator_is_another(read):
    assert read("x.csv", "Epoch;Loss\n1;0,75\n").points("Loss") == [(1, 0.75)]


def test_header_may_be_a_comment(read):
    assert read("x.txt", "# step loss\n1.0e+02 5.0e-01\n").points("loss") == [(100, 0.5)]


def test_comment_before_the_header_is_passed_over(read):
    run = read("0.monitor.csv", '#{"t_start": 1.5, "env_id": "CartPole"}\nr,l,t\n9.0,8,0.5\n')
    assert (run.points("r"), run.x_axis) == ([(1, 9.0)], "row")


def test_sentence_may_stand_between_names_and_rows(read):
    # DeePMD-kit's lcurve.out
    names = "#  step      rmse_val    rmse_trn         lr\n"
    said = "# If there is no available reference data, rmse_*_{val,trn} will print nan\n"
    rows = "      0      2.5e+01    1.5e+01  1.0e-03\n    100      7.5e+00    5.0e+00    3.6e-04\n"
    run = read("lcurve.out", names + said + rows)
    assert run.points("rmse_val") == [(0, 25), (100, 7.5)]
    assert (run.points("lr"), run.faults) == ([(0, 1e-3), (100, 3.6e-4)], [])


def test_missing_header_is_told(read):
    run = read("x.csv", "1,0.5\n2,0.4\n")
    assert list(run.tags) == ["1", "2"]
    assert run.faults == [(1, "no header row: the columns are called 1, 2, 3 …")]


def test_header_may_return_with_other_columns(read):
    run = read("x.csv", "epoch,loss\n0,1.0\nepoch,acc,loss\n1,0.5,0.9\n")
    assert run.points("loss") == [(0, 1.0), (1, 0.9)]
    assert run.points("acc") == [(1, 0.5)]
    assert run.faults == []


def test_sparse_rows_of_one_step(read):
    text = "epoch,lr-AdamW,step,train_loss,val_loss\n,0.001,9,,\n0,,9,2.5,\n0,,9,,2.25\n,0.001,,,\n"
    run = read("metrics.csv", text)
    assert (run["lr"].tag, run.x_axis) == ("lr-AdamW", "step")
    assert run.points("lr-AdamW") == [(9, 0.001), (9, 0.001)]
    assert (run.points("train_loss"), run.points("val_loss")) == ([(9, 2.5)], [(9, 2.25)])


def test_step_before_epoch_before_row(read):
    assert read("x.csv", "epoch,step,loss\n0,7,1\n").points("loss") == [(7, 1.0)]
    assert read("x.csv", "epoch,loss\n3,1\n").points("loss") == [(3, 1.0)]
    assert read("x.csv", "mse,loss\n3,1\n").points("loss") == [(1, 1.0)]


def test_epochs_with_fractions_are_no_axis(read):
    run = read("x.csv", "epoch,loss\n0.5,1\n0.75,2\n")
    assert (run.points("loss"), run.x_axis) == ([(1, 1.0), (2, 2.0)], "row")


def test_step_below_zero_is_none_where_the_epoch_is_told(read):
    # sentence-transformers' evaluators, at the end of an epoch
    run = read("a.csv", "epoch,steps,loss\n0,-1,2.5\n1,-1,2.25\n")
    assert (run.points("loss"), run.x_axis) == ([(0, 2.5), (1, 2.25)], "epoch")
    assert read("a.csv", "step,loss\n-1,2.5\n0,2.25\n").points("loss")[0] == (-1, 2.5)


def test_steps_that_start_again_each_epoch_are_joined(read):
    rows = [f"{epoch},{step},1.0" for epoch in range(3) for step in (0, 10, 20)]
    run = read("x.csv", "epoch,step,loss\n" + "\n".join(rows) + "\n")
    assert [step for step, _ in run.points("loss")] == [0, 10, 20, 30, 40, 50, 60, 70, 80]
    assert run.resumes == []


def test_step_that_goes_back_with_its_epoch_is_a_resume(read):
    run = read("x.csv", "epoch,step,loss\n0,0,1\n1,10,1\n2,20,1\n1,10,3\n")
    assert run.points("loss") == [(0, 1.0), (10, 3.0)]
    assert len(run.resumes) > 0


def test_rows_that_name_their_split_are_kept_apart(read):
    run = read("x.csv", "epoch,phase,loss\n0,train,1.0\n0,val,1.5\n")
    assert run["train/loss"].values.tolist() == [1.0]
    assert run["val/loss"].values.tolist() == [1.5]


def test_time_of_day_gives_wall_times(read):
    run = read("x.csv", "step,loss,timestamp\n1,2.0,1700000000.5\n")
    assert run.tags["loss"].wall_times.tolist() == [1700000000.5]


def test_seconds_since_the_start_are_no_wall_times(read):
    assert read("x.csv", "step,loss,time\n1,2.0,31.5\n").tags["loss"].wall_times is None


def test_column_of_words_is_passed_over_quietly(read):
    run = read("x.csv", "epoch,note,loss\n0,good,1\n1,better,0.5\n")
    assert (list(run.tags), run.faults) == (["loss"], [])


def test_word_among_figures_is_told(read):
    run = read("x.csv", "epoch,loss\n0,1\n1,oops\n2,0.5\n")
    assert run.faults == [(3, "column 'loss': 'oops' is no number")]
    assert run.points("loss") == [(0, 1.0), (2, 0.5)]


def test_words_before_the_first_figure_are_told_once(read):
    run = read("x.csv", "epoch,loss\n0,warming\n1,up\n2,0.5\n3,0.4\n")
    expected = "column 'loss': 2 cells before its first number hold words: 'warming'"
    assert run.faults == [(2, expected)]


def test_row_with_too_many_cells_is_passed_over(read):
    run = read("x.csv", "epoch,loss\n0,1\n1,2,3,4\n2,0.5\n")
    assert [line for line, _ in run.faults] == [3]
    assert run.points("loss") == [(0, 1.0), (2, 0.5)]


def test_torn_row_gives_the_cells_before_the_tear(read):
    run = read("x.csv", "epoch,loss,acc,lr\n0,1.5,0.5,0.1\n1,1.25,0.\n2,1,0.6,0.1\n")
    assert run.points("loss") == [(0, 1.5), (1, 1.25), (2, 1.0)]
    assert run.points("acc") == [(0, 0.5), (2, 0.6)]
    assert [line for line, _ in run.faults] == [3]


def test_quoted_cells(read):
    run = read("x.csv", '"epoch","loss","note"\n"0","1.5","a, b"\n')
    assert run.points("loss") == [(0, 1.5)]


def test_quoted_cell_may_hold_line_ends(read):
    text = 'step,note,loss\n0,"two\r\nlines, ""quoted""",2\n1,plain,1.5\n2,"\n\n",1\n3,"x\ny",0.5'
    run = read("x.csv", text)
    assert run.points("loss") == [(0, 2.0), (1, 1.5), (2, 1.0), (3, 0.5)]
    assert run.faults == []


def test_quote_that_is_never_closed_costs_its_own_line(read):
    rows = [f"{n},a,{n}.5\n" for n in range(300)]
    run = read("x.csv", "".join(["step,note,loss\n", *rows[:20], '20,"open,7\n', *rows[20:]]))
    assert len(run.points("loss")) == 300
    assert run.faults == [(22, "a quote is left open: passed over")]


def test_stray_quote_inside_a_cell_holds_up_nothing(read):
    run = read("x.csv", 'step,note,loss\n0,5" pipe,2\n1,a,1.5\n2,b,1\n')
    assert run.points("loss") == [(0, 2.0), (1, 1.5), (2, 1.0)]
    assert run.faults == []


def test_excels_own_first_line_and_thousands(read):
    run = read("x.csv", 'sep=,\nstep,loss\n"1,000",2.5\n"12,000","1,234.5"\n')
    assert run.points("loss") == [(1000, 2.5), (12000, 1234.5)]


def test_unfinished_line_waits():
    reader = Csv()
    assert [len(block) for block in reader.feed(b"epoch,loss\n0,1.25\n1,1.")] == [1]
    assert [block.values.tolist() for block in reader.feed(b"125\n")] == [[1.125]]


def test_last_line_of_the_usual_length_is_taken(read):
    assert len(read("x.csv", "epoch,loss\n0,1.25\n1,1.50").points("loss")) == 2


@pytest.mark.parametrize("tail", ["1,1.5", "1,", "1"])
def test_shorter_last_line_is_told(read, tail: str):
    run = read("x.csv", f"epoch,loss\n0,1.25\n{tail}")
    assert run.faults == [(3, "unfinished last line")]
    assert len(run.points("loss")) == 1


def test_console_output_is_no_csv():
    text = b"Logging to ./logs\n----------\n| episodes | 100 |\n| steps    | 1219 |\n"
    assert choose(PurePath("log.txt"), text) is None


numbers = st.one_of(st.floats(width=64).map(repr), st.integers(-999, 999).map(str), st.just(""))


@settings(deadline=None)
@given(st.lists(st.lists(numbers, min_size=3, max_size=3), min_size=1, max_size=30))
def test_bulk_agrees_with_float(rows: list[list[str]]):
    body = "".join(",".join(row) + "\n" for row in rows).encode()
    plain = _csv_bulk.table(body, ",", 3)
    if plain is None:
        assert b"inf" in body
        return
    figures, filled = plain
    assert filled.tolist() == [[cell != "" for cell in row] for row in rows]
    expected = [[float(cell) if cell else math.nan for cell in row] for row in rows]
    np.testing.assert_array_equal(figures, np.array(expected))


@pytest.mark.parametrize("body", [b"1,2\n3\n", b"1,2\n\n", b"1,2,3\n", b"1 2,3\n", b"1,nan2\n",
                                  b"1,true\n", b"01,2\n", b"1,2\n3,4,\n"])  # fmt: skip
def test_bulk_leaves_what_is_not_plain(body: bytes):
    assert _csv_bulk.table(body, ",", 2) is None


cells = st.sampled_from(["1", "2.5", "-3e-4", "", "", "NA", "nan", "inf", "word", "1:2", "7%",
                         " 4 ", '"a"', "1_0", "-", "#", "\t", "1,5"])  # fmt: skip
lines = st.one_of(
    st.lists(cells, min_size=3, max_size=3),
    st.lists(cells, min_size=1, max_size=5),
    st.sampled_from([["a", "b", "c"], ["c", "a", "d"], [""], ["# note"]]),
)


@settings(deadline=None)
@given(
    st.lists(lines, min_size=1, max_size=40),
    st.lists(cells.filter(lambda c: c not in "#\t"), min_size=3, max_size=3),
    st.sampled_from(",;\t"),
)
def test_many_lines_at_once_are_read_like_one_by_one(rows, usual: list[str], separator: str):
    # Ten plain rows between the odd ones, so that whole pieces are read in bulk.
    text = [separator.join(row).encode() + b"\n" for row in [["a", "b", "c"], *rows]]
    plain = [separator.join(usual).encode() + b"\n"] * 10
    pieces = [b"".join(piece) for piece in ([text[0], *plain], text[1:], plain, plain)]
    whole, single = Csv(), Csv()
    told = [[], []]
    for place, (reader, data) in enumerate(
        [(whole, pieces), (single, b"".join(pieces).splitlines(True))]
    ):
        points: dict[str, list[tuple[int, float]]] = {}
        for piece in data:
            for block in reader.feed(piece):
                row = zip(block.steps.tolist(), map(repr, block.values.tolist()), strict=True)
                points.setdefault(block.tag, []).extend(row)
        told[place] = [points, list(points), reader.take_faults(), reader.x_axis]
    assert told[0] == told[1]


def test_a_blank_step_below_a_returning_header_begins_no_run():
    data = b"step,loss\n1,1.5\n2,1.25\nstep,loss\n,1.0\n3,0.75\n"
    for pieces in ([data], data.splitlines(keepends=True)):
        reader = Csv()
        blocks = [block for piece in pieces for block in reader.feed(piece)]
        assert {block.run for block in blocks} == {""}
        assert [step for block in blocks for step in block.steps] == [1, 2, 2, 3]


def test_a_column_without_a_name_is_no_epoch(read):
    data = ",step,loss\n" + "".join(
        f"{n},{step},0.5\n" for n, step in enumerate((0, 1, 2, 3, 4, 1, 2))
    )
    lines = Csv()
    blocks = [block for line in data.encode().splitlines(True) for block in lines.feed(line)]
    steps = [step for block in blocks if block.tag == "loss" for step in block.steps.tolist()]
    assert steps == [0, 1, 2, 3, 4, 1, 2]
    assert read("x.csv", data).points("loss") == [(0, 0.5), (1, 0.5), (2, 0.5)]


@pytest.mark.parametrize(
    "cell",
    ["tensor(2.5)", "[2.5]", "tensor([2.5])", "np.float32(2.5)", "[[2.5]]",
     '"tensor(2.5, device=\'cuda:0\', grad_fn=<NllLossBackward0>)"',
     '"tf.Tensor(2.5, shape=(), dtype=float32)"'],
)  # fmt: skip
def test_number_that_is_still_a_tensor_counts(read, cell: str):
    run = read("log.csv", "epoch,loss\n" + f"1,{cell}\n2,{cell}\n")
    assert run.points("loss") == [(1, 2.5), (2, 2.5)]


@pytest.mark.parametrize("cell", ["(2, 3)", "[1.5, 2.5]", "f(x)", "()", "tensor()"])
def test_several_numbers_are_none(read, cell: str):
    run = read("log.csv", f'epoch,loss,note\n1,2.5,"{cell}"\n2,2.5,"{cell}"\n')
    assert set(run.tags) == {"loss"}


def test_printed_settings_above_printed_steps_are_no_header():
    steps = "".join(f"step {i} loss {3 - i / 9:.4f} lr 3e-4\n" for i in range(9))
    head = f"lr: 3e-4 batch_size: 64 optimizer: adamw\n{steps}".encode()
    assert Csv.recognises(PurePath("train.log"), head) == 0
    assert choose(PurePath("train.log"), head) == "console"
