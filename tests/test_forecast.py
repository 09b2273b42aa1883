"""Where a loss is foretold to stand, when nothing is, and what the headline makes of it."""

from __future__ import annotations

import json

import numpy as np
import pytest

from lrdoctor import doctor
from lrdoctor.diagnosis import Cut, Forecast
from lrdoctor.doctor.outlook import figures, outlook
from lrdoctor.rules._ahead import falls
from lrdoctor.rules._reading import read
from lrdoctor.run import Block, Floats, Run, Settings


def run_of(losses: Floats, rates: Floats | None = None, *, planned: int | None = None) -> Run:
    run = Run("run", "run.csv", "csv", settings=Settings(planned_steps=planned))
    steps = np.arange(10, 10 * len(losses) + 1, 10)
    run.add(Block("loss", steps, losses))
    if rates is not None:
        run.add(Block("lr", steps, rates))
    return run


def law(points: int = 200, *, scatter: float = 0.01, seed: int = 0) -> Floats:
    """A power law with a floor, as losses fall, with noise."""
    at = np.arange(1.0, points + 1)
    noise = np.random.default_rng(seed).normal(0, scatter, points)
    return np.asarray(0.5 + 2 * at**-0.4 + noise)


def still(points: int = 300, scatter: float = 0.02) -> Floats:
    noise = np.random.default_rng(0).normal(0, scatter, points)
    return np.asarray(0.5 + 2 * np.exp(-np.arange(points) / 15) + noise)


def told(run: Run) -> Forecast:
    found = doctor.diagnose(run).forecast
    assert found is not None
    return found


def test_nine_in_ten_power_laws_end_in_their_band() -> None:
    inside = []
    for seed in range(40):
        end = float(np.median(law(400, scatter=0.02, seed=seed)[-40:]))
        _, _, low, high = told(run_of(law(400, scatter=0.02, seed=seed)[:200])).curve[-1]
        inside.append(low <= end <= high)
    assert sum(inside) >= 36


def test_the_plan_s_end_is_foretold_where_it_is_no_farther_than_twice_the_way() -> None:
    assert (told(run_of(law(), planned=3000)).step, told(run_of(law())).step) == (3000, 4000)
    assert told(run_of(law(), planned=3000)).planned
    far = told(run_of(law(), planned=90_000))
    assert (far.step, far.planned) == (4000, False)


def test_the_curve_begins_at_the_newest_step_and_its_band_widens() -> None:
    curve = told(run_of(law())).curve
    assert curve[0][0] == 2000
    assert all(low <= value <= high for _, value, low, high in curve)
    widths = [high - low for _, _, low, high in curve]
    assert widths == sorted(widths)


def test_a_loss_above_zero_is_not_foretold_below_it() -> None:
    losses = 2 * np.exp(-np.arange(200) / 30) + 1e-4
    assert min(low for _, _, low, _ in told(run_of(losses)).curve) >= 0


@pytest.mark.parametrize("decay", [10, 30, 100])
@pytest.mark.parametrize("by", ["exponential", "power law", "step"])
def test_a_loss_that_falls_toward_zero_is_foretold_above_it(by: str, decay: int) -> None:
    at = np.arange(200.0)
    losses = {"exponential": np.exp(-at / decay), "power law": (1 + at / decay) ** -3,
              "step": 0.05 ** (at // 60) * np.exp(-at / 10 / decay)}[by]  # fmt: skip
    curve = told(run_of(1.4 * losses)).curve
    assert all(0 <= low < value < high for _, value, low, high in curve[1:])


@pytest.mark.parametrize(
    "losses",
    [law(20), np.append(law(), np.nan), np.append(law(), law(60) * 40)],
    ids=["too short", "NaN", "diverging"],
)
def test_nothing_is_foretold_of_a_loss_that_is(losses: Floats) -> None:
    assert doctor.diagnose(run_of(losses)).forecast is None


def test_nothing_is_foretold_during_warmup_nor_where_the_plan_is_done() -> None:
    rising, done = np.linspace(1e-5, 1e-3, 200), np.linspace(1e-3, 0, 200)
    assert doctor.diagnose(run_of(law(), rising)).forecast is None
    assert doctor.diagnose(run_of(law(), done, planned=2000)).forecast is None


def test_scale_and_shift_of_the_loss_carry_over_to_its_falls() -> None:
    ways = np.log([1.2, 2.0])
    plain, moved = (falls(read(run_of(v)["train/loss"].curve), ways)
                    for v in (law(), 30 * law() - 7))  # fmt: skip
    assert moved == pytest.approx(30 * plain)


def test_a_cut_is_told_with_its_bound_on_a_plateau_alone() -> None:
    rates = np.full(300, 1e-3)
    rough, calm = (told(run_of(still(scatter=s), rates)).cut for s in (0.05, 0.001))
    assert rough is not None
    assert calm is not None
    assert (rough.advised, calm.advised) == (True, False)
    assert rough.most > 10 * calm.most
    assert told(run_of(law(), np.full(200, 1e-3))).cut is None


def test_a_cut_wins_no_more_than_the_loss_itself_and_none_beside_a_decay() -> None:
    uneven = 1e-3 * np.exp(1.7 * np.random.default_rng(0).normal(size=300))
    losses = still(scatter=0) - 0.5 + uneven
    low = told(run_of(losses, np.full(300, 1e-3)))
    assert low.cut is not None
    assert low.cut.most == low.now
    cosine = 1e-3 * (1 + np.cos(np.pi * np.arange(300) / 700)) / 2
    assert told(run_of(still(scatter=0.05), cosine, planned=5000)).cut is None


def test_it_is_told_as_fields() -> None:
    line = json.loads(json.dumps(doctor.diagnose(run_of(law(), planned=3000)).to_dict()))
    ahead = line["forecast"]
    assert (ahead["metric"], ahead["step"], ahead["planned"]) == ("train/loss", 3000, True)
    assert [ahead["step"], ahead["value"], ahead["low"], ahead["high"]] == ahead["curve"][-1]
    assert doctor.diagnose(run_of(law(20))).to_dict()["forecast"] is None


def ahead(now: float, value: float, low: float, high: float, cut: Cut | None = None) -> Forecast:
    curve = ((100, now, now, now), (200, value, low, high))
    return Forecast("train/loss", now, True, curve, cut)


@pytest.mark.parametrize(
    ("one", "stands", "sentence"),
    [
        (ahead(1, 0.8, 0.7, 0.95), False,
         "by step 200 it should be near 0.8, between 0.7 and 0.95"),
        (ahead(1, 0.8, 0.1, 0.95), False, ""),
        (ahead(0.4, 0.2, 0, 0.3), False, "by step 200 it should be near 0.2, below 0.3"),
        (ahead(0.4, 0.2, 0, 0.42), False, ""),
        (ahead(1, 1, 0.999, 1.01), True, "going on wins nothing more"),
        (ahead(1, 1, 0.999, 1.01, Cut(0.1, 0.002, advised=False)), True,
         "going on wins nothing more, nor does a cut of the rate"),
        (ahead(1, 1, 0.97, 1.01), True,
         "going on to step 200 wins at most 3 % of its progress"),
        (ahead(1, 1, 0.97, 1.01, Cut(0.1, 0.1, advised=True)), True,
         "going on to step 200 wins at most 3 % of its progress, "
         "a cut of the rate to a tenth at most 10 %"),
        (ahead(1, 1, 0.999, 1.01, Cut(0.1, 0.1, advised=True)), True,
         "going on wins nothing more, a cut of the rate to a tenth at most 10 %"),
        (None, True, ""),
    ],
)  # fmt: skip
def test_a_calm_run_s_headline_answers_whether_to_go_on(
    one: Forecast | None, stands: bool, sentence: str
) -> None:
    assert outlook(run_of(law()), one, 1.0, stands=stands) == sentence


def test_losses_are_written_so_that_they_can_be_told_apart() -> None:
    assert figures(2.3456, 2.3459, 2.4) == ["2.3456", "2.3459", "2.4"]
    assert figures(0.0, 0.0, 0.0448462) == ["0", "0", "0.0448"]
    assert figures(0.5, 0.25, 0.75) == ["0.5", "0.25", "0.75"]
