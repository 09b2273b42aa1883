"""Event files to read, as training loops write them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import google_crc32c
import numpy as np
from tensorboard.compat.proto.event_pb2 import Event
from tensorboard.compat.proto.summary_pb2 import Summary, SummaryMetadata
from tensorboard.compat.proto.tensor_pb2 import TensorProto

TAGS = tuple(
    f"{split}/{name}"
    for split in ("train", "val")
    for name in ("loss", "accuracy", "lr", "grad_norm", "throughput", "loss_box", "loss_mask",
                 "epoch", "memory_gb", "seconds")
)  # fmt: skip


def regular(
    path: Path, scalars: int, *, tags: tuple[str, ...] = TAGS, tensors: bool = False
) -> Path:
    """The same tags in every step, each as ``simple_value`` or as a tensor of one number."""
    random = np.random.default_rng(1)
    with path.open("wb") as file:
        file.write(_first())
        for step in range(scalars // len(tags)):
            file.writelines(_step(step, tags, random, tensors=tensors))
    return path


def irregular(path: Path, scalars: int) -> Path:
    """Half of the tags in every step, all of them in every 50th; an image of 100 KB or a
    histogram, by turns, every 100 steps and at no fixed place within one."""
    random = np.random.default_rng(2)
    written, step = 0, 0
    with path.open("wb") as file:
        file.write(_first())
        while written < scalars:
            tags = TAGS if step % 50 == 49 else TAGS[: len(TAGS) // 2]
            records = list(_step(step, tags, random))
            if step % 100 == 70:
                place = int(random.integers(len(records)))
                records.insert(place, _other(step, random, image=step % 200 < 100))
            file.writelines(records)
            written, step = written + len(tags), step + 1
    return path


def _step(
    step: int, tags: tuple[str, ...], random: np.random.Generator, *, tensors: bool = False
) -> Iterator[bytes]:
    figures = random.lognormal(0, 1, len(tags)).tolist()
    for place, (tag, figure) in enumerate(zip(tags, figures, strict=True)):
        value = Summary.Value(tag=tag)
        if tensors:
            value.tensor.CopyFrom(TensorProto(dtype=1, float_val=[figure]))
            value.tensor.tensor_shape.SetInParent()
            if step == 0:
                plugin = SummaryMetadata.PluginData(plugin_name="scalars")
                value.metadata.CopyFrom(SummaryMetadata(plugin_data=plugin))
        else:
            value.simple_value = figure
        wall = 1.7e9 + 0.37 * step + 1e-4 * place
        yield _record(Event(wall_time=wall, step=step, summary=Summary(value=[value])))


def _other(step: int, random: np.random.Generator, *, image: bool) -> bytes:
    value = Summary.Value(tag="image" if image else "weights")
    if image:
        value.image.encoded_image_string = random.bytes(100_000)
        value.image.height = value.image.width = 256
    else:
        counts, limits = np.histogram(random.normal(size=1000), 64)
        value.histo.num = 1000
        value.histo.bucket_limit.extend(limits[1:].tolist())
        value.histo.bucket.extend(counts.tolist())
    return _record(Event(wall_time=1.7e9 + step, step=step, summary=Summary(value=[value])))


def _first() -> bytes:
    return _record(Event(wall_time=1.7e9, file_version="brain.Event:2"))


def _record(event: Event) -> bytes:
    payload = event.SerializeToString()
    length = len(payload).to_bytes(8, "little")
    return length + _checksum(length) + payload + _checksum(payload)


def _checksum(data: bytes) -> bytes:
    crc = google_crc32c.value(data)
    return (((crc >> 15 | crc << 17) + 0xA282EAD8) & 0xFFFFFFFF).to_bytes(4, "little")
