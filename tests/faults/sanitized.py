"""Feeds broken bytes to the compiled reader, built so that any wrong read or write ends it.

``python -m tests.faults.sanitized LIBRARY SECONDS`` prints how many inputs it took;
``test_sanitized.py`` builds the library and runs this. It needs the sanitizer loaded first.
"""

from __future__ import annotations

import importlib.util
import random
import struct
import sys
import time
from collections.abc import Iterator
from itertools import islice
from typing import Any

import numpy as np

from tests.readers.event_frames import field, fixed, record

FLOAT, DOUBLE = struct.pack("<f", 0.5), struct.pack("<d", 0.5)
TENSORS = (
    field(1, 1) + field(2, b"") + field(5, FLOAT),
    field(1, 2) + field(2, field(2, field(1, 1))) + field(4, DOUBLE),
    field(1, 1) + field(4, FLOAT * 3),
    field(1, 7) + field(2, field(2, b"")) + field(8, b"a text"),
)
VALUES = (
    field(1, b"loss") + fixed(2, FLOAT),
    field(1, b"n" * 40) + fixed(2, FLOAT),
    field(1, b"l" * 120) + fixed(2, FLOAT),
    field(1, b"image") + field(4, bytes(300)),
    *(field(1, b"tag") + field(9, field(1, field(1, b"scalars"))) + field(8, t) for t in TENSORS),
)
CELLS = (b"1", b"-0.5", b"1e-7", b"12345678901234567890.5", b"nan", b"", b" 3 ", b"1e999", b"x")
MARKS = (*b",,,,;\t \n\r\0001.-en", -1, 256 + ord(","))
"""Separators, mostly a comma: what ends a line or belongs to a number is none, and is survived."""

SHAPES = [[b'{"a": ', b', "b": ', b"}\n"], [b'{"a": ', b"}\n"], [b'{"a": ', b', "c": ', b"}\n"]]


def event_files(random: random.Random) -> Iterator[bytes]:
    """Whole records with right checksums, whose contents are broken, and then not whole ones."""
    while True:
        records: list[bytes] = []
        one = fixed(1, DOUBLE) + field(2, 1) + field(5, field(1, random.choice(VALUES)))
        likes = (one if random.random() < 0.95 else mutated(random, one) for _ in range(50))
        records += map(record, islice(likes, random.choice((0, 3, 50))))
        for step in range(random.randint(1, 12)):
            held = b"".join(field(1, random.choice(VALUES)) for _ in range(random.randint(1, 3)))
            payload = fixed(1, DOUBLE) + field(2, step << random.randint(0, 60)) + field(5, held)
            records.append(record(payload))
            if random.random() < 0.5:
                records.append(record(mutated(random, payload)))
        whole = b"".join(records)
        yield whole
        yield mutated(random, whole)


def tables(random: random.Random) -> Iterator[bytes]:
    while True:
        rows = range(random.randint(1, 8))
        lines = [b",".join(random.choice(CELLS) for _ in range(3)) for _ in rows]
        whole = b"\n".join(lines) + b"\n"
        yield whole
        yield mutated(random, whole)


def objects(random: random.Random) -> Iterator[bytes]:
    while True:
        rows = range(random.randint(1, 8))
        cells = [(random.choice(CELLS), random.choice(CELLS)) for _ in rows]
        kinds = b'{"a": %b, "b": %b}\n', b'{"a": %b}\n', b'{"a": %b, "c": %b}\n'
        lines = ((random.choice(kinds), row) for row in cells)
        whole = b"".join(kind % row[: kind.count(b"%b")] for kind, row in lines)
        yield whole
        yield mutated(random, whole)


def mutated(random: random.Random, data: bytes) -> bytes:
    """Some bytes changed, gone, doubled or cut off."""
    out = bytearray(data)
    for _ in range(random.randint(1, 4)):
        at = random.randrange(len(out) + 1)
        size = random.randint(1, 9)
        change = random.randrange(5)
        if change == 0:
            out[at : at + 1] = random.randbytes(1)
        elif change == 1:
            del out[at : at + size]
        elif change == 2:
            out[at:at] = out[at : at + size]
        elif change == 3:
            out[at : at + size] = b"\xff" * size
        else:
            del out[at:]
    return bytes(out)


def loaded(library: str) -> Any:
    spec = importlib.util.spec_from_file_location("_compiled", library)
    assert spec
    assert spec.loader
    compiled = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(compiled)
    return compiled


def main(library: str, seconds: float) -> int:
    compiled = loaded(library)
    rng, end, count = random.Random(1), time.monotonic() + seconds, 0
    files, texts, lines = event_files(rng), tables(rng), objects(rng)
    points, base = compiled.gathered(), 0
    while time.monotonic() < end:
        for _ in range(100):
            # An array holds these bytes and none more: one read too far is seen.
            # It is gone when the next piece comes, whose points are gathered with its own.
            piece = np.frombuffer(next(files), np.uint8).copy()
            compiled.events(points, piece, 0, 1 << 24, base)
            base += len(piece)
            if rng.random() < 0.3:
                compiled.told(points)
                base = 0
            mark = rng.choice(MARKS)
            text = next(texts).replace(b",", bytes([mark & 255]))
            compiled.figures(np.frombuffer(text, np.uint8).copy(), mark, rng.choice((2, 3)))
            compiled.row(mark, 3, text)
            whole = np.frombuffer(next(lines) + b"\n", np.uint8).copy()
            compiled.objects(whole, rng.choice((0, rng.randrange(len(whole)))), SHAPES)
            count += 3
    return count


if __name__ == "__main__":
    sys.stdout.write(f"{main(sys.argv[1], float(sys.argv[2]))}\n")
