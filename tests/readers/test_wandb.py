from __future__ import annotations

import json
from pathlib import Path

from lrdoctor.resources import folder

FOLDER = folder("sample_logs") / "formats" / "wandb" / "wandb_offline"
TRUTH = Path(__file__).parents[1] / "frameworks" / "truth" / "wandb_offline.json"
(GOOD,) = FOLDER.glob("good/**/*.wandb")


def test_live_run_shows_what_whole_blocks_hold(read):
    """W&B writes 32 KiB at a time while the run goes on."""
    truth = json.loads(
        (Path(__file__).parents[1] / "frameworks/truth/wandb_offline.json").read_text()
    )
    (told,) = (run for name, run in truth["runs"].items() if "good" in name)
    live = read("run-good.wandb", GOOD.read_bytes()[: 2 << 15]).points("train/loss")
    assert 100 < len(live) < 200
    assert live == [tuple(point) for point in told["tags"]["train/loss"][: len(live)]]


def test_figures_that_nobody_logged_are_no_metrics(read):
    run = read("run-good.wandb", GOOD.read_bytes())
    assert set(run.tags) == {"lr", "train/loss", "val/loss"}
    assert run.tags["train/loss"].wall_times is not None


def test_config_tells_the_settings(read):
    settings = read("run-good.wandb", GOOD.read_bytes()).reader.settings
    assert (settings.learning_rate, settings.optimizer, settings.batch_size) == (0.1, "sgd", 8)
    assert settings.hyper_parameters["later"] is True


def test_file_without_its_first_block_is_a_log_that_waits(read):
    run = read("run-good.wandb", b":W&B\xe1\xbe\x00")
    assert (run.tags, run.faults) == ({}, [])
