"""The event reader beside TensorBoard's own, on files that TensorBoard's own protos wrote."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from pathlib import Path

import google_crc32c
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lrdoctor.readers.event_file import EventFile

with pytest.MonkeyPatch.context() as quiet:
    quiet.setenv("TF_CPP_MIN_LOG_LEVEL", "3")
    from tensorboard.backend.event_processing.event_file_loader import EventFileLoader
    from tensorboard.compat.proto.event_pb2 import Event
    from tensorboard.compat.proto.summary_pb2 import Summary, SummaryMetadata
    from tensorboard.compat.proto.tensor_pb2 import TensorProto
    from tensorboard.util.tensor_util import make_ndarray

Points = dict[str, list[tuple[int, float, float]]]


def record(payload: bytes) -> bytes:
    def masked(data: bytes) -> bytes:
        crc = google_crc32c.value(data)
        return struct.pack("<I", (((crc >> 15) | (crc << 17)) + 0xA282EAD8) & 0xFFFFFFFF)

    length = struct.pack("<Q", len(payload))
    return length + masked(length) + payload + masked(payload)


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
    reader, points = EventFile(), Points()
    size = -(-len(data) // pieces)
    for start in range(0, len(data), size):
        for block in reader.feed(data[start : start + size]):
            rows = zip(block.steps.tolist(), block.values.tolist(), block.wall_times.tolist(),
                       strict=True)  # fmt: skip
            points.setdefault(block.tag, []).extend(rows)
    list(reader.finish())
    assert reader.take_faults() == []
    return points


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
