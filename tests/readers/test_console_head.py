"""What a printed log tells of its set-up before its first figures."""

from __future__ import annotations

import pytest

from lrdoctor.readers.console import Console

FIGURES = "".join(f"step {step}: loss 2.5\n" for step in (10, 20, 30))

TOLD = [
    ("Learning rate: 0.5", {"learning_rate": 0.5}),
    ("INFO:root:Learning rate: 0.5", {"learning_rate": 0.5}),
    ('2020-06-23 12:11:11,684  - learning_rate: "0.1"\n  - mini_batch_size: "32"',
     {"learning_rate": 0.1, "batch_size": 32}),
    ("Namespace(lr=0.1, batch_size=128, optimizer='sgd', momentum=0.9, wd=1e-4, test_batch_size=9)",
     {"learning_rate": 0.1, "batch_size": 128, "optimizer": "sgd", "momentum": 0.9,
      "weight_decay": 1e-4}),
    ("{'lr': 0.1, 'bs': 32, 'optimizer': {'name': 'Adam', 'lr': 0.1}, 'scheduler': {'lr': 3},"
     " 'eval': {'batch_size': 7}}", {"learning_rate": 0.1, "batch_size": 32, "optimizer": "adam"}),
    # PyTorch's print(optimizer)
    ("SGD (\nParameter Group 0\n    dampening: 0\n    lr: 0.1\n    momentum: 0.9\n"
     "    weight_decay: 0.0001\n)",
     {"learning_rate": 0.1, "optimizer": "sgd", "momentum": 0.9, "weight_decay": 1e-4}),
    ("+ python train.py --lr 0.1 --batch-size 128 --optimizer adam --val-batch-size 64",
     {"learning_rate": 0.1, "batch_size": 128, "optimizer": "adam"}),
    # Hydra's and detectron2's YAML
    ("optimizer:\n  _target_: torch.optim.AdamW\n  lr: 0.001\nval:\n  batch_size: 3\ntrain:\n"
     "  batch_size: 4\nmodel:\n  norm:\n    momentum: 0.1",
     {"learning_rate": 0.001, "batch_size": 4, "optimizer": "adamw"}),
    ("SOLVER:\n  BASE_LR: 0.04\n  IMS_PER_BATCH: 16\n  MOMENTUM: 0.9",
     {"learning_rate": 0.04, "batch_size": 16, "momentum": 0.9}),
    ("TrainingArguments(\n_n_gpu=0,\nlearning_rate=5e-05,\nmax_grad_norm=1.0,\nmax_steps=-1,\n"
     "optim=OptimizerNames.ADAMW_TORCH,\nper_device_train_batch_size=8,\n)\n"
     "  Total train batch size (w. parallel, distributed & accumulation) = 64",
     {"learning_rate": 5e-5, "optimizer": "adamw", "batch_size": 64, "gradient_clip": 1.0}),
    ("Training with Adam optimizer, lr 0.001 and batch size 64.",
     {"learning_rate": 0.001, "optimizer": "adam", "batch_size": 64}),
    ("Using learning rate of 3e-4", {"learning_rate": 3e-4}),
    # Caffe tells the batch of both its nets
    ("base_lr: 3.9e-05\nweight_decay: 0.0005\ntype: \"RMSProp\"\n    batch_size: 1\n"
     "    batch_size: 50",
     {"learning_rate": 3.9e-5, "weight_decay": 5e-4, "optimizer": "rmsprop"}),
    ("optim_wrapper = dict(\n    optimizer=dict(type='SGD', lr=0.01))\n"
     "norm_cfg=dict(type='BN', momentum=0.02)", {"learning_rate": 0.01, "optimizer": "sgd"}),
    ("lr                 0.1\nbatch size         32", {"learning_rate": 0.1, "batch_size": 32}),
    ("  lr ........................ 0.00015", {"learning_rate": 0.00015}),
    ("+----+\n| lr | 0.1 |\n+----+", {"learning_rate": 0.1}),
    ("$ python -m train lr=0.003 batch_size=16 optimizer=sgd optimizer.momentum=0.9",
     {"learning_rate": 0.003, "batch_size": 16, "optimizer": "sgd", "momentum": 0.9}),
    ("┃ Name          ┃ Value  ┃\n│ learning_rate │ 0.0003 │\n│ optimizer     │ adamw  │",
     {"learning_rate": 0.0003, "optimizer": "adamw"}),
    ("ℹ Initial learn rate: 0.001", {"learning_rate": 0.001}),
    ("learningRate : 1\nbatchSize : 1,024", {"learning_rate": 1.0, "batch_size": 1024}),
    ('  "optimizer": {\n    "learning_rate": 0.5,\n    "type": "SGD"\n  }',
     {"learning_rate": 0.5, "optimizer": "sgd"}),
    ("lr=tensor(0.25)\nOptimizer: <class 'torch.optim.adam.Adam'>",
     {"learning_rate": 0.25, "optimizer": "adam"}),
    ("学习率: 0.01", {"learning_rate": 0.01}),
    ("Lernrate: 0.01", {"learning_rate": 0.01}),
]  # fmt: skip


@pytest.mark.parametrize(("head", "told"), TOLD, ids=[head[:30] for head, _ in TOLD])
def test_set_up_is_read_from_the_head(read, head: str, told: dict[str, object]):
    run = read("train.log", f"{head}\n{FIGURES}")
    names = ("learning_rate", "batch_size", "optimizer", "momentum", "weight_decay",
             "gradient_clip")  # fmt: skip
    settings = run.reader.settings
    assert {name: value for name in names if (value := getattr(settings, name)) is not None} == told
    assert run.points("loss") == [(10, 2.5), (20, 2.5), (30, 2.5)]
    assert list(run.tags) == ["loss"]


@pytest.mark.parametrize(
    "head",
    [
        "lr: 0.1\nlr: 0.01",
        "AdamW (\nParameter Group 0\n    lr: 0.1\nParameter Group 1\n    lr: 0.01\n)",
        "min lr: 1e-6", "final learning rate: 0.1", "warmup_init_lr=1e-7", "lr decay 0.5",
        "learning rate decay: 0.5", "lr_backbone=1e-5", "Suggested learning rate: 0.01",
        "lr: 0.1 -> 0.01", "reducing learning rate to 0.1", "lr=[0.1, 0.01]", "lr: 1,5e-3",
        "lr=1e-3/8", "lr: 10%", "lr: 0.0", "lr: 0.1.2", "scheduler:\n  lr: 0.1",
        "OneCycleLR(lr=0.1)", "Generator(\n  lr=0.1\n)", "warmup.lr=0.1",
        "steps=5 min lr=0.1",
    ],
)  # fmt: skip
def test_rate_that_may_be_another_is_none(read, head: str):
    assert read("train.log", f"{head}\n{FIGURES}").reader.settings.learning_rate is None


def test_layer_has_no_momentum_of_the_run(read):
    layers = "ResNet(\n  (bn1): BatchNorm2d(64, eps=1e-05, momentum=0.1, affine=True)\n)"
    assert read("train.log", f"{layers}\n{FIGURES}").reader.settings.momentum is None


def test_length_that_was_printed_is_a_bound_and_no_plan(read):
    settings = read("train.log", f"max_iter: 320000\nEpochs: 90\n{FIGURES}").reader.settings
    assert settings.planned_steps is None
    assert settings.hyper_parameters == {"max_steps": 320_000.0, "epochs": 90.0}


def test_what_is_printed_behind_the_first_figures_is_no_set_up(read):
    run = read("train.log", f"lr: 0.1\n{FIGURES}learning rate is 0.01 now\nstep 40: loss 2.5\n")
    assert run.reader.settings.learning_rate == 0.1


def test_run_that_begins_again_has_its_own_set_up(read):
    run = read("train.log", f"lr: 0.1\nbs: 4\n{FIGURES}Namespace(lr=0.01)\n{FIGURES}")
    assert run.reader.settings.learning_rate == 0.01
    assert run.reader.settings.batch_size is None


def test_set_up_is_known_in_another_process():
    text = f"optimizer:\n  type: SGD\n  lr: 0.1\n{FIGURES}".encode()
    reader = Console()
    for at in range(len(text)):
        list(reader.feed(text[at : at + 1]))
        reader = Console.restore(reader.state())
    assert (reader.settings.optimizer, reader.settings.learning_rate) == ("sgd", 0.1)
