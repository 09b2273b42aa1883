"""Logs of odd figures and odd names: every page bears them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Open
from tests.browser.live_site import Site
from tests.browser.training_logs import Row, write_csv

NEXT = 2.3025850929940455, 2.302585092994046
"""Two floats between which there is no other."""
WORD = "constructor"
"""What every object of JavaScript has by itself."""


def flickering() -> Iterator[Row]:
    for step in range(120):
        yield {"step": step, "loss": repr(NEXT[step % 2])}


def narrow() -> Iterator[Row]:
    for step in range(120):
        yield {"step": step, "loss": 2.3 + 1e-5 * (step * 17 % 40), WORD: step % 5}


def lost() -> Iterator[Row]:
    for step in range(120):
        yield {"step": step, "loss": "nan"}


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    write_csv(tmp_path / "logs" / "flickering" / "log.csv", flickering())
    write_csv(tmp_path / "logs" / "narrow" / "log.csv", narrow())
    write_csv(tmp_path / "logs" / "lost" / "log.csv", lost())
    (tmp_path / "logs" / "narrow" / "hparams.yaml").write_text(f"optimizer: {WORD}\n", "utf-8")
    with Site(tmp_path) as site:
        yield site


def ticks(page: Page) -> list[str]:
    """What stands beside the loss."""
    page.locator(".chart-frame[data-last-step='119']").wait_for()
    return page.locator("#evidence-chart .ytick text").all_text_contents()


def test_a_loss_whose_last_digit_flickers_is_a_flat_line(site: Site, visit: Open) -> None:
    page = visit(site, f"run/{site.ids()['flickering']}").page
    assert ticks(page) == ["2.1", "2.2", "2.3", "2.4", "2.5"]


@pytest.mark.parametrize("query", ["", "?log=1"])
def test_ticks_of_a_narrow_range_are_told_apart(site: Site, visit: Open, query: str) -> None:
    page = visit(site, f"run/{site.ids()['narrow']}{query}").page
    told = ticks(page)
    assert len(told) > 2
    assert len(set(told)) == len(told)


def test_a_loss_that_never_was_a_number_is_not_too_short(site: Site, visit: Open) -> None:
    row = visit(site).page.get_by_role("link", name=re.compile("lost"))
    expect(row).to_contain_text("never a number")


def test_a_name_that_every_object_has_is_a_name_like_others(site: Site, visit: Open) -> None:
    page = visit(site).page
    row = page.get_by_role("link", name=re.compile("narrow"))
    expect(row).to_contain_text(WORD)
    page.get_by_label("Search runs").fill(WORD)
    expect(page.locator(".row:not(.skeleton):visible")).to_have_count(1)
    page = visit(site, f"run/{site.ids()['narrow']}").page
    page.get_by_label("Also").select_option(WORD)
    expect(page.locator("[data-slot=legend]")).to_contain_text(WORD)
    expect(page.locator(".js-plotly-plot")).to_contain_text(WORD)


def test_an_answer_that_is_no_json_is_asked_for_again(site: Site, visit: Open) -> None:
    watched = visit(site, "healthz")
    page, answers = watched.page, ["<p>Sign in first</p>"]

    def answered(route: object) -> None:
        if answers:
            route.fulfill(body=answers.pop(), content_type="text/html")  # type: ignore[attr-defined]
        else:
            route.continue_()  # type: ignore[attr-defined]

    page.route(re.compile(r"/api/runs$"), answered)
    page.goto(site.address)
    expect(page.locator(".row:not(.skeleton):visible")).to_have_count(3)
    watched.forgive("SyntaxError", "is not valid JSON")
