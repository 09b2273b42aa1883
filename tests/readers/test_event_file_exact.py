"""The event reader beside TensorBoard's own, on files that TensorBoard's own protos wrote."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tensorboardX import SummaryWriter

from lrdoctor.readers import _native
from lrdoctor.readers.event_file import EventFile
from tests.readers.event_frames import record

with pytest.MonkeyPatch.context() as quiet:
    quiet.setenv("TF_CPP_MIN_LOG_LEVEL", "3")
    from tensorboard.backend.event_processing.event_file_loader import EventFileLoader
    from tensorboard.compat.proto.event_pb2 import Event
    from tensorboard.compat.proto.summary_pb2 import Summary, SummaryMetadata
    from tensorboard.compat.proto.tensor_pb2 import TensorProto
    from tensorboard.util.tensor_util import make_ndarray

Points = dict[str, list[tuple[int, float, float]]]


def scalars() -> SummaryMetadata:
    return SummaryMetadata(plugin_data=SummaryMetadata.PluginData(plugin_name="scalars"))


def bits(value: float) -> int:
    return int(np.float16(value).view(np.uint16))


def tensor(dtype: int, **figures: object) -> dict[str, TensorProto]:
    return {"tensor": TensorProto(dtype=dtype, **figures)}


STYLES = {
    "simple": lambda v: {"simple_value": v},
    "float": lambda v: tensor(1, float_val=[v]),
    "double": lambda v: tensor(2, double_val=[v]),
    "half": lambda v: tensor(19, half_val=[bits(v)]),
    "int32": lambda v: tensor(3, int_val=[int(v)]),
    "int64": lambda v: tensor(9, int64_val=[int(v) * 2**33]),
    "uint8": lambda v: tensor(4, int_val=[int(v) & 0xFF]),
    "bool": lambda v: tensor(10, bool_val=[v > 0]),
    "float bytes": lambda v: tensor(1, tensor_content=np.float32(v).tobytes()),
    "double bytes": lambda v: tensor(2, tensor_content=np.float64(v).tobytes()),
    "half bytes": lambda v: tensor(19, tensor_content=np.float16(v).tobytes()),
    "int64 bytes": lambda v: tensor(9, tensor_content=np.int64(v).tobytes()),
}


def value(tag: str, style: str, figure: float, first: bool) -> Summary.Value:
    built = Summary.Value(tag=tag, **STYLES[style](figure))
    if built.HasField("tensor"):
        built.tensor.tensor_shape.SetInParent()
        if first:
            built.metadata.CopyFrom(scalars())
    return built


def theirs(path: Path) -> Points:
    """What TensorBoard reads: it turns every ``simple_value`` into a tensor."""
    points: Points = {}
    known: dict[str, str] = {}
    for event in EventFileLoader(str(path)).Load():
        for one in event.summary.value:
            plugin = known.setdefault(one.tag, one.metadata.plugin_data.plugin_name)
            if plugin == "scalars":
                figure = float(make_ndarray(one.tensor).item())
                points.setdefault(one.tag, []).append((event.step, figure, event.wall_time))
    return points


def ours(data: bytes, pieces: int = 1) -> Points:
    size = -(-len(data) // pieces)
    points, faults = read([data[start : start + size] for start in range(0, len(data), size)])
    assert faults == []
    return points


def read(
    pieces: Sequence[bytes], *, strict: bool = False, through_state: bool = False
) -> tuple[Points, list[str]]:
    reader, points, faults = EventFile(), Points(), []
    for piece in pieces:
        reader.strict = strict
        for block in reader.feed(piece):
            rows = zip(block.steps.tolist(), block.values.tolist(), block.wall_times.tolist(),
                       strict=True)  # fmt: skip
            points.setdefault(block.tag, []).extend(rows)
        faults += [fault.what for fault in reader.take_faults()]
        if through_state:
            reader = EventFile.restore(reader.state())
    list(reader.finish())
    return points, faults + [fault.what for fault in reader.take_faults()]


def equal(one: Points, other: Points) -> None:
    assert list(one) == list(other)
    for tag in one:
        np.testing.assert_array_equal(np.array(one[tag]), np.array(other[tag]), err_msg=tag)


figures = st.one_of(
    st.floats(width=16, allow_nan=False, allow_infinity=False),
    st.sampled_from([0.0, -0.0, 1e-8, 0.1, 3.0, -7.0]),
)
tags = st.sampled_from(["loss", "lr", "val/loss", "val/loss_x", "ä", "a" * 130])


@st.composite
def logs(draw: st.DrawFn) -> bytes:
    """A training loop's file: the same few values every step, and something else now and then."""
    kinds = draw(st.lists(st.tuples(tags, st.sampled_from(sorted(STYLES))), min_size=1, max_size=4,
                          unique_by=lambda kind: kind[0]))  # fmt: skip
    together = draw(st.booleans())
    stride = draw(st.sampled_from([1, 7, 1000, 2**40]))
    random = np.random.default_rng(draw(st.integers(0, 99)))
    out = [record(Event(wall_time=1.0, file_version="brain.Event:2").SerializeToString())]
    for n in range(1, draw(st.integers(1, 150))):
        built = [
            value(tag, style, float(np.float16(random.normal() * 100)), first=n == 1)
            for tag, style in kinds
        ]
        for group in [built] if together else [[one] for one in built]:
            event = Event(wall_time=1.7e9 + n / 8, step=n * stride, summary=Summary(value=group))
            out.append(record(event.SerializeToString()))
        if random.random() < 0.05:
            picture = Summary.Image(encoded_image_string=random.bytes(int(random.integers(0, 400))))
            other = Summary(value=[Summary.Value(tag="picture", image=picture)])
            out.append(record(Event(step=n * stride, summary=other).SerializeToString()))
    return b"".join(out)


@settings(max_examples=60, deadline=None)
@given(data=logs(), pieces=st.integers(1, 5))
def test_reads_what_tensorboard_reads(
    tmp_path_factory: pytest.TempPathFactory, data: bytes, pieces: int
):
    path = tmp_path_factory.getbasetemp() / "events.out.tfevents.1.exact"
    path.write_bytes(data)
    equal(ours(data, pieces), theirs(path))


@settings(max_examples=100, deadline=None)
@given(figure=figures, style=st.sampled_from(sorted(STYLES)), step=st.integers(-(2**62), 2**62))
def test_reads_one_value_as_tensorboard_does(
    tmp_path_factory: pytest.TempPathFactory, figure: float, style: str, step: int
):
    event = Event(
        wall_time=2.5, step=step, summary=Summary(value=[value("t", style, figure, True)])
    )
    path = tmp_path_factory.getbasetemp() / "events.out.tfevents.1.one"
    path.write_bytes(record(event.SerializeToString()))
    equal(ours(path.read_bytes()), theirs(path))


@pytest.mark.parametrize("figure", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("style", ["simple", "float", "double", "half", "float bytes"])
def test_keeps_what_is_not_finite(tmp_path: Path, figure: float, style: str):
    events: Sequence[Event] = [
        Event(step=n, summary=Summary(value=[value("t", style, figure, n == 1)]))
        for n in range(1, 200)
    ]
    path = tmp_path / "events.out.tfevents.1.odd"
    path.write_bytes(b"".join(record(event.SerializeToString()) for event in events))
    equal(ours(path.read_bytes()), theirs(path))


def loop(
    style: str,
    steps: range,
    tags: int,
    *,
    sparse: bool = False,
    others: bool = False,
    seed: int = 0,
) -> list[bytes]:
    """The records of a training loop that logs each tag in each step, in the same order.

    Args:
        sparse: half of the tags come in every 50th step only.
        others: an image or a histogram now and then, at any place within a step.
    """
    random = np.random.default_rng(seed)
    out = [record(Event(wall_time=1.7e9, file_version="brain.Event:2").SerializeToString())]
    for step in steps:
        now = tags // 2 if sparse and step % 50 else tags
        records = []
        for tag in range(now):
            one = value(f"part{tag % 3}/tag{tag}", style, random.normal(), step == steps.start)
            event = Event(wall_time=1.7e9 + step / 8 + tag / 999, step=step)
            event.summary.value.append(one)
            records.append(record(event.SerializeToString()))
        if others and random.random() < 0.02:
            records.insert(int(random.integers(now)), record(picture_or_histogram(step, random)))
        out += records
    return out


def picture_or_histogram(step: int, random: np.random.Generator) -> bytes:
    built = Summary.Value(tag="other")
    if random.random() < 0.5:
        built.image.encoded_image_string = random.bytes(int(random.integers(20, 70_000)))
    else:
        built.histo.bucket.extend(random.random(30).tolist())
        built.histo.bucket_limit.extend(range(30))
    return Event(wall_time=1.0, step=step, summary=Summary(value=[built])).SerializeToString()


LOOPS = {
    "simple": lambda: loop("simple", range(1, 1500), 6),
    "tensors": lambda: loop("float", range(0, 1500), 6),
    "tensors' bytes": lambda: loop("double bytes", range(100, 2000), 5),
    "one tag": lambda: loop("simple", range(16_000, 18_000), 1),
    "long steps": lambda: loop("simple", range(2**41, 2**41 + 1000), 4),
    "sparse": lambda: loop("simple", range(1, 1500), 8, sparse=True),
    "others between": lambda: loop("float", range(1, 2000), 6, others=True),
    "sparse, others between": lambda: loop("simple", range(1, 2000), 8, sparse=True, others=True),
}


@pytest.mark.parametrize("name", LOOPS)
def test_reads_a_training_loop_as_tensorboard_does(tmp_path: Path, name: str):
    data = b"".join(LOOPS[name]())
    path = tmp_path / "events.out.tfevents.1.loop"
    path.write_bytes(data)
    expected = theirs(path)
    equal(ours(data), expected)
    equal(read([data], strict=True)[0], expected)
    for seed in range(3):
        places = np.sort(np.random.default_rng(seed).integers(0, len(data), 9)).tolist()
        pieces = [data[a:b] for a, b in pairwise([0, *places, len(data)])]
        points, faults = read(pieces, through_state=seed == 0)
        equal(points, expected)
        assert faults == []


def test_reads_what_tensorboardx_writes(tmp_path: Path):
    random = np.random.default_rng(4)
    with SummaryWriter(str(tmp_path)) as writer:
        for step in range(1500):
            for tag in ("loss", "lr", "gradient norm"):
                writer.add_scalar(tag, random.normal(), step)
            if step % 97 == 0:
                writer.add_histogram("weights", random.normal(size=100), step)
                writer.add_text("note", f"step {step}", step)
    (path,) = tmp_path.glob("*tfevents*")
    equal(ours(path.read_bytes()), theirs(path))


@pytest.mark.parametrize("strict", [False, True])
@pytest.mark.parametrize("name", ["simple", "tensors", "sparse, others between"])
def test_every_flipped_bit_costs_its_record_alone(name: str, strict: bool):
    records = LOOPS[name]()
    whole = b"".join(records)
    starts = np.cumsum([0, *map(len, records)])
    expected, _ = read([whole])
    total = sum(map(len, expected.values()))
    random = np.random.default_rng(5)
    for _ in range(40):
        place, bit = int(random.integers(len(records[0]), len(whole))), int(random.integers(8))
        broken = bytearray(whole)
        broken[place] ^= 1 << bit
        points, faults = read([bytes(broken)], strict=strict)
        hit = records[int(np.searchsorted(starts, place, side="right")) - 1]
        lost = b"part" in hit  # images and histograms hold no point
        assert sum(map(len, points.values())) == total - lost
        assert len(faults) == 1
        assert all(set(points[tag]) <= set(expected[tag]) for tag in points)


def test_the_same_bit_wrong_twice_needs_strict(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(_native, "THERE", False)  # compiled, each checksum is looked at
    records = LOOPS["simple"]()
    for place in (6 * 500 + 1, 6 * 700 + 1):
        broken = bytearray(records[place])
        broken[-6] ^= 16
        records[place] = bytes(broken)
    data = b"".join(records)
    assert read([data])[1] == []
    assert len(read([data], strict=True)[1]) == 2


def test_zeros_are_never_data():
    records = LOOPS["simple"]()
    whole, gap = b"".join(records), bytes(9000)
    expected, _ = read([whole])
    middle = len(b"".join(records[:4001]))
    points, faults = read([whole[:middle] + gap + whole[middle:] + gap])
    equal(points, expected)
    assert faults == [f"9000 bytes from byte {at} on are no record" for at in
                      (middle, len(whole) + len(gap))]  # fmt: skip


def test_odd_wall_times_are_kept(tmp_path: Path):
    walls = [np.nan, np.inf, -1.0, 0.0, 1e300] * 100
    events = [
        Event(wall_time=wall, step=n, summary=Summary(value=[value("t", "simple", n / 2, False)]))
        for n, wall in enumerate(walls, 1)
    ]
    path = tmp_path / "events.out.tfevents.1.walls"
    path.write_bytes(b"".join(record(event.SerializeToString()) for event in events))
    equal(ours(path.read_bytes()), theirs(path))
