"""When a trouble held."""

from __future__ import annotations

import numpy as np

from lrdoctor.rules._span import Span, episodes, over_at, span
from lrdoctor.run import Block, Curve, Series


def _curve(steps: list[int]) -> Curve:
    series = Series("loss")
    series.append(Block("loss", np.array(steps), np.ones(len(steps))))
    return series.curve


def test_a_trouble_that_still_holds_lasts_until_the_newest_step() -> None:
    assert span(_curve([10, 20, 30, 40]), 0, 2, 4) == Span(10, 30, 40, resolved=False)


def test_a_trouble_that_is_over_held_until_the_block_before() -> None:
    assert span(_curve([10, 20, 30, 40]), 1, 1, 3) == Span(20, 20, 30, resolved=True)


def test_a_trouble_held_where_it_was_told_though_it_was_over_at_once() -> None:
    assert span(_curve([10, 20, 30]), 0, 1, 1) == Span(10, 20, 20, resolved=True)


def test_a_trouble_that_never_ends_is_over_beyond_the_curve() -> None:
    assert over_at(2, np.array([False, False])) == 4


def test_no_episode_begins_while_another_holds() -> None:
    high = np.array([0, 1, 1, 0, 1, 1, 1])
    assert list(episodes(high > 0, lambda at: high[at:] == 0)) == [(1, 3), (4, 7)]


def test_what_is_over_at_once_is_told_at_each_block() -> None:
    always = np.ones(3, np.bool_)
    assert list(episodes(always, lambda at: always[at:])) == [(0, 0), (1, 1), (2, 2)]
