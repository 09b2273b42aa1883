"""What a printer gets: everything that was asked for, dark on white, as wide as a sheet."""

from __future__ import annotations

import re
from pathlib import Path

from playwright.sync_api import Page, expect

from tests.browser import training_logs
from tests.browser.conftest import Open
from tests.browser.live_site import Site

MANY = 30
"""More runs than the ward draws rows at once."""
SHEET = 700
"""CSS pixels between the margins of A4."""


def sent_to_the_printer(page: Page) -> Page:
    page.emulate_media(media="print", color_scheme="dark")
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    return page


def brightest(page: Page, selector: str, style: str) -> float:
    """Of red, green and blue the highest, of the first element that the selector finds."""
    colour = page.locator(selector).first.evaluate(f"one => getComputedStyle(one).{style}")
    return max(float(one) for one in re.findall(r"[\d.]+", colour)[:3])


def test_a_run_is_dark_on_white_without_its_controls(ward: Site, visit: Open) -> None:
    page = visit(ward, f"run/{ward.ids()['wikitext/gpt2-small-lr-3e-3']}").page
    page.locator(".chart-frame[data-last-step]").wait_for()
    page.emulate_media(color_scheme="dark")
    sent_to_the_printer(page)
    expect(page.get_by_role("navigation", name="Pages")).to_be_hidden()
    for name in ("Log scale", "Mute", "Copy", "Download the data as CSV", "Add note"):
        expect(page.get_by_role("button", name=name)).to_be_hidden()
    assert brightest(page, ".diagnosis h2", "color") < 64
    assert brightest(page, ".js-plotly-plot .xtick text", "fill") < 128
    assert (
        page.locator(".js-plotly-plot .main-svg").first.evaluate("one => one.clientWidth") < SHEET
    )


def test_charts_are_light_on_paper_and_dark_again_after(sweep: Site, visit: Open) -> None:
    page = visit(sweep, "compare", color_scheme="dark").page
    page.locator("[data-slot=valley][data-width]").wait_for()
    band = ".js-plotly-plot .shapelayer path"
    expect(page.locator(band)).not_to_have_count(0)
    dark = brightest(page, band, "fill")
    sent_to_the_printer(page)
    light = brightest(page, band, "fill")
    page.emulate_media(media="screen", color_scheme="dark")
    page.evaluate("dispatchEvent(new Event('afterprint'))")
    page.wait_for_function(
        """(band) => {
            const one = document.querySelector(band);  // gone for as long as a drawing takes
            return one && Number(getComputedStyle(one).fill.match(/[0-9.]+/g)[1]) < 128;
        }""",
        arg=band,
    )
    assert dark < 128 < light


def test_all_runs_of_the_ward_are_printed(tmp_path: Path, visit: Open) -> None:
    lines = [f"{step},{2.3 - 0.004 * step:.4f}" for step in range(60)]
    for run in range(MANY):
        log = tmp_path / "logs" / f"run-{run:02d}" / "metrics.csv"
        training_logs.write_lines(log, ["step,loss", *lines])
    with Site(tmp_path) as site:
        page = visit(site).page
        rows = page.locator(".line")
        expect(rows).not_to_have_count(0)
        assert rows.count() < MANY
        sent_to_the_printer(page)
        assert rows.count() == MANY
        broken = "getComputedStyle(document.querySelector('.rows')).breakInside"
        assert page.evaluate(broken) == "auto", "a list longer than a sheet begins on a new one"
        page.close()


def test_signs_and_bars_are_printed_though_grounds_are_not(ward: Site, visit: Open) -> None:
    page = visit(ward).page
    page.locator(".line").first.wait_for()
    sent_to_the_printer(page)
    for part in (".chip .icon", ".bar i"):
        kept = page.locator(part).first.evaluate("one => getComputedStyle(one).printColorAdjust")
        assert kept == "exact", part
