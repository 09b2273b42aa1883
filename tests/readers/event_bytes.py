"""Event files of every kind, sound and broken, drawn by Hypothesis: bytes as protobuf lays them."""

from __future__ import annotations

import struct

from hypothesis import strategies as st

from tests.readers.event_frames import field, fixed, record, varint

FIGURES = (0.0, -0.0, 1.5, float("nan"), float("inf"), 3e38)
TAGS = (b"loss", b"acc", b"val/loss", b"", b"\xff\xfe", b"x" * 300, b"_hparams_/session_start_info")
PLUGINS = (b"scalars", b"images", b"\xc3\x28", b"")


singles = st.sampled_from(FIGURES).map(lambda x: struct.pack("<f", x)) | st.binary(
    min_size=4, max_size=4
)
doubles = st.sampled_from(FIGURES).map(lambda x: struct.pack("<d", x)) | st.binary(
    min_size=8, max_size=8
)
steps = st.integers(0, 300) | st.integers(-(2**63), 2**63 - 1)
shapes = st.sampled_from(
    (None, b"", field(2, b""), field(2, field(1, 1)), field(2, field(1, 3)), field(3, 1), b"\x12")
)
dtypes = st.sampled_from((1, 1, 1, 2, 2, 3, 7, 9, 14, 19, 0, 200))


@st.composite
def tensors(draw: st.DrawFn) -> bytes:
    parts = [field(1, draw(dtypes))]
    shape = draw(shapes)
    if shape is not None:
        parts.append(field(2, shape))
    figures = st.one_of(
        singles.map(lambda x: fixed(5, x)),
        singles.map(lambda x: field(5, x)),
        doubles.map(lambda x: fixed(6, x)),
        doubles.map(lambda x: field(6, x)),
        (singles | doubles).map(lambda x: field(4, x)),
        st.binary(max_size=40).map(lambda x: field(4, x)),
        st.binary(max_size=20).map(lambda x: field(5, x)),
        st.binary(max_size=20).map(lambda x: field(8, x)),
        steps.map(lambda x: field(7, x)),
        steps.map(lambda x: field(10, varint(x))),
        st.integers(0, 70000).map(lambda x: field(13, x)),
        doubles.map(lambda x: fixed(5, x)),
    )
    parts += draw(st.lists(figures, max_size=2))
    return b"".join(draw(st.permutations(parts)) if draw(st.booleans()) else parts)


metadata = st.sampled_from(PLUGINS).map(lambda x: field(1, field(1, x))) | st.sampled_from(
    (b"", b"\x0a", field(1, b"\xff"), field(2, b"x"))
)


@st.composite
def values(draw: st.DrawFn) -> bytes:
    parts = [field(1, draw(st.sampled_from(TAGS)))]
    if draw(st.booleans()):
        parts.append(field(9, draw(metadata)))
    parts.append(
        draw(
            st.one_of(
                singles.map(lambda x: fixed(2, x)),
                singles.map(lambda x: fixed(2, x)),
                tensors().map(lambda x: field(8, x)),
                st.binary(max_size=300).map(lambda x: field(4, x)),
                st.binary(max_size=300).map(lambda x: field(5, x)),
                st.binary(max_size=12),
            )
        )
    )
    if draw(st.integers(0, 9)) == 0:
        parts = [*draw(st.permutations(parts)), draw(singles.map(lambda x: fixed(2, x)))]
    return b"".join(parts)


@st.composite
def events(draw: st.DrawFn) -> bytes:
    parts = [fixed(1, draw(doubles)), field(2, draw(steps))]
    if draw(st.integers(0, 9)) == 0:
        parts = parts[draw(st.integers(0, 1)) :]
    held = draw(st.lists(values(), min_size=1, max_size=3))
    parts.append(field(5, b"".join(field(1, value) for value in held)))
    return b"".join(parts)


@st.composite
def loops(draw: st.DrawFn) -> list[bytes]:
    """A training loop: the same tags in the same way, step after step."""
    tags = draw(st.lists(st.sampled_from((b"loss", b"acc", b"lr", b"tag")), min_size=1, max_size=4))
    as_tensor = draw(st.booleans())
    start = draw(st.integers(0, 20000))
    made = []
    for step in range(start, start + draw(st.integers(1, 40))):
        for place, tag in enumerate(tags):
            figure = struct.pack("<f", step / 7 + place)
            one = field(8, field(1, 1) + field(2, b"") + field(5, figure))
            value = field(1, tag) + (one if as_tensor else fixed(2, figure))
            wall = struct.pack("<d", 1.7e9 + step)
            made.append(record(fixed(1, wall) + field(2, step) + field(5, field(1, value))))
    return made


@st.composite
def files(draw: st.DrawFn) -> bytes:
    """Records of all kinds; some are broken."""
    odd = st.one_of(events(), st.binary(max_size=60)).map(record).map(lambda one: [one])
    records = [one for part in draw(st.lists(odd | loops(), max_size=8)) for one in part]
    records.insert(0, record(fixed(1, struct.pack("<d", 1.0)) + field(3, b"brain.Event:2")))
    data = bytearray(b"".join(records))
    for place in draw(st.lists(st.integers(0, len(data) - 1), max_size=4)):
        data[place] ^= 1 << draw(st.integers(0, 7))
    return bytes(data[: draw(st.integers(0, len(data)))] if draw(st.booleans()) else data)
