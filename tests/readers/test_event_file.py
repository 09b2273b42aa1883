from __future__ import annotations

import struct
from collections.abc import Sequence

import pytest

from lrdoctor.readers import _frame
from lrdoctor.readers.event_file import EventFile
from tests.readers.event_frames import field, masked, record

HEAD = b"\x09" + struct.pack("<d", 1.0) + b"\x1a\x0dbrain.Event:2"


def scalar(step: int, tag: str, value: float) -> bytes:
    """An event as protobuf writes it; ``step`` below 128."""
    one = field(1, field(1, tag.encode()) + b"\x15" + struct.pack("<f", value))
    count = bytes([0x10, step]) if step else b""
    return record(b"\x09" + struct.pack("<d", 1.7e9 + step) + count + field(5, one))


def read(data: bytes, finish: bool = True) -> tuple[EventFile, list[tuple[int, float]], list[str]]:
    reader = EventFile()
    blocks = [*reader.feed(data), *(reader.finish() if finish else ())]
    points = [
        point for b in blocks for point in zip(b.steps.tolist(), b.values.tolist(), strict=True)
    ]
    return reader, points, [fault.what for fault in reader.take_faults()]


def run_of(count: int, tag: str = "loss") -> list[bytes]:
    return [scalar(1 + n % 127, tag, n / 2) for n in range(count)]


def values(points: Sequence[tuple[int, float]]) -> list[float]:
    return [value for _, value in points]


@pytest.mark.parametrize("count", [3, 100], ids=["one by one", "in bulk"])
class TestBothWays:
    def test_reads_scalars(self, count: int):
        _, points, faults = read(record(HEAD) + b"".join(run_of(count)))
        assert (values(points), faults) == ([n / 2 for n in range(count)], [])

    def test_wrong_checksum_of_the_data_costs_one_record(self, count: int):
        records = run_of(count)
        at = len(record(HEAD)) + len(records[0])
        records[1] = records[1][:20] + bytes([records[1][20] ^ 1]) + records[1][21:]
        _, points, faults = read(record(HEAD) + b"".join(records))
        assert values(points) == [n / 2 for n in range(count) if n != 1]
        assert faults == [f"record at byte {at}: the checksum of its data is wrong, passed over"]

    def test_wrong_checksum_of_the_length_costs_the_bytes_to_the_next_header(self, count: int):
        records = run_of(count)
        at = len(record(HEAD)) + len(records[0])
        records[1] = bytes([records[1][0] ^ 4]) + records[1][1:]
        _, points, faults = read(record(HEAD) + b"".join(records))
        assert values(points) == [n / 2 for n in range(count) if n != 1]
        assert faults == [f"{len(records[1])} bytes from byte {at} on are no record"]

    def test_half_a_record_waits(self, count: int):
        records = run_of(count)
        whole = b"".join(records)
        reader, points, faults = read(whole[:-5], finish=False)
        assert (len(points), faults) == (count - 1, [])
        rest = list(reader.feed(whole[-5:]))
        assert [block.values.tolist() for block in rest] == [[(count - 1) / 2]]

    def test_half_a_record_is_told_at_the_end(self, count: int):
        whole = b"".join(run_of(count))
        at = len(whole) - len(run_of(count)[-1])
        assert read(whole[:-5])[2] == [f"unfinished last record at byte {at}"]

    def test_steps_that_are_all_zero_are_counted(self, count: int):
        reader, points, _ = read(b"".join(scalar(0, "loss", 1.0) for _ in range(count)))
        assert [step for step, _ in points] == list(range(count))
        assert reader.x_axis == "row"

    def test_keras_counts_epochs(self, count: int):
        reader, _, _ = read(b"".join(run_of(count, "epoch_loss")))
        assert reader.x_axis == "epoch"


@pytest.mark.parametrize("place", range(len(scalar(5, "loss", 1.0))))
def test_every_flipped_bit_is_noticed(place: int):
    records = run_of(100)
    records[50] = (
        records[50][:place] + bytes([records[50][place] ^ 0x10]) + records[50][place + 1 :]
    )
    _, points, faults = read(b"".join(records))
    assert values(points) == [n / 2 for n in range(100) if n != 50]
    assert len(faults) == 1


def test_record_that_is_no_event_is_told():
    assert read(record(b"\xff\xff\xff") + scalar(1, "loss", 2.0))[1:] == (
        [(1, 2.0)],
        ["record at byte 0: no event (index out of range), passed over"],
    )


def test_too_large_a_record_is_passed_over_without_being_kept():
    size = _frame.LARGEST + 1
    length = struct.pack("<Q", size)
    reader = EventFile()
    for piece in [length + masked(length), *[bytes(size // 8)] * 8, bytes(size % 8 + 4)]:
        assert list(reader.feed(piece)) == []
        assert len(reader.state()) < 1000
    assert [block.values.tolist() for block in reader.feed(scalar(1, "loss", 2.0))] == [[2.0]]
    assert [fault.what for fault in reader.take_faults()] == [
        f"record at byte 0: of {size} bytes, passed over"
    ]


def test_file_without_scalars_gives_none():
    assert read(record(HEAD))[1:] == ([], [])
