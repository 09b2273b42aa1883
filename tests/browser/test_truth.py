"""What a log holds is on the picture: spikes and NaN planted into long series are counted there.

Loggers' own screens draw a sample of the points; on the same log TensorBoard's showed one spike
or NaN in twenty.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import expect

from tests.browser import training_logs
from tests.browser.conftest import Open
from tests.browser.live_site import Site

POINTS = 20_000
SPIKES = tuple(range(777, POINTS, 1000))
NANS = tuple(range(290, POINTS, 1000))
LEVEL, HEIGHT = 3.0, 9.0
"""The loss stays below the one; spikes reach the other."""

COUNT = """level => {
    const chart = document.querySelector(".js-plotly-plot");
    const { xaxis, yaxis } = chart._fullLayout;
    const traces = [...chart.querySelectorAll(".scatterlayer .trace")];
    const named = (...names) => traces.find((one) => names.includes(one.__data__[0].trace.name));
    // The drawn line itself, in pixels, in pieces between NaN: where it rises above the level
    // stands a spike.
    const pieces = [...named("raw", "train loss").querySelectorAll(".js-line")];
    const starts = pieces.flatMap((piece) => {
        const numbers = piece.getAttribute("d").match(/-?[\\d.]+/g).map(Number);
        const pixels = numbers.flatMap((x, i) => (i % 2 ? [] : [[x, numbers[i + 1]]]));
        const above = pixels.map(([, y]) => y < yaxis.d2p(level));
        return pixels.filter((_, i) => above[i] && !above[i - 1]);
    });
    const spikes = starts.filter(([x]) => x >= 0 && x <= xaxis._length);
    const frame = chart.querySelector(".nsewdrag").getBoundingClientRect();
    const crosses = [...(named("NaN")?.querySelectorAll(".point") ?? [])].filter((cross) => {
        const { left, width, height } = cross.getBoundingClientRect();
        const middle = left + width / 2;
        return height > 0 && middle >= frame.left && middle <= frame.right;
    });
    return [spikes.length, crosses.length];
}"""


@pytest.fixture(scope="module")
def planted(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    random = np.random.default_rng(11)
    steps = np.arange(POINTS)
    loss = 1.2 + 1.3 * np.exp(-steps / 4000) + 0.04 * random.standard_normal(POINTS)
    loss[list(SPIKES)] = HEIGHT
    loss[list(NANS)] = np.nan
    lines = [f"{step},{value:.5f},0.001" for step, value in zip(steps, loss, strict=True)]
    folder = tmp_path_factory.mktemp("truth")
    log = folder / "logs" / "planted" / "metrics.csv"
    training_logs.write_lines(log, ["step,loss,lr", *lines])
    with Site(folder) as site:
        yield site


@pytest.mark.parametrize("view", ["", "clip=0", "clip=1", "log=1", "smooth=0", "x=relative"])
@pytest.mark.parametrize(
    "window", [(0, POINTS - 1), (4_000, 12_000), (9_200, 9_900), (9_285, 9_295)]
)
def test_every_planted_spike_and_nan_is_drawn(
    planted: Site, visit: Open, window: tuple[int, int], view: str
) -> None:
    first, last = window
    zoom = f"from={first}&to={last}&" if last - first < POINTS - 1 else ""
    page = visit(planted, f"run/{planted.ids()['planted']}?{zoom}{view}").page
    frame = page.locator(".chart-frame[data-last-step]")
    frame.wait_for()
    within = [sum(first <= step <= last for step in steps) for steps in (SPIKES, NANS)]
    assert page.evaluate(COUNT, LEVEL) == within
    if within[1]:
        expect(frame).to_contain_text(re.compile(rf"(?<!\d){within[1]} NaN"))


def test_a_good_point_between_nan_is_a_dot(tmp_path: Path, visit: Open) -> None:
    loss = ["nan" if step % 2 else f"{2 - step / 400}" for step in range(400)]
    log = tmp_path / "logs" / "every-other" / "metrics.csv"
    lines = [f"{step},{value}" for step, value in enumerate(loss)]
    training_logs.write_lines(log, ["step,loss", *lines])
    with Site(tmp_path) as site:
        page = visit(site, f"run/{site.ids()['every-other']}?smooth=0").page
        page.locator(".chart-frame[data-last-step]").wait_for()
        dots = page.evaluate(
            """() => document.querySelector(".js-plotly-plot").data
                .filter(one => one.name === "train loss, alone").flatMap(one => one.y).length"""
        )
    assert dots == 200
