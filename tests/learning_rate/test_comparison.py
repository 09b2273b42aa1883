"""Runs of one experiment side by side, on a problem that is really trained."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from lrdoctor.errors import UsageError
from lrdoctor.learning_rate.comparison import compare
from lrdoctor.learning_rate.kinship import differences, experiments, is_label, of_one_experiment
from lrdoctor.learning_rate.valley import Valley, fit
from lrdoctor.run import Block, Run, Settings
from tests.browser import training_logs

Trained = Callable[..., Run]
SWEEP = (1e-4, 1e-3, 3e-3, 0.01, 0.05, 0.1, 0.3, 0.6, 2.0)


def told(run: Run, **settings: object) -> Run:
    run.settings = replace(Settings(), **settings)  # type: ignore[arg-type]
    return run


def test_a_sweep_names_its_basin(trained: Trained) -> None:
    answer = compare([trained(rate) for rate in SWEEP])
    outcomes = {trial.rate: trial.outcome for trial in answer.trials}
    assert outcomes[1e-4] == outcomes[1e-3] == "too_low"
    assert {outcomes[rate] for rate in (0.01, 0.05, 0.1)} == {"good"}
    assert outcomes[0.6] == "too_high"
    assert outcomes[2.0] == "diverged"
    assert 1e-3 < answer.low <= 0.01
    assert 0.1 <= answer.high < 0.6
    assert answer.basin is not None
    assert 0.01 <= answer.basin.lowest <= 0.3
    assert answer.basin.certainty > 0.95
    assert answer.sentence.startswith("Best near")


def swept(rate: float) -> Run:
    """A made-up training of the browser tests' sweep: 2e-3 is clearly worse than 1e-3."""
    rows = [row for row in training_logs.attempt(rate) if row["train_loss"] != "nan"]
    steps, losses, rates = (np.array([row[k] for row in rows]) for k in rows[0])
    run = Run(f"lr-{rate}", f"lr-{rate}.csv", "csv")
    run.add(Block("train_loss", steps.astype(np.int64), losses.astype(np.float64)))
    run.add(Block("lr", steps.astype(np.int64), rates.astype(np.float64)))
    return run


def test_no_rate_that_was_tried_and_is_worse_is_said_to_be_equally_good() -> None:
    answer = compare([swept(rate) for rate in training_logs.SWEEP])
    outcomes = {trial.rate: trial.outcome for trial in answer.trials}
    assert outcomes[2e-3] == "too_high"
    assert {outcomes[rate] for rate in (3e-4, 1e-3)} == {"good"}
    for rate, outcome in outcomes.items():
        assert (answer.low <= rate <= answer.high) == (outcome == "good"), rate


def test_the_diverged_run_has_no_final_loss(trained: Trained) -> None:
    broken = compare([trained(0.1), trained(2.0)]).trials[-1]
    assert (broken.final, broken.behind) == (None, None)


def test_the_best_of_a_broken_run_lies_before_its_first_nan() -> None:
    run = swept(3e-4)
    run.add(Block("train_loss", np.arange(901, 1801), np.full(900, np.nan)))
    trial = compare([run, swept(1e-3)]).trials[0]
    assert trial.best_step is not None
    assert 800 < trial.best_step <= 900


def by_epoch(rate: float, first: float, last: float) -> Run:
    steps = np.arange(40)
    run = Run(f"lr-{rate}", f"lr-{rate}.csv", "test")
    noise = 0.005 * np.random.default_rng(round(-np.log10(rate))).normal(size=40)
    run.add(Block("loss", steps, last + (first - last) * np.exp(-steps / 8) + noise))
    run.add(Block("lr", steps, np.full(40, rate)))
    return run


def test_a_low_rate_that_only_fell_has_not_diverged() -> None:
    """A log of epochs: good rates are far down in their first row already."""
    ends = {1e-5: (2.9, 2.1), 1e-4: (1.9, 1.1), 1e-3: (1.2, 0.5), 1e-2: (1.1, 0.3),
            1e-1: (0.9, 0.4), 1.0: (9.0, 6.0)}  # fmt: skip
    runs = [by_epoch(rate, *its) for rate, its in ends.items()]
    outcomes = [trial.outcome for trial in compare(runs).trials]
    assert outcomes[:3] == ["too_low"] * 3
    assert outcomes[-1] == "diverged"


def test_a_range_test_alone_is_no_attempt() -> None:
    run = Run("sweep", "sweep.csv", "test")
    run.add(Block("loss", np.arange(100), np.linspace(2, 1, 100)))
    run.add(Block("lr", np.arange(100), np.logspace(-6, 0, 100)))
    with pytest.raises(UsageError, match="lrdoctor range-test"):
        compare([run])


def test_no_valley_under_four_rates(trained: Trained) -> None:
    assert compare([trained(rate) for rate in (1e-3, 0.05, 0.6)]).basin is None


def test_a_best_run_at_the_edge_is_said_to_be_the_best_so_far(trained: Trained) -> None:
    answer = compare([trained(rate) for rate in (1e-5, 1e-4, 1e-3)])
    assert "highest rate tried, 1e-3; try" in answer.sentence
    assert answer.suggestion.value is not None
    assert answer.suggestion.value > 1e-3


def test_repeats_of_a_rate_tell_the_spread(trained: Trained) -> None:
    runs = [trained(0.05, floor=0.3 + 0.2 * k, name=f"seed-{k}") for k in range(4)]
    answer = compare([*runs, trained(0.1)])
    assert answer.tolerance_reason == "twice the spread between runs of one rate"
    assert answer.tolerance > 0.2


def test_runs_without_a_rate_are_an_error() -> None:
    run = Run("a", "a.csv", "csv")
    run.add(Block("loss", np.arange(30), np.linspace(2, 1, 30)))
    with pytest.raises(UsageError, match="log the rate too"):
        compare([run])


def test_settings_that_differ_beside_the_rate_are_named(trained: Trained) -> None:
    runs = [
        told(
            trained(lr), optimizer="sgd", batch_size=batch, hyper_parameters={"lr": lr, "seed": lr}
        )
        for lr, batch in ((0.01, 32), (0.1, 64))
    ]
    answer = compare(runs)
    assert answer.unclean == ("batch_size",)
    assert [one.name for one in differences(runs)] == ["batch_size", "seed"]
    assert answer.same["optimizer"] == "sgd"


def test_runs_are_grouped_by_what_they_tell(trained: Trained) -> None:
    small = [told(trained(rate), optimizer="adam", batch_size=32) for rate in (0.01, 0.1)]
    large = [told(trained(rate), optimizer="adam", batch_size=512) for rate in (0.01, 0.1, 0.3)]
    mute = trained(1.0)
    groups = experiments([*small, *large, mute])
    assert [len(group) for group in groups] == [3, 3]
    assert large in groups


def test_setting_that_sets_runs_apart_is_named_though_the_first_run_does_not_tell_it(
    trained: Trained,
) -> None:
    kept = [trained(0.01), *(told(trained(rate), batch_size=32) for rate in (0.1, 0.3))]
    runs, left = of_one_experiment([*kept, told(trained(0.2), batch_size=512)])
    assert runs == kept
    assert left == "1 run is of another experiment, differing in batch_size: left out."


def test_labels_and_seeds_split_no_experiment(trained: Trained) -> None:
    runs = [
        told(trained(0.01), hyper_parameters={"exp_name": "a", "seed": 1.0, "output_dir": "/x/a"}),
        told(trained(0.1), hyper_parameters={"exp_name": "b", "seed": 2.0, "output_dir": "/x/b"}),
    ]
    assert len(experiments(runs)) == 1


@pytest.mark.parametrize(
    "name",
    # As Transformers, PyTorch Lightning, timm, CleanRL and Ultralytics call them.
    ["output_dir", "run_name", "hub_model_id", "logging_steps", "log_interval", "logging_dir",
     "exp_name", "wandb_project_name", "trainer/default_root_dir", "save_steps", "seed",
     "resume_from_checkpoint", "transformers_version", "timestamp", "experiment", "data_dir",
     "project", "device", "job_id"],
)  # fmt: skip
def test_what_a_run_is_called_and_where_it_lies_is_a_label(name: str) -> None:
    assert is_label(name)


@pytest.mark.parametrize(
    "name",
    ["model_name", "model_name_or_path", "dataset_name", "model/model_id", "env_id", "task_name",
     "tokenizer_name", "optimizer/class_name", "output_dim", "output_size", "time_embed_dim",
     "timesteps", "log_std_init", "logit_scale", "running_average", "weight_decay", "lora_rank"],
)  # fmt: skip
def test_what_is_trained_and_how_is_no_label(name: str) -> None:
    assert not is_label(name)


def test_runs_of_two_models_are_two_experiments(trained: Trained) -> None:
    def one(rate: float, name: str) -> Run:
        return told(trained(rate), hyper_parameters={"model_name": name, "output_dim": 10.0})

    small = [one(0.01, "resnet18"), one(0.1, "resnet18")]
    kept, left = of_one_experiment([*small, one(0.3, "vit_base")])
    assert kept == small
    assert left == "1 run is of another experiment, differing in model_name: left out."


def test_which_process_on_which_machine_it_was_splits_no_experiment(trained: Trained) -> None:
    """As W&B, Hydra, Slurm, Lightning's command line and home-made configs write it down."""
    labels = ("commit", "git/sha", "pid", "cmd", "argv", "slurm/job_id", "_wandb/cli", "job/node",
              "seed_everything", "data_seed", "local_rank", "num_workers", "created_at",
              "learning_rate_init", "optim.lr", "trial_number")  # fmt: skip
    runs = [
        told(trained(rate), hyper_parameters={name: f"{name}-{k}" for name in labels})
        for k, rate in enumerate((0.01, 0.1))
    ]
    assert len(experiments(runs)) == 1


def test_runs_of_other_experiments_and_far_off_ones_are_no_repeats(trained: Trained) -> None:
    """The spread between seeds is not that between floors, nor that of rates that hardly learn."""
    alike = [trained(0.05, seed=0, name=f"repeat-{k}") for k in range(2)]
    other = told(trained(0.05, floor=0.9), optimizer="adam")
    far = [trained(1e-5, floor=0.3 + 0.4 * k, name=f"far-{k}") for k in range(2)]
    answer = compare([*(told(run, optimizer="sgd") for run in (*alike, *far)), other])
    assert answer.tolerance == pytest.approx(compare(alike[:1]).tolerance, abs=0.02)


def test_the_fit_finds_a_valley_that_is_there() -> None:
    truth = Valley(floor=0.5, drop=2.0, left=-4.0, right=-1.5, steep_left=3.0, steep_right=7.0)
    x = np.linspace(-5.0, -1.0, 9)
    y = truth.loss(x) + np.random.default_rng(0).normal(0, 0.01, 9)
    found = fit(x, y, start=2.5)
    assert found is not None
    assert found.left == pytest.approx(-4.0, abs=0.15)
    assert found.right == pytest.approx(-1.5, abs=0.15)
    assert found.floor == pytest.approx(0.5, abs=0.05)


def test_no_valley_where_the_lowest_loss_is_at_an_end() -> None:
    assert fit(np.linspace(-5, -1, 6), np.linspace(2, 1, 6), start=2.2) is None
