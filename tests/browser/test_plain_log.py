"""The page of a run whose log holds little: what was not looked for is said, and nothing is asked
that such a log cannot answer."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Open
from tests.browser.live_site import Site
from tests.browser.training_logs import Row, write_csv

HOSTILE = "<b onclick=alert(1)>speed</b>"


def losses(first: int, until: int) -> Iterator[Row]:
    random = np.random.default_rng(first)
    for step in range(first, until):
        loss = 0.4 + 2 * np.exp(-step / 25) + 0.02 * random.standard_normal()
        yield {"step": step, "loss": round(loss, 5)}


def resumed(times: int) -> Iterator[Row]:
    """Each time five steps back, and a hundred on."""
    yield from losses(0, 100)
    for turn in range(1, times + 1):
        yield from losses(95 * turn, 95 * turn + 100)


def measured() -> Iterator[Row]:
    """A metric that no page knows, hostile by its name, beside the loss."""
    for row in losses(0, 120):
        yield {**row, HOSTILE: row["step"], "accuracy": 0.5}


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    write_csv(tmp_path / "logs" / "plain" / "log.csv", losses(0, 120))
    write_csv(tmp_path / "logs" / "resumed" / "log.csv", resumed(6))
    write_csv(tmp_path / "logs" / "many" / "log.csv", measured())
    write_csv(tmp_path / "logs" / "young" / "log.csv", losses(0, 1))
    with Site(tmp_path) as site:
        yield site


def test_what_the_log_does_not_tell_is_not_said_to_be_fine(site: Site, visit: Open) -> None:
    page = visit(site, f"run/{site.ids()['plain']}").page
    story = page.get_by_role("region", name="What happened")
    expect(story.get_by_text("No divergence")).to_be_visible()
    expect(story.get_by_text("Gradient norm under control")).to_have_count(0)
    expect(story.get_by_text("Learning rate never zero")).to_have_count(0)
    expect(story).to_contain_text("gradient norm: clipping, exploding gradient, vanishing gradient")
    expect(story).to_contain_text("learning rate: schedule mismatch, zero learning rate")
    expect(story).to_contain_text("printed output: crash")
    expect(page.get_by_text(re.compile(r"\d+ of 10 checks clear"))).to_be_visible()


def test_a_schedule_for_a_run_without_a_rate_says_what_is_missing(site: Site, visit: Open) -> None:
    page = visit(site, f"run/{site.ids()['plain']}").page
    schedule = page.get_by_role("region", name="Schedule")
    schedule.scroll_into_view_if_needed()
    expect(schedule).to_contain_text("The log tells no learning rate, and a schedule needs one")


def test_many_of_a_kind_are_one_entry(site: Site, visit: Open) -> None:
    page = visit(site, f"run/{site.ids()['resumed']}").page
    story = page.get_by_role("region", name="What happened")
    expect(story.get_by_text("Resumed, 6 times")).to_be_visible()
    expect(story.get_by_role("button", name=re.compile("^Resumed"))).to_have_count(1)
    expect(story).to_contain_text("The first was at step 95.")


def test_any_other_metric_is_drawn_below_the_loss_and_kept_in_the_address(
    site: Site, visit: Open
) -> None:
    page = visit(site, f"run/{site.ids()['many']}").page
    also = page.get_by_label("Also")
    expect(also.get_by_role("option")).to_have_text(["nothing", HOSTILE, "Train accuracy"])
    also.select_option(HOSTILE)
    legend = page.locator("[data-slot=legend]")
    expect(legend).to_contain_text(HOSTILE)
    expect(page.locator(".js-plotly-plot")).to_contain_text(HOSTILE)
    page.reload()
    expect(legend).to_contain_text(HOSTILE)
    expect(also).to_have_value(HOSTILE)
    page.go_back()
    expect(legend).not_to_contain_text("speed")
    expect(also).to_have_value("")


def test_one_point_is_not_said_to_be_fine(site: Site, visit: Open) -> None:
    page = visit(site, f"run/{site.ids()['young']}").page
    expect(page.get_by_role("heading", name=re.compile("Only 1 point"))).to_be_visible()
    expect(page.locator(".chart-frame[data-last-step]")).to_be_visible()
    expect(page.get_by_text("Not flat: the loss moves")).to_have_count(0)
