from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import PurePath

import pytest

from lrdoctor.readers import choose

SAID = [f"epoch {n}/3 - loss: {4 - n}.5, lr 1e-3, 12 it/s" for n in (1, 2, 3)]
LOSS = [(1, 3.5), (2, 2.5), (3, 1.5)]


def docker(line: str) -> dict[str, object]:
    return {"log": f"{line}\n", "stream": "stderr", "time": "2026-11-03T10:00:00.12Z"}


def lines_of(objects: Iterable[dict[str, object]]) -> str:
    return "".join(f"{json.dumps(each)}\n" for each in objects)


WRAPPINGS = {
    "docker": docker,
    "journald": lambda line: {"_PID": "12345", "PRIORITY": "6", "MESSAGE": line},
    "journald in colours": lambda line: {"MESSAGE": list(f"\x1b[32m{line}\x1b[0m".encode())},
    "slog": lambda line: {"time": "2026-11-03T10:00:00Z", "level": "INFO", "msg": line},
    "structlog": lambda line: {"event": line, "level": "info"},
    "cloudwatch": lambda line: {"timestamp": 1793700000000, "message": line},
    "gcp": lambda line: {"textPayload": line, "resource": {"labels": {"pod_name": "x"}}},
}


@pytest.mark.parametrize("wrap", WRAPPINGS.values(), ids=WRAPPINGS)
def test_wrapped_console_is_read(read, wrap):
    run = read("x-json.log", lines_of(map(wrap, SAID)))
    assert (run.format, run.x_axis) == ("console-json", "epoch")
    assert run.points("loss") == LOSS
    assert run.points("lr") == [(n, 1e-3) for n in (1, 2, 3)]
    assert run.faults == []


def test_last_state_of_a_progress_bar_counts(read):
    shown = [docker(f"\r 50%|##  | 1/2 [00:01<00:01, 1it/s]\r{line}") for line in SAID]
    assert read("x.json", lines_of(shown)).points("loss") == LOSS


def test_a_line_that_docker_cut_in_two_is_one_line(read):
    first = f"{'epoch 4/4 - loss: 0.':>16384}"
    cut = [{"log": first, "stream": "stdout"}, docker("5, epoch 4/4 - loss: 99.0")]
    assert read("x-json.log", lines_of([*map(docker, SAID), *cut])).points("loss") == LOSS


def test_plain_lines_between_are_read_too(read):
    lines = [json.dumps({"msg": SAID[0]}), SAID[1], json.dumps({"msg": SAID[2]})]
    text = json.dumps({"msg": "begins"}) + "\n" + "\n".join(lines) + "\n"
    assert read("train.log", text).points("loss") == LOSS


def test_figures_in_the_object_itself_are_what_counts():
    told = [{"event": line, "step": n, "loss": 1.0} for n, line in enumerate(SAID)]
    assert choose(PurePath("x.jsonl"), lines_of(told).encode()) == "jsonl"


def test_words_alone_are_no_log():
    head = b"".join(b'{"event": "request %d took 3 ms", "level": "info"}\n' % n for n in range(9))
    assert choose(PurePath("web.log"), head) is None
