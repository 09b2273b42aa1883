from __future__ import annotations

import pytest

from lrdoctor.readers._side import LARGEST, settings_from, settings_of
from lrdoctor.run import Settings


def test_ultralytics_arguments_plan_epochs():
    text = b"task: detect\nbatch: 16\noptimizer: AdamW\nlr0: 0.01\nepochs: 100\nmomentum: 0.937\n"
    settings = settings_from("args.yaml", text)
    assert (settings.optimizer, settings.batch_size) == ("adamw", 16)
    assert (settings.learning_rate, settings.momentum, settings.planned_steps) == (0.01, 0.937, 100)


def test_lightning_hyper_parameters():
    settings = settings_from("hparams.yaml", b"lr: 1e-3\nbatch_size: 32\nmax_epochs: 5\n")
    assert (settings.learning_rate, settings.batch_size) == (1e-3, 32)
    assert settings.planned_steps is None, "epochs are not this log's axis"
    assert settings.hyper_parameters["max_epochs"] == 5.0


def test_nested_optimizer():
    text = b"optimizer:\n  class_path: torch.optim.AdamW\n  init_args: {lr: 0.002}\n"
    settings = settings_from("config.yaml", text)
    assert (settings.optimizer, settings.learning_rate) == ("adamw", 0.002)


@pytest.mark.parametrize(
    "name", ["opt.lr", "optimizer__learning_rate", "lr_init", "base_learning_rate", "adam_lr",
             "model.head_lr"],
)  # fmt: skip
def test_the_rate_is_known_by_the_names_that_sweeps_give_it(name: str):
    told = settings_of({name: 0.01, "data.batch_size": 32, "final_lr": 1e-5})
    assert (told.learning_rate, told.batch_size) == (0.01, 32)


@pytest.mark.parametrize(
    "told", [{"log_lr": 0.01}, {"min_lr": 0.01}, {"encoder_lr": 0.01, "decoder_lr": 0.1}]
)
def test_what_is_no_rate_or_one_of_several_is_not_taken_for_it(told: dict[str, float]):
    assert settings_of(told).learning_rate is None


def test_an_optimizer_that_is_chosen_tells_neither_rate_nor_momentum():
    text = b"optimizer: auto\nlr0: 0.01\nmomentum: 0.937\nbatch: 16\nweight_decay: 0.0005\n"
    settings = settings_from("args.yaml", text)
    assert (settings.optimizer, settings.learning_rate, settings.momentum) == (None, None, None)
    assert (settings.batch_size, settings.weight_decay) == (16, 0.0005)


@pytest.mark.parametrize(
    ("name", "text", "told"),
    [
        ("config.yaml", "optimizer:\n  _component_: torch.optim.AdamW\n  lr: 2e-5\n",
         {"optimizer": "adamw", "learning_rate": 2e-5}),  # torchtune
        ("config.json", '{"optimizer": {"class_name": "Adam", "config": {"clipnorm": 1.0}}}',
         {"optimizer": "adam", "gradient_clip": 1.0}),  # Keras
        ("config.py", "optimizer_config = dict(grad_clip=dict(max_norm=35))\n"
         "data = dict(samples_per_gpu=2)\n", {"gradient_clip": 35.0, "batch_size": 2}),  # mmcv
        ("hparams.yaml", "train:\n  max_norm: 1.0\nembedding:\n  max_norm: 2.0\n",
         {"gradient_clip": 1.0}),  # LitGPT
        ("config.json", '{"max_train_steps": 1600}', {"planned_steps": 1600}),  # diffusers
    ],
)  # fmt: skip
def test_names_of_each_framework(name: str, text: str, told: dict[str, object]):
    settings = settings_from(name, text.encode())
    assert {each: getattr(settings, each) for each in told} == told


def test_values_in_wandb_wrapping():
    text = b"lr:\n  desc: null\n  value: 0.3\nmax_steps: {desc: null, value: 900}\n"
    settings = settings_from("config.yaml", text)
    assert (settings.learning_rate, settings.planned_steps) == (0.3, 900)


def test_hugging_face_arguments():
    text = (
        b'{"learning_rate": 5e-05, "per_device_train_batch_size": 8, "optim": "adamw_torch_fused",'
        b' "max_grad_norm": 1.0, "weight_decay": 0.01, "max_steps": -1}'
    )
    settings = settings_from("training_args.json", text)
    assert settings.optimizer == "adamw"
    assert (settings.gradient_clip, settings.weight_decay) == (1.0, 0.01)
    assert (settings.batch_size, settings.planned_steps) == (8, None)


def test_python_objects_are_not_built():
    text = b"path: !!python/object/apply:os.system [exit 1]\nlr: 0.1\n"
    assert settings_from("hparams.yaml", text).learning_rate == 0.1


@pytest.mark.parametrize(
    "data",
    [b"", b"{: [", b"[" * 5000, b"- a\n- b\n", b"\xff\xfe\x00", b"lr: [0.1, 0.2]\n",
     b"x" * (LARGEST + 1), b"lr: 0.1\na: !!timestamp x\n", b'lr: 0.1\na: !!int ""\n',
     b"lr: 0.1\na: !!bool x\n", b"batch_size: 1.0e+30\nmax_steps: 1.0e+30\n"],
    ids=["empty", "broken", "deep", "list", "binary", "list of rates", "large", "no time",
         "no number", "no truth", "beyond 64 bits"],
)  # fmt: skip
@pytest.mark.parametrize("name", ["hparams.yaml", "config.json"])
def test_what_is_broken_tells_nothing(name: str, data: bytes):
    settings = settings_from(name, data)
    assert (settings.learning_rate, settings.optimizer) == (None, None)
    assert (settings.batch_size, settings.planned_steps) == (None, None)
    assert settings.merged(Settings()) == settings


def test_references_cannot_make_it_endless():
    levels = ["a0: &a0 {x: 1}"]
    for n in range(1, 8):
        inner = ", ".join(f"k{i}: *a{n - 1}" for i in range(60))
        levels.append(f"a{n}: &a{n} {{{inner}}}")
    settings = settings_from("hparams.yaml", "\n".join(levels).encode())
    assert 0 < len(settings.hyper_parameters) <= 500


def test_model_card_of_hugging_face():
    text = (
        b"# tiny\n\n- license: none\n\n### Training hyperparameters\n\n"
        b"The following hyperparameters were used during training:\n"
        b"- learning_rate: 5e-05\n- train_batch_size: 8\n"
        b"- gradient_accumulation_steps: 4\n- total_train_batch_size: 32\n"
        b"- optimizer: Use OptimizerNames.ADAMW_TORCH_FUSED with betas=(0.9,0.999)\n\n"
        b"### Framework versions\n\n- lr: 7\n"
    )
    settings = settings_from("README.md", text)
    assert (settings.optimizer, settings.learning_rate) == ("adamw", 5e-05)
    assert settings.batch_size == 32


def test_any_other_readme_tells_nothing():
    assert settings_from("README.md", b"# Mine\n\n- lr: 0.1\n") == Settings()


def test_mmengine_s_configuration():
    text = (
        b"default_scope = 'mmdet'\nhooks = [print('run')]\n"
        b"test_dataloader = dict(batch_size=1)\n"
        b"train_dataloader = dict(batch_size=2, sampler=dict(shuffle=True))\n"
        b"optim_wrapper = dict(optimizer=dict(lr=0.02, momentum=0.9, type='SGD', "
        b"weight_decay=0.0001), clip_grad=dict(max_norm=35), type='OptimWrapper')\n"
        b"train_cfg = dict(max_iters=90000, type='IterBasedTrainLoop')\n"
    )
    settings = settings_from("config.py", text)
    assert (settings.optimizer, settings.learning_rate) == ("sgd", 0.02)
    assert (settings.batch_size, settings.planned_steps) == (2, 90000)
    assert (settings.momentum, settings.weight_decay) == (0.9, 0.0001)


@pytest.mark.parametrize("text", [b"lr = ", b"lr = " + b"(" * 300, b"-" * 100_000 + b"1", b"\0"])
def test_broken_python_tells_nothing(text: bytes):
    assert settings_from("config.py", text) == Settings()
