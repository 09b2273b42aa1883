from __future__ import annotations

import numpy as np
from curves import noise, run_of

from lrdoctor.rules._beside import newest_at
from lrdoctor.rules._rate import changing, course, returned, rising, spent
from lrdoctor.rules._reading import read
from lrdoctor.run import Block, Run

RATES = np.concatenate([np.linspace(0.0, 1.0, 20), np.full(60, 1.0), np.geomspace(1.0, 0.01, 120)])


def trained(rates: np.ndarray = RATES) -> Run:
    return run_of(2.3 + noise(len(RATES), 0.1), lr=rates)


def test_what_is_asked_of_the_rate_is_known_as_it_was_at_each_point() -> None:
    run = trained()
    whole = read(run["train/loss"].curve)
    for asked in (rising, changing, spent, returned):
        told = asked(run, whole)
        for size in (1, 2, 30, 150):
            before = run.until(int(whole.steps[size - 1]))
            alone = asked(before, read(before["train/loss"].curve))
            assert np.array_equal(alone, told[:size])
            assert np.array_equal(asked(run, whole.head(size)), told[:size])
    assert spent(run, whole).any()
    assert changing(run, whole).any()
    assert rising(run, whole).any()


def test_rates_are_found_once_a_look() -> None:
    run = trained()
    whole = read(run["train/loss"].curve)
    assert course(run, whole.head(50)) is course(run, whole)


def test_a_rate_that_comes_later_or_again_is_seen() -> None:
    run = trained(RATES[:150])
    whole = read(run["train/loss"].curve)
    for step, rate in ((160, 7.0), (120, 8.0)):  # the second goes back: a resume
        course(run, whole)
        run.add(Block("lr", np.array([step]), np.array([rate])))
        known = course(run, whole)
        rates = run["lr"]
        assert known is not None
        assert np.array_equal(known.rates, rates.values[newest_at(rates.steps, whole.steps)])
        assert known.highest[-1] == rate


def test_a_rate_logged_after_the_loss_began_is_not_known_before() -> None:
    run = run_of(2.3 + noise(40, 0.1))
    run.add(Block("lr", np.array([10]), np.array([0.1])))
    known = course(run, read(run["train/loss"].curve))
    assert known is not None
    assert np.isnan(known.rates[:10]).all()
    assert (known.rates[10:] == 0.1).all()
