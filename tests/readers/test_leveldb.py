from __future__ import annotations

import struct
import zlib

import numpy as np

from lrdoctor.readers._leveldb import BLOCK, Broken, Fragments

HEAD = b":W&B\xe1\xbe\x00"


def framed(records: list[bytes]) -> bytes:
    """As both trackers write them."""
    data = bytearray(HEAD)

    def fragment(kind: int, body: bytes) -> None:
        crc = zlib.crc32(bytes([kind]) + body)
        data.extend(struct.pack("<IHB", crc, len(body), kind) + body)

    for record in records:
        first = True
        while True:
            room = BLOCK - len(data) % BLOCK
            if room < 7:
                data.extend(bytes(room))
                room = BLOCK
            body, record = record[: room - 7], record[room - 7 :]
            fragment({(1, 1): 1, (1, 0): 2, (0, 0): 3, (0, 1): 4}[first, not record], body)
            first = False
            if not record:
                break
    return bytes(data)


def read(data: bytes) -> tuple[list[bytes], list[str]]:
    fragments = Fragments()
    found = [*fragments.feed(data), *fragments.finish()]
    broken = [str(one) for one in found if isinstance(one, Broken)]
    return [one for one in found if isinstance(one, bytes)], broken


SIZES = np.random.default_rng(0).integers(1, 3 * BLOCK, 40).tolist()
RECORDS = [bytes([n]) * size for n, size in enumerate([1, BLOCK - 14, 5, *SIZES])]


def test_records_longer_than_blocks_are_joined():
    assert read(framed(RECORDS)) == (RECORDS, [])


def test_live_file_ends_inside_a_record():
    data = framed(RECORDS)
    whole = data[: len(data) // BLOCK * BLOCK]
    records, broken = read(whole)
    assert records == RECORDS[: len(records)]
    assert broken[0].startswith("unfinished last record at byte ")


def test_flipped_bit_costs_its_own_record():
    data = bytearray(framed([b"a" * 50, b"b" * 50, b"c" * 50]))
    data[7 + 57 + 20] ^= 1
    records, broken = read(bytes(data))
    assert records == [b"a" * 50, b"c" * 50]
    assert broken == ["record at byte 64: the checksum of its data is wrong, passed over"]


def test_broken_length_costs_the_rest_of_its_block():
    data = bytearray(framed(RECORDS))
    data[7 + 4 : 7 + 6] = b"\xff\xff"
    records, broken = read(bytes(data))
    assert broken[0] == "no record from byte 7 to the end of its block"
    assert records == RECORDS[-len(records) :]
    assert len(records) > 30
