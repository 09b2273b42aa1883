import asyncio
import sqlite3
import threading
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import replace

import httpx
import numpy as np
import orjson
import pytest

from lrdoctor.run import Block
from lrdoctor.server.source import Source
from lrdoctor.store import Store
from tests.server.served import HOSTILE, STATUS, block, change, request

Ask = Callable[..., httpx.Response]


def ids(ask: Ask) -> dict[str, str]:
    return {
        run["format"] + str(run["points"]): run["id"] for run in ask("/api/runs").json()["runs"]
    }


@pytest.fixture
def sick(ask: Ask) -> str:
    return ids(ask)["csv5000"]


@pytest.fixture
def healthy(ask: Ask) -> str:
    return ids(ask)["csv20"]


def test_runs_are_the_lines_with_what_the_store_knows(ask: Ask, writer: Store) -> None:
    answer = ask("/api/runs")
    told = answer.json()
    assert answer.headers["content-type"] == "application/json"
    assert told["version"] == writer.version()
    assert told["full"] is True
    assert told["status"]["done"] is True
    assert told["status"]["stale"] is False
    for run, record in zip(told["runs"], writer.changed()[1], strict=True):
        assert run == orjson.loads(record.line) | {
            "id": record.id, "version": record.version, "observed_at": record.observed_at,
            "updated_at": record.updated_at, "growing": True, "gone": False,
            "remarks": [], "acknowledged": None, "muted": None,
        }  # fmt: skip


def test_runs_come_page_by_page_and_each_of_them_once(
    source: Source, writer: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Read in pages of two, while runs change and come."""
    monkeypatch.setattr("lrdoctor.server.source.PAGE", 2)
    for number in range(5):
        writer.commit([change(f"more {number}", block(10 + number))])
    pages = source.pages()
    seen = [run.id for run in next(pages)]
    name = {record.id: record.name for record in writer.changed()[1]}[seen[0]]
    writer.commit([change(name, block(40)), change("more 4", block(41)), change("new", block(9))])
    ids = {record.name: record.id for record in writer.changed()[1]}
    rest = [run for page in pages for run in page]
    seen += [run.id for run in rest]
    assert len(seen) == len(set(seen)) == 8
    assert {ids[told] for told in ("new", *(f"more {n}" for n in range(5)))} < set(seen)
    [fourth] = [run for run in rest if run.id == ids["more 4"]]
    assert orjson.loads(fourth.line)["points"] == 41


@pytest.mark.parametrize("size", [1, 2, 3])
def test_pages_of_any_size_make_the_same_answer(
    ask: Ask, writer: Store, monkeypatch: pytest.MonkeyPatch, size: int
) -> None:
    writer.commit([change("third", block(30))])
    whole = ask("/api/runs").json()["runs"]
    monkeypatch.setattr("lrdoctor.server.source.PAGE", size)
    assert ask("/api/runs").json()["runs"] == whole
    assert len(whole) == 3


@pytest.mark.parametrize("path", ["/api/runs", "/api/runs?since=1&remarked=0"])
def test_the_store_is_read_beside_the_loop_that_serves_everyone(
    ask: Ask, monkeypatch: pytest.MonkeyPatch, path: str
) -> None:
    real, threads = Store._transaction, list[threading.Thread]()

    def noted(store: Store) -> AbstractContextManager[sqlite3.Connection]:
        threads.append(threading.current_thread())
        return real(store)

    monkeypatch.setattr(Store, "_transaction", noted)
    assert ask(path).status_code == 200
    assert threads
    assert threading.current_thread() not in threads


def test_since_gives_only_what_changed(ask: Ask, writer: Store) -> None:
    version = ask("/api/runs").json()["version"]
    assert ask(f"/api/runs?since={version}").json()["runs"] == []
    writer.commit([change("healthy", block(30))])
    told = ask(f"/api/runs?since={version}").json()
    assert [run["points"] for run in told["runs"]] == [30]
    assert told["full"] is False
    assert told["version"] > version


def test_a_version_of_another_store_gives_everything(ask: Ask) -> None:
    told = ask("/api/runs?since=99999").json()
    assert told["full"] is True
    assert len(told["runs"]) == 2


def test_an_unchanged_listing_is_not_sent_again(ask: Ask, writer: Store) -> None:
    tag = ask("/api/runs").headers["etag"]
    again = {"If-None-Match": tag}
    assert ask("/api/runs", headers=again).status_code == 304
    writer.commit([], replace(STATUS, alive_at=STATUS.alive_at + 1))
    assert ask("/api/runs", headers=again).status_code == 304
    writer.commit([], replace(STATUS, files_read=1))
    assert ask("/api/runs", headers=again).status_code == 200
    tag = ask("/api/runs").headers["etag"]
    writer.commit([change("healthy", block(30))])
    assert ask("/api/runs", headers={"If-None-Match": tag}).status_code == 200


def test_a_run_whose_log_is_gone_is_told_once_and_listed_no_more(ask: Ask, writer: Store) -> None:
    version = writer.version()
    writer.commit([replace(change("healthy", block(20)), gone=True)])
    assert [run["gone"] for run in ask(f"/api/runs?since={version}").json()["runs"]] == [True]
    assert len(ask("/api/runs").json()["runs"]) == 1


def test_one_run(ask: Ask, healthy: str) -> None:
    assert ask(f"/api/runs/{healthy}").json() == ask("/api/runs").json()["runs"][0]


def test_a_short_series_comes_whole(ask: Ask, healthy: str) -> None:
    told = ask(f"/api/runs/{healthy}/series?metric=train/loss").json()
    assert told["steps"] == list(range(20))
    assert told["values"] == pytest.approx(np.linspace(3.0, 1.0, 20))
    assert told["low"] == told["high"] == told["mean"] == told["values"]
    assert told["wall_times"][1] - told["wall_times"][0] == 1.0
    assert (told["tag"], told["x_axis"], told["raw"], told["total"]) == ("loss", "step", True, 20)
    assert (told["first_step"], told["last_step"], told["non_finite"]) == (0, 19, 0)


def test_several_metrics_come_in_one_answer(ask: Ask, healthy: str) -> None:
    series = f"/api/runs/{healthy}/series?from=3&to=9&metric="
    names = list(ask(f"/api/runs/{healthy}").json()["metrics"])
    asked = [names[0], "train/loss", names[0]]
    told = ask(series + "&metric=".join(asked)).json()
    assert told == {"series": [ask(series + name).json() for name in asked]}
    assert ask(series + "&metric=".join(["train/loss"] * 9)).status_code == 400
    assert ask(f"{series}train/loss&metric=").status_code == 400
    assert ask(f"{series}train/loss&metric=nope").status_code == 404


def test_a_long_series_comes_thinned_with_the_points_of_its_findings(ask: Ask, sick: str) -> None:
    told = ask(f"/api/runs/{sick}/series?metric=train/loss&points=40").json()
    assert len(told["steps"]) <= 40 + 3
    assert {0, 4321, 4400, 4999} <= set(told["steps"])
    assert (told["raw"], told["total"], told["wall_times"]) == (False, 5000, None)
    assert len(told["steps"]) == len(told["values"]) == len(told["low"]) == len(told["high"])


def test_a_window_is_inclusive_and_may_lie_outside(ask: Ask, sick: str) -> None:
    series = f"/api/runs/{sick}/series?metric=train/loss"
    assert ask(f"{series}&from=10&to=12").json()["steps"] == [10, 11, 12]
    outside = ask(f"{series}&from=90000&to=90001").json()
    assert (outside["steps"], outside["total"], outside["raw"]) == ([], 0, True)
    assert ask(f"{series}&from=12&to=10").json()["total"] == 0
    assert ask(f"{series}&from=&to=").json()["total"] == 5000


def test_non_finite_values_are_words_in_strict_json(ask: Ask, writer: Store) -> None:
    values = np.array([1.0, np.nan, np.inf, -np.inf])
    writer.commit([change("odd", Block("loss", np.arange(4), values))])
    run = next(run for run in ask("/api/runs").json()["runs"] if run["run"] == "odd")
    answer = ask(f"/api/runs/{run['id']}/series?metric=train/loss")
    told = orjson.loads(answer.content)  # refuses NaN
    assert told["values"] == [1.0, "nan", "inf", "-inf"]
    assert told["low"] == [1.0, None, None, None]
    assert told["non_finite"] == 3


@pytest.mark.parametrize(
    "query",
    ["points=0", "points=4001", "points=1e3", "points=٣", "points=1_0", "from=x", "to=1.5",
     "from=99999999999999999999", "from=9223372036854775808"],
)  # fmt: skip
def test_wrong_parameters_are_refused_in_one_line(ask: Ask, healthy: str, query: str) -> None:
    answer = ask(f"/api/runs/{healthy}/series?metric=train/loss&{query}")
    assert answer.status_code == 400
    assert list(answer.json()) == ["error"]
    assert query.partition("=")[0] in answer.json()["error"]
    assert "\n" not in answer.json()["error"]


@pytest.mark.parametrize("since", ["-1", "x", "1.0", "1" * 5000])
def test_a_wrong_cursor_is_refused(ask: Ask, since: str) -> None:
    assert ask(f"/api/runs?since={since}").status_code == 400


def test_a_missing_metric_is_asked_for(ask: Ask, healthy: str) -> None:
    assert ask(f"/api/runs/{healthy}/series").status_code == 400


def test_what_is_not_there_is_not_found(ask: Ask, healthy: str) -> None:
    for path in ("/api/runs/nope", "/api/runs/nope/series?metric=train/loss", "/api/nope", "/api/",
                 f"/api/runs/{healthy}/series?metric=val/loss"):  # fmt: skip
        answer = ask(path)
        assert answer.status_code == 404, path
        assert list(answer.json()) == ["error"]


def test_the_api_only_reads(ask: Ask) -> None:
    for path in ("/api/runs", "/healthz", "/metrics", "/api/live"):
        answer = ask(path, "POST", json={})
        assert answer.status_code == 405
        assert list(answer.json()) == ["error"]
        assert ask(path, "HEAD").status_code == 200


def test_health_says_whether_the_store_is_being_filled(ask: Ask, source: Source) -> None:
    assert ask("/healthz").json() == {"ok": True, "ingest": "alive"}
    source._clock = lambda: 1_790_000_100.0
    assert ask("/healthz").json() == {"ok": True, "ingest": "stale"}


def test_an_unreadable_store_is_told_without_its_path(
    ask: Ask, writer: Store, caplog: pytest.LogCaptureFixture
) -> None:
    writer.path.rename(writer.path.with_name("elsewhere"))
    for path in ("/api/runs", "/healthz", "/metrics"):
        answer = ask(path)
        assert answer.status_code == 503
        assert answer.json() == {"error": "the store cannot be read now"}
    assert str(writer.path) in caplog.text


def test_a_replaced_store_is_read_anew(ask: Ask, writer: Store, source: Source) -> None:
    assert len(ask("/api/runs").json()["runs"]) == 2
    writer.path.rename(writer.path.with_name("elsewhere"))
    with Store.open(writer.path.with_name("new")) as fresh:
        fresh.path.rename(writer.path)
        assert ask("/api/runs").json()["runs"] == []


def test_metrics_are_told_in_the_text_format(ask: Ask) -> None:
    answer = ask("/metrics")
    assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
    samples = dict(
        row.rsplit(" ", 1) for row in answer.text.splitlines() if not row.startswith("#")
    )
    assert samples['lrdoctor_runs{status="critical"}'] == "1"
    assert samples['lrdoctor_runs{status="warning"}'] == "0"
    assert samples["lrdoctor_points"] == "5020"
    assert samples["lrdoctor_heartbeat_age_seconds"] == "1"
    assert samples["lrdoctor_live_streams"] == "0"
    for row in answer.text.splitlines():
        assert row.startswith(("# HELP lrdoctor_", "# TYPE lrdoctor_", "lrdoctor_"))


def test_many_readers_at_once_get_the_same(make: Callable[..., object]) -> None:
    application = make()

    async def together() -> list[httpx.Response]:
        return await asyncio.gather(*(request(application, "GET", "/api/runs") for _ in range(30)))

    assert len({answer.content for answer in asyncio.run(together())}) == 1


def test_a_window_of_a_whole_series_seen_before_is_the_same_as_one_read_alone(
    ask: Ask, sick: str, writer: Store
) -> None:
    window = f"/api/runs/{sick}/series?metric=train/loss&from=100&to=3000&points=50"
    alone = ask(window).json()
    ask(f"/api/runs/{sick}/series?metric=train/loss")
    assert ask(window).json() == alone
    writer.commit([change(HOSTILE, block(6000))])
    assert ask(f"/api/runs/{sick}/series?metric=train/loss").json()["total"] == 6000
