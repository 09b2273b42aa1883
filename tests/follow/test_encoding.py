"""Text of any encoding becomes UTF-8, however it is cut."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lrdoctor.follow.encoding import MIXED, Transcoder, encoding_of

TEXT = "epoch,Verlust (Prüfung),損失\n" + "".join(f"{n},{n / 7},nan\r\n" for n in range(300))


@pytest.mark.parametrize(
    ("codec", "encoding"),
    [
        ("utf-8", ""), ("utf-8-sig", ""), ("utf-16", "utf-16-le"), ("utf-16-le", "utf-16-le"),
        ("utf-16-be", "utf-16-be"), ("utf-32", "utf-32-le"),
    ],
)  # fmt: skip
def test_encoding_is_told_by_the_first_bytes(codec: str, encoding: str) -> None:
    data = TEXT.replace("損失", "x").encode(codec)
    for size in (len(data), 64, 16):
        assert encoding_of(data[:size]) == encoding
    assert encoding_of("\ufeff".encode("utf-16-be") + data[:0] + "a,b\n".encode("utf-16-be")) != ""


def test_bytes_that_are_no_text_are_left_alone() -> None:
    rng = np.random.default_rng(0)
    picture, archive = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", b"PK\3\4" + rng.bytes(99)
    for data in (b"", rng.bytes(2000), picture, bytes(100), archive, b"\x18" + bytes(7)):
        assert encoding_of(data) == ""


@given(
    cuts=st.lists(st.integers(0, 9000)),
    codec=st.sampled_from(["utf-16-le", "utf-16-be", "utf-32-le"]),
)
def test_same_however_it_is_cut(cuts: list[int], codec: str) -> None:
    data = TEXT.encode(codec)
    assert read(codec, data, cuts) == TEXT


@given(cuts=st.lists(st.integers(0, 40)), data=st.binary(max_size=40))
def test_any_bytes_are_read_the_same_however_they_are_cut(cuts: list[int], data: bytes) -> None:
    assert read(MIXED, data, cuts) == read(MIXED, data, [])


def test_writers_that_disagree_are_all_read() -> None:
    data = "Größe\n".encode() + "Größe\n".encode("latin-1") + "損失\n".encode() + b"\xc3"
    assert encoding_of(data) == MIXED
    assert read(MIXED, data, []) == "Größe\nGröße\n損失\nÃ"


def read(encoding: str, data: bytes, cuts: list[int]) -> str:
    text = b""
    pending = b""
    borders = [0, *sorted(cut % (len(data) + 1) for cut in cuts), len(data)]
    for start, stop in pairwise(borders):
        transcoder = Transcoder(encoding, pending)
        text += transcoder.feed(data[start:stop])
        pending = transcoder.pending
    return (text + Transcoder(encoding, pending).feed(b"", end=True)).decode()
