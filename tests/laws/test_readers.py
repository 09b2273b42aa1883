"""Laws that every reader obeys: ARCHITECTURE's Pieces and Degenerate."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import pairwise
from pathlib import Path, PurePath

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lrdoctor.readers import MOST_FAULTS, Fault, Reader, choose, readers
from lrdoctor.resources import folder

FORMATS = folder("sample_logs") / "formats"


def samples_of(name: str) -> list[Path]:
    """The files in a format's folder and, of each recording in a folder below it, the longest that
    its reader takes: beside it lie settings, logs of other formats, and more of the same."""
    found = sorted((FORMATS / name).glob("*"))
    recordings = [list(path.rglob("*")) for path in found if path.is_dir()]
    return [path for path in found if path.is_file()] + [
        longest
        for files in recordings
        if (longest := max((f for f in files if _takes(name, f)), key=_size, default=None))
    ]


def _takes(name: str, path: Path) -> bool:
    return path.is_file() and choose(path, path.read_bytes()[:65536]) == name


def _size(path: Path) -> int:
    return path.stat().st_size


SAMPLES = [
    pytest.param(name, path, id=f"{name}:{path.relative_to(FORMATS / name)}")
    for name in readers()
    for path in samples_of(name)
]

Points = dict[tuple[str, str], tuple[list[int], list[float], list[float]]]


class Outcome:
    """All that a reader said, comparable: NaN equals NaN."""

    def __init__(self) -> None:
        self.points: Points = {}
        self.faults: list[Fault] = []

    def take(self, reader: Reader, blocks: Iterable[object]) -> None:
        for block in blocks:
            steps, values, walls = self.points.setdefault((block.run, block.tag), ([], [], []))
            assert block.steps.dtype == np.int64
            assert block.values.dtype == np.float64
            steps.extend(block.steps.tolist())
            values.extend(block.values.tolist())
            none = np.full(len(block), np.nan)
            walls.extend((none if block.wall_times is None else block.wall_times).tolist())
        self.faults.extend(reader.take_faults())

    def figures(self) -> np.ndarray:
        """Every step, value and wall time; as the steps of samples are small, floats hold them."""
        return np.array([x for columns in self.points.values() for part in columns for x in part])

    def seal(self, reader: Reader) -> Outcome:
        settled, points, faults = reader.settled, list(reader.finish()), len(self.faults)
        self.take(reader, points)
        assert not settled or (not points and len(self.faults) == faults)
        runs = {"": None, **{run: None for run, _ in self.points}}
        # Which of two runs tells of a further tag first depends on where the bytes were cut.
        place = {run: at for at, run in enumerate(runs)}
        self.points = dict(sorted(self.points.items(), key=lambda item: place[item[0][0]]))
        self.set_up = [
            (run, reader.x_axis_of(run), reader.settings_of(run), reader.ended(run)) for run in runs
        ]
        self.ending = reader.ending
        return self


def read(name: str, pieces: Sequence[bytes], *, through_state: bool = False) -> Outcome:
    reader, outcome = readers()[name](), Outcome()
    for piece in pieces:
        outcome.take(reader, reader.feed(piece))
        if through_state:
            reader = type(reader).restore(reader.state())
    return outcome.seal(reader)


def same(one: Outcome, other: Outcome) -> None:
    assert list(one.points) == list(other.points)
    assert [len(c[0]) for c in one.points.values()] == [len(c[0]) for c in other.points.values()]
    np.testing.assert_array_equal(one.figures(), other.figures())
    # Those of the log as a whole have no line, and so no place among the others.
    assert sorted(one.faults, key=str) == sorted(other.faults, key=str)
    assert one.set_up == other.set_up
    assert one.ending == other.ending


def cut(data: bytes, places: Iterable[int]) -> list[bytes]:
    borders = [0, *sorted(place % (len(data) + 1) for place in places), len(data)]
    return [data[a:b] for a, b in pairwise(borders)]


def test_every_reader_has_a_sample():
    without = [name for name in readers() if not any(p.values[0] == name for p in SAMPLES)]
    assert without == []


@pytest.mark.parametrize(("name", "path"), SAMPLES)
def test_sample_is_recognised(name: str, path: Path):
    assert choose(PurePath(path.name), path.read_bytes()[:65536]) == name


@pytest.mark.parametrize(("name", "path"), SAMPLES)
def test_sample_holds_points_or_a_fault(name: str, path: Path):
    outcome = read(name, [path.read_bytes()])
    assert outcome.points or outcome.faults


@pytest.mark.parametrize(("name", "path"), SAMPLES)
def test_same_one_byte_at_a_time(name: str, path: Path):
    data = path.read_bytes()
    same(read(name, [data]), read(name, [data[i : i + 1] for i in range(len(data))]))


@pytest.mark.parametrize(("name", "path"), SAMPLES)
def test_same_in_any_two_pieces_and_across_state(name: str, path: Path):
    data = path.read_bytes()
    whole = read(name, [data])
    for place in np.random.default_rng(0).integers(0, len(data), 12).tolist():
        same(whole, read(name, cut(data, [place]), through_state=True))


@pytest.mark.parametrize(("name", "path"), SAMPLES)
def test_same_line_by_line(name: str, path: Path):
    """As live logs grow, which some readers have a shorter way for."""
    data = path.read_bytes()
    same(read(name, [data]), read(name, data.splitlines(keepends=True)))


@settings(max_examples=60, deadline=None)
@given(sample=st.sampled_from(SAMPLES), places=st.lists(st.integers(0, 1 << 20), max_size=8))
def test_same_in_any_pieces(sample, places: list[int]):
    name, path = sample.values
    data = path.read_bytes()
    same(read(name, [data]), read(name, cut(data, places), through_state=True))


@settings(max_examples=60, deadline=None)
@given(
    sample=st.sampled_from(SAMPLES),
    flips=st.lists(st.tuples(st.integers(0, 1 << 20), st.integers(0, 255)), max_size=6),
    places=st.lists(st.integers(0, 1 << 20), max_size=4),
)
def test_damaged_log_is_read_the_same_in_any_pieces(sample, flips, places: list[int]):
    name, path = sample.values
    data = bytearray(path.read_bytes())
    for place, byte in flips:
        data[place % len(data)] = byte
    whole = read(name, [bytes(data)])
    same(whole, read(name, cut(bytes(data), places), through_state=True))
    same(whole, read(name, bytes(data).splitlines(keepends=True)))


DEGENERATE = {
    "empty": b"",
    "one byte": b"7",
    "newlines": b"\n" * 3000,
    "carriage returns": b"\r" * 3000,
    "zeros": bytes(20_000),
    "rubbish": np.random.default_rng(1).bytes(50_000),
    "long line": b"epoch,loss\n0,1\n" + b"x" * (3 << 20) + b"\n1,2\n",
    "unfinished long line": b'{"step": 1, "loss": 2}\n' + b"9" * (3 << 20),
    "100k columns": b",".join(b"c%d" % i for i in range(100_000)) + b"\n" + b"1," * 99_999 + b"1\n",
    "100k keys": b"{" + b",".join(b'"k%d": 1' % i for i in range(100_000)) + b', "loss": 1}\n',
    "deep lists": b"[" * 100_000,
    "deep objects": b'{"loss":' * 50_000 + b"1" + b"}" * 50_000 + b"\n",
    "closing brackets": b"[" + b"]" * 2000,
    "huge figures": b'step,loss\n1e300,1e999\n-1e300,1\n9223372036854775808,2\n{"step":1e300}\n',
    "huge integers": b'{"step": 1, "loss": 1' + b"0" * 400 + b"}\n" + b"1" * 5000 + b"\n",
    "long name": b'{"step": 1, "' + b"l" * 5000 + b'": 2.0}\nstep,' + b"m" * 5000 + b"\n1,2\n",
    "surrogates": b'{"step": 1, "\\ud800": 1, "loss": 2}\n\xff\xfe,\xc3\n1,2\n',
    "quotes": b'"\n"a,b\n1,"2\n' * 20,
}


@pytest.mark.parametrize("data", DEGENERATE.values(), ids=DEGENERATE.keys())
@pytest.mark.parametrize("name", readers())
def test_degenerate_input_raises_nothing(name: str, data: bytes):
    choose(PurePath("x.csv"), data[:65536])
    whole = read(name, [data])
    assert len(whole.points) <= 10_000
    assert all(len(run) <= 256 and len(tag) <= 256 for run, tag in whole.points)
    assert len(whole.faults) <= MOST_FAULTS
    same(whole, read(name, cut(data, [100, 70_000, 1 << 20, (2 << 20) + 5]), through_state=True))


@pytest.mark.parametrize("name", readers())
def test_name_alone_never_makes_a_log_of_rubbish(name: str):
    rubbish = np.random.default_rng(2).bytes(1000)
    assert readers()[name].recognises(PurePath("picture.png"), rubbish) == 0
