"""The compiled reader beside the one without: byte for byte the same."""

from __future__ import annotations

import json
import math
import struct
from itertools import pairwise

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from lrdoctor.readers import Reader, _native
from lrdoctor.readers.csv import Csv
from lrdoctor.readers.event_file import EventFile
from lrdoctor.readers.jsonl import Jsonl
from tests.pure import without
from tests.readers import event_bytes

pytestmark = pytest.mark.skipif(not _native.THERE, reason="there is no compiled reader")
Told = tuple[dict[str, bytes], list[tuple[int | None, str]], object, bytes]


def told(reader: Reader, pieces: list[bytes], *, at_once: bool = False) -> Told:
    """All that a reader says: points by tag, to the bit, faults, settings and its state."""
    points: dict[str, list[bytes]] = {}
    for place, piece in enumerate(pieces, 1):
        reader.more = at_once and place < len(pieces)
        for block in reader.feed(piece):
            walls = block.steps * 0.0 if block.wall_times is None else block.wall_times
            columns = block.steps.tolist(), block.values.tolist(), walls.tolist()
            for point in zip(*columns, strict=True):
                points.setdefault(block.tag, []).append(struct.pack("<qdd", *point))
    state = reader.state()
    faults = [(fault.line, fault.what) for fault in reader.take_faults()]
    joined = {tag: b"".join(found) for tag, found in points.items()}
    return joined, faults, (reader.x_axis, reader.settings, list(joined)), state


def cut(data: bytes, places: list[int]) -> list[bytes]:
    borders = [0, *sorted(place % (len(data) + 1) for place in places), len(data)]
    return [data[a:b] for a, b in pairwise(borders)]


def strict_reader() -> EventFile:
    reader = EventFile()
    reader.strict = True  # the compiled reader is
    return reader


@settings(max_examples=400, deadline=None)
@given(event_bytes.files(), st.lists(st.integers(0, 1 << 20), max_size=3))
def test_event_files(data: bytes, places: list[int]):
    pieces = cut(data, places)
    compiled = told(strict_reader(), pieces)
    together = told(strict_reader(), pieces, at_once=True)
    with without(_native):
        assert told(strict_reader(), pieces) == compiled
        assert told(strict_reader(), pieces, at_once=True) == together
    assert together[0] == compiled[0]
    assert sorted(together[1]) == sorted(compiled[1])  # type: ignore[type-var]
    assert together[2] == compiled[2]


plain = st.floats(allow_nan=False).map(repr) | st.integers(-(10**20), 10**20).map(str)
spelt = st.from_regex(r"[+-]?[0-9]{0,25}\.?[0-9]{0,25}([eE][+-]?[0-9]{1,4})?", fullmatch=True)
odd = st.sampled_from(
    ("", "nan", "NaN", "NAN", "-nan", "inf", "-Infinity", " 1", "2 ", " ", "1 2", "- 1", "word",
     "NA", "-", "1e", "0x1", "1_0", "3%", "1,5", '"4"', "-0", "-0.0", "1e999", "5e-324", "#", "\t")
)  # fmt: skip


@st.composite
def tables(draw: st.DrawFn) -> bytes:
    separator = draw(st.sampled_from(",,,;\t| "))
    count = draw(st.integers(1, 4))
    names = ["step", "loss", "lr", "note"][:count]
    rows = [names, *([str(n), "0.5", "1e-3", "2"][:count] for n in range(draw(st.integers(0, 3))))]
    kinds = st.lists(plain, min_size=count, max_size=count)
    wild = st.lists(plain | spelt | odd, min_size=count, max_size=count)
    sparse = st.lists(plain | st.sampled_from(("", " ")), min_size=count, max_size=count)
    ragged = st.lists(plain | odd, max_size=5)
    rarely = wild, st.just(names), ragged
    for part in draw(st.lists(st.one_of(*[kinds] * 4, *[sparse] * 2, *rarely), max_size=12)):
        rows.append(part)
        rows += [part] * draw(st.integers(0, 2))
    end = draw(st.sampled_from(("\n", "\r\n")))
    return "".join(separator.join(row) + end for row in rows).encode()


@settings(max_examples=400, deadline=None)
@given(tables(), st.lists(st.integers(0, 1 << 20), max_size=3), st.booleans())
@example(b"step,loss\n" + 3 * b"0,-0\n", [], True)
@example(b"step,loss\n" + 3 * b"0,-0 \n", [], True)
def test_tables(data: bytes, places: list[int], live: bool):
    pieces = data.splitlines(keepends=True) if live else cut(data, places)
    compiled = told(Csv(), pieces)
    with without(_native):
        assert told(Csv(), pieces) == compiled
    if live:
        assert told(Csv(), [data])[:3] == compiled[:3]  # a row alone is read in a way of its own


@given(st.one_of(plain, spelt, st.decimals(allow_nan=False).map(str)))
@settings(max_examples=2000, deadline=None)
def test_figures_are_those_of_float(cell: str):
    line = f"{cell}\n".encode()
    found, alone = _native.figures(line, ",", 1), _native.row_reader(",", 1)(line)
    try:
        expected = float(cell)
    except ValueError:
        assert found is None
        assert alone is None
    else:
        if "inf" in cell.lower():
            assert found is None
            assert alone is None
        else:
            assert found is not None
            assert alone is not None
            assert struct.pack("<d", found[0][0, 0]) == struct.pack("<d", expected)
            assert struct.pack("<d", alone[0]) == struct.pack("<d", expected)


@given(st.one_of(plain, spelt, odd, st.decimals().map(str)))
@settings(max_examples=2000, deadline=None)
def test_figures_of_objects_are_those_of_json(cell: str):
    end, _, (table,) = _native.objects(f'{{"a": {cell}}}\n'.encode(), 0, [[b'{"a": ', b"}\n"]])
    found = table if end else None
    try:
        told = float(json.loads(cell))
    except (ValueError, TypeError, OverflowError):
        assert found is None
    else:
        if found is None:  # readers of JSON differ on these
            assert cell.strip() != cell or cell == "-0" or math.isinf(told) or cell[0] == '"'
        else:
            assert struct.pack("<d", found[0, 0]) == struct.pack("<d", told)


@st.composite
def objects(draw: st.DrawFn) -> bytes:
    """Enough of a few kinds that they are read at once, and some others."""
    names = st.lists(st.sampled_from(("step", "loss", "lr", "epoch", "a/b", "val_loss")),
                     unique=True, min_size=1)  # fmt: skip
    cells = plain | st.sampled_from(("NaN", "-0", "Infinity", "1e5"))
    lines: list[str] = []
    for chosen in draw(st.lists(names, min_size=1, max_size=3)):
        comma, colon = draw(st.sampled_from(((", ", ": "), (",", ":"), (" ,  ", " :\t"))))
        for _ in range(draw(st.integers(1, 4))):
            told = (f'"{name}"{colon}{draw(cells)}' for name in chosen)
            lines.append("{" + comma.join(told) + "}\n")
    lines = draw(st.permutations(lines)) * 400
    odd = ('{"note": "x"}\n', "\n", '{"step": 1}\n', "{\n", '{"loss": null, "step": 3}\n',
           '{"train_runtime": 1, "train_loss": 2, "step": 3}\n')  # fmt: skip
    for at in draw(st.lists(st.integers(0, len(lines)), max_size=20)):
        lines.insert(at, draw(st.sampled_from(odd)))
    return "".join(lines).encode()


@settings(max_examples=60, deadline=None)
@given(objects(), st.lists(st.integers(0, 1 << 20), max_size=2))
def test_json_lines(data: bytes, places: list[int]):
    pieces = cut(data, places)
    compiled = told(Jsonl(), pieces)
    with without(_native):
        assert told(Jsonl(), pieces) == compiled


@pytest.mark.parametrize(
    "line", [b"", b"\n", b"1\n", b"1,2", b"1,2,3\n", b"1,2\n\n", b"1,2\n3,4\n", b",\n", b" , \n"]
)
def test_a_row_is_one_whole_line_of_so_many_figures(line: bytes):
    read = _native.row_reader(",", 2)
    assert read(line) is None
    assert read(b"1, nan \n") == [1.0, pytest.approx(math.nan, nan_ok=True)]
    assert (read(b"1, \n"), read(b",2\n")) == ([1.0, None], [None, 2.0])
