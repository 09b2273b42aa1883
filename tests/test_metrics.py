from __future__ import annotations

import itertools

import pytest

from lrdoctor import metrics
from lrdoctor.metrics import game

NAMES = {
    "train/loss": [
        "loss", "Loss", "train_loss", "train/loss", "Train Loss", "TRAIN_LOSS", "trainLoss",
        "trainloss", "train_loss_step", "train_loss_epoch", "epoch_loss", "total_loss",
        "train/total_loss", "main/loss", "Loss/train", "losses/train", "loss/train/total",
        "training_loss", "tr_loss", "batch_loss", "train/box_loss", "train/mlm_loss",
        "run-1 - train/loss", "learn/Logloss", "closs", "MultiClass", "cross_entropy",
        "train_perplexity",
    ],
    "val/loss": [
        "val_loss", "valid_loss", "validation_loss", "eval_loss", "eval/loss", "dev_loss",
        "test_loss", "Loss/val", "DEV_LOSS", "val/total_loss", "valloss", "val_loss_epoch",
        "validation/main/loss", "eval_g0_loss", "val/box_loss", "evaluation_loss_vs_iterations",
        "test/Logloss", "val_mse", "Loss/Validation", "validloss", "l2_tst",
    ],
    "train/accuracy": ["accuracy", "acc", "train_acc", "train/accuracy", "categorical_accuracy",
                       "Accuracy/train", "main/accuracy", "fast_rcnn/cls_accuracy"],
    "val/accuracy": ["val_accuracy", "val_acc", "eval_accuracy", "test_acc", "Accuracy/val",
                     "val_sparse_categorical_accuracy", "accuracy/top1", "metrics/accuracy_top1",
                     "metrics/mAP50(B)", "coco/bbox_mAP", "val_dice", "Validation score"],
    "lr": ["lr", "LR", "learning_rate", "Learning Rate", "train/learning_rate", "lr-AdamW",
           "lr-SGD/pg1", "lr-Adam-1", "lr/pg0", "x/lr0", "epoch_learning_rate", "base_lr",
           "optimizer/lr", "charts/learning_rate", "lr/group_0", "train/optim0_lr0",
           "learners/default_policy/default_optimizer_learning_rate",
           "lr-AdamW/backbone", "Learning / Learning rate", "Learning / Learning rate (policy)",
           "Learning / Policy learning rate"],
    "grad_norm": ["grad_norm", "train/grad_norm", "gradient_norm", "gnorm", "grad_2.0_norm_total",
                  "total_grad_norm"],
}  # fmt: skip


@pytest.mark.parametrize(
    ("name", "tag"), [(name, tag) for name, tags in NAMES.items() for tag in tags]
)
def test_name_of_a_tag_that_stands_alone(name: str, tag: str):
    assert metrics.assign([tag]) == {name: tag}


@pytest.mark.parametrize(
    "tag",
    ["loss_scale", "best_val_loss", "min_loss", "loss_weight", "value_loss", "policy_loss",
     "train/entropy_loss", "G_loss", "rollout/ep_rew_mean", "lr-SGD-momentum", "epoch", "memory",
     "grad_norm/layer1.weight", "samples", "time", "perplexity_of_nothing", "weights/std"],
)  # fmt: skip
def test_other_measures_get_no_canonical_name(tag: str):
    assert metrics.assign([tag]) == {tag: tag}


def test_words_written_as_one_rank_as_apart():
    assert metrics.assign(["testloss", "validloss"])["val/loss"] == "validloss"


@pytest.mark.parametrize("tag", NAMES["val/loss"] + NAMES["val/accuracy"])
def test_validation_never_stands_for_training(tag: str):
    assert not {"train/loss", "train/accuracy"} & set(metrics.assign([tag]))


@pytest.mark.parametrize(
    ("tags", "chosen"),
    [
        (["train_loss", "loss", "eval_loss"], {"train/loss": "loss", "val/loss": "eval_loss"}),
        (["train_loss_epoch", "train_loss_step"], {"train/loss": "train_loss_step"}),
        (["loss_cls", "loss_bbox", "loss"], {"train/loss": "loss"}),
        (["train/cls_loss", "train/box_loss"], {"train/loss": "train/box_loss"}),
        (["test_loss", "val_loss"], {"val/loss": "val_loss"}),
        (["mse", "mae", "loss"], {"train/loss": "loss"}),
        (["val/lm loss PPL", "val/lm loss value"], {"val/loss": "val/lm loss value"}),
        (["base_lr", "lr"], {"lr": "lr"}),
        (["lr/pg2", "lr/pg1", "lr/pg0"], {"lr": "lr/pg0"}),
        (["lr-AdamW/backbone", "lr-AdamW/head", "lr-AdamW/head-momentum"], {"lr": "lr-AdamW/head"}),
        (["train_loss", "valid_loss", "accuracy"], {"val/accuracy": "accuracy"}),
        (["Training Loss", "Validation Loss", "Accuracy"], {"val/accuracy": "Accuracy"}),
        (["loss", "val_loss", "accuracy"], {"train/accuracy": "accuracy"}),
        (["train_loss", "val_loss", "acc", "val_acc"], {"train/accuracy": "acc"}),
        (["loss_q0", "loss_q1", "loss"], {"train/loss": "loss"}),
        (["kl_loss", "recon_loss"], {"train/loss": "recon_loss"}),
    ],
)
def test_surest_tag_gets_the_name_in_any_order(tags: list[str], chosen: dict[str, str]):
    for order in itertools.permutations(tags):
        assigned = metrics.assign(order)
        assert {name: assigned[name] for name in chosen} == chosen
        assert list(assigned.values()) == list(order)


def test_users_mapping_wins():
    assigned = metrics.assign(["loss", "my_figure"], {"my_figure": "train/loss"})
    assert assigned == {"loss": "loss", "train/loss": "my_figure"}


def test_tag_called_like_a_name_that_another_got_is_kept():
    assigned = metrics.assign(["lr", "rate"], {"rate": "lr"})
    assert assigned == {"lr (as logged)": "lr", "lr": "rate"}


@pytest.mark.parametrize(
    ("name", "kind"),
    [("train/loss", "loss"), ("val/loss", "loss"), ("loss_bbox", "loss"), ("value_loss", "loss"),
     ("loss_scale", "other"), ("train/accuracy", "accuracy"), ("val_top5_acc", "accuracy"),
     ("metrics/mAP50(B)", "accuracy"), ("lr", "lr"), ("lr/pg1", "lr"), ("grad_norm", "grad_norm"),
     ("memory", "other"), ("mae", "other")],
)  # fmt: skip
def test_kind(name: str, kind: str):
    assert metrics.kind(name) == kind


@pytest.mark.parametrize(
    ("columns", "axis"),
    [
        (["epoch", "step", "loss"], ("step", "step")),
        (["epoch", "iter", "step"], ("step", "step")),
        (["_step", "train/global_step"], ("train/global_step", "step")),
        (["loss", "Epoch"], ("Epoch", "epoch")),
        (["time/total_timesteps", "train/loss"], ("time/total_timesteps", "step")),
        (["current_steps", "total_steps", "epoch"], ("current_steps", "step")),
        (["train_loss_step", "loss"], (None, "row")),
    ],
)
def test_axis_prefers_steps_to_epochs(columns: list[str], axis: tuple[str | None, str]):
    assert metrics.axis(columns) == axis
    assert metrics.axis(columns[::-1]) == axis


@pytest.mark.parametrize("tag", ["time", "eta_seconds", "data_time", "memory", "epoch", "step",
                                 "train_samples_per_second", "total_flos"])  # fmt: skip
def test_bookkeeping(tag: str):
    assert metrics.is_bookkeeping(tag)


@pytest.mark.parametrize("tag", ["loss", "val_loss", "accuracy", "lr", "mse", "dice"])
def test_measures_are_no_bookkeeping(tag: str):
    assert not metrics.is_bookkeeping(tag)


@pytest.mark.parametrize(
    ("tag", "optimizer"),
    [("lr-AdamW", "adamw"), ("lr-SGD/pg1", "sgd"), ("lr-Adam-1", "adam"), ("lr-SGD-momentum", None),
     ("lr-AdamW/head", "adamw"), ("lr-AdamW/head-momentum", None), ("lr", None),
     ("lr-scale", None)],
)  # fmt: skip
def test_a_rate_named_after_its_optimizer(tag: str, optimizer: str | None):
    assert metrics.optimizer_in(tag) == optimizer


@pytest.mark.parametrize(
    "tags",
    [
        ["rollout/ep_rew_mean", "train/loss"],
        ["charts/episodic_return", "losses/policy_loss"],
        ["env_runners/episode_return_mean", "learners/default_policy/total_loss"],
        ["mean 100 episode reward", "steps"],
        ["train/policy_gradient_loss"],
        ["r", "l", "t"],
        ["loss", "reward", "reward_std", "kl"],
        ["objective/kl", "objective/rlhf_reward", "loss/policy_avg"],
        ["actor/pg_loss", "critic/rewards/mean", "actor/lr"],
        ["policy_loss", "reward", "kl", "actor_lr"],
    ],
)
def test_reinforcement_learning_is_told_by_its_tags(tags):
    assert metrics.tells_agent(tags)


@pytest.mark.parametrize(
    "tags",
    [
        ["loss", "val_loss", "epoch"],
        ["train/loss", "val/explained_variance"],
        ["loss", "rewards/chosen", "rewards/margins"],
        ["loss", "mean_reward", "min_reward", "accuracy"],
        ["policy_loss", "value_loss", "loss"],
        ["policy", "value", "loss"],
        ["l", "r", "loss"],
    ],
)
def test_other_training_is_not_taken_for_it(tags):
    assert not metrics.tells_agent(tags)


def test_of_boostings_objectives_the_minimised_one_is_the_loss():
    assert metrics.assign(["learn/MAE", "learn/RMSE"])["train/loss"] == "learn/RMSE"
    assert metrics.assign(["train's l1", "train's l2"])["train/loss"] == "train's l2"
    assert metrics.assign(["valid_0's binary_logloss"]) == {"val/loss": "valid_0's binary_logloss"}
    assert "train/loss" not in metrics.assign(["l2"])


@pytest.mark.parametrize("tags", [
    ("d_loss", "g_loss"), ("Loss_D", "Loss_G"), ("errD", "errG"),
    ("train/gen_loss_total", "train/disc_loss_total"), ("critic_loss", "generator_loss"),
])  # fmt: skip
def test_two_networks_that_play_are_a_game(tags: tuple[str, ...]) -> None:
    assert game.is_game(tags)


@pytest.mark.parametrize("tags", [
    ("loss", "val_loss"), ("actor_loss", "critic_loss"), ("d_loss",), ("g", "d"), ("disc", "gen"),
])  # fmt: skip
def test_others_are_none(tags: tuple[str, ...]) -> None:
    assert not game.is_game(tags)
