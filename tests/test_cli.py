from __future__ import annotations

import errno
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager
from pathlib import Path
from types import ModuleType
from typing import Any, NamedTuple, cast

import fsspec
import httpx
import numpy as np
import pytest

import lrdoctor
from lrdoctor import __main__ as entry
from lrdoctor import cli, experiment, monitor
from lrdoctor.cli.output import whole_file
from lrdoctor.diagnosis import Action
from lrdoctor.errors import UsageError
from lrdoctor.rules import rules
from lrdoctor.server.planned import planned

SAMPLES = Path(__file__).resolve().parent.parent / "sample_logs"
LRDOCTOR = Path(sys.executable).with_name("lrdoctor")
COMMANDS = (
    "check",
    "report",
    "watch",
    "next",
    "compare",
    "range-test",
    "schedule",
    "plateau",
    "sweep",
    "scale",
    "optimizers",
    "rules",
    "explain",
    "demo",
)


class Said(NamedTuple):
    code: int
    out: str
    err: str

    @property
    def prose(self) -> str:
        """What was said, without the breaks of its lines."""
        return " ".join(self.out.split())


Say = Callable[..., Said]


@pytest.fixture
def say(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Say:
    """Run one command line in this process."""

    def run(*arguments: object) -> Said:
        monkeypatch.setattr(sys, "argv", ["lrdoctor", *map(str, arguments)])
        code = cli.main()
        return Said(code, *capsys.readouterr())

    return run


@pytest.fixture
def logs(tmp_path: Path) -> Path:
    """A healthy log and one that ends in NaN."""
    folder = tmp_path / "logs"
    folder.mkdir()
    random = np.random.default_rng(3)
    falling = 0.3 + 2 * np.exp(-np.arange(400) / 120) + random.normal(0, 0.02, 400)
    write_log(folder / "good.csv", falling)
    write_log(folder / "bad.csv", [*falling[:200], *[float("nan")] * 20])
    return folder


@pytest.fixture
def sweep(tmp_path: Path) -> Path:
    """A range test: the rate climbs five decades, the loss falls, turns and blows up."""
    rates = np.geomspace(1e-5, 1, 300)
    falling = 2.3 - 2 / (1 + (0.01 / rates) ** 1.5)
    blowing = np.where(rates > 0.3, (rates / 0.3) ** 4 - 1, 0)
    loss = falling + blowing + np.random.default_rng(1).normal(0, 0.02, 300)
    rows = "".join(
        f"{i},{r:.6g},{x:.6g}\n" for i, (r, x) in enumerate(zip(rates, loss, strict=True))
    )
    path = tmp_path / "lr_find.csv"
    path.write_text("step,lr,loss\n" + rows)
    return path


def write_log(path: Path, losses: Iterable[float]) -> Path:
    rows = "".join(f"{step},{loss:.6g}\n" for step, loss in enumerate(losses))
    path.write_text("step,loss\n" + rows)
    return path


@pytest.mark.parametrize("command", COMMANDS)
def test_help_shows_an_example(say: Say, command: str) -> None:
    said = say(command, "--help")
    assert said.code == 0
    assert f"Example: lrdoctor {command}" in said.out


@pytest.mark.parametrize("group", [(), ("sweep",), ("store",)])
def test_no_command_is_listed_with_half_a_sentence(say: Say, group: tuple[str, ...]) -> None:
    told = say(*group, "--help").out.partition("Commands:")[2]
    assert told
    assert "..." not in told


def test_every_command_is_listed(say: Say) -> None:
    said = say("--help")
    assert said.code == 0
    assert all(f"\n  {command} " in said.out for command in COMMANDS)


@pytest.mark.parametrize("group", [(), ("sweep",), ("store",)])
def test_without_a_command_the_help_is_shown_and_it_is_wrong_usage(
    say: Say, group: tuple[str, ...]
) -> None:
    assert say(*group) == Said(2, say(*group, "--help").out, "")


def test_help_names_arguments_as_manuals_do(say: Say) -> None:
    assert say("check", "--help").out.startswith("Usage: lrdoctor check [OPTIONS] PATH...\n")
    assert "\nArguments:\n  PATH...  Log files" in say("check", "--help").out
    assert say("schedule", "--help").out.startswith("Usage: lrdoctor schedule [OPTIONS] [LOG]\n")


def test_a_critical_run_exits_with_1(say: Say, logs: Path) -> None:
    said = say("check", logs)
    assert said.code == 1
    assert said.out.startswith("1 of 2 runs needs you now.")
    assert "Exit code 1: critical findings." in said.out
    assert said.err == ""


@pytest.mark.parametrize(("fail_on", "code"), [("critical", 1), ("warning", 1), ("never", 0)])
def test_fail_on_decides_the_exit_code(say: Say, logs: Path, fail_on: str, code: int) -> None:
    assert say("check", logs, "--fail-on", fail_on).code == code


def test_a_healthy_run_exits_with_0(say: Say, logs: Path) -> None:
    said = say("check", logs / "good.csv")
    assert said.code == 0
    assert said.out.startswith("The run looks healthy.")


def test_a_pipe_gets_no_colour(logs: Path) -> None:
    environment = {**os.environ, "TERM": "xterm-256color"}
    done = subprocess.run([LRDOCTOR, "check", logs], capture_output=True, env=environment)
    assert done.returncode == 1
    assert b"\x1b" not in done.stdout


def test_json_lines_hold_one_run_each(say: Say, logs: Path) -> None:
    said = say("check", logs, "--format", "jsonl")
    lines = [json.loads(line) for line in said.out.splitlines()]
    assert {line["run"]: line["status"] for line in lines} == {
        "bad.csv": "critical", "good.csv": "healthy",
    }  # fmt: skip
    assert all(line["schema"] == 1 for line in lines)


def test_output_goes_to_the_file_asked_for(say: Say, logs: Path, tmp_path: Path) -> None:
    said = say("check", logs, "--format", "markdown", "-o", tmp_path / "report.md")
    assert said == (1, "", "")
    assert (tmp_path / "report.md").read_text().startswith("**1 of 2 runs needs you now.**")


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (("chek",), "No such command 'chek'"),
        (("check",), "Missing argument"),
        (("check", "."), None),
        (("check", ".", "--format", "jsnl"), "there is no format 'jsnl'; did you mean jsonl?"),
        (("check", ".", "--fail-on", "sometimes"), "'--fail-on': 'sometimes' is not one of"),
        (("check", ".", "--bogus"), "--bogus"),
        (("check", "http://[::1/log.csv"), "http://[::1/log.csv is no URL"),
        (("check", ".", "--config", "none.toml"), "none.toml: cannot be read"),
        (("scale", "much", "--batch", 1, "--to", 2), "'RATE': it must be a valid number"),
        (("watch", ".", "--port", 99999), "'--port': it must be less than or equal to 65535"),
        (("explain", "divergense"), "there is no rule 'divergense'; did you mean divergence?"),
        (("demo", "--no-watch"), "--no-watch needs --dir"),
        (("watch", ".", "--port", "70000"), "--port"),
    ],
)
def test_wrong_usage_is_one_line_and_exit_2(
    say: Say, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...],
    complaint: str | None,
) -> None:  # fmt: skip
    monkeypatch.chdir(tmp_path)
    said = say(*arguments)
    assert said.code == 2
    if complaint is not None:
        assert said.err.count("\n") == 1
        assert said.err.startswith("lrdoctor: ")
        assert complaint in said.err


def test_a_report_is_one_page_and_no_failure_for_what_is_in_it(
    say: Say, logs: Path, tmp_path: Path
) -> None:
    page = tmp_path / "report.html"
    assert say("report", logs, "-o", page) == Said(0, "", f"Written: {page}\n")
    assert page.read_text("utf-8").startswith("<!doctype html>")


def test_an_output_that_cannot_be_written_is_one_line(say: Say, logs: Path) -> None:
    said = say("check", logs, "-o", logs)
    assert said.code == 2
    assert said.err == f"lrdoctor: {logs}: Is a directory\n"


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(b"", id="empty"),
        pytest.param(bytes(range(256)) * 40, id="binary rubbish"),
        pytest.param(b"name,colour\nanna,red\nbert,blue\n" * 20, id="words"),
        pytest.param(b"step,temperature\n1,20\n2,21\n", id="no loss"),
        pytest.param(b"step,lo", id="half a line"),
    ],
)
def test_a_log_that_cannot_be_read_has_a_reason_and_no_traceback(
    say: Say, tmp_path: Path, content: bytes
) -> None:
    (tmp_path / "log.csv").write_bytes(content)
    said = say("check", tmp_path / "log.csv", "--format", "jsonl")
    assert said.code == 2
    assert "Traceback" not in said.err
    (line,) = map(json.loads, said.out.splitlines())
    assert line["status"] == "unreadable"
    assert line["headline"]


def test_a_path_that_is_not_there_is_told(say: Say, tmp_path: Path) -> None:
    said = say("check", tmp_path / "nowhere")
    assert said.code == 2
    assert "? UNREADABLE" in said.out
    assert said.out.count("nowhere") == 1
    said = say("next", tmp_path / "nowhere")
    assert said.err == f"lrdoctor: {tmp_path / 'nowhere'}: there is no such file or folder\n"


def test_a_folder_without_a_log_is_told(say: Say, tmp_path: Path) -> None:
    said = say("check", tmp_path)
    assert said.code == 2
    assert said.out.startswith("No run found.")


def test_a_bad_log_leaves_the_others_alone(say: Say, logs: Path) -> None:
    (logs / "rubbish.csv").write_bytes(bytes(range(256)) * 40)
    (logs / "nothing.jsonl").write_bytes(b"")
    said = say("check", logs, "--format", "jsonl")
    lines = {line["run"]: line["status"] for line in map(json.loads, said.out.splitlines())}
    assert lines["bad.csv"] == "critical"
    assert lines["good.csv"] == "healthy"


def test_a_hostile_name_reaches_no_terminal_raw(say: Say, logs: Path) -> None:
    (logs / "good.csv").rename(logs / "a\x1b[31m\u202eb.csv")
    for form in ("text", "jsonl", "json", "markdown"):
        said = say("check", logs, "--format", form)
        assert "\x1b" not in said.out
        assert "\u202e" not in said.out


def test_a_file_name_that_is_no_text_is_no_trouble(say: Say, logs: Path) -> None:
    os.rename(logs / "good.csv", os.fsencode(logs) + b"/\xff.csv")
    for form in ("text", "jsonl", "json", "markdown"):
        said = say("check", logs, "--format", form)
        assert said.code == 1, said.err


def test_a_reader_that_goes_away_is_no_error(logs: Path) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    process = subprocess.Popen([LRDOCTOR, "check", logs], stdout=writing, stderr=subprocess.PIPE)
    os.close(writing)
    _, err = process.communicate()
    assert process.returncode == 141
    assert err == b""


@pytest.mark.parametrize("closed", [">&-", "2>&-", ">&- 2>&-"])
def test_closed_output_is_no_error(logs: Path, closed: str) -> None:
    command = f"{sys.executable} -m lrdoctor check {logs / 'good.csv'} {closed}"
    done = subprocess.run(command, shell=True, capture_output=True, timeout=120)
    assert (done.returncode, done.stderr) == (0, b"")


def test_a_terminal_without_our_characters_gets_question_marks(logs: Path) -> None:
    environment = {**os.environ, "PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0"}
    done = subprocess.run([LRDOCTOR, "check", logs], capture_output=True, env=environment)
    assert done.returncode == 1, done.stderr
    assert b"? CRITICAL   bad.csv" in done.stdout


@pytest.mark.parametrize("arguments", [["--help"], ["check", "--help"], ["check", "{logs}"]])
def test_the_terminal_never_loads_the_screen(logs: Path, arguments: list[str]) -> None:
    command = [each.format(logs=logs) for each in arguments]
    program = (
        "import sys; from lrdoctor.cli import main\n"
        f"sys.argv = ['lrdoctor', *{command!r}]\n"
        "main()\n"
        "heavy = {'dash', 'plotly', 'pandas', 'starlette', 'uvicorn', 'flask'}\n"
        "print(sorted(heavy & set(sys.modules)), file=sys.stderr)\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.stderr == "[]\n"


def test_ctrl_c_while_modules_load_is_quiet(monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(name: str) -> object:
        raise KeyboardInterrupt

    loading = ModuleType("lrdoctor.cli")
    monkeypatch.setattr(loading, "__getattr__", interrupted, raising=False)
    monkeypatch.setitem(sys.modules, "lrdoctor.cli", loading)
    assert entry.main() == 130


def test_a_page_of_no_log_says_why_it_exits_with_2(say: Say, tmp_path: Path) -> None:
    page = tmp_path / "report.html"
    said = say("report", tmp_path, "-o", page)
    assert (said.code, said.err) == (2, f"Written: {page}, but not one log could be read\n")


def test_a_report_that_cannot_be_written_to_its_end_leaves_the_former(tmp_path: Path) -> None:
    page = tmp_path / "report.html"
    page.write_text("yesterday's")

    def write_half() -> None:
        with whole_file(page) as stream:
            stream.write("half of today's")
            stream.flush()
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with pytest.raises(OSError, match=r"No space.*report\.html"):
        write_half()
    assert [(each.name, each.read_text()) for each in tmp_path.iterdir()] == [
        ("report.html", "yesterday's")
    ]


def test_a_report_keeps_its_links_and_rights_and_reaches_devices(tmp_path: Path) -> None:
    page, link = tmp_path / "report.html", tmp_path / "latest.html"
    page.write_text("yesterday's")
    page.chmod(0o640)
    link.symlink_to(page)
    with whole_file(link) as stream:
        stream.write("today's")
        assert page.read_text() == "yesterday's"
    assert (page.read_text(), page.stat().st_mode & 0o777) == ("today's", 0o640)
    assert link.is_symlink()
    with whole_file(Path(os.devnull)) as stream:
        stream.write("anything")


@pytest.mark.parametrize("dash", ["-", "/dev/stdin"])
@pytest.mark.parametrize(
    ("log", "format"),
    [
        ("flat/fires.csv", "csv"),
        ("formats/console/torchrun_console/train.log", "console"),
        ("formats/mmengine/mmengine.json", "mmengine"),
    ],
)
def test_a_log_is_read_from_standard_input(dash: str, log: str, format: str) -> None:
    def told(path: object, **given: Any) -> dict[str, Any]:
        command = [LRDOCTOR, "check", path, "--format", "jsonl"]
        done = subprocess.run(command, capture_output=True, check=False, **given)
        assert done.stderr == b""
        (line,) = done.stdout.splitlines()
        return cast(dict[str, Any], json.loads(line))

    piped, filed = told(dash, input=(SAMPLES / log).read_bytes()), told(SAMPLES / log)
    assert (piped["run"], piped["path"], piped["format"]) == ("stdin", "stdin", format)
    same = ("points", "status", "headline", "metrics", "x_axis")
    assert [piped[key] for key in same] == [filed[key] for key in same]


def test_nothing_on_standard_input_is_told_of_stdin() -> None:
    done = subprocess.run(
        [LRDOCTOR, "check", "-"], stdin=subprocess.DEVNULL, capture_output=True, check=False
    )
    assert done.returncode == 2
    assert b"? UNREADABLE stdin" in done.stdout
    assert b"lrdoctor-" not in done.stdout


def test_until_a_step_before_the_first_one_names_that(say: Say, logs: Path) -> None:
    said = say("check", logs, "--until", -5)
    assert said.code == 2
    assert said.prose.count("nothing was logged up to step -5; its first step is 0") == 2
    assert "column" not in said.out


def test_until_shows_what_was_known_then(say: Say, logs: Path) -> None:
    for step, found in ((199, False), (200, True)):
        said = say("check", logs / "bad.csv", "--until", step, "--format", "jsonl")
        (line,) = map(json.loads, said.out.splitlines())
        assert line["last_step"] == step
        assert ("nan" in {finding["rule"] for finding in line["findings"]}) is found


def test_next_says_which_rate_to_try(say: Say, demo_logs: Path) -> None:
    paths = (demo_logs / "healthy", demo_logs / "diverging")
    suggestion = lrdoctor.next_learning_rate(paths)
    assert suggestion.best == str(demo_logs / "healthy" / "metrics.csv")
    told = say("next", *paths)
    assert told.code == 0
    assert told.prose.startswith(suggestion.reason)
    assert json.loads(say("next", *paths, "--json").out) == suggestion.to_dict() | {"others": []}


def test_compare_puts_runs_side_by_side(say: Say, demo_logs: Path) -> None:
    paths = (demo_logs / "healthy", demo_logs / "diverging")
    direct = experiment.compare(paths)
    told = say("compare", *paths)
    assert told.code == 0
    assert told.out.startswith(f"{direct.sentence}.\n")
    assert "diverged" in told.out
    assert direct.suggestion.reason in told.prose
    assert json.loads(say("compare", *paths, "--json").out) == direct.to_dict()


def test_next_looks_at_one_experiment_and_says_what_it_left_out(say: Say, tmp_path: Path) -> None:
    for name, rate, batch in (("a", 0.01, 32), ("b", 0.1, 32), ("c", 0.1, 512)):
        folder = tmp_path / name
        folder.mkdir()
        losses = np.exp(-rate * np.arange(200)) + 0.01 * np.sin(np.arange(200))
        rows = "".join(f"{step},{loss},{rate}\n" for step, loss in enumerate(losses))
        (folder / "metrics.csv").write_text(f"step,train_loss,lr\n{rows}")
        (folder / "hparams.yaml").write_text(f"batch_size: {batch}\nlr: {rate}\n")
    told = say("next", tmp_path)
    assert told.code == 0
    assert "1 run is of another experiment, differing in batch_size: left out." in told.prose
    reason = json.loads(say("next", tmp_path, "--json").out)["reason"]
    assert reason in say("compare", tmp_path).prose, "both name the same rate, for the same reason"


def test_next_and_compare_name_one_rate_where_two_experiments_are_as_large(
    say: Say, tmp_path: Path
) -> None:
    for name, rate, batch in (("a", 0.1, 32), ("b", 0.2, 32), ("c", 1e-3, 512), ("d", 2e-3, 512)):
        folder = tmp_path / name
        folder.mkdir()
        losses = np.exp(-rate * np.arange(200)) + 0.01 * np.sin(np.arange(200))
        rows = "".join(f"{step},{loss},{rate}\n" for step, loss in enumerate(losses))
        (folder / "metrics.csv").write_text(f"step,train_loss,lr\n{rows}")
        (folder / "hparams.yaml").write_text(f"batch_size: {batch}\nlr: {rate}\n")
    told, together = say("next", tmp_path), say("compare", tmp_path)
    assert "2 runs are of another experiment" in told.prose
    assert together.prose.endswith(told.prose.partition(" Keep ")[0])
    # What is left out is told in a row of its own, as if it had been asked for alone.
    alone = json.loads(say("next", tmp_path / "c", tmp_path / "d", "--json").out)
    assert told.out.splitlines()[-1].startswith(f"batch_size=512  2     {alone['value']:g}")
    (other,) = json.loads(say("next", tmp_path, "--json").out)["others"]
    assert other["settings"] == {"batch_size": 512}
    assert other["runs"] == 2
    assert other["suggestion"]["value"] == alone["value"]


def test_range_test_reads_the_rate_off_a_sweep(say: Say, sweep: Path) -> None:
    suggestion = lrdoctor.range_test(sweep)
    assert suggestion.value is not None
    assert 1e-3 < suggestion.value < 1
    told = say("range-test", sweep)
    assert told.code == 0
    assert "Good rates probably lie between" in told.out
    assert json.loads(say("range-test", sweep, "--json").out) == suggestion.to_dict()


def test_a_range_test_that_is_told_its_optimizer_names_another_rate(say: Say, sweep: Path) -> None:
    rates = {}
    for name in ("torch.optim.AdamW", "SGD"):
        suggestion = lrdoctor.range_test(sweep, optimizer=name)
        told = say("range-test", sweep, "--optimizer", name, "--json").out
        assert json.loads(told) == suggestion.to_dict()
        assert "no optimizer" not in suggestion.reason
        planned = say("schedule", sweep, "--steps", 50, "--optimizer", name, "--json").out
        assert {one["base"] for one in json.loads(planned)["proposals"]} == {suggestion.value}
        rates[name] = suggestion.value
    unnamed = lrdoctor.range_test(sweep)
    assert "--optimizer NAME" in unnamed.reason
    assert len({*rates.values(), unnamed.value}) == 3
    with pytest.raises(UsageError, match="did you mean adam"):
        lrdoctor.range_test(sweep, optimizer="adm")
    with pytest.raises(UsageError, match="did you mean adam"):
        experiment.schedule(sweep, steps=50, optimizer="adm")


@pytest.mark.parametrize(
    ("side", "told"),
    [
        ("config.json", '{"optimizer": "AdamW"}'),
        ("hparams.yaml", "optimizer: adamw_torch"),
        ("args.json", '{"optim": "torch.optim.AdamW"}'),
    ],
)
def test_a_file_beside_a_range_test_tells_its_optimizer(sweep: Path, side: str, told: str) -> None:
    named = lrdoctor.range_test(sweep, optimizer="adamw")
    assert named != lrdoctor.range_test(sweep)
    (sweep.parent / side).write_text(told)
    assert lrdoctor.range_test(sweep) == named


def test_a_log_at_a_url_is_named_like_any_other(say: Say, sweep: Path) -> None:
    files = fsspec.filesystem("memory")
    files.pipe("/here/lr_find.csv", sweep.read_bytes())
    url = "memory://here/lr_find.csv"
    try:
        assert say("range-test", url) == say("range-test", sweep)
        assert say("plateau", url).code == 0
        assert f"lrdoctor schedule {url} --steps" in say("schedule", url, "--steps", 100).out
    finally:
        files.store.clear()


def test_a_log_that_is_no_range_test_is_one_line(say: Say, demo_logs: Path) -> None:
    for path, said in ((demo_logs / "flat", "decade"), (demo_logs, f"name one, like {demo_logs}/")):
        told = say("range-test", path)
        assert (told.code, told.out) == (2, "")
        assert said in told.err
        assert told.err.count("\n") == 1


def test_a_range_test_is_known_as_one_by_every_command(say: Say, sweep: Path) -> None:
    assert say("check", sweep).out.startswith("A learning-rate range test: read the rate to use")
    for command in ("next", "compare"):
        told = say(command, sweep)
        assert (told.code, told.out) == (2, "")
        assert "read it with lrdoctor range-test" in told.err
    told = say("schedule", sweep)
    assert (told.code, told.out) == (2, "")
    assert "give the number of steps with --steps" in told.err
    planned = json.loads(say("schedule", sweep, "--steps", 50, "--json").out)
    assert {one["base"] for one in planned["proposals"]} == {lrdoctor.range_test(sweep).value}
    assert {one["steps"] for one in planned["proposals"]} == {50}


def test_an_optimizer_that_is_not_known_is_refused(say: Say) -> None:
    for command in (("schedule", "--rate", "0.1", "--steps", 100), ("range-test", "no.csv"),
                    ("scale", "1", "--batch", 1, "--to", 2)):  # fmt: skip
        told = say(*command, "--optimizer", "adm")
        assert (told.code, told.out) == (2, "")
        assert "'adm'; did you mean adam?" in told.err


def test_schedule_names_the_call_that_prints_its_code(say: Say) -> None:
    given = ("--rate", "0.1", "--steps", "100", "--optimizer", "sgd")
    last = say("schedule", *given).out.splitlines()[-1]
    assert last.startswith(f"Code: lrdoctor schedule {' '.join(given)} --kind ")
    code = say(*last.removeprefix("Code: lrdoctor ").split()).out
    compile(code, "pasted", "exec")


def test_schedule_proposes_and_prints_code(say: Say, demo_logs: Path) -> None:
    log = str(next(iter(sorted(demo_logs.rglob("*healthy*")))))
    said = say("schedule", log)
    assert said.code == 0
    assert "Now: " in said.out
    assert "To start anew with, peak" in said.out
    code = say("schedule", log, "--kind", "warmup-cosine", "--code", "optax").out
    compile(code, "pasted", "exec")
    told = json.loads(say("schedule", "--rate", "3e-4", "--steps", "9000", "--json").out)
    assert [one["from_step"] for one in told["proposals"]] == [0] * 4


@pytest.mark.parametrize(("scatter", "worth"), [(0.05, True), (0.001, False)])
def test_a_cut_is_proposed_only_where_the_diagnosis_advises_one(
    say: Say, tmp_path: Path, scatter: float, worth: bool
) -> None:
    random = np.random.default_rng(0)
    losses = 0.5 + 2 * np.exp(-np.arange(600) / 20) + random.normal(0, scatter, 600)
    log = tmp_path / "log.csv"
    log.write_text("step,loss,lr\n" + "".join(f"{i},{v:.6f},0.01\n" for i, v in enumerate(losses)))
    (run,) = lrdoctor.check([log])
    told = json.loads(say("schedule", str(log), "--json").out)
    shown = json.loads(planned(monitor.read([log])[0], run.to_dict()))
    assert any(one.rule == "plateau" for one in run.findings)
    assert any(one.action is Action.DECAY_LR for one in run.advice) is worth
    for said in (told, shown):
        assert ("drop" in [one["name"] for one in said["proposals"]]) is worth


def test_schedule_needs_a_log_or_a_rate_and_steps(say: Say) -> None:
    said = say("schedule", "--rate", "1")
    assert said.code == 2
    assert said.err == "lrdoctor: name a log, or give --rate and --steps\n"


def test_a_training_of_more_steps_than_can_be_counted_is_refused(say: Say) -> None:
    for steps in ("0", "9" * 20, "9" * 400):
        told = say("schedule", "--rate", "0.1", "--steps", steps)
        assert (told.code, told.out, told.err.count("\n")) == (2, "", 1)


def test_plateau_says_where_the_rate_would_have_been_cut(say: Say) -> None:
    log = str(SAMPLES / "overfitting" / "fires.csv")
    said = say("plateau", log)
    assert "would have cut the rate 4 times, first at step 120" in said.prose
    told = json.loads(say("plateau", log, "--style", "keras", "--patience", "5", "--json").out)
    assert told["style"] == "keras"
    assert len(told["cuts"]) > 4


def test_scale_says_rule_source_and_limits(say: Say) -> None:
    told = say("scale", "3e-4", "--batch", 256, "--to", 1024, "--optimizer", "torch.optim.AdamW")
    assert told.code == 0
    assert told.out.startswith("Use 6e-4 (square root rule; Malladi")
    line = say("scale", "0.1", "--batch", 256, "--to", 1024, "--optimizer", "SGD", "--json")
    assert json.loads(line.out)["value"] == pytest.approx(0.4)


def test_a_batch_of_none_is_one_line(say: Say) -> None:
    told = say("scale", "0.1", "--batch", 0, "--to", 8)
    assert (told.code, told.out) == (2, "")
    assert "at least 1" in told.err
    assert "above 0" in say("scale", "0", "--batch", 4, "--to", 8).err
    assert "below 2**53" in say("scale", "0.1", "--batch", 8, "--to", "9" * 400).err
    assert "overflows" in say("scale", "1e308", "--batch", 1, "--to", 1000, "--json").err


def test_optimizers_are_listed_with_sources(say: Say) -> None:
    table = say("optimizers").out
    assert "AdamW" in table
    assert max(map(len, table.splitlines()[:10])) <= 80
    told = json.loads(say("optimizers", "--json").out)
    assert all(one["source"] for one in told)
    assert {"sgd", "adamw", "lion", "muon", "prodigy"} <= {one["name"] for one in told}


def test_rules_lists_every_rule_with_its_first_line(say: Say) -> None:
    said = say("rules")
    assert said.code == 0
    rows = said.out.replace("\n ", " ").splitlines()  # a row that goes on is set in
    listed = dict(" ".join(row.split()).split(maxsplit=1) for row in rows)
    assert set(listed) == set(rules())
    for name, rule in rules().items():
        assert (rule.__doc__ or "").startswith(listed[name])
    assert max(map(len, said.out.splitlines())) <= 80


def test_explain_prints_the_page_of_a_rule(say: Say) -> None:
    said = say("explain", "divergence")
    assert said.code == 0
    for heading in ("Fires when", "Why it matters", "Advice", "Parameters", "References"):
        assert f"**{heading}**" in said.out


def test_settings_reach_the_check(say: Say, logs: Path, tmp_path: Path) -> None:
    config = tmp_path / "settings.toml"
    config.write_text('[rules]\ndisabled = ["nan", "divergence", "flat"]\n')
    said = say("check", logs / "bad.csv", "--config", config, "--format", "jsonl")
    (line,) = map(json.loads, said.out.splitlines())
    assert not {f["rule"] for f in line["findings"]} & {"nan", "divergence", "flat"}


def test_the_version_is_told(say: Say) -> None:
    assert say("--version") == (0, "0.1.0\n", "")


def test_python_m_is_the_same_command(logs: Path) -> None:
    command = [sys.executable, "-m", "lrdoctor", "check", logs, "--fail-on", "never"]
    assert subprocess.run(command, capture_output=True).returncode == 0


def test_watch_serves_what_check_says(
    logs: Path, tmp_path: Path, serving: Callable[..., AbstractContextManager[Any]], say: Say
) -> None:
    store = tmp_path / "store.sqlite"
    command = [LRDOCTOR, "watch", logs, "--port", "0", "--no-browser", "--store", store]
    expected = {line["run"]: line for line in map(
        json.loads, say("check", logs, "--format", "jsonl").out.splitlines()
    )}  # fmt: skip
    with serving(command) as it:
        runs: list[dict[str, Any]] = []
        while len(runs) < 2:
            runs = httpx.get(it.address + "api/runs").json()["runs"]
        for run in runs:
            for key, value in expected[run["run"]].items():
                assert run[key] == value, key
        assert it.interrupt() == 0


def test_demo_trains_and_serves_until_ctrl_c(
    serving: Callable[..., AbstractContextManager[Any]], tmp_path: Path
) -> None:
    command = [LRDOCTOR, "demo", "--dir", tmp_path / "logs", "--port", "0", "--no-browser"]
    names = {"healthy", "diverging", "nan", "flat", "oscillating"}
    with serving(command) as it:
        seen: set[str] = set()
        while seen < names:
            runs = httpx.get(it.address + "api/runs").json()["runs"]
            seen = {run["run"].split("/")[0] for run in runs}
        assert seen == names
        assert it.interrupt() == 0


@pytest.mark.parametrize(
    "command",
    [
        "check",
        "next",
        "compare",
        "schedule",
        "plateau",
        "sweep show",
        "sweep export --to trials.csv",
    ],
)
def test_every_command_that_reads_logs_takes_its_settings_from_a_file(
    say: Say, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: str
) -> None:
    monkeypatch.chdir(tmp_path)
    rows = [f"{n},{0.5 + 2 * 0.98**n + 0.01 * (n % 3):.4f},0.01\n" for n in range(200)]
    (tmp_path / "log.csv").write_text("count,aim,eta\n" + "".join(rows))
    own = tmp_path / "own.toml"
    own.write_text('[columns]\ncount = "step"\naim = "train/loss"\neta = "lr"\n')
    told = say(*command.split(), "log.csv", "--config", own)
    assert (told.code, told.err) == (0, "")
    own.write_text("[colums]\n")
    told = say(*command.split(), "log.csv", "--config", own)
    assert told.code == 2
    assert "did you mean 'columns'?" in told.err


def test_a_report_for_a_pipe_is_printed_and_makes_no_file(
    say: Say, logs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    told = say("report", logs, "-o", "-")
    assert told.out.startswith("<!doctype html>")
    assert (told.code, told.err) == (0, "")
    assert say("check", logs, "-f", "markdown", "-o", "-").out.startswith("**")
    assert not Path("-").exists()
