"""``/api/remarks``: what is kept, what is refused, and how others come to know of it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import httpx
import pytest

from lrdoctor.diagnosis import Finding, Severity, Status
from lrdoctor.server.access import network
from lrdoctor.server.refused import Refusal
from lrdoctor.server.remarking import BUSY, LARGEST, Rate
from lrdoctor.server.source import Source
from lrdoctor.store import Store
from tests.server.served import HOSTILE, NOW, TOKEN, block, change, request

Ask = Callable[..., httpx.Response]


@pytest.fixture
def ids(ask: Ask) -> dict[str, str]:
    return {run["run"]: run["id"] for run in ask("/api/runs").json()["runs"]}


@pytest.fixture
def sick(ids: dict[str, str]) -> str:
    return ids[HOSTILE]


def post(ask: Ask, **body: Any) -> httpx.Response:
    return ask("/api/remarks", "POST", json=body)


def test_a_note_is_kept_with_author_and_time(ask: Ask, sick: str) -> None:
    answer = post(ask, run=sick, kind="note", author=" Ada  L. ", text="Trying 3e-4.\r\nIt falls. ")
    assert answer.status_code == 201
    kept = answer.json()
    assert (kept["author"], kept["text"]) == ("Ada L.", "Trying 3e-4.\nIt falls.")
    assert kept["made_at"] > 0
    assert ask("/api/remarks").json() == {"newest": 1, "full": True, "remarks": [kept]}
    assert ask(f"/api/runs/{sick}").json()["remarks"] == [kept]


def test_since_gives_what_came_after_and_a_withdrawal_is_told(ask: Ask, sick: str) -> None:
    post(ask, run=sick, kind="note", text="One.")
    post(ask, run=sick, kind="note", text="Two.")
    assert post(ask, run=sick, kind="withdraw", of=1).status_code == 201
    later = ask("/api/remarks?since=1").json()
    assert later["full"] is False
    assert [(one["kind"], one["of"]) for one in later["remarks"]] == [
        ("note", None),
        ("withdraw", 1),
    ]
    assert [one["text"] for one in ask("/api/remarks").json()["remarks"]] == ["Two."]
    assert ask("/api/remarks?since=99").json()["full"] is True


def test_a_mute_changes_how_the_run_stands_and_unmuting_undoes_it(ask: Ask, sick: str) -> None:
    kept = post(ask, run=sick, kind="mute", text="Known.", hours=2.0).json()
    assert kept["covers"] == [
        {"rule": "divergence", "severity": "critical", "metric": "train/loss", "onset_step": 4321}
    ]
    assert kept["until"] == pytest.approx(kept["made_at"] + 7200)
    run = ask(f"/api/runs/{sick}").json()
    assert run["status"] == "critical", "what the rules say is not changed by what people say"
    assert (run["muted"]["status"], run["muted"]["text"]) == ("muted", "Known.")
    post(ask, run=sick, kind="withdraw", of=kept["number"])
    assert ask(f"/api/runs/{sick}").json()["muted"] is None


def test_one_finding_or_rule_is_muted(ask: Ask, sick: str) -> None:
    for named in ({"rule": "divergence"},
                  {"rule": "divergence", "metric": "train/loss", "onset_step": 4321}):  # fmt: skip
        assert post(ask, run=sick, kind="mute", text="Known.", **named).status_code == 201
    for named in ({"rule": "spike"}, {"metric": "train/loss", "onset_step": 7}):
        assert post(ask, run=sick, kind="mute", text="Known.", **named).status_code == 409


def test_acknowledging_says_who_looks_after_it(ask: Ask, sick: str, ids: dict[str, str]) -> None:
    assert post(ask, run=sick, kind="acknowledge", author="Ada").status_code == 201
    assert ask(f"/api/runs/{sick}").json()["acknowledged"]["author"] == "Ada"
    assert post(ask, run=ids["healthy"], kind="acknowledge").status_code == 409


def test_runs_that_were_remarked_on_come_with_the_next_change(ask: Ask, sick: str) -> None:
    first = ask("/api/runs").json()
    assert first["status"]["remarks"] == 0
    assert {run["id"]: run["remarks"] for run in first["runs"]}[sick] == []
    again = f"/api/runs?since={first['version']}&remarked=0"
    tag = ask(again).headers["etag"]
    post(ask, run=sick, kind="note", text="Hello.")
    answer = ask(again, headers={"If-None-Match": tag})
    assert answer.status_code == 200
    later = answer.json()
    assert later["full"] is False
    assert [run["id"] for run in later["runs"]] == [sick]
    assert later["status"]["remarks"] == 1
    assert ask(f"/api/runs?since={first['version']}&remarked=1").json()["runs"] == []
    assert ask(f"/api/runs?since={first['version']}&remarked=9").json()["full"] is True


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ({"kind": "note"}, "text is missing"),
        ({"kind": "note", "text": " \n\t "}, "text is missing"),
        ({"kind": "mute"}, "reason"),
        ({"kind": "note", "text": "x" * 2001}, "<= 2000"),
        ({"kind": "note", "text": "x", "author": "x" * 61}, "<= 60"),
        ({"kind": "shout", "text": "x"}, "Invalid enum value"),
        ({"kind": "note", "text": "x", "made_at": 5}, "unknown field"),
        ({"kind": "note", "text": 5}, "Expected `str`"),
        ({"kind": "mute", "text": "x", "hours": -1}, "> 0"),
        ({"kind": "mute", "text": "x", "onset_step": 4321}, "together"),
        ({"kind": "withdraw"}, "of names"),
        ({"kind": "note", "text": "x", "of": 1}, "of names"),
    ],
)
def test_what_cannot_be_meant_is_refused(
    ask: Ask, sick: str, body: dict[str, Any], said: str
) -> None:
    answer = post(ask, run=sick, **body)
    assert answer.status_code == 400
    assert said in answer.json()["error"]
    assert "\n" not in answer.json()["error"]
    assert ask("/api/remarks").json()["newest"] == 0


def test_no_run_no_remark(ask: Ask) -> None:
    for run in ("nope", "../../etc/passwd", "' OR 1=1 --"):
        assert post(ask, run=run, kind="note", text="x").status_code == 404


def test_only_json_is_taken(ask: Ask, sick: str) -> None:
    good = b'{"run": "%s", "kind": "note", "text": "x"}' % sick.encode()
    for kind in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data", ""):
        answer = ask("/api/remarks", "POST", content=good, headers={"Content-Type": kind})
        assert answer.status_code == 415
    for body in (b"", b"[]", b"null", b"{", b"\xff\xfe", b'{"run": "\\ud800"}', good[:-1]):
        headers = {"Content-Type": "application/json"}
        assert ask("/api/remarks", "POST", content=body, headers=headers).status_code == 400
    large = {"run": sick, "kind": "note", "text": "x" * LARGEST}
    assert post(ask, **large).status_code == 413
    assert ask("/api/remarks").json()["newest"] == 0


def test_a_remark_is_text_and_hidden_controls_go(ask: Ask, sick: str) -> None:
    text = "<script>alert(1)</script> ' ; DROP TABLE remark; -- \x00\x1b[31mred\ttab"
    kept = post(ask, run=sick, kind="note", author="\x07<b>x", text=text).json()
    assert kept["text"] == text.replace("\x00", "").replace("\x1b", "")
    assert kept["author"] == "<b>x"
    assert len(ask("/api/remarks").json()["remarks"]) == 1


def test_other_sites_and_strangers_write_nothing(make: Callable[..., Any], sick: str) -> None:
    body = {"run": sick, "kind": "note", "text": "x"}

    def said(application: Any, **headers: str) -> int:
        host = headers.pop("host", "127.0.0.1:8050")
        asked = request(application, "POST", "/api/remarks", json=body, headers=headers, host=host)
        return asyncio.run(asked).status_code

    open_to_all, guarded = make(), make(token=TOKEN)
    for headers in ({"Origin": "https://evil.example"}, {"Origin": "null"},
                    {"Sec-Fetch-Site": "cross-site"}, {"Sec-Fetch-Site": "same-site"},
                    {"host": "evil.example"}):  # fmt: skip
        assert said(open_to_all, **headers) == 403, headers
    assert said(guarded) == 401
    assert said(guarded, Authorization="Bearer wrong-token-wrong-token") == 401
    assert said(guarded, Authorization=f"Bearer {TOKEN}") == 201


def test_whoever_writes_without_end_is_slowed_down() -> None:
    now = [NOW]
    rate = Rate(clock=lambda: now[0])
    for _ in range(BUSY):
        rate.take("10.0.0.1")
    with pytest.raises(Refusal) as refusal:
        rate.take("10.0.0.1")
    assert refusal.value.response.status_code == 429
    assert int(refusal.value.response.headers["retry-after"]) == 60
    rate.take("10.0.0.2")
    now[0] += 61
    rate.take("10.0.0.1")


def test_clients_of_the_rate_are_forgotten() -> None:
    rate = Rate(clients=2, clock=lambda: NOW)
    for client in ("10.0.0.1", "10.0.0.2", "10.0.0.3"):
        rate.take(client)
    assert list(rate._times) == [network("10.0.0.2"), network("10.0.0.3")]


def test_damaged_remarks_leave_the_runs_to_be_seen(
    ask: Ask, sick: str, source: Source, writer: Store, caplog: pytest.LogCaptureFixture
) -> None:
    post(ask, run=sick, kind="note", text="x")
    source.remarks.close()
    for end in ("-wal", "-shm"):
        source.remarks.path.with_name(source.remarks.path.name + end).unlink(missing_ok=True)
    source.remarks.path.write_bytes(b"nonsense " * 1000)
    assert len(ask("/api/runs").json()["runs"]) == 2
    assert ask("/api/remarks").status_code == 503
    assert "remarks" in caplog.text
    assert post(ask, run=sick, kind="note", text="y").status_code == 201
    assert [one["text"] for one in ask("/api/remarks").json()["remarks"]] == ["y"]


def test_a_run_whose_log_is_gone_keeps_its_notes_as_long_as_it_is_kept(
    ask: Ask, sick: str, writer: Store
) -> None:
    post(ask, run=sick, kind="note", text="The best of them.")
    writer.commit([replace(change(HOSTILE, block(5000)), gone=True)])
    assert [one["text"] for one in ask(f"/api/runs/{sick}").json()["remarks"]] == [
        "The best of them."
    ]
    assert post(ask, run=sick, kind="note", text="Kept elsewhere.").status_code == 201


def test_a_log_that_is_begun_anew_is_another_training(ask: Ask, sick: str, writer: Store) -> None:
    post(ask, run=sick, kind="mute", text="Known.", rule="divergence")
    assert ask(f"/api/runs/{sick}").json()["muted"] is not None
    anew = Finding("divergence", Severity.CRITICAL, "train/loss", 900, 950, 990, False, 3.0, 1.5,
                   "times its best", 0.9, "It diverges.")  # fmt: skip
    writer.commit([change(HOSTILE, block(1000), status=Status.CRITICAL, findings=(anew,))])
    assert ask(f"/api/runs/{sick}").json()["muted"] is None


def test_a_remark_that_cannot_be_kept_is_told_to_whom_it_concerns(
    ask: Ask, sick: str, source: Source, caplog: pytest.LogCaptureFixture
) -> None:
    source.remarks.path.mkdir()
    answer = post(ask, run=sick, kind="note", text="x")
    assert answer.status_code == 503
    assert "cannot be kept now" in answer.json()["error"]
    assert str(source.remarks.path) not in answer.text
    assert str(source.remarks.path) in caplog.text
    assert len(ask("/api/runs").json()["runs"]) == 2
