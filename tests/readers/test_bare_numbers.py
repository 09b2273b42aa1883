from __future__ import annotations

from pathlib import PurePath

import pytest

from lrdoctor.readers import choose
from lrdoctor.readers.bare_numbers import BareNumbers


@pytest.mark.parametrize("name", ["loss.txt", "train_losses.log", "val_acc.csv", "lr"])
def test_file_s_name_is_the_metric(read, name: str):
    run = read(name, "2.5\n\nnan\n1e-3\n")
    assert [step for step, _ in run.points(PurePath(name).stem)] == [1, 3, 4]
    assert run.x_axis == "row"


@pytest.mark.parametrize("between", [" ", ",", "\t", ", "])
def test_first_of_two_is_the_step(read, between: str):
    run = read("loss.txt", "".join(f"{n}{between}2.5\n" for n in (0, 10, 20)))
    assert run.points("loss") == [(0, 2.5), (10, 2.5), (20, 2.5)]
    assert run.x_axis == "step"


def test_rewards_stand_behind_their_steps(read):
    # pytorch/rl, torchrl/record/loggers/csv.py: CSVExperiment.add_scalar
    run = read("eval_reward.csv", "0,1.5\n1000,2.5\n2000,3.5\n")
    assert run.points("eval_reward") == [(0, 1.5), (1000, 2.5), (2000, 3.5)]
    assert run.x_axis == "step"


def test_any_name_is_a_metric_s_among_scalars():
    rows = b"0,1.5\n1000,2.5\n2000,3.5\n"
    assert choose(PurePath("dqn/scalars/train/entropy.csv"), rows) == "bare-numbers"
    assert choose(PurePath("dqn/tables/train/entropy.csv"), rows) != "bare-numbers"


def test_line_of_words_is_told():
    reader = BareNumbers()
    blocks = [*reader.feed(b"2.5\n2.25\n2.0\nwords\n1.5"), *reader.finish()]
    assert [fault.line for fault in reader.take_faults()] == [4, 5]
    assert [len(block) for block in blocks] == [3]


@pytest.mark.parametrize(
    ("name", "text"),
    [("numbers.txt", "2.5\n2.4\n2.3\n"), ("loss.txt", "2.5 words\n" * 3), ("loss.txt", "2.5\n"),
     ("loss.txt", "0.5 2.5\n0.4 2.5\n0.3 2.5\n"), ("loss.py", "1\n2\n3\n")],
    ids=["name", "words", "too few", "no steps", "code"],
)  # fmt: skip
def test_other_text_is_no_log(name: str, text: str):
    assert choose(PurePath(name), text.encode()) != "bare-numbers"
