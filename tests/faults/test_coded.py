"""Packed logs and logs in other encodings are followed like any other, each line exactly once."""

from __future__ import annotations

import bz2
import gzip
import lzma
from collections.abc import Callable
from pathlib import Path

import pytest
import zstandard

import lrdoctor
from lrdoctor.follow import unpack
from lrdoctor.monitor import Monitor
from lrdoctor.store import Store
from tests.faults.logs import Clock, afresh, csv, lines, loss, points, stored

Coder = Callable[[bytes], bytes]

PACKED: dict[str, Coder] = {
    ".gz": gzip.compress,
    ".zst": zstandard.ZstdCompressor().compress,
    ".xz": lzma.compress,
    ".bz2": bz2.compress,
}


def steps(store: Store) -> list[int]:
    [found] = stored(store).values()
    assert [value for _, _, value in found] == [loss(step) for _, step, _ in found]
    return [step for _, step, _ in found]


def append(log: Path, data: bytes) -> None:
    with log.open("ab") as file:
        file.write(data)


@pytest.mark.parametrize("suffix", PACKED)
def test_packed_log_is_followed_member_by_member(
    root: Path, store: Store, clock: Clock, suffix: str
) -> None:
    log, pack = root / f"metrics.csv{suffix}", PACKED[suffix]
    whole = pack(b"step,loss\n" + csv(points(0, 300)))
    more = pack(csv(points(300, 500)))
    log.write_bytes(whole[:4])
    monitor = Monitor([root], store, clock=clock)
    assert [d.status for d in monitor.poll()] == ["unreadable"]
    for at in range(4, len(whole), 97):
        append(log, whole[at : at + 97])
        monitor.poll()
    assert steps(store) == list(range(300))
    assert Monitor([root], store, clock=clock).poll() == []
    append(log, more[: len(more) // 2])
    Monitor([root], store, clock=clock).poll()
    append(log, more[len(more) // 2 :])
    again = Monitor([root], store, clock=clock)
    again.poll()
    assert steps(store) == list(range(500))
    append(log, pack(csv(points(500, 510))))
    assert [d.points for d in again.poll()] == [510]
    assert [d.format for d in lrdoctor.check([root])] == ["csv"]
    assert lines(store) == afresh(root, clock)


def test_packed_log_without_an_end_is_told(root: Path, store: Store, clock: Clock) -> None:
    log = root / "metrics.csv.gz"
    data = gzip.compress(b"step,loss\n" + csv(points(0, 9000)), mtime=0)
    log.write_bytes(data[:-9])
    monitor = Monitor([root], store, clock=clock)
    [told] = monitor.poll()
    assert ["no end" in problem.what for problem in told.problems] == [True]
    assert lines(store) == afresh(root, clock)
    append(log, data[-9:])
    [told] = monitor.poll()
    assert told.problems == ()
    assert steps(store) == list(range(9000))


def test_log_that_is_packed_after_the_fact_stays_the_same_run(
    root: Path, store: Store, clock: Clock
) -> None:
    log = root / "metrics.csv"
    log.write_bytes(b"step,loss\n" + csv(points(0, 50)))
    monitor = Monitor([root], store, clock=clock)
    monitor.poll()
    [record] = store.changed()[1]
    packed = log.with_name("metrics.csv.gz")
    packed.write_bytes(gzip.compress(log.read_bytes()))
    monitor.poll()
    log.unlink()
    monitor.poll()
    assert steps(store) == list(range(50))
    assert [(r.id, r.gone) for r in store.changed()[1]] == [(record.id, False)]


def test_rotated_parts_are_one_log_and_none_counts_twice(
    root: Path, store: Store, clock: Clock
) -> None:
    log = root / "metrics.csv"
    log.write_bytes(b"step,loss\n" + csv(points(0, 50)))
    monitor = Monitor([root], store, clock=clock)
    monitor.poll()
    for turn in range(1, 4):
        for part in range(turn - 1, 0, -1):
            (root / f"metrics.csv.{part}.gz").rename(root / f"metrics.csv.{part + 1}.gz")
        log.rename(root / "metrics.csv.1")
        log.write_bytes(b"step,loss\n" + csv(points(50 * turn, 50 * turn + 50)))
        monitor.poll()
        assert steps(store) == list(range(50 * turn + 50))
        packed = gzip.compress((root / "metrics.csv.1").read_bytes())
        (root / "metrics.csv.1.gz").write_bytes(packed)
        monitor.poll()
        (root / "metrics.csv.1").unlink()
        monitor.poll()
        assert steps(store) == list(range(50 * turn + 50))
    append(log, csv(points(200, 210)))
    assert [d.points for d in monitor.poll()] == [210]
    assert lines(store) == afresh(root, clock)
    assert Monitor([root], store, clock=clock).poll() == []


@pytest.mark.parametrize(
    "encoding", ["utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "latin-1"]
)
def test_text_of_any_encoding_is_followed(
    root: Path, store: Store, clock: Clock, encoding: str
) -> None:
    log = root / "metrics.csv"
    codec = encoding.replace("utf-16-le", "utf-16le")
    text = "step,loss,Größe\r\n" + "".join(f"{n},{loss(n)},1\r\n" for n in range(60))
    data = text.encode(codec)
    monitor = Monitor([root], store, clock=clock)
    for start, stop in ((0, 1), (1, 3), (3, 40), (40, 41), (41, 500)):
        append(log, data[start:stop])
        monitor.poll()
    append(log, data[500:601])
    Monitor([root], store, clock=clock).poll()
    append(log, data[601:])
    Monitor([root], store, clock=clock).poll()
    [found] = stored(store).values()
    assert [step for tag, step, _ in found if tag == "loss"] == list(range(60))
    assert {tag for tag, _, _ in found} == {"loss", "Größe"}
    assert lines(store) == afresh(root, clock)


def test_packed_text_of_another_encoding(root: Path) -> None:
    text = "step,loss\n" + "".join(f"{n},{loss(n)}\n" for n in range(60))
    (root / "metrics.csv.xz").write_bytes(lzma.compress(text.encode("utf-16")))
    [told] = lrdoctor.check([root])
    assert (told.points, told.problems) == (60, ())


def test_bomb_is_told_in_one_line(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(unpack, "FREE", 1 << 18)
    log = root / "metrics.csv.xz"
    log.write_bytes(lzma.compress(b"step,loss\n0,1\n" + b"9,0\n" * (2 << 20)))
    [told] = lrdoctor.check([log])
    assert "no log does, not read on" in told.problems[0].what
    assert all("\n" not in problem.what for problem in told.problems)
