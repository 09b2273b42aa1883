"""The compiled signals beside those of NumPy: to the bit the same."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from lrdoctor.run import Floats
from lrdoctor.signals import _native
from tests.pure import without
from tests.signals.kernels import KERNELS, TAKES_NAN

pytestmark = pytest.mark.skipif(not _native.THERE, reason="there are no compiled signals")
SPECIAL = (0.0, -0.0, 1.0, -1.0, 5e-324, 2.5e-310, 1e100, -1e100, np.inf, -np.inf)


@st.composite
def curves(draw: st.DrawFn) -> Floats:
    """Noise, ties, jumps and what is at the ends of the range; short, long, strided, read-only."""
    size = draw(st.one_of(st.integers(0, 80), st.integers(0, 5000)))
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    values = np.asarray(draw(st.sampled_from((
        lambda: rng.normal(size=size),
        lambda: np.round(rng.normal(size=size)),
        lambda: np.linspace(3, 1, size) + 0.1 * rng.standard_cauchy(size),
        lambda: rng.choice(SPECIAL, size),
        lambda: np.zeros(size),
    )))())  # fmt: skip
    if draw(st.booleans()) and size:
        values[rng.integers(0, size, 1 + size // 20)] = draw(st.sampled_from(SPECIAL))
    if draw(st.booleans()):
        values = np.repeat(values, 2)[::2]
    if draw(st.booleans()):
        values.setflags(write=False)
    return values


def bits(figures: NDArray[np.generic]) -> bytes:
    """All of them; what is not a number has many, which mean nothing."""
    return np.where(np.isnan(figures), np.nan, figures).tobytes()


@pytest.mark.parametrize("name", KERNELS)
@given(values=curves())
def test_it_gives_the_figures_of_numpy(name: str, values: Floats) -> None:
    if name in TAKES_NAN:
        values = np.where(np.arange(len(values)) % 7 < len(values) % 5, np.nan, values)
    before = values.tobytes()
    with np.errstate(all="ignore"):
        told = KERNELS[name](values)
        with without(_native):
            expected = KERNELS[name](values)
    for one, other in zip(told, expected, strict=True):
        assert (one.dtype, one.shape) == (other.dtype, other.shape)
        assert bits(one) == bits(other)
    assert values.tobytes() == before


@pytest.mark.parametrize(
    "values",
    [np.zeros(4, np.float32), np.zeros(4, ">f8"), np.zeros(8)[::2], np.zeros(3), bytes(4)],
)
def test_what_is_no_array_of_that_kind_is_refused(values: object) -> None:
    with pytest.raises((TypeError, ValueError, BufferError)):
        _native._compiled.level(values, np.zeros(4), 0.1, 65, 0.5)  # type: ignore[arg-type]


def test_what_is_read_only_is_not_written_to() -> None:
    kept = np.zeros(4)
    kept.setflags(write=False)
    with pytest.raises((ValueError, BufferError)):
        _native._compiled.level(np.ones(4), kept, 0.1, 65, 0.5)
    assert not kept.any()


def test_two_losses_are_no_descent() -> None:
    with pytest.raises(ValueError, match="three losses"):
        _native._compiled.descent(np.ones(2), np.ones(2), np.ones(2), np.ones(33))
    with pytest.raises(ValueError, match="of 30 items, not 33"):
        _native._compiled.descent(np.ones(3), np.ones(3), np.ones(3), np.ones(30))


def test_what_lies_outside_is_refused() -> None:
    one, three, far = np.ones(1), np.ones(3), np.array([0, 9])
    with pytest.raises(ValueError, match="a step is 1 or more"):
        _native.printed_digits(three, 0)
    with pytest.raises(ValueError, match="borders rise"):
        _native.cells(three, np.arange(3), far)
    with pytest.raises(ValueError, match="as nets have classes"):
        _native._compiled.averaged_shares(np.ones(3), 2, np.ones(3))
    with pytest.raises(ValueError, match="as nets tell"):
        _native.edges(np.ones((2, 2, 3, 2)), np.ones((1, 3, 2)), np.ones((3, 2)))
    with pytest.raises(ValueError, match="shapes as are asked for"):
        _native._compiled.regressed(three, np.ones(2), np.ones(2), 0.0, three)
    with pytest.raises(ValueError, match="beyond the grid"):
        _native._compiled.window_margins(np.ones(2), far, one, np.ones(9), np.ones(10))
    with pytest.raises(ValueError, match="three losses"):
        _native.figures(*[three] * 5, np.ones(4), one, one, np.ones(33), np.ones(6), 75)


@pytest.mark.parametrize(("share", "quantile"), [(0.0, 0.5), (float("nan"), 0.5), (0.1, 1.0)])
def test_a_share_that_is_none_is_refused(share: float, quantile: float) -> None:
    with pytest.raises(ValueError, match="parts of one"):
        _native._compiled.level(np.ones(4), np.ones(4), share, 65, quantile)
