"""Optimizers are known under every spelling, with ranges that hold their own defaults."""

from __future__ import annotations

import pytest

from lrdoctor.learning_rate.optimizers import OPTIMIZERS, canonical, usual


@pytest.mark.parametrize(
    ("spelling", "name"),
    [
        ("AdamW", "adamw"),
        ("adamw_torch_fused", "adamw"),
        ("torch.optim.AdamW", "adamw"),
        ("<class 'torch.optim.adamw.AdamW'>", "adamw"),
        ("paged_adamw_8bit", "adamw"),
        ("Adam", "adam"),
        ("torch.optim.adam.Adam", "adam"),
        ("FusedAdam", "adam"),
        ("keras.optimizers.Nadam", "nadam"),
        ("NAdam", "nadam"),
        ("RAdam", "radam"),
        ("Adamax", "adamax"),
        ("RMSprop", "rmsprop"),
        ("rms_prop", "rmsprop"),
        ("Adagrad", "adagrad"),
        ("Adadelta", "adadelta"),
        ("adafactor", "adafactor"),
        ("lion_32bit", "lion"),
        ("Muon", "muon"),
        ("prodigyopt.Prodigy", "prodigy"),
        ("DAdaptAdam", "d-adaptation"),
        ("D-Adaptation", "d-adaptation"),
        ("SGD", "sgd"),
        ("SGD with momentum", "momentum"),
        ("momentum", "momentum"),
        ("SGD (nesterov=True)", "nesterov"),
        ("NAG", "nesterov"),
        ("stochastic gradient descent", "sgd"),
    ],
)
def test_known_under_its_spellings(spelling: str, name: str) -> None:
    assert canonical(spelling) == name


@pytest.mark.parametrize("spelling", [None, "", "LBFGS", "shampoo", "stallion", "tsgdx", "Adamix"])
def test_unknown_names_are_none(spelling: str | None) -> None:
    assert canonical(spelling) is None
    assert usual(spelling) is None


def test_momentum_turns_sgd_into_momentum() -> None:
    assert canonical("sgd", momentum=0.9) == "momentum"
    assert canonical("sgd", momentum=0.9, nesterov=True) == "nesterov"
    assert canonical("sgd", momentum=0.0) == "sgd"
    assert canonical("adam", momentum=0.9) == "adam"


def test_every_optimizer_is_found_by_its_own_name_and_title() -> None:
    assert [canonical(o.name) for o in OPTIMIZERS] == [o.name for o in OPTIMIZERS]
    assert [canonical(o.title) for o in OPTIMIZERS] == [o.name for o in OPTIMIZERS]


@pytest.mark.parametrize("optimizer", OPTIMIZERS, ids=lambda o: o.name)
def test_ranges_are_in_order_and_sourced(optimizer) -> None:
    assert 0 < optimizer.low < optimizer.high
    assert optimizer.source
    assert optimizer.title


def test_logged_one_of_parameter_free_optimizers_is_no_rate() -> None:
    assert [o.name for o in OPTIMIZERS if not o.is_rate] == ["prodigy", "d-adaptation"]


# As inspect.signature told them of torch.optim in 2.13.0 and of keras.optimizers in 3.15.1.
PYTORCH = {
    "sgd": 1e-3, "momentum": 1e-3, "nesterov": 1e-3, "adam": 1e-3, "adamw": 1e-3, "nadam": 2e-3,
    "radam": 1e-3, "rmsprop": 1e-2, "adagrad": 1e-2, "adadelta": 1.0, "adamax": 2e-3,
    "adafactor": 1e-2, "muon": 1e-3,
}  # fmt: skip
KERAS = {
    "sgd": 1e-2, "momentum": 1e-2, "nesterov": 1e-2, "adam": 1e-3, "adamw": 1e-3, "nadam": 1e-3,
    "rmsprop": 1e-3, "adagrad": 1e-3, "adadelta": 1e-3, "adamax": 1e-3, "adafactor": 1e-3,
    "lion": 1e-3, "muon": 1e-3,
}  # fmt: skip


def test_defaults_are_those_of_the_frameworks() -> None:
    assert {o.name: o.pytorch for o in OPTIMIZERS if o.pytorch is not None} == PYTORCH
    assert {o.name: o.keras for o in OPTIMIZERS if o.keras is not None} == KERAS


def test_defaults_that_differ_between_frameworks_are_told() -> None:
    rmsprop, adadelta = usual("rmsprop"), usual("adadelta")
    assert rmsprop is not None
    assert adadelta is not None
    assert rmsprop.pytorch == 10 * rmsprop.keras
    assert adadelta.pytorch == 1000 * adadelta.keras


def test_long_names_are_cut_not_searched() -> None:
    assert canonical("x" * 10**6 + "adam") is None
