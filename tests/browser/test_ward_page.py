"""The ward: filters, search, keyboard, links that can be shared, live rows, hostile names."""

from __future__ import annotations

import os
import re
import time
from pathlib import Path

from playwright.sync_api import Locator, Page, expect

from tests.browser import training_logs
from tests.browser.conftest import Open, with_dash
from tests.browser.live_site import Site

ROWS = ".row:not(.skeleton):visible"


def rows(page: Page) -> Locator:
    return page.locator(ROWS)


def names(page: Page) -> list[str]:
    # Not as laid out: a row that has just moved is not until the next frame.
    return page.locator(f"{ROWS} .name").all_text_contents()


def test_rows_stand_sickest_first(ward: Site, visit: Open) -> None:
    page = visit(ward).page
    expect(rows(page)).to_have_count(10)
    words = page.locator(f"{ROWS} .chip").all_inner_texts()
    order = ["Critical", "Warning", "Watching", "Healthy", "Too short", "Unreadable"]
    assert words == sorted(words, key=order.index)
    assert words[0] == "Critical"


def test_row_tells_state_finding_rate_and_curve(ward: Site, visit: Open) -> None:
    row = visit(ward).page.get_by_role("link", name=re.compile("vit-b16-finetune"))
    text = row.inner_text()
    assert "Critical" in text
    assert "NaN from step 4,206" in text
    assert "1e-3" in text
    assert re.search(r"live|ago", text)
    assert row.locator("svg .lost").count() == 1
    assert row.locator("svg .since").count() == 1


def test_filters_count_and_narrow_and_are_in_the_address(ward: Site, visit: Open) -> None:
    page = visit(ward).page
    expect(rows(page)).to_have_count(10)
    critical = page.get_by_role("button", name=re.compile("^Critical 2$"))
    critical.click()
    expect(rows(page)).to_have_count(2)
    assert critical.get_attribute("aria-pressed") == "true"
    assert page.url.endswith("?show=critical")
    page.get_by_role("button", name=re.compile("^Unreadable")).click()
    expect(rows(page)).to_have_count(3)
    page.go_back()
    expect(rows(page)).to_have_count(2)
    page.go_back()
    expect(rows(page)).to_have_count(10)


def test_a_narrowed_list_says_how_many_of_how_many(ward: Site, visit: Open) -> None:
    page = visit(ward).page
    listed = page.get_by_role("status").filter(has_text="sickest first")
    expect(listed).to_have_text("10 runs, sickest first.")
    page.get_by_role("button", name=re.compile("^Critical")).click()
    expect(listed).to_have_text("2 of 10 runs, sickest first.")
    page.get_by_label("Search runs").fill("vit")
    expect(listed).to_have_text("1 of 10 runs, sickest first.")


def test_a_change_of_rate_is_read_out_with_a_word_for_its_arrow(ward: Site, visit: Open) -> None:
    row = visit(ward).page.get_by_role("link", name=re.compile("gpt2-small"))
    expect(row).to_have_accessible_name(re.compile(r"3e-3 to [\de.-]+ [\d.]+× lower"))


def test_an_unticked_box_is_empty_in_the_dark(ward: Site, visit: Open) -> None:
    page = visit(ward, color_scheme="dark").page
    box = page.locator("input.pick").first
    box.wait_for()
    ground = "one => getComputedStyle(one).backgroundColor"
    card = page.locator(".rows").evaluate(ground)
    assert box.evaluate("one => getComputedStyle(one).appearance") == "none"
    assert box.evaluate(ground) == card
    box.check()
    assert box.evaluate(ground) != card


def test_long_names_that_end_differently_can_be_told_apart(tmp_path: Path, visit: Open) -> None:
    head = "an-experiment-with-everything-in-its-name_lr=3e-4_wd=0.1_schedule=warmup-cosine"
    for seed in (1, 2):
        log = tmp_path / "logs" / f"{head}_seed={seed}" / "metrics.csv"
        training_logs.write_csv(log, training_logs.healthy(time.time(), seed=seed, steps=400))
    with Site(tmp_path) as site:
        page = visit(site).page
        expect(rows(page)).to_have_count(2)
        assert sorted(name[-7:] for name in names(page)) == ["_seed=1", "_seed=2"]
        cut = page.locator(".row .name").first.evaluate(
            "one => one.scrollHeight - one.clientHeight"
        )
        assert cut <= 1
        full = rows(page).first.get_attribute("title")
        assert full is not None
        assert full.startswith(head)
        page.close()


def test_shared_link_opens_the_same_view(ward: Site, visit: Open) -> None:
    page = visit(ward, "?show=healthy&q=wikitext").page
    expect(rows(page)).to_have_count(1)
    assert names(page) == ["wikitext/llama-lora-r16"]
    assert page.get_by_label("Search runs").input_value() == "wikitext"


def test_search_takes_words_and_expressions(ward: Site, visit: Open) -> None:
    page = visit(ward).page
    expect(rows(page)).to_have_count(10)
    field = page.get_by_label("Search runs")
    field.fill("WIKI gpt2")
    expect(rows(page)).to_have_count(1)
    field.fill("/(gpt2|bert)-s/")
    expect(rows(page)).to_have_count(2)
    field.fill("nothing like this")
    expect(page.get_by_text("None of 10 runs matches.")).to_be_visible()
    page.get_by_role("button", name="Show all runs").click()
    expect(rows(page)).to_have_count(10)
    assert field.input_value() == ""


def test_search_refuses_bad_and_costly_expressions(ward: Site, visit: Open) -> None:
    page = visit(ward).page
    expect(rows(page)).to_have_count(10)
    field = page.get_by_label("Search runs")
    for bad in ("/(unclosed/", "/(a+)+$/", "/((x|y)*)*z/", "/(a?a?)*$/", "/[/"):
        field.fill(bad)
        expect(page.locator("[data-slot=searchFault]")).to_be_visible()
        expect(rows(page)).to_have_count(10)
        assert field.get_attribute("aria-invalid") == "true"
    field.fill("/a[+)]b\\(/")
    expect(page.locator("[data-slot=searchFault]")).to_be_hidden()


def test_everything_by_keyboard(ward: Site, visit: Open) -> None:
    page = visit(ward).page
    expect(rows(page)).to_have_count(10)
    page.keyboard.press("/")
    page.keyboard.type("wikitext")
    expect(rows(page)).to_have_count(2)
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("gpt2-small-lr-3e-3")
    page.go_back()
    expect(rows(page)).to_have_count(2)
    search = page.get_by_label("Search runs")
    search.focus()
    page.keyboard.press("Enter")  # to the first of what was found
    expect(rows(page).first).to_be_focused()
    search.focus()
    page.keyboard.press("Escape")
    expect(rows(page)).to_have_count(10)
    expect(search).to_be_focused()
    page.keyboard.press("Escape")
    page.keyboard.press("j")  # a key again, no letter
    expect(search).to_have_value("")
    expect(rows(page).first).to_be_focused()


def test_theme_is_chosen_and_kept(ward: Site, visit: Open) -> None:
    page = visit(ward, color_scheme="light").page
    ground = "getComputedStyle(document.body).backgroundColor"
    light = page.evaluate(ground)
    page.get_by_role("button", name="Switch to the dark theme").click()
    dark = page.evaluate(ground)
    assert dark != light
    page.reload()
    page.get_by_role("button", name="Switch to the light theme").wait_for()
    assert page.evaluate(ground) == dark


def test_hostile_names_are_text(ward: Site, visit: Open) -> None:
    watched = visit(ward)
    page = watched.page
    page.on("dialog", lambda dialog: watched.complaints.append(f"dialog: {dialog.message}"))
    hostile = page.get_by_role("link", name=re.compile("onerror"))
    hostile.scroll_into_view_if_needed()  # rows far below are laid out when they come into view
    expect(hostile).to_contain_text("<img src=x onerror=alert(1)>")
    assert "\u202e" not in page.locator("main").inner_text()
    assert page.locator(".row img, .row b, .row a").count() == 0
    hostile.click()
    page.locator(".chart-frame[data-last-step]").wait_for()
    assert page.locator("main img, main a[href*='example.com']").count() == 0
    assert "free gpu" in page.get_by_role("heading", level=1).inner_text()


def test_appended_points_move_the_row_and_a_new_log_appears(tmp_path: Path, visit: Open) -> None:
    log = "mnist/a/metrics.csv"
    lines = [f"{step},{2.3 - 0.001 * step:.4f},0.001" for step in range(400)]
    training_logs.write_lines(tmp_path / "logs" / log, ["step,loss,lr", *lines[:300]])
    with Site(tmp_path) as site:
        watched = visit(site)
        page = watched.page
        page.locator("#connection[data-state=live]").wait_for()
        curve = page.locator(".row .now")
        before = curve.get_attribute("d")
        site.append(log, lines[300:])
        assert before
        expect(curve).not_to_have_attribute("d", before)
        training_logs.write_csv(
            tmp_path / "logs" / "mnist" / "b" / "metrics.csv", training_logs.diverging(time.time())
        )
        sick = page.get_by_role("link", name=re.compile("mnist.b"))
        sick.wait_for()
        # It came in at the end: a better order is offered, not imposed.
        assert names(page) == ["mnist/a", "mnist/b"]
        expect(page.get_by_text("1 run got worse since this list was sorted.")).to_be_visible()
        page.get_by_role("button", name="Sort again").click()
        assert names(page) == ["mnist/b", "mnist/a"]
        page.close()


def test_the_heading_counts_what_ended_badly_beside_the_runs_that_grow(
    tmp_path: Path, visit: Open
) -> None:
    now = time.time()
    died, well = (tmp_path / "logs" / name / "metrics.csv" for name in ("died", "well"))
    training_logs.write_csv(died, training_logs.diverging(now - 3600))
    os.utime(died, (now - 3600, now - 3600))
    training_logs.write_csv(well, training_logs.healthy(now))
    with Site(tmp_path) as site:
        page = visit(site).page
        heading = page.get_by_role("heading", level=1)
        expect(heading).to_have_text("The live run looks healthy; 1 ended badly")
        page.close()


def test_a_failed_page_says_so(ward: Site, visit: Open) -> None:
    watched = visit(ward)
    page = watched.page
    expect(rows(page)).to_have_count(10)
    with_dash(page)
    page.route(
        re.compile("_dash-update-component"), lambda route: route.fulfill(status=500, body="no")
    )
    page.get_by_role("link", name="Rules").click()
    expect(page.get_by_text("The page did not open")).to_be_visible()
    page.unroute(re.compile("_dash-update-component"))
    page.get_by_role("button", name="Try again").click()
    expect(page.get_by_role("heading", name="Rules")).to_be_visible()
    watched.forgive("500", "Callback error")
