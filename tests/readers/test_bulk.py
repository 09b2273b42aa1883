"""Reading many rows at once gives what reading them one by one gives."""

from __future__ import annotations

import json
from collections.abc import Iterable

import numpy as np
import pytest

from lrdoctor.readers import Fault, _native, readers
from lrdoctor.readers._records_bulk import Bulk, Table

ROWS = 4000


def rows() -> list[dict[str, float]]:
    random = np.random.default_rng(1)
    return [
        {
            "step": n,
            "loss": random.normal(),
            "lr": 1e-5 * n,
            "wide": random.normal() * 10.0 ** (n % 300),
        }
        for n in range(ROWS)
    ]


def read(name: str, pieces: Iterable[bytes]) -> tuple[dict[str, list[float]], list[Fault]]:
    reader, points, faults = readers()[name](), {}, []
    for piece in pieces:
        for block in reader.feed(piece):
            known = points.setdefault(block.tag, [])
            known.extend(np.stack([block.steps.astype(float), block.values], 1).ravel().tolist())
        faults += reader.take_faults()
    return points, faults


def same_as_line_by_line(name: str, lines: list[str]) -> None:
    whole = [line.encode() + b"\n" for line in lines]
    at_once, one_by_one = read(name, [b"".join(whole)]), read(name, whole)
    assert list(at_once[0]) == list(one_by_one[0])
    for tag, values in at_once[0].items():
        # As bits: -0.0 is not 0.0, and NaN is NaN.
        assert np.array(values).tobytes() == np.array(one_by_one[0][tag]).tobytes(), tag
    assert at_once[1] == one_by_one[1]
    assert at_once[0]


def odd(line: str) -> list[str]:
    lines = [json.dumps(row) for row in rows()]
    lines[1000:1000] = [line]
    return lines


def test_json_lines():
    same_as_line_by_line("jsonl", [json.dumps(row) for row in rows()])


def test_json_lines_of_a_diverged_loss():
    diverged = [{**row, "loss": float("nan")} if row["step"] > 2000 else row for row in rows()]
    same_as_line_by_line("jsonl", [json.dumps(row) for row in diverged])


@pytest.mark.parametrize(
    "line",
    [
        '{"step": 7, "loss": Infinity, "lr": 0.1, "wide": 1}',
        '{"step": 7, "loss": null, "lr": 0.1, "wide": NaN}',
        '{"step": 7, "loss": "0.5", "lr": 0.1, "wide": 1}',
        '{"step": 7, "loss": true, "lr": 0.1, "wide": 1}',
        '{"step": 7, "loss": -0, "lr": -0.0, "wide": 1}',
        '{"wide": 7, "lr": 1, "loss": 0.1, "step": 3}',
        '{"step": 7, "loss": 0.5, "loss": 0.25, "lr": 0.1, "wide": 1e999}',
        '{"step": 7, "loss": 0.5}',
        '{"step": 7, "loss": 0.5, "lr": 0.1, "wide": 1, "more": 2}',
        '{"step": 7, "loss": -Infinity, "lr": 1E-5, "wide": 1e-400}',
        '{"step": 7, "loss": -NaN, "lr": nan, "wide": inf}',
        '{"step": 7, "loss": +1, "lr": .5, "wide": 5.}',
        '{"step": 7, "loss": 1.e3, "lr": 0.1, "wide": 1}',
        '{"step": 07, "loss": 1, "lr": 0.1, "wide": 1}',
        '{"step": 7, "loss": - 1, "lr": 1e, "wide": 1}',
        '{"step":7,"loss":0.5,"lr":0.1,"wide":1}',
        '{"step": 7, "loss": 0.5, "lr": 0.1, "wide": 1} ',
        '{"step": 7, "loss": 0.5, "lr": 0.1, "wide": 1}{"step": 8}',
        '{"step": 7, "loss": {"a": 1}, "lr": 0.1, "wide": 1}',
        '{"step": 7, "loss": 1' + "0" * 400 + ', "lr": 0.1, "wide": 9007199254740993}',
        '{"step": 7, "loss": 0.5, "lr"',
        "NaN",
        "",
    ],
)
def test_json_lines_with_an_odd_one(line: str):
    same_as_line_by_line("jsonl", odd(line))


@pytest.mark.parametrize("kinds", [2, 7, 8, 9, 12])
def test_json_lines_of_several_kinds(kinds: int):
    lines = [json.dumps(row) for row in rows()]
    for kind in range(kinds):
        lines[kind + 1 :: 97] = [line.replace("loss", f"loss_{kind}") for line in lines[kind::97]]
    same_as_line_by_line("jsonl", lines)


def test_an_evaluation_now_and_then_is_read_at_once():
    lines = [json.dumps(row) for row in rows()]
    lines[100::100] = ['{"step": 3, "eval_loss": NaN}'] * len(lines[100::100])
    lines[500] = '{"step": 5, "note": "saved"}'
    parts = list(Bulk().parts("".join(f"{line}\n" for line in lines).encode()))
    if _native.THERE:
        assert [part for part in parts if isinstance(part, bytes)] == [lines[500].encode() + b"\n"]
        assert sum(part.count for part in parts if isinstance(part, Table)) == ROWS - 1


@pytest.mark.parametrize(
    "name", ["a: 1, b", "ä", '\\"x\\": 2, ', "\\u0041", "NaN", "step", " ", "", "{", "a:1}"]
)
def test_json_lines_with_an_odd_name(name: str):
    lines = [f'{{"step" : {n},\t"{name}":{n / 3} ,"loss": {1 / (n + 1)} }}' for n in range(ROWS)]
    same_as_line_by_line("jsonl", lines)


def table(*more: str) -> list[str]:
    lines = ["step,loss,lr,wide", *(",".join(map(repr, row.values())) for row in rows())]
    lines[1000:1000] = more
    return lines


def test_csv():
    same_as_line_by_line("csv", table())


@pytest.mark.parametrize("separator", [";", "\t", "|"])
def test_csv_of_another_separator(separator: str):
    same_as_line_by_line("csv", [line.replace(",", separator) for line in table()])


@pytest.mark.parametrize(
    "line",
    [
        "7,,0.1,1",
        "7,nan,0.1,1",
        "7,NaN,-inf,1e999",
        "7,-0,-0.0,+1",
        "7,.5,5.,01",
        "7,1,2",
        "7,1,2,3,4",
        "7,word,2,3",
        "7, 1 ,2,3",
        "# note",
        "",
        "step,loss,lr,wide",
        "7,1e5,1E-5,1e",
        '7,"1",2,3',
        "7,0x10,1_0,3",
        "7,null,true,[1]",
        f"7,1{'0' * 400},2,9007199254740993",
    ],
)
def test_csv_with_an_odd_line(line: str):
    same_as_line_by_line("csv", table(line))
