"""From paths on disk to diagnosed runs: what is said of good, odd and broken logs."""

from __future__ import annotations

import json
import math
import os
from collections.abc import Container, Iterator
from pathlib import Path

import numpy as np
import pytest

import lrdoctor
from lrdoctor import doctor, monitor, readers
from lrdoctor.config import Config
from lrdoctor.diagnosis import Diagnosis, Verdict
from lrdoctor.errors import LogUnreadable, UsageError
from lrdoctor.monitor import Monitor, keeping
from lrdoctor.run import Block, Run
from lrdoctor.store import Store


class Clock:
    def __init__(self, now: float) -> None:
        self.now = now

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def root(tmp_path: Path) -> Path:
    folder = tmp_path / "logs"
    folder.mkdir()
    return folder


@pytest.fixture
def clock(root: Path) -> Clock:
    return Clock(root.stat().st_mtime + 1)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store.open(tmp_path / "store.db") as store:
        yield store


def rows(first: int, last: int) -> str:
    values = 0.4 + np.exp(-np.arange(first, last) / 40)
    return "".join(f"{step},{value:.4f}\n" for step, value in enumerate(values, first))


def log(path: Path, steps: int = 40) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("step,loss\n" + rows(0, steps))
    return path


def append(path: Path, text: str) -> None:
    with path.open("a") as file:
        file.write(text)


def one(*paths: Path) -> Diagnosis:
    [diagnosis] = lrdoctor.check([str(path) for path in paths])
    return diagnosis


def reason(diagnosis: Diagnosis) -> str:
    assert diagnosis.status == "unreadable"
    assert diagnosis.problems[0].path == diagnosis.path
    assert "\n" not in diagnosis.headline
    return diagnosis.problems[0].what


def test_log_is_read_and_diagnosed(root: Path) -> None:
    log(root / "vit" / "metrics.csv")
    found = one(root)
    assert (found.run, found.format, found.x_axis, found.points) == ("vit", "csv", "step", 40)
    assert (found.first_step, found.last_step) == (0, 39)
    assert found.path == str(root / "vit" / "metrics.csv")


def test_unfinished_last_line_is_read_at_once_by_check(root: Path) -> None:
    append(log(root / "m.csv"), "40,0.7679")
    assert one(root).last_step == 40


def test_without_a_path_usage_is_told() -> None:
    with pytest.raises(UsageError, match="at least one log"):
        lrdoctor.check([])


def test_missing_path_is_told_and_others_go_on(root: Path) -> None:
    log(root / "m.csv")
    missing = root / "none"
    good, bad = lrdoctor.check([root / "m.csv", missing])
    assert good.points == 40
    assert (bad.path, reason(bad)) == (str(missing), "there is no such file or folder")


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        ("a.csv", b"", "empty so far"),
        ("a.jsonl", b"", "empty so far"),
        ("events.out.tfevents.1.h", b"", "empty so far"),
        ("trainer_state.json", b"", "empty so far"),
        ("a.csv", bytes(range(256)) * 40, "binary data"),
        ("a.csv", b"\0" * 900, "only zero bytes"),
        ("a.csv", b"name,place\nanna,rome\nbert,paris\n", "only words, no numbers"),
        ("a.csv", b"step,reward\n1,2\n2,3\n3,4\n", "no loss among its 1 column (reward)"),
    ],
)
def test_log_that_cannot_be_read_says_why(root: Path, name: str, content: bytes, told: str) -> None:
    (root / name).write_bytes(content)
    assert told in reason(one(root))


def test_file_given_by_name_is_never_passed_over(root: Path) -> None:
    (root / "notes.md").write_text("nothing but words")
    assert lrdoctor.check([root]) == []
    assert reason(one(root / "notes.md")) == "only words, no numbers so far"


def test_pipe_given_by_name_is_told(root: Path) -> None:
    os.mkfifo(root / "pipe.csv")
    assert "neither a file nor a folder" in reason(one(root / "pipe.csv"))


def test_many_columns_without_a_loss_are_named_in_part(root: Path) -> None:
    names = [f"reward{n}" for n in range(20)]
    body = "".join(",".join(map(str, [step, *range(20)])) + "\n" for step in range(5))
    (root / "m.csv").write_text(",".join(["step", *names]) + "\n" + body)
    told = reason(one(root))
    assert "no loss among its 20 columns (reward0, " in told
    assert "… 12 more" in told
    assert "lrdoctor.toml" in told


def test_column_mapping_names_the_loss(root: Path) -> None:
    (root / "m.csv").write_text("step,objective\n" + rows(0, 40))
    [found] = monitor.check([root], config=Config(columns={"objective": "train/loss"}))
    assert found.metrics["train/loss"].tag == "objective"


def test_column_mapping_names_what_places_the_rows(root: Path) -> None:
    columns = {"my_iter": "step", "at": "wall_time", "objective": "train/loss"}
    lines = [(10 * n, 1_700_000_000 + n, 2.5 - 0.01 * n, n) for n in range(20)]
    (root / "m.csv").write_text(
        "my_iter,at,objective,step\n" + "".join(f"{a},{b},{c},{d}\n" for a, b, c, d in lines)
    )
    records = (dict(zip(("my_iter", "at", "objective"), line, strict=False)) for line in lines)
    (root / "m.jsonl").write_text("".join(f"{json.dumps(r)}\n" for r in records))
    for run in monitor.read([root], config=Config(columns=columns)):
        loss = run["train/loss"]
        assert (run.x_axis, loss.steps.tolist()) == ("step", [line[0] for line in lines])
        assert loss.wall_times.tolist() == [line[1] for line in lines]
        assert not {"my_iter", "at"} & set(run.tags)


def test_other_placing_of_rows_is_read_anew(root: Path, store: Store, clock: Clock) -> None:
    (root / "m.csv").write_text("turn,loss\n" + rows(100, 120))
    Monitor([root], store, clock=clock).poll()
    Monitor([root], store, clock=clock, config=Config(columns={"turn": "step"})).poll()
    line = json.loads(store.changed()[1][0].line)
    assert (line["x_axis"], line["first_step"]) == ("step", 100)


def test_the_loss_of_an_agent_is_not_judged(root: Path) -> None:
    body = "".join(f"{n},{n},{2.0**n}\n" for n in range(60))
    (root / "m.csv").write_text("step,rollout/ep_rew_mean,train/loss\n" + body)
    (root / "n.csv").write_text("step,score,train/loss\n" + body)
    agent, network = monitor.check([root])
    assert agent.findings == ()
    assert agent.learning_rate.verdict is Verdict.UNKNOWN
    assert "rewards" in agent.headline
    assert "divergence" in {finding.rule for finding in network.findings}


def test_ignored_paths_are_passed_over(root: Path) -> None:
    log(root / "old" / "a.csv")
    log(root / "b.csv")
    [found] = monitor.check([root], config=Config(ignore=("old/*",)))
    assert found.path == str(root / "b.csv")


def test_settings_come_from_the_files_beside_the_log(root: Path) -> None:
    log(root / "run" / "m.csv")
    (root / "run" / "hparams.yaml").write_text("optimizer: AdamW\nbatch_size: 64\n")
    assert (one(root).optimizer, one(root).batch_size) == ("adamw", 64)


def test_settings_above_the_given_path_are_not_read(root: Path) -> None:
    log(root / "run" / "m.csv")
    (root / "hparams.yaml").write_text("batch_size: 64\n")
    assert one(root).batch_size == 64
    assert one(root / "run").batch_size is None


def test_settings_come_from_the_parameters_beside_the_metrics(root: Path) -> None:
    run = root / "mlruns" / "0" / "abc"
    for name, text in (("meta.yaml", "run_id: abc\n"), ("params/model/optimizer", "Adam"),
                       ("params/batch_size", "64"), ("params/lr0", "7"), ("params/lr", "0.01\n"),
                       ("metrics/train/loss", "1700000000000 2.5 1\n")):  # fmt: skip
        (run / name).parent.mkdir(parents=True, exist_ok=True)
        (run / name).write_text(text)
    [found] = monitor.read([root])
    assert found.name == "mlruns/0/abc"
    assert list(found.tags) == ["train/loss"]
    told = found.settings
    assert (told.batch_size, told.learning_rate) == (64, 0.01)
    assert told.optimizer == "adam"


def test_side_file_written_later_is_taken_up(root: Path, store: Store, clock: Clock) -> None:
    path = log(root / "run" / "m.csv")
    following = Monitor([root], store, clock=clock)
    following.poll()
    (root / "run" / "hparams.yaml").write_text("batch_size: 64\n")
    append(path, rows(40, 41))
    assert [found.batch_size for found in following.poll()] == [64]


def test_side_files_come_and_go_in_a_folder_that_is_known_to_stand(
    root: Path, store: Store, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("lrdoctor.monitor.side.SETTLED", -math.inf)
    path, side = log(root / "run" / "m.csv"), root / "run" / "hparams.yaml"
    following = Monitor([root], store, clock=clock)
    following.poll()
    told = []
    for step, text in enumerate((None, "batch_size: 64\n", "batch_size: 640\n", None), 40):
        if text is None:
            side.unlink(missing_ok=True)
        else:
            side.write_text(text)
        os.utime(root / "run", (step, step))  # as a clock would, whose ticks are no shorter
        append(path, rows(step, step + 1))
        told += [found.batch_size for found in following.poll()]
    assert told == [None, 64, 640, None]


def test_lost_permission_is_told_and_its_return_taken_up(
    root: Path, store: Store, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = log(root / "m.csv")
    following = Monitor([root], store, clock=clock)
    following.poll()
    append(path, rows(40, 45))
    with monkeypatch.context() as patch:
        patch.setattr("lrdoctor.follow.tail.os.open", _refuse)
        [found] = following.poll()
        assert found.points == 40
        assert [problem.what for problem in found.problems] == [
            "permission denied: it is tried again and again"
        ]
        assert following.poll() == []
    [found] = following.poll()
    assert (found.points, found.problems) == (45, ())


def test_log_that_was_never_in_reach_says_why(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    log(root / "m.csv")
    monkeypatch.setattr("lrdoctor.follow.tail.os.open", _refuse)
    assert "permission denied" in reason(one(root))


def _refuse(path: str, flags: int) -> int:
    raise PermissionError(13, "Permission denied", path)


def test_faults_of_a_log_are_told_with_their_line(root: Path) -> None:
    path = root / "log.jsonl"
    good = "".join(f'{{"step": {s}, "loss": {1 / (1 + s)}}}\n' for s in range(30))
    path.write_text(good + '{"step": 30, "loss": 0.\n' + '{"step": 31, "loss": 0.03}\n')
    found = one(root)
    assert found.last_step == 31
    assert [problem.line for problem in found.problems] == [31]


def test_countless_faults_are_counted(root: Path) -> None:
    path = root / "log.jsonl"
    good = "".join(f'{{"step": {s}, "loss": {1 / (1 + s)}}}\n' for s in range(30))
    path.write_text(good + '{"step": 30, "loss": 0.\n' * 90)
    told = one(root).problems
    assert len(told) == 21
    assert told[-1].what == "and 70 more of this kind"


def test_defect_of_a_reader_ends_no_other_log(
    root: Path, store: Store, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    bad, good = log(root / "bad.csv"), log(root / "good.csv")
    following = Monitor([root], store, clock=clock)
    feed = readers.readers()["csv"].feed

    def broken(self: readers.Reader, data: bytes) -> Iterator[Block]:
        if self.file_name == "bad.csv":
            raise ZeroDivisionError("division by zero")
        return feed(self, data)

    with monkeypatch.context() as patch:
        patch.setattr(readers.readers()["csv"], "feed", broken)
        found = {diagnosis.run: diagnosis for diagnosis in following.poll()}
        assert "ZeroDivisionError: division by zero" in reason(found["bad.csv"])
        assert found["good.csv"].points == 40
        assert following.poll() == []
    append(bad, rows(40, 41))
    append(good, rows(40, 41))
    assert [diagnosis.points for diagnosis in following.poll()] == [41, 41]
    assert len(store.points(_id(store, "bad.csv"), "loss") or ()) == 41


def _id(store: Store, name: str) -> str:
    return next(record.id for record in store.changed()[1] if record.name == name)


def test_defect_of_a_rule_is_told(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    log(root / "m.csv")

    def broken(*_: object) -> Diagnosis:
        raise RuntimeError("oops")

    monkeypatch.setattr(doctor, "diagnose", broken)
    assert "RuntimeError: oops" in reason(one(root))


def test_nothing_new_is_not_told(root: Path, store: Store, clock: Clock) -> None:
    log(root / "m.csv")
    following = Monitor([root], store, clock=clock)
    assert len(following.poll()) == 1
    version = store.version()
    assert following.poll() == []
    assert following.poll([str(root / "m.csv")]) == []
    assert store.version() == version


def test_only_the_touched_file_is_looked_at(
    root: Path, store: Store, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    touched, other = log(root / "a.csv"), log(root / "b.csv")
    following = Monitor([root], store, clock=clock)
    following.poll()
    append(touched, rows(40, 41))
    append(other, rows(40, 41))
    assert [found.run for found in following.poll([str(touched)])] == ["a.csv"]
    assert [found.run for found in following.poll()] == ["b.csv"]


def test_unknown_touched_file_is_searched_for(root: Path, store: Store, clock: Clock) -> None:
    following = Monitor([root], store, clock=clock)
    following.poll()
    path = log(root / "a.csv")
    assert [found.run for found in following.poll([str(path)])] == ["logs"]


def test_second_log_in_a_folder_renames_the_first(root: Path, store: Store, clock: Clock) -> None:
    log(root / "run" / "a.csv")
    following = Monitor([root], store, clock=clock)
    following.poll()
    id = _id(store, "run")
    log(root / "run" / "b.csv")
    assert sorted(found.run for found in following.poll()) == ["run/a.csv", "run/b.csv"]
    assert _id(store, "run/a.csv") == id


def test_growth_meanwhile_does_not_wait_for_the_end_of_a_look_at_everything(
    root: Path, clock: Clock, store: Store
) -> None:
    first, *_, last = [log(root / f"{name}.csv") for name in "abcde"]
    monitor = Monitor([root], store, clock=clock)
    monitor.poll()
    clock.now += 1
    for path in (first, last):
        append(path, rows(40, 41))
    before = store.version()
    seen: list[int] = []

    def meanwhile(known: Container[str]) -> list[str]:
        seen.append(store.version())
        return [str(last.resolve())] if str(last.resolve()) in known and len(seen) == 1 else []

    told = monitor.poll(meanwhile=meanwhile)
    assert [diagnosis.run for diagnosis in told] == ["e.csv", "a.csv"]
    assert seen[0] == before
    versions = {record.name: record.version for record in store.changed(before)[1]}
    assert versions == {
        "e.csv": before + 1,
        "a.csv": before + 2,
    }  # each committed as soon as it was told


def test_growing_log_is_said_to_grow_until_it_is_quiet(
    root: Path, store: Store, clock: Clock
) -> None:
    path = log(root / "m.csv")
    following = Monitor([root], store, clock=clock)
    following.poll()
    assert [record.growing for record in store.changed()[1]] == [True]
    clock.now += 61
    assert following.poll() == []
    assert [record.growing for record in store.changed()[1]] == [False]
    append(path, rows(40, 41))
    following.poll()
    assert [record.growing for record in store.changed()[1]] == [True]


def test_many_quiet_logs_are_diagnosed_again_a_few_at_a_time(
    root: Path, store: Store, clock: Clock
) -> None:
    for number in range(20):
        log(root / f"{number}.csv", steps=3)
    following = Monitor([root], store, clock=clock)
    following.poll()
    clock.now += 3_600
    assert [len(following.poll()) for _ in range(4)] == [8, 8, 4, 0]


def test_observed_at_is_told_to_rules_only_while_watching(
    root: Path, store: Store, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[float | None] = []
    diagnose = doctor.diagnose

    def noting(run: Run, *more: object) -> Diagnosis:
        seen.append(run.observed_at)
        return diagnose(run, *more)  # type: ignore[arg-type]

    monkeypatch.setattr(doctor, "diagnose", noting)
    log(root / "m.csv")
    Monitor([root], store, clock=clock).poll()
    lrdoctor.check([root])
    assert seen == [clock.now, None]


def test_logs_that_fall_quiet_together_are_committed_a_few_at_a_time(
    root: Path, clock: Clock, store: Store, monkeypatch: pytest.MonkeyPatch
):
    """A log that grows meanwhile waits for no commit of thousands."""
    for n in range(7):
        log(root / f"{n}.csv")
    monitor = Monitor([root], store, clock=clock)
    monitor.poll()
    clock.now += 5
    monitor.poll()  # their time stamps are old enough to be trusted
    monkeypatch.setattr("lrdoctor.monitor.monitor.BETWEEN", 3)
    commit, sizes = store.commit, list[int]()
    monkeypatch.setattr(store, "commit", lambda c, s=None: sizes.append(len(c)) or commit(c, s))
    clock.now += 60
    monitor.poll()
    assert [size for size in sizes if size] == [3, 3, 1]
    assert not any(record.growing for record in store.changed(0)[1])


def test_quiet_log_is_diagnosed_again_ever_more_rarely(
    root: Path, store: Store, clock: Clock
) -> None:
    log(root / "m.csv")
    following = Monitor([root], store, clock=clock)
    start, looks = clock.now, []
    while clock.now < start + 3_600:
        if following.poll():
            looks.append(round(clock.now - start))
        clock.now += 20
    assert looks == [0, 120, 240, 480, 960, 1920]


def test_full_store_stops_reading_until_there_is_room(
    root: Path, store: Store, clock: Clock
) -> None:
    path = log(root / "m.csv")
    following = Monitor([root], store, clock=clock)
    following.poll()
    append(path, rows(40, 50))
    store._writing.execute("PRAGMA max_page_count=1")
    noise = np.random.default_rng(0).random(19_950)
    append(path, "".join(f"{step},{value}\n" for step, value in enumerate(noise, 50)))
    following.poll()
    assert "the disk is full" in (following.trouble or "")
    append(path, rows(20_000, 20_010))
    assert following.poll() == []
    assert len(store.points(_id(store, "logs"), "loss") or ()) == 40
    store._writing.execute("PRAGMA max_page_count=1000000")
    following.poll()
    assert following.trouble is None
    found = store.points(_id(store, "logs"), "loss")
    assert found is not None
    assert found.steps.tolist() == list(range(20_010))


def test_runs_leave_memory_and_come_back(
    root: Path, store: Store, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keeping, "IN_MEMORY", 100)
    paths = [log(root / f"{name}.csv") for name in "abcde"]
    following = Monitor([root], store, clock=clock)
    following.poll()
    assert len(following.runs()) == 2
    for path in paths:
        append(path, rows(40, 45))
        assert [found.points for found in following.poll()] == [45]
    assert [len(store.points(_id(store, p.name), "loss") or ()) for p in paths] == [45] * 5


def test_what_left_memory_stays_out_while_nothing_comes(
    root: Path, store: Store, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither a time stamp too fresh to trust nor quiet brings it back."""
    monkeypatch.setattr(keeping, "IN_MEMORY", 0)
    paths = [log(root / f"{name}.csv") for name in "abcde"]
    following = Monitor([root], store, clock=clock)
    following.poll()
    in_memory = following.runs()
    for later in (0, 61):
        clock.now += later
        assert following.poll() == []
        assert following.runs() == in_memory
    append(paths[0], rows(40, 45))
    assert [found.points for found in following.poll()] == [45]


def test_damaged_points_are_read_again_from_the_log(
    root: Path, tmp_path: Path, clock: Clock
) -> None:
    import sqlite3

    path = log(root / "m.csv")
    with Store.open(tmp_path / "s.db") as store:
        Monitor([root], store, clock=clock).poll()
        with sqlite3.connect(tmp_path / "s.db") as database:
            database.execute("update block set data = zeroblob(30)")
        database.close()
        append(path, rows(40, 45))
        [found] = Monitor([root], store, clock=clock).poll()
        assert found.points == 45
        assert len(store.points(_id(store, "logs"), "loss") or ()) == 45


def test_other_settings_diagnose_anew(root: Path, store: Store, clock: Clock) -> None:
    (root / "m.csv").write_text("step,objective\n" + rows(0, 40))
    Monitor([root], store, clock=clock).poll()
    assert Monitor([root], store, clock=clock).poll() == []
    config = Config(columns={"objective": "train/loss"})
    [found] = Monitor([root], store, config=config, clock=clock).poll()
    assert found.points == 40
    line = json.loads(store.changed()[1][0].line)
    assert "train/loss" in line["metrics"]


def test_runs_of_other_paths_in_the_same_store_are_not_listed(
    root: Path, store: Store, clock: Clock
) -> None:
    log(root / "a" / "m.csv")
    log(root / "b" / "m.csv")
    Monitor([root / "a"], store, clock=clock).poll()
    Monitor([root / "b"], store, clock=clock).poll()
    assert [record.name for record in store.changed()[1]] == ["b"]
    Monitor([root], store, clock=clock).poll()
    assert sorted(record.name for record in store.changed()[1]) == ["a", "b"]


def test_status_tells_progress_and_notices(root: Path, store: Store, clock: Clock) -> None:
    log(root / "a.csv")
    log(root / "b.csv")
    following = Monitor([root], store, clock=clock)
    assert not store.status().done
    following.notice(["no file events"])
    following.poll()
    status = store.status()
    assert (status.files, status.files_read, status.done) == (2, 2, True)
    assert status.roots == (str(root),)
    assert status.started_at == clock.now
    clock.now += 5
    following.beat()
    assert store.status().alive_at == clock.now
    assert store.status().notices == ("no file events",)


def test_read_gives_the_runs_themselves(root: Path) -> None:
    log(root / "a.csv")
    (root / "b.csv").write_text("")
    [run] = monitor.read([root])
    assert (run.name, len(run["train/loss"])) == ("a.csv", 40)
    with pytest.raises(LogUnreadable, match="empty so far"):
        monitor.read([root / "b.csv"])
    (root / "nothing").mkdir()
    with pytest.raises(LogUnreadable, match="no log under these paths"):
        monitor.read([root / "nothing"])


def test_single_path_is_taken_as_one(root: Path) -> None:
    log(root / "m.csv")
    assert [found.points for found in lrdoctor.check(str(root))] == [40]


def test_a_path_that_is_not_there_and_a_folder_that_is_closed_are_told(
    root: Path, store: Store, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    log(root / "a.csv")
    (root / "secret").mkdir()
    listed = os.scandir

    def scandir(path: str) -> object:
        if os.fspath(path).endswith("secret"):
            raise PermissionError(13, "Permission denied", path)
        return listed(path)

    monkeypatch.setattr(os, "scandir", scandir)
    told = {one.run: one.headline for one in monitor.check([root])}
    assert "permission denied" in told[str(root / "secret")]
    assert len(told) == 2
    typo = root.parent / "logz"
    following = Monitor([root, typo], store, clock=clock)
    following.poll()
    following.notice([])
    clock.now += 5
    following.beat()
    assert store.status().notices == (
        f"{typo} is not there yet: it is looked for again and again",
        f"{root / 'secret'} cannot be looked into: permission denied",
    )
    typo.mkdir()
    monkeypatch.undo()
    following.poll()
    following.notice([])
    clock.now += 5
    following.beat()
    assert store.status().notices == ()
