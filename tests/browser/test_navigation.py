"""From page to page: by Dash once the reader has stirred, by the browser before."""

from __future__ import annotations

import re
import time
from pathlib import Path

import pytest
from playwright.sync_api import expect

from lrdoctor.store import IngestStatus
from tests.browser.conftest import NEW, PHONE, Open, with_dash
from tests.browser.live_site import Site

LINKS = {
    "Rules": "rules are on",
    "Playground": "About right",
    "Compare": "^Best near",
    "Range test": "^Use ",
    "Ward": "ended badly$",
}
DOT = """() => getComputedStyle(document.querySelector("#connection .dot"), "::after").animation"""


def test_dash_draws_each_page_in_the_same_document(sweep: Site, visit: Open) -> None:
    page = visit(sweep).page
    expect(page.locator(".line:visible")).to_have_count(10)
    with_dash(page).evaluate("window.stays = true")
    pages = page.get_by_role("navigation", name="Pages")
    for link, heading in LINKS.items():
        pages.get_by_role("link", name=link, exact=True).click()
        expect(page.get_by_role("heading", name=re.compile(heading)).first).to_be_visible()
        assert page.evaluate("window.stays")
    page.go_back()
    expect(page.get_by_role("heading", level=1, name=re.compile("^Use "))).to_be_visible()
    assert page.evaluate("window.stays")


@pytest.mark.parametrize(("path", "name"), [("/rules", "Rules"), ("/play", "Playground")])
def test_link_of_the_page_that_is_open_is_in_sight_on_a_phone(
    ward: Site, visit: Open, path: str, name: str
) -> None:
    page = visit(ward, path, viewport=PHONE).page
    link = page.get_by_role("navigation", name="Pages").get_by_role("link", name=name)
    expect(link).to_have_attribute("aria-current", "page")
    expect(link).to_be_in_viewport(ratio=1)


@pytest.mark.parametrize("width", [390, 720, 768, 1024])
def test_the_connection_is_told_and_lies_over_no_page_s_name(
    ward: Site, visit: Open, width: int
) -> None:
    page = visit(ward, viewport={"width": width, "height": 800}).page
    state = page.locator("#connection")
    expect(state).to_match_aria_snapshot("- status: /Live/")
    names = page.get_by_role("navigation", name="Pages")
    right = names.evaluate("""nav => Math.max(...[...nav.children].map(
        (link) => Math.min(link.getBoundingClientRect().right, nav.getBoundingClientRect().left
            + (getComputedStyle(nav).overflowX === "visible" ? 1e6 : nav.clientWidth))))""")
    assert state.evaluate("part => part.getBoundingClientRect().left") >= right


def test_a_run_opens_at_its_top_and_the_ward_where_it_was_left(ward: Site, visit: Open) -> None:
    page = visit(ward, viewport=PHONE).page
    row = page.locator("a.row").nth(2)
    expect(page.locator("a.row")).to_have_count(10)  # the page is as long as it will be
    with_dash(page)
    page.evaluate("scrollTo(0, 300)")
    page.wait_for_function("() => scrollY === 300")
    row.click()
    expect(page.get_by_role("heading", name="Suggested change")).to_be_visible()
    assert page.evaluate("scrollY") == 0
    page.go_back()
    page.wait_for_function("() => scrollY === 300")


def test_a_page_that_nobody_touches_needs_no_dash(sweep: Site, visit: Open) -> None:
    watched = visit(sweep, "rules", **NEW)
    page = watched.page
    page.get_by_role("heading", name=re.compile("rules are on")).wait_for()
    page.locator("#connection[data-state=live]").wait_for()
    assert not any("_dash" in url for url in watched.requested)
    with_dash(page)
    assert any("_dash" in url for url in watched.requested)


@pytest.mark.parametrize(
    ("wish", "moves"), [("reduce", "none"), ("no-preference", "2s ease-out 1s 2 ping")]
)
def test_the_dot_moves_twice_at_most(ward: Site, visit: Open, wish: str, moves: str) -> None:
    page = visit(ward, reduced_motion=wish).page
    page.locator("#connection[data-state=live]").wait_for()
    assert page.evaluate(DOT) == moves


def test_a_link_does_not_leave_the_page_for_a_server_that_is_lost(
    tmp_path: Path, visit: Open
) -> None:
    with Site(tmp_path, watch=False) as site:
        now = time.time()
        site.commit(IngestStatus(now, now, roots=("~/experiments",), done=True))
        watched = visit(site, "rules", **NEW)
        page = watched.page
        page.get_by_role("heading", name="rules are on").wait_for()
        page.locator("#connection[data-state=empty]").wait_for()
        site.stop_serving()
        page.get_by_text("Server lost.", exact=False).wait_for()
        page.get_by_role("link", name="Playground").press("Enter")
        expect(page.get_by_text("The page did not open")).to_be_visible()
        expect(page.get_by_role("heading", name="rules are on")).to_be_visible()
        site.serve()
        page.get_by_role("button", name="Try again").press("Enter")
        expect(page.get_by_role("heading", name="About right")).to_be_visible()
        page.close()
        watched.forgive("ERR_", "Failed to load")
