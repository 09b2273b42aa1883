"""Logs at URLs are followed like those on this machine, and only their new bytes are fetched."""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import fsspec
import pytest

import lrdoctor
from lrdoctor.follow import remote
from lrdoctor.follow.remote import EVERY, Remote, without_secrets
from lrdoctor.monitor import Monitor
from lrdoctor.server.place import default_store
from lrdoctor.store import Store
from tests.faults.logs import Clock, csv, listed, points, stored

HEAD = b"step,loss\n"


@pytest.fixture
def bucket() -> Iterator[Any]:
    files = fsspec.filesystem("memory")
    files.store.clear()
    yield files
    files.store.clear()


@pytest.fixture
def fetched(bucket: Any, monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many bytes each reading of the bucket asked for."""
    sizes: list[int] = []
    cat = type(bucket).cat_file

    def counting(self: Any, path: str, start: Any = None, end: Any = None, **more: Any) -> bytes:
        data: bytes = cat(self, path, start, end, **more)
        sizes.append(len(data))
        return data

    monkeypatch.setattr(type(bucket), "cat_file", counting)
    return sizes


def put(bucket: Any, path: str, data: bytes) -> None:
    with bucket.open(path, "wb") as file:
        file.write(data)


def steps(store: Store, name: str = "vit") -> list[int]:
    return [step for _, step, _ in stored(store)[name]]


def look(monitor: Monitor, clock: Clock) -> list[str]:
    clock.now += EVERY
    return [d.run for d in monitor.poll()]


def test_bucket_is_read_as_a_folder_is(bucket: Any) -> None:
    put(bucket, "/logs/vit/metrics.csv", HEAD + csv(points(0, 60)))
    put(bucket, "/logs/vit/hparams.yaml", b"lr: 0.01\nbatch_size: 32\n")
    put(bucket, "/logs/vit/weights.bin", bytes(99))
    put(bucket, "/logs/.hidden/metrics.csv", HEAD + csv(points(0, 60)))
    [told] = lrdoctor.check(["memory://logs"])
    assert (told.run, told.path) == ("vit", "memory://logs/vit/metrics.csv")
    assert (told.points, told.batch_size) == (60, 32)
    [alone] = lrdoctor.check(["memory://logs/vit/metrics.csv"])
    assert (alone.run, alone.points, alone.batch_size) == ("metrics.csv", 60, 32)


def test_only_new_bytes_are_fetched_and_counted_once(
    bucket: Any, fetched: list[int], store: Store, clock: Clock
) -> None:
    whole = HEAD + csv(points(0, 9000))
    put(bucket, "/logs/vit/metrics.csv", whole)
    monitor = Monitor(["memory://logs"], store, clock=clock)
    assert look(monitor, clock) == ["vit"]
    assert sum(fetched) == len(whole)
    fetched.clear()
    assert look(monitor, clock) == []
    assert fetched == []
    more = csv(points(9000, 9010))
    put(bucket, "/logs/vit/metrics.csv", whole + more)
    assert look(monitor, clock) == ["vit"]
    assert sum(fetched) == 1024 + len(more)
    fetched.clear()
    again = Monitor(["memory://logs"], store, clock=clock)
    assert look(again, clock) == []
    assert sum(fetched) == 1024
    put(bucket, "/logs/vit/metrics.csv", whole + more + csv(points(9010, 9020)))
    assert look(again, clock) == ["vit"]
    assert steps(store) == list(range(9020))


def test_stores_whose_names_differ_by_their_ending_share_no_copy(
    bucket: Any, fetched: list[int], tmp_path: Path, clock: Clock
) -> None:
    whole = HEAD + csv(points(0, 60))
    put(bucket, "/logs/vit/metrics.csv", whole)
    for name in ("lab.v1", "lab.v2"):
        fetched.clear()
        with Store.open(tmp_path / name) as store:
            look(Monitor(["memory://logs"], store, clock=clock), clock)
            assert steps(store) == list(range(60))
        assert sum(fetched) == len(whole)
        assert [len(copy.read_bytes()) for copy in tmp_path.glob(f"{name}.*/**/*.csv")] == [
            len(whole)
        ]


def test_replaced_object_is_a_rewritten_file(bucket: Any, store: Store, clock: Clock) -> None:
    put(bucket, "/logs/vit/metrics.csv", HEAD + csv(points(0, 60)))
    monitor = Monitor(["memory://logs"], store, clock=clock)
    look(monitor, clock)
    put(bucket, "/logs/vit/metrics.csv", HEAD + csv(points(100, 300)))
    look(monitor, clock)
    assert steps(store) == list(range(100, 300))
    put(bucket, "/logs/vit/metrics.csv", HEAD + csv(points(0, 5)))
    look(monitor, clock)
    assert steps(store) == list(range(5))
    bucket.rm("/logs/vit/metrics.csv")
    look(monitor, clock)
    assert listed(store) == {}
    put(bucket, "/logs/vit/metrics.csv", HEAD + csv(points(0, 7)))
    look(monitor, clock)
    assert steps(store) == list(range(7))


def test_url_that_is_out_of_reach_leaves_what_was_read(
    bucket: Any, store: Store, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(bucket, "/logs/vit/metrics.csv", HEAD + csv(points(0, 60)))
    monitor = Monitor(["memory://logs"], store, clock=clock)
    look(monitor, clock)
    with monkeypatch.context() as broken:

        def refuse(*_: object, **__: object) -> None:
            raise TimeoutError("no answer\nfrom there")

        broken.setattr(type(bucket), "info", refuse)
        look(monitor, clock)
        monitor.notice([])
        clock.now += EVERY
        monitor.beat()
        assert store.status().notices == ("memory://logs: out of reach: no answer from there",)
        assert steps(store) == list(range(60))
        [told] = lrdoctor.check(["memory://logs"])
        assert (told.status, told.path) == ("unreadable", "memory://logs")
    put(bucket, "/logs/vit/metrics.csv", HEAD + csv(points(0, 70)))
    look(monitor, clock)
    assert steps(store) == list(range(70))


def test_a_file_that_may_not_be_read_hides_no_other(
    bucket: Any, store: Store, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("archived", "vit"):
        put(bucket, f"/logs/{name}/metrics.csv", HEAD + csv(points(0, 60)))
    cat = type(bucket).cat_file

    def refusing(self: Any, path: str, **more: Any) -> Any:
        if "archived" in path:
            raise PermissionError("the object is archived")
        return cat(self, path, **more)

    with monkeypatch.context() as refused:
        refused.setattr(type(bucket), "cat_file", refusing)
        monitor = Monitor(["memory://logs"], store, clock=clock)
        assert look(monitor, clock) == ["vit"]
        told = {one.path: one for one in lrdoctor.check(["memory://logs"])}
        assert told["memory://logs/vit/metrics.csv"].points == 60
        assert told["memory://logs"].problems[0].what == (
            "archived/metrics.csv: out of reach: the object is archived"
        )
    assert look(monitor, clock) == ["archived"]


def test_url_that_is_not_there_is_told(bucket: Any) -> None:
    [told] = lrdoctor.check(["memory://none"])
    assert (told.status, told.problems[0].what) == ("unreadable", "there is no memory://none")


def test_missing_package_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "s3fs", None)
    [told] = lrdoctor.check(["s3://bucket/run"])
    assert "s3fs" in told.problems[0].what
    monkeypatch.setitem(sys.modules, "fsspec", None)
    [told] = lrdoctor.check(["s3://bucket/run"])
    assert told.problems[0].what == "to read URLs, pip install 'lrdoctor[remote]'"


def test_names_from_elsewhere_stay_in_the_folder_of_copies(tmp_path: Path, bucket: Any) -> None:
    put(bucket, "/logs/a/metrics.csv", HEAD + csv(points(0, 9)))
    bucket.store["/logs/../../escaped.csv"] = bucket.store["/logs/a/metrics.csv"]
    (tmp_path / "copies" / "x").mkdir(parents=True)
    copies = Remote("memory://logs", tmp_path / "copies" / "x", lambda _: True, ())
    copies.look(0)
    files = [path.relative_to(tmp_path) for path in tmp_path.rglob("*") if path.is_file()]
    assert files == [Path("copies/x/a/metrics.csv")]


class Handler(SimpleHTTPRequestHandler):
    """A folder over HTTP, with ranges unless told otherwise."""

    ranges = True

    def do_GET(self) -> None:
        path = Path(self.translate_path(self.path))
        asked = self.headers.get("Range")
        if not (asked and self.ranges and path.is_file()):
            super().do_GET()
            return
        first, _, last = asked.removeprefix("bytes=").partition("-")
        data = path.read_bytes()[int(first) : int(last) + 1]
        self.send_response(206)
        self.send_header("Content-Length", str(len(data)))
        self.send_header("Content-Range", f"bytes {first}-{last}/{path.stat().st_size}")
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture(params=[True, False], ids=["ranges", "no ranges"])
def address(
    root: Path, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> Iterator[str]:
    monkeypatch.setattr(Handler, "ranges", request.param)
    server = ThreadingHTTPServer(
        ("127.0.0.1", 0), lambda *given: Handler(*given, directory=str(root))
    )
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://user:geheim@127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def test_web_server_is_followed(root: Path, store: Store, clock: Clock, address: str) -> None:
    log = root / "vit" / "metrics.csv"
    log.parent.mkdir()
    log.write_bytes(HEAD + csv(points(0, 300)))
    monitor = Monitor([f"{address}/vit/"], store, clock=clock)
    look(monitor, clock)
    with log.open("ab") as file:
        file.write(csv(points(300, 320)))
    look(monitor, clock)
    assert steps(store) == list(range(320))
    shown = without_secrets(address)
    [told] = lrdoctor.check([f"{address}/vit/metrics.csv?token=geheim"])
    assert (told.points, told.path) == (320, f"{shown}/vit/metrics.csv")
    kept = [path.read_bytes() for path in store.path.parent.rglob("*") if path.is_file()]
    assert kept
    assert not any(b"geheim" in data for data in kept)
    assert "geheim" not in str(told)


def test_logs_whose_urls_differ_by_their_query_are_two(root: Path, address: str) -> None:
    log = root / "metrics.csv"
    log.write_bytes(HEAD + csv(points(0, 300)))
    told = lrdoctor.check([f"{address}/metrics.csv?run={n}" for n in (1, 2)])
    assert [one.points for one in told] == [300, 300]
    assert len({one.path for one in told}) == 2


def test_server_that_is_down_is_out_of_reach() -> None:
    [told] = lrdoctor.check(["http://user:geheim@127.0.0.1:1/logs/?key=geheim"])
    assert told.problems[0].what.startswith("out of reach: ")
    assert "geheim" not in str(told)


def test_store_of_a_url_depends_on_no_secret() -> None:
    one, other = (default_store([f"s3://{key}@bucket/run"]) for key in ("me:a", "me:b"))
    assert one == other
    assert remote.is_url("gs://bucket/x")
    assert not remote.is_url("logs/a:b/c")
