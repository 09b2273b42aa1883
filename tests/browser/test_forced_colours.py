"""With the colours that the system sets, as Windows' contrast themes do: nothing is lost."""

from __future__ import annotations

from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import Open
from tests.browser.live_site import Site

FORCED = {"forced_colors": "active", "color_scheme": "dark"}


def ground(part: Locator) -> str:
    found: str = part.evaluate("one => getComputedStyle(one).backgroundColor")
    return found


def behind(page: Page) -> str:
    return ground(page.locator("body"))


def test_signs_show_and_pressed_buttons_differ(ward: Site, visit: Open) -> None:
    page = visit(ward, **FORCED).page
    critical = page.get_by_role("button", name="Critical")
    warning = page.get_by_role("button", name="Warning")
    critical.click()
    expect(critical).to_have_attribute("aria-pressed", "true")
    assert ground(critical) != ground(warning)
    for sign in (page.locator(".chip .icon").first, warning.locator(".icon")):
        assert ground(sign) != behind(page)
    here = page.get_by_role("link", name="Ward", exact=True)
    assert ground(here) != ground(page.get_by_role("link", name="Rules"))
    expect(page.get_by_role("button", name="theme")).to_be_hidden()


def test_a_rule_that_is_off_differs_from_one_that_is_on(sweep: Site, visit: Open) -> None:
    page = visit(sweep, "rules", **FORCED).page
    page.get_by_role("switch", name="Spike is on").click()
    off = page.get_by_role("switch", name="Spike is off")
    assert ground(off) != ground(page.get_by_role("switch", name="Flat is on"))


def test_curves_keep_their_colours(sweep: Site, visit: Open) -> None:
    page = visit(sweep, "compare", **FORCED).page
    page.locator("[data-slot=curves][data-width]").wait_for()
    lines = page.locator("[data-slot=curves] .scatterlayer .js-line")
    strokes = lines.evaluate_all("all => all.map((one) => getComputedStyle(one).stroke)")
    assert len(set(strokes)) > 2
    band = page.locator("[data-slot=valley] .shapelayer path").first
    assert band.evaluate("one => getComputedStyle(one).fill") != "rgb(255, 255, 255)"
