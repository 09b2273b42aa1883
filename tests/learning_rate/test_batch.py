"""A rate carried over to another batch size."""

from __future__ import annotations

import math

import pytest

from lrdoctor.learning_rate.batch import FAR, scaled


@pytest.mark.parametrize("optimizer", ["sgd", "momentum", "torch.optim.SGD"])
def test_sgd_scales_linearly(optimizer: str) -> None:
    found = scaled(0.1, 256, 1024, optimizer)
    assert found.value == pytest.approx(0.4)
    assert found.rule == "linear"
    assert "1706.02677" in found.source


@pytest.mark.parametrize("optimizer", ["adamw", "rmsprop", "lion", None, "something else"])
def test_adaptive_and_unknown_scale_with_the_root(optimizer: str | None) -> None:
    found = scaled(1e-3, 64, 256, optimizer)
    assert found.value == pytest.approx(2e-3)
    assert found.rule == "square root"


@pytest.mark.parametrize("optimizer", ["lion", "muon", "adagrad"])
def test_says_that_the_root_was_derived_for_others(optimizer: str) -> None:
    assert "derived for Adam and RMSprop, not for" in scaled(1e-3, 64, 256, optimizer).limit


@pytest.mark.parametrize("optimizer", ["adam", "adamw", "rmsprop", "sgd", "adadelta", None])
def test_says_nothing_of_the_kind_elsewhere(optimizer: str | None) -> None:
    assert "derived for Adam" not in scaled(1e-3, 64, 256, optimizer).limit


def test_betas_are_moved_where_there_are_some() -> None:
    assert "beta" in scaled(1e-3, 64, 512, "adam").limit
    assert "beta" not in scaled(1e-3, 64, 512, "muon").limit


@pytest.mark.parametrize("optimizer", ["sgd", "adam", None])
def test_says_that_a_rate_near_the_largest_is_not_to_be_raised(optimizer: str | None) -> None:
    assert "sharpness" in scaled(1e-3, 64, 128, optimizer).limit
    assert "sharpness" not in scaled(1e-3, 128, 64, optimizer).limit


def test_adadelta_stays() -> None:
    assert scaled(1.0, 32, 320, "adadelta").value == 1.0


@pytest.mark.parametrize("optimizer", ["sgd", "adam", "adadelta"])
@pytest.mark.parametrize("new", [8, 64, 512])
def test_value_lies_in_its_range_and_goes_with_its_factor(optimizer: str, new: int) -> None:
    found = scaled(3e-4, 64, new, optimizer)
    assert found.low <= found.value <= found.high
    assert found.value == pytest.approx(3e-4 * found.factor)


@pytest.mark.parametrize("optimizer", ["sgd", "adam"])
def test_there_and_back_is_the_same_rate(optimizer: str) -> None:
    there = scaled(0.02, 48, 160, optimizer).value
    assert scaled(there, 160, 48, optimizer).value == pytest.approx(0.02)


def test_warns_where_the_rule_is_stretched() -> None:
    near, far = scaled(0.1, 32, 64, "sgd"), scaled(0.1, 32, int(64 * FAR), "sgd")
    assert "short run" not in near.limit
    assert "short run" in far.limit
    assert "short run" not in scaled(0.1, 64, 32, "sgd").limit
    assert "short run" in scaled(0.1, int(64 * FAR), 32, "sgd").limit


@pytest.mark.parametrize("bad", [(0.1, 0, 8), (0.1, 8, 0), (-1.0, 8, 8), (math.nan, 8, 8)])
def test_impossible_arguments_are_refused(bad: tuple[float, int, int]) -> None:
    with pytest.raises(ValueError, match="must be"):
        scaled(*bad)
