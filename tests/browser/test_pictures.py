"""Every page and state, light and dark, desk and phone: nothing overflows, all text can be read,
axe finds nothing serious."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import expect

from lrdoctor.store import IngestStatus
from tests.browser.conftest import Open
from tests.browser.live_site import Site
from tests.browser.look import assert_accessible, photograph


@pytest.fixture
def unwatched(tmp_path: Path) -> Callable[[], Site]:
    return lambda: Site(tmp_path, watch=False)


def test_ward(ward: Site, visit: Open, pictures: Path) -> None:
    watched = visit(ward)
    watched.page.get_by_role("heading", level=1, name=re.compile("need")).wait_for()
    photograph(watched, pictures, "ward")


def test_chosen_runs_and_keys(ward: Site, visit: Open, pictures: Path) -> None:
    watched = visit(ward)
    page = watched.page
    page.locator(".line:visible").first.wait_for()
    for key in "jxjx":
        page.keyboard.press(key)
    expect(page.get_by_text("2 runs chosen")).to_be_visible()
    photograph(watched, pictures, "ward_chosen")
    page.keyboard.press("?")
    expect(page.get_by_role("heading", name="Keys")).to_be_visible()
    photograph(watched, pictures, "ward_keys")


@pytest.mark.parametrize(
    ("picture", "name"),
    [
        ("run_diverging", "wikitext/gpt2-small-lr-3e-3"),
        ("run_nan", "imagenet/vit-b16-finetune"),
        ("run_flat", "energy/lstm-a"),
        ("run_healthy", "wikitext/llama-lora-r16"),
        ("run_young", "ner/bert-seed2"),
    ],
)
def test_run(ward: Site, visit: Open, pictures: Path, picture: str, name: str) -> None:
    watched = visit(ward, f"run/{ward.ids()[name]}")
    page = watched.page
    page.locator(".chart-frame[data-last-step]").wait_for()
    schedule = page.get_by_role("region", name="Schedule")
    if name != "ner/bert-seed2":  # too young for one
        schedule.scroll_into_view_if_needed()  # it is filled when it comes into view
        told = schedule.get_by_role("radio").or_(schedule.locator("[data-slot=planNone]:visible"))
        told.first.wait_for()
        page.evaluate("scrollTo(0, 0)")
    photograph(watched, pictures, picture)


def test_unreadable_log(ward: Site, visit: Open, pictures: Path) -> None:
    watched = visit(ward, f"run/{ward.ids()['old/crashed']}")
    watched.page.get_by_role("heading", level=1, name=re.compile("cannot be read")).wait_for()
    assert "metrics.csv" in watched.page.locator("main").inner_text()
    photograph(watched, pictures, "unreadable")


def test_rules(ward: Site, visit: Open, pictures: Path) -> None:
    watched = visit(ward, "rules")
    page = watched.page
    page.get_by_role("switch", name="Spike is on").click()
    page.get_by_role("button", name="Divergence: its page").click()
    page.locator(".shares:visible").wait_for()
    photograph(watched, pictures, "rules")


def test_compare(sweep: Site, visit: Open, pictures: Path) -> None:
    watched = visit(sweep, "compare")
    watched.page.get_by_role("heading", level=1, name=re.compile("^Best near")).wait_for()
    watched.page.locator("[data-slot=curves][data-width]").wait_for()
    photograph(watched, pictures, "compare")


def test_nothing_to_compare(ward: Site, visit: Open, pictures: Path) -> None:
    watched = visit(ward, f"compare?runs={ward.ids()['old/crashed']}")
    watched.page.get_by_role("heading", name="These runs cannot be compared").wait_for()
    photograph(watched, pictures, "compare_nothing")
    watched.forgive("422")


def test_range(sweep: Site, visit: Open, pictures: Path) -> None:
    watched = visit(sweep, "range")
    watched.page.get_by_role("heading", level=1, name=re.compile("^Use ")).wait_for()
    watched.page.locator("[data-slot=sweep][data-width]").wait_for()
    photograph(watched, pictures, "range")


def test_no_range_test(ward: Site, visit: Open, pictures: Path) -> None:
    watched = visit(ward, "range")
    watched.page.get_by_role("heading", name="No range test among these logs").wait_for()
    photograph(watched, pictures, "range_nothing")


@pytest.mark.parametrize(
    ("picture", "state", "word"),
    [("play_right", "", "About right"), ("play_diverge", "?lr=2.06&n=24", "Diverging")],
)
def test_play(
    sweep: Site, visit: Open, pictures: Path, picture: str, state: str, word: str
) -> None:
    watched = visit(sweep, f"play{state}")
    watched.page.get_by_role("heading", name=word, exact=True).wait_for()
    expect(watched.page.get_by_text(re.compile("^Said by"))).to_be_visible()
    photograph(watched, pictures, picture)


def test_no_such_run(ward: Site, visit: Open, pictures: Path) -> None:
    watched = visit(ward, "run/gpt2-smal")
    near = watched.page.get_by_role("link", name=re.compile("gpt2-small"))
    near.wait_for()
    photograph(watched, pictures, "not_found")
    watched.forgive("404")


def test_empty_folder(visit: Open, pictures: Path, unwatched: Callable[[], Site]) -> None:
    with unwatched() as site:
        now = time.time()
        site.commit(IngestStatus(now, now, roots=("~/experiments",), done=True))
        watched = visit(site)
        watched.page.get_by_role("heading", name="No training logs here yet").wait_for()
        assert "~/experiments" in watched.page.locator("main").inner_text()
        photograph(watched, pictures, "empty")
        watched.page.close()


def test_reading(visit: Open, pictures: Path, unwatched: Callable[[], Site]) -> None:
    with unwatched() as site:
        now = time.time()
        site.commit(IngestStatus(now, now, roots=("~/experiments",), files=124, files_read=38))
        watched = visit(site)
        watched.page.get_by_role("heading", name="Reading your logs: 38 of 124 files").wait_for()
        expect(watched.page.locator(".row.skeleton")).to_have_count(6)
        photograph(watched, pictures, "reading")
        watched.page.close()


def test_what_the_reading_process_has_to_say_stands_over_the_runs(
    visit: Open, pictures: Path, unwatched: Callable[[], Site]
) -> None:
    with unwatched() as site:
        now = time.time()
        site.commit(IngestStatus(now, now, roots=("~/experiments",), files=9, files_read=3,
                                 notices=("the disk is full: waiting",)))  # fmt: skip
        watched = visit(site)
        told = watched.page.get_by_role("list", name="About the watching")
        expect(told).to_have_text("The disk is full: waiting")
        photograph(watched, pictures, "ward_warned")
        site.commit(IngestStatus(now, now, roots=("~/experiments",), files=9, files_read=4))
        expect(told).to_be_hidden()
        watched.page.close()


def test_reading_process_lost(visit: Open, pictures: Path, unwatched: Callable[[], Site]) -> None:
    with unwatched() as site:
        long_ago = time.time() - 300
        site.commit(IngestStatus(long_ago, long_ago, roots=("~/experiments",), done=True))
        site.age()
        watched = visit(site)
        watched.page.get_by_text("Reading stopped.", exact=False).wait_for()
        photograph(watched, pictures, "reading_lost")
        watched.page.close()


def test_refused(tmp_path: Path, visit: Open, pictures: Path) -> None:
    with Site(tmp_path, watch=False, token="a-token-of-more-than-16-characters") as site:
        watched = visit(site, "run/secret-run")
        page = watched.page
        page.get_by_role("heading", name="This lrdoctor needs a token").wait_for()
        assert_accessible(page)
        page.keyboard.type("a guess")
        page.keyboard.press("Enter")
        expect(page.get_by_role("alert")).to_have_text(
            "That token is not the one this server printed."
        )
        assert page.get_by_label("Access token").get_attribute("aria-invalid") == "true"
        assert page.get_by_role("navigation").count() == 0
        photograph(watched, pictures, "refused")
        page.get_by_label("Access token").fill("a-token-of-more-than-16-characters")
        page.keyboard.press("Enter")
        expect(page.get_by_role("link", name="Ward", exact=True)).to_be_visible()
        assert "token" not in page.url
        page.close()
        watched.forgive("401", "404")


def test_server_lost_and_found(ward: Site, visit: Open, pictures: Path) -> None:
    watched = visit(ward)
    page = watched.page
    page.get_by_role("heading", level=1, name=re.compile("need")).wait_for()
    ward.stop_serving()
    try:
        page.get_by_text("Server lost.", exact=False).wait_for()
        assert "needed you at" in page.locator("[data-slot=answer]").inner_text()
        photograph(watched, pictures, "server_lost")
        page.get_by_role("button", name="Try now").click()
    finally:
        ward.serve()
    page.locator("#connection[data-state=live]").wait_for()
    assert not page.locator("#strip").is_visible()
    watched.forgive("ERR_CONNECTION_REFUSED", "ERR_INCOMPLETE_CHUNKED_ENCODING",
                    "ERR_CONNECTION_RESET", "ERR_EMPTY_RESPONSE")  # fmt: skip
