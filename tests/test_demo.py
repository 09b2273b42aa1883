from __future__ import annotations

import os
import select
import struct
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import google_crc32c
import numpy as np
import pytest

import lrdoctor
from lrdoctor import demo
from lrdoctor.demo.digits import digits
from lrdoctor.demo.event_file import EventFile
from lrdoctor.demo.log import CsvLog, JsonLog
from lrdoctor.demo.network import Adam, Network, Sgd
from lrdoctor.demo.patients import PATIENTS, STEPS
from lrdoctor.errors import UsageError


@pytest.mark.parametrize(
    ("name", "status", "rule", "verdict"),
    [
        ("healthy", "healthy", None, "ok"),
        ("diverging", "critical", "divergence", "too_high"),
        ("nan", "critical", "nan", None),
        ("flat", "warning", "flat", "too_low"),
        ("oscillating", "warning", "oscillation", None),
    ],
)
def test_every_training_gets_the_headline_it_was_made_for(
    demo_logs: Path, name: str, status: str, rule: str | None, verdict: str | None
) -> None:
    (one,) = lrdoctor.check([demo_logs / name])
    assert one.status == status, one.headline
    found = {finding.rule for finding in one.findings if finding.severity == status}
    assert rule in found if rule else not found
    assert verdict in (None, one.learning_rate.verdict)
    assert one.last_step == STEPS


def test_a_gradient_is_the_slope_of_the_loss() -> None:
    random = np.random.default_rng(0)
    batch = digits(20, random)
    network = Network.create((batch.images.shape[1], 7, 10), random)
    _, gradients = network.gradient(batch)
    for weight, gradient in zip(network.weights, gradients, strict=True):
        moved = 1e-6
        weight.flat[3] += moved
        above = network.loss(batch)
        weight.flat[3] -= 2 * moved
        below = network.loss(batch)
        weight.flat[3] += moved
        assert gradient.flat[3] == pytest.approx((above - below) / (2 * moved), rel=1e-4, abs=1e-9)


def test_momentum_adds_up_and_adam_steps_by_its_rate() -> None:
    weights = [np.zeros(2)]
    gradients = [np.array([1.0, -4.0])]
    sgd = Sgd(momentum=0.5)
    sgd.step(weights, gradients, 0.1)
    sgd.step(weights, gradients, 0.1)
    assert weights[0] == pytest.approx([-0.25, 1.0])
    fresh = [np.zeros(2)]
    Adam().step(fresh, gradients, 0.1)
    assert fresh[0] == pytest.approx([-0.1, 0.1])


def test_half_precision_overflows_into_nan() -> None:
    random = np.random.default_rng(0)
    batch = digits(20, random)
    network = Network.create((batch.images.shape[1], 10), random, half=True)
    assert np.isfinite(network.loss(batch))
    network.weights[1][0] = 12.0
    assert np.isnan(network.loss(batch))


def test_an_event_file_has_sound_frames(tmp_path: Path) -> None:
    log = EventFile(tmp_path / "events", 5.0)
    log.write(300, {"train/loss": 0.5, "lr": 1e-3}, 6.0)
    log.close()
    data = (tmp_path / "events").read_bytes()
    messages = []
    while data:
        (length,) = struct.unpack("<Q", data[:8])
        assert _unmasked(data[8:12]) == google_crc32c.value(data[:8])
        messages.append(data[12 : 12 + length])
        assert _unmasked(data[12 + length : 16 + length]) == google_crc32c.value(messages[-1])
        data = data[16 + length :]
    version, loss, rate = messages
    assert version.endswith(b"brain.Event:2")
    # 1: double 6.0; 2: varint 300; 5: summary {1: value {1: tag, 2: float 0.5}}.
    assert loss == (
        b"\x09" + struct.pack("<d", 6.0) + b"\x10\xac\x02"
        b"\x2a\x13\x0a\x11\x0a\x0atrain/loss\x15" + struct.pack("<f", 0.5)
    )
    assert b"lr" in rate


def _unmasked(stored: bytes) -> int:
    (masked,) = struct.unpack("<I", stored)
    rotated = (masked - 0xA282EAD8) & 0xFFFFFFFF
    return (rotated >> 17 | rotated << 15) & 0xFFFFFFFF


def test_what_was_not_measured_is_not_logged(tmp_path: Path) -> None:
    figures = ({"loss": 0.5, "val": None}, {"loss": float("nan"), "val": 2.0})
    for path, kind in ((tmp_path / "a.csv", CsvLog), (tmp_path / "a.jsonl", JsonLog)):
        log = kind(path)
        for step, row in enumerate(figures):
            log.write(step, row)
        log.close()
    assert (tmp_path / "a.csv").read_text() == "step,loss,val\n0,0.5,\n1,nan,2\n"
    assert '{"step": 0, "loss": 0.5}\n' in (tmp_path / "a.jsonl").read_text()


def test_a_paced_demo_lasts_as_long_as_asked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    slept: list[float] = []
    monkeypatch.setattr("lrdoctor.demo.patients.STEPS", 10)
    monkeypatch.setattr(time, "monotonic", lambda: sum(slept))
    monkeypatch.setattr(time, "sleep", slept.append)
    demo.train(tmp_path / "logs", seconds=60)
    assert len(slept) == 10
    assert sum(slept) == pytest.approx(60)


def test_an_earlier_demo_is_not_overwritten(tmp_path: Path) -> None:
    (tmp_path / PATIENTS[-1].name).mkdir()
    with pytest.raises(UsageError, match="is there already"):
        demo.train(tmp_path, seconds=0)
    assert list(tmp_path.iterdir()) == [tmp_path / PATIENTS[-1].name]


def test_the_background_training_ends_with_its_context(tmp_path: Path) -> None:
    with demo.in_background(tmp_path / "logs", seconds=600) as training:
        assert training.poll() is None
    assert training.poll() is not None


def test_the_background_training_ends_with_its_parent(tmp_path: Path) -> None:
    program = (
        "import os, pathlib, sys; from lrdoctor import demo\n"
        "with demo.in_background(pathlib.Path(sys.argv[1]), 600) as training:\n"
        "    print(training.pid, flush=True)\n"
        "    os._exit(9)\n"
    )
    command = [sys.executable, "-c", program, str(tmp_path / "logs")]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 9
    with suppress(ProcessLookupError):  # it is gone already, or ends now
        select.select([os.pidfd_open(int(done.stdout))], [], [])
