from __future__ import annotations

from pathlib import PurePath

import pytest

from lrdoctor.readers import choose

LOSS = [(1, 2.5), (2, 2.25), (3, 2.0)]


@pytest.mark.parametrize(
    "text",
    [
        "".join(f"- epoch: {n}\n  loss: {loss}\n" for n, loss in LOSS),
        "".join(f"---\nepoch: {n}\nloss: {loss}\n" for n, loss in LOSS),
        "".join(f"epoch_{n}:\n  loss: {loss}\n" for n, loss in LOSS),
        "epoch: [1, 2, 3]\nloss:\n- 2.5\n- 2.25\n- 2.0\noptimizer: adam\n",
    ],
    ids=["list", "documents", "mapping", "lists"],
)
def test_history_is_read(read, text: str):
    run = read("history.yaml", text)
    assert (run.points("loss"), run.x_axis) == (LOSS, "epoch")
    assert run.faults == []


def test_settings_are_no_log():
    text = b"lr: 0.1\nloss: 1\nloss_weight: 2.5\nepochs: 10\nbetas: [0.9, 0.99]\n"
    assert choose(PurePath("config.yaml"), text) is None


def test_aliases_are_not_followed(read):
    run = read("history.yaml", "loss: &a [1.5, 2.5]\nx: [*a, *a]\n")
    assert "aliases" in run.faults[0][1]


@pytest.mark.parametrize("value", ["}", "!!timestamp x", '!!int ""', "!!bool x"])
def test_broken_document_is_told(read, value: str):
    assert read("history.yaml", f"loss: [1.5, 2.5]\nx: {value}\n").faults == [
        (None, "no whole YAML document: it is broken or was cut off")
    ]


def test_no_object_is_made(read):
    run = read("history.yaml", "loss: [1.5, 2.5]\nx: !!python/object/apply:os.getcwd []\n")
    assert run.faults
    assert not run.tags
