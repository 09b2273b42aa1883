"""The playground as it is played with: words, slider, keyboard, links, and no server at all."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import NEW, Open
from tests.browser.live_site import Site


@pytest.mark.parametrize(
    ("example", "word", "status"),
    [
        ("Too small", "Too small", None),
        ("About right", "About right", "Healthy"),
        ("Bouncing", "Bouncing", None),
        ("Diverging", "Diverging", "Critical"),
        ("Caught in the dip", "Caught in a local minimum", None),
    ],
)
def test_each_example_shows_what_it_is_called(
    sweep: Site, visit: Open, example: str, word: str, status: str | None
) -> None:
    page = visit(sweep, "play").page
    page.get_by_role("button", name=example, exact=True).click()
    expect(page.locator("[data-slot=word]")).to_have_text(word)
    if status is not None:
        expect(page.locator("[data-slot=saidChip]")).to_have_text(status)


def test_the_rules_say_the_rate_is_too_high_where_the_ball_flies_off(
    sweep: Site, visit: Open
) -> None:
    page = visit(sweep, "play?lr=2.06&n=24").page
    expect(page.locator("[data-slot=said]")).to_contain_text("diverging")
    expect(page.locator("[data-slot=saidBy]")).to_have_text(re.compile(r"^Said by \d+ rules"))


def test_the_stable_limit_is_marked_for_whom_it_holds(sweep: Site, visit: Open) -> None:
    page = visit(sweep, "play").page
    mark = page.locator("[data-slot=limitText]")
    expect(mark).to_have_text("2 ÷ curvature = 2")
    page.get_by_role("button", name="Momentum", exact=True).click()
    expect(mark).to_have_text("2(1+β) ÷ curvature = 3.8")
    page.get_by_role("button", name="Adam", exact=True).click()
    expect(mark).to_be_hidden()
    expect(page.locator("[data-slot=limitNote]")).to_contain_text("no fixed limit")


def test_the_address_holds_the_whole_state(sweep: Site, visit: Open) -> None:
    page = visit(sweep, "play").page
    page.get_by_role("button", name="RMSprop", exact=True).click()
    page.get_by_role("button", name="Cosine", exact=True).click()
    slider = page.get_by_role("slider", name="Learning rate")
    slider.focus()
    page.keyboard.press("ArrowLeft")
    word = page.locator("[data-slot=word]").inner_text()
    again = visit(sweep, page.url.removeprefix(sweep.address)).page
    expect(again.get_by_role("button", name="RMSprop", exact=True)).to_have_attribute(
        "aria-pressed", "true"
    )
    expect(again.locator("[data-slot=word]")).to_have_text(word)
    assert again.locator("[data-slot=rate]").inner_text() == "0.692"


def test_play_rolls_the_ball_to_the_end_and_stops(sweep: Site, visit: Open) -> None:
    page = visit(sweep, "play?n=55").page
    page.get_by_role("button", name="Play", exact=True).click()
    expect(page.locator("[data-slot=count]")).to_have_text("step 60")
    expect(page.get_by_role("button", name="Play", exact=True)).to_be_visible()


def test_nonsense_in_the_address_is_passed_over(sweep: Site, visit: Open) -> None:
    page = visit(sweep, "play?lr=abc&opt=%3Cscript%3E&n=1e99&k=-5").page
    expect(page.locator("[data-slot=count]")).to_have_text("step 60")
    expect(page.get_by_role("button", name="SGD", exact=True)).to_have_attribute(
        "aria-pressed", "true"
    )


def test_it_needs_no_server_once_it_is_there(sweep: Site, visit: Open) -> None:
    watched = visit(sweep, "play", **NEW)
    page = watched.page
    expect(page.locator("[data-slot=word]")).to_have_text("About right")
    page.context.set_offline(True)
    page.get_by_role("button", name="Diverging", exact=True).click()
    expect(page.locator("[data-slot=word]")).to_have_text("Diverging")
    expect(page.locator("[data-slot=saidChip]")).to_have_text("No answer")
    watched.forgive("ERR_INTERNET_DISCONNECTED")


ALARMED = {"Critical", "Warning", "Watching"}
AGREES = {
    "Diverging": {"Critical", "Warning"},
    "Bouncing": ALARMED,
    "Too large": ALARMED,
    "Too small": ALARMED,
    "About right": {"Healthy"},
    # What no log shows, and what the rules are not sure of:
    "Caught in a local minimum": {"Healthy", "Watching"},
    "Not clear yet": {"Healthy", "Watching"},
    "Too early to say": {"Too short"},
}


def test_the_word_is_the_rules_word(sweep: Site, visit: Open) -> None:
    page = visit(sweep, "play").page
    expect(page.locator("[data-slot=saidChip]")).to_have_text("Healthy")
    words = set()
    for state in ("lr=1.85&n=14", "lr=1.85&n=24", "lr=1.85&n=60", "lr=1.95&n=24", "lr=0.05&n=24",
                  "lr=0.003&n=24", "lr=0.7&n=6", "lr=2.06&n=24", "lr=1.7&n=60"):  # fmt: skip
        with page.expect_response(re.compile("api/diagnose")) as told:
            page.evaluate(
                """state => {
                    history.pushState(null, "", `play?${state}`);
                    dispatchEvent(new PopStateEvent("popstate"));
                }""",
                state,
            )
        headline = told.value.json()["headline"].split(";")[0]
        headline = headline.replace(" train/loss", " the training loss")[:30]
        expect(page.locator("[data-slot=said]")).to_contain_text(headline)
        word = page.locator("[data-slot=word]").inner_text()
        chip = page.locator("[data-slot=saidChip]").inner_text()
        assert chip in AGREES[word], (state, word, chip)
        words.add(word)
    assert {"Bouncing", "About right", "Diverging", "Too small", "Too early to say"} <= words
