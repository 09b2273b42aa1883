"""The whole screen without a pointer: rows, choosing, comparing, the list of keys."""

from __future__ import annotations

import re
from urllib.parse import parse_qs, urlsplit

from playwright.sync_api import Page, expect

from tests.browser.conftest import Open
from tests.browser.live_site import Site

FOCUSED = "document.activeElement.querySelector('.name')?.innerText"


def compared(page: Page) -> set[str]:
    """The ids that the compare page's address names."""
    expect(page).to_have_url(re.compile("/compare"))
    return set(parse_qs(urlsplit(page.url).query)["runs"][0].split(","))


def opened(site: Site, visit: Open) -> Page:
    page = visit(site).page
    expect(page.locator(".line:visible")).to_have_count(10)
    return page


def test_j_and_k_walk_the_rows_and_enter_opens_one(sweep: Site, visit: Open) -> None:
    page = opened(sweep, visit)
    names = page.locator(".row .name").all_inner_texts()
    for _ in range(3):
        page.keyboard.press("j")
    assert page.evaluate(FOCUSED) == names[2]
    page.keyboard.press("k")
    assert page.evaluate(FOCUSED) == names[1]
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text(names[1].split("/")[-1])
    page.keyboard.press("u")
    expect(page.locator(".line:visible")).to_have_count(10)
    page.wait_for_function(f"name => {FOCUSED} === name", arg=names[1])


def test_the_way_up_leads_to_the_list_as_it_was_left(sweep: Site, visit: Open) -> None:
    page = opened(sweep, visit)
    page.get_by_role("button", name=re.compile("^Critical 2$")).press("Enter")
    expect(page.locator(".line:visible")).to_have_count(2)
    page.get_by_role("link", name=re.compile("r18-lr0.01")).press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("r18-lr0.01")
    page.keyboard.press("u")
    expect(page.locator(".line:visible")).to_have_count(2)
    expect(page).to_have_url(re.compile(r"\?show=critical$"))


def test_chosen_runs_are_compared_and_stay_chosen(sweep: Site, visit: Open) -> None:
    ids = sweep.ids()
    page = opened(sweep, visit)
    chosen = set()
    for _ in range(3):
        page.keyboard.press("j")
        page.keyboard.press("x")
        chosen.add(ids[page.evaluate(FOCUSED)])
    expect(page.get_by_text("3 runs chosen")).to_be_visible()
    assert page.locator(".pick:checked").count() == 3
    page.keyboard.press("c")
    assert compared(page) == chosen
    page.go_back()
    expect(page.get_by_text("3 runs chosen")).to_be_visible()
    page.get_by_role("button", name="Clear").press("Enter")
    expect(page.get_by_text("runs chosen")).to_be_hidden()
    assert "chosen" not in page.url


def test_c_compares_the_runs_of_the_folder(sweep: Site, visit: Open) -> None:
    siblings = {id for name, id in sweep.ids().items() if "range-test" not in name}
    page = opened(sweep, visit)
    row = page.get_by_role("link", name=re.compile("r18-lr0.001"))
    row.focus()
    page.keyboard.press("c")
    assert compared(page) == siblings


def test_box_chooses_a_row_without_opening_it(sweep: Site, visit: Open) -> None:
    page = opened(sweep, visit)
    box = page.get_by_role("checkbox", name="Choose cifar100/r18-lr0.001")
    box.press("Space")
    expect(page.get_by_text("1 run chosen")).to_be_visible()
    page.get_by_role("button", name="Compare").press("Enter")
    assert len(compared(page)) == 9, "one alone is compared with its folder"


def test_run_page_leads_to_its_siblings(sweep: Site, visit: Open) -> None:
    ids = sweep.ids()
    page = visit(sweep, f"run/{ids['cifar100/r18-lr0.001']}").page
    expect(page.get_by_role("link", name="Compare with its 8 siblings")).to_be_visible()
    expect(page.get_by_role("link", name="Open as range test")).to_be_hidden()
    page.keyboard.press("c")
    assert len(compared(page)) == 9


def test_run_page_of_a_range_test_leads_to_it(sweep: Site, visit: Open) -> None:
    id = sweep.ids()["cifar100/range-test"]
    page = visit(sweep, f"run/{id}").page
    expect(page.get_by_role("link", name=re.compile("sibling"))).to_be_hidden()
    page.get_by_role("link", name="Open as range test").press("Enter")
    expect(page).to_have_url(re.compile(f"/range\\?run={id}$"))
    expect(page.get_by_role("heading", level=1, name=re.compile("^Use "))).to_be_visible()


def test_the_first_key_skips_what_every_page_begins_with(sweep: Site, visit: Open) -> None:
    page = visit(sweep, "play").page
    page.get_by_role("heading", name="About right").wait_for()
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the content")).to_be_in_viewport()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    expect(page.get_by_role("button", name="Copy link to this view")).to_be_focused()


def test_escape_closes_the_choice_of_runs_and_gives_the_focus_back(
    sweep: Site, visit: Open
) -> None:
    page = visit(sweep, "compare").page
    change = page.get_by_role("button", name="Change runs")
    change.press("Enter")
    field = page.get_by_role("searchbox", name="Search the runs to compare")
    expect(field).to_be_focused()
    page.keyboard.type("lr0.001")
    expect(page.get_by_role("checkbox")).to_have_count(1)
    page.keyboard.press("Escape")
    expect(page.get_by_role("checkbox")).to_have_count(9)
    expect(page.get_by_text("9 of 9 runs with a known rate.")).to_be_visible()
    page.keyboard.press("Escape")
    expect(field).to_be_hidden()
    expect(change).to_be_focused()
    expect(change).to_have_attribute("aria-expanded", "false")


def test_home_and_end_lead_to_the_first_and_last_framework(sweep: Site, visit: Open) -> None:
    page = visit(sweep, f"run/{sweep.ids()['cifar100/r18-lr0.01']}").page
    tabs = page.get_by_role("region", name="Suggested change").get_by_role("tab")
    tabs.first.focus()
    for key, tab in (("End", tabs.last), ("ArrowRight", tabs.first), ("ArrowLeft", tabs.last),
                     ("Home", tabs.first)):  # fmt: skip
        page.keyboard.press(key)
        expect(tab).to_be_focused()
        expect(tab).to_have_attribute("aria-selected", "true")


def test_keys_are_listed_and_escape_gives_the_focus_back(sweep: Site, visit: Open) -> None:
    page = opened(sweep, visit)
    page.keyboard.press("j")
    before = page.evaluate(FOCUSED)
    page.keyboard.press("?")
    panel = page.get_by_role("complementary", name="Keys")
    expect(panel).to_be_visible()
    assert {"j", "k", "x", "c", "Enter", "/", "?"} <= set(panel.locator("kbd").all_inner_texts())
    page.keyboard.press("Escape")
    expect(panel).to_be_hidden()
    assert page.evaluate(FOCUSED) == before
    page.get_by_role("button", name="Keys").press("Enter")
    expect(panel).to_be_visible()
    page.keyboard.press("?")
    expect(panel).to_be_hidden()


def test_letters_typed_into_a_field_are_letters(sweep: Site, visit: Open) -> None:
    page = opened(sweep, visit)
    page.keyboard.press("/")
    page.keyboard.type("xcjk?")
    assert page.get_by_label("Search runs").input_value() == "xcjk?"
    expect(page.get_by_role("complementary", name="Keys")).to_be_hidden()
    expect(page).not_to_have_url(re.compile("compare|chosen"))
