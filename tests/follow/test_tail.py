"""Whether a file is still the same, and which of its bytes are new."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from lrdoctor.follow.tail import HEAD, PAGE, Piece, Tail

LATER = 4e9
"""Long after every time stamp."""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "log.csv"


def take(tail: Tail, **more: bool | int) -> Piece:
    piece = tail.read(LATER, **more)  # type: ignore[arg-type]
    tail.mark = piece.mark
    return piece


def test_first_read_is_new_and_brings_the_head(path: Path) -> None:
    path.write_bytes(b"a,b\n1,2\n")
    piece = take(Tail(str(path)))
    assert (piece.data, piece.new, piece.head, piece.more) == (
        b"a,b\n1,2\n", True, b"a,b\n1,2\n", False
    )  # fmt: skip


def test_second_read_brings_what_was_appended(path: Path) -> None:
    path.write_bytes(b"a" * 3_000)
    tail = Tail(str(path))
    take(tail)
    assert not tail.look()
    with path.open("ab") as file:
        file.write(b"bb")
    assert tail.look()
    piece = take(tail)
    assert (piece.data, piece.new, len(piece.head or b"")) == (b"bb", False, 3_002)
    assert not tail.look()


def test_long_file_comes_in_pieces(path: Path) -> None:
    whole = os.urandom(300_000)
    path.write_bytes(whole)
    tail = Tail(str(path))
    pieces = [take(tail, size=HEAD)]
    while pieces[-1].more:
        assert tail.look()
        pieces.append(take(tail, size=100_000))
    assert b"".join(piece.data for piece in pieces) == whole
    assert [piece.new for piece in pieces] == [True, False, False, False]
    assert [piece.head is None for piece in pieces] == [False, True, True, True]
    assert not tail.look()


@pytest.mark.parametrize("size", [10, 5_000, 200_000])
@pytest.mark.parametrize("change", ["shorter", "longer", "same size"])
def test_other_bytes_before_the_offset_make_a_new_file(path: Path, size: int, change: str) -> None:
    path.write_bytes(b"x" * size)
    tail = Tail(str(path))
    while take(tail).more:
        pass
    length = {"shorter": size - 3, "longer": size + 3, "same size": size}[change]
    path.write_bytes(b"y" * length)
    piece = take(tail)
    assert (piece.new, piece.data) == (True, b"y" * length)


def test_other_inode_makes_a_new_file(path: Path) -> None:
    path.write_bytes(b"same")
    tail = Tail(str(path))
    take(tail)
    copy = path.with_name("copy")
    copy.write_bytes(b"same and more")
    copy.rename(path)
    piece = take(tail)
    assert (piece.new, piece.data) == (True, b"same and more")


def test_touched_file_has_nothing_new(path: Path) -> None:
    path.write_bytes(b"same")
    tail = Tail(str(path))
    take(tail)
    os.utime(path)
    assert tail.look()
    piece = take(tail)
    assert (piece.new, piece.data) == (False, b"")
    assert not tail.look()


def test_file_that_changed_just_now_is_compared_again(path: Path) -> None:
    path.write_bytes(b"first")
    tail = Tail(str(path))
    tail.mark = tail.read(path.stat().st_mtime + 0.1).mark
    assert tail.look()
    with path.open("r+b") as file:
        file.write(b"other")
    assert tail.read(path.stat().st_mtime + 0.1).new


def test_mark_of_bytes_that_nobody_took_asks_for_them_again(path: Path) -> None:
    path.write_bytes(b"{")
    tail = Tail(str(path))
    tail.mark = tail.read(LATER).untaken
    assert not tail.look()
    with path.open("ab") as file:
        file.write(b"}")
    assert take(tail).data == b"{}"


def test_zeros_in_text_wait_until_they_are_filled(path: Path) -> None:
    path.write_bytes(b"1,2\n" + bytes(40))
    tail = Tail(str(path))
    piece = take(tail, text=True)
    assert (piece.data, piece.gap, piece.more) == (b"1,2\n", True, False)
    assert tail.look()
    path.write_bytes(b"1,2\n" + b"3,4\n" + bytes(36))
    assert take(tail, text=True).data == b"3,4\n"
    assert take(tail, whole=True).data == bytes(36)


def test_zeros_in_a_binary_file_are_data_but_before_a_page_s_end(path: Path) -> None:
    path.write_bytes(b"ab" + bytes(100) + b"cd")
    assert take(Tail(str(path))).data == b"ab" + bytes(100) + b"cd"
    path.write_bytes(b"ab" + bytes(PAGE - 2) + b"cd")
    tail = Tail(str(path))
    piece = take(tail)
    assert (piece.data, piece.gap, piece.more) == (b"ab", True, False)
    assert tail.look()
    path.write_bytes(b"ab" + b"x" * (PAGE - 2) + b"cd")
    assert take(tail).data == b"x" * (PAGE - 2) + b"cd"


@pytest.mark.parametrize("before", [1, PAGE - 20, PAGE, 3 * PAGE + 7])
@pytest.mark.parametrize("known", [0, 1])
def test_gap_at_the_end_of_a_binary_file_waits(path: Path, before: int, known: int) -> None:
    data = b"x" * before
    tail = Tail(str(path))
    if known:
        path.write_bytes(data)
        take(tail)
    path.write_bytes(data + bytes(50))
    piece = take(tail)
    assert (piece.data, piece.gap) == (b"" if known else data, True)
    assert take(tail, whole=True).data == bytes(50)


def test_pipe_put_in_the_place_of_the_file_does_not_block(path: Path) -> None:
    os.mkfifo(path)
    with pytest.raises(OSError, match="not a regular file"):
        Tail(str(path)).read(LATER)


def test_link_put_in_the_place_of_the_file_is_not_followed(path: Path, tmp_path: Path) -> None:
    (tmp_path / "secret").write_bytes(b"secret")
    path.symlink_to("secret")
    with pytest.raises(OSError, match="symbolic links"):
        Tail(str(path)).read(LATER)


def test_file_that_is_gone_is_told(path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        Tail(str(path)).look()
    with pytest.raises(FileNotFoundError):
        Tail(str(path)).read(LATER)
