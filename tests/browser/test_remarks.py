"""Notes, mutes and acknowledgements, as two people at two browsers see them."""

from __future__ import annotations

import json
import re
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser import training_logs
from tests.browser.conftest import Open
from tests.browser.live_site import Site
from tests.browser.look import assert_accessible, photograph

SICK = "lab/sick"
HOSTILE = "<img src=x onerror=alert(1)> <b>bold</b> \u202egpj.exe\nsecond line"


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A diverging run, a flat one and a healthy one, of which nothing has been said."""
    folder = tmp_path_factory.mktemp("lab")
    now = time.time()
    for name, rows in (("sick", training_logs.diverging(now)), ("flat", training_logs.flat(now)),
                       ("well", training_logs.healthy(now))):  # fmt: skip
        training_logs.write_csv(folder / "logs" / "lab" / name / "metrics.csv", rows)
    with Site(folder, growing=("lab/sick/metrics.csv",)) as site:
        yield site


@pytest.fixture(autouse=True)
def unsaid(lab: Site) -> Iterator[None]:
    """Each test begins with nothing said."""
    yield
    for one in told(lab)["remarks"]:
        tell(lab, run=one["run"], kind="withdraw", of=one["number"])


def told(site: Site) -> dict[str, list[dict[str, object]]]:
    with urllib.request.urlopen(site.address + "api/remarks") as answer:
        return json.load(answer)  # type: ignore[no-any-return]


def tell(site: Site, **body: object) -> None:
    request = urllib.request.Request(site.address + "api/remarks", json.dumps(body).encode(),
                                     {"Content-Type": "application/json"})  # fmt: skip
    urllib.request.urlopen(request).close()


def run_page(site: Site, visit: Open, name: str = SICK) -> Page:
    page = visit(site, f"run/{site.ids()[name]}").page
    page.locator(".chart-frame[data-last-step]").wait_for()
    return page


def mute(page: Page, why: str, **choices: str) -> None:
    page.get_by_role("button", name="Mute", exact=True).first.click()
    form = page.get_by_role("region", name="Mute")
    for label, choice in choices.items():
        form.get_by_label(label.replace("_", " ")).select_option(label=choice)
    form.get_by_label("Why").fill(why)
    form.get_by_role("button", name="Mute", exact=True).click()
    expect(form).to_be_hidden()


def test_a_muted_run_sinks_for_everyone_and_rises_again(
    lab: Site, visit: Open, pictures: Path
) -> None:
    other = visit(lab).page
    expect(other.locator(".line:visible")).to_have_count(3)
    expect(other.locator(".line:visible .name").first).to_have_text(SICK)
    page = run_page(lab, visit)
    mute(page, "A known data fault", How_long="For a day")
    head = page.locator("[data-slot=said]").first
    expect(head).to_contain_text(re.compile("muted by somebody.*for another 24 h.*known data"))
    expect(page.locator(".diagnosis .chip")).to_have_text("Critical")
    row = other.locator(".line", has_text=SICK)
    expect(row.locator(".chip")).to_have_text("Muted")
    expect(row.locator(".why")).to_have_text("Muted by somebody: A known data fault")
    expect(other.locator("[data-slot=sub]")).to_contain_text("1 run is muted.")
    # For its first minute another run may be worth a look; the muted one needs nobody.
    quiet = re.compile("Nothing needs you: 1 live run is muted|1 run is worth a look")
    expect(other.locator("[data-slot=answer]")).to_have_text(quiet)
    # It stands too high now, so that a better order is offered.
    other.get_by_role("button", name="Sort again").click()
    expect(other.locator(".line:visible .name").last).to_have_text(SICK)
    other.get_by_role("button", name="Muted 1").click()
    expect(other.locator(".line:visible")).to_have_count(1)
    watched = visit(lab)
    watched.page.locator(".line.muted").wait_for()
    photograph(watched, pictures, "ward_muted")
    other.get_by_role("button", name=f"Unmute {SICK}").click()
    expect(row).to_have_count(0)  # it is no longer one of the muted
    other.get_by_role("button", name="Muted 0").click()
    expect(row.locator(".chip")).to_have_text("Critical")
    expect(page.locator("[data-slot=said] .mute")).to_have_count(0)


def test_what_is_muted_is_chosen_and_why_must_be_said(lab: Site, visit: Open) -> None:
    page = run_page(lab, visit)
    page.get_by_role("button", name="Mute", exact=True).click()
    form = page.get_by_role("region", name="Mute")
    choices = form.get_by_label("What", exact=True).locator("option").all_inner_texts()
    assert any(re.match(r"Diverging: the rule", one) for one in choices)
    assert any(re.match(r"Diverging from step [\d,]+: this finding only", one) for one in choices)
    form.get_by_role("button", name="Mute", exact=True).click()
    expect(form.get_by_role("alert")).to_contain_text("A mute has a reason")
    expect(form.get_by_label("Why")).to_be_focused()
    assert_accessible(page)
    page.keyboard.press("Escape")
    expect(form).to_be_hidden()
    expect(page.get_by_role("button", name="Mute", exact=True)).to_be_focused()
    assert told(lab)["remarks"] == []


def test_acknowledging_by_keyboard_and_the_name_is_asked_once(
    lab: Site, visit: Open, pictures: Path
) -> None:
    watched = visit(lab, f"run/{lab.ids()[SICK]}")
    page = watched.page
    page.locator(".chart-frame[data-last-step]").wait_for()
    page.keyboard.press("a")
    page.keyboard.type("Restarting it lower")
    page.keyboard.press("Tab")
    page.keyboard.type("Ada")
    page.keyboard.press("Enter")
    head = page.locator("[data-slot=said]").first
    expect(head).to_contain_text(re.compile("Looked after by Ada, .*Restarting it lower"))
    expect(page.get_by_role("button", name="Acknowledge")).to_be_hidden()
    page.keyboard.press("n")
    page.keyboard.type("Falls as it should.")
    expect(page.locator(".note-form").get_by_label("Your name")).to_be_hidden()
    page.keyboard.press("Control+Enter")
    expect(page.locator(".notes .note")).to_contain_text(re.compile(r"Ada wrote .*\s*Falls as"))
    page.reload()
    expect(page.locator(".notes li")).to_have_count(2)
    expect(page.get_by_role("button", name="as Ada, change")).to_be_visible()
    photograph(watched, pictures, "run_remarks")
    ward = visit(lab).page
    row = ward.locator(".line", has_text=SICK)
    expect(row.locator(".said")).to_have_text("seen by Ada, 1 note")
    expect(ward.locator("[data-slot=answer]")).to_have_text(
        "Nothing needs you: 1 sick run is looked after"
    )
    expect(ward.locator("[data-slot=sub]")).to_contain_text("1 run is looked after.")
    ward.keyboard.press("/")
    ward.keyboard.type("as it should")
    expect(ward.locator(".line:visible")).to_have_count(1)
    page.get_by_role("button", name="Take back").first.click()
    expect(row.locator(".said")).to_have_text("1 note")


def test_a_note_is_text_and_can_be_removed(lab: Site, visit: Open) -> None:
    # On a healthy run: there is nothing to mute or to look after, but something to say.
    tell(lab, run=lab.ids()["lab/well"], kind="note", text=HOSTILE, author="<b>Eve</b>")
    watched = visit(lab, f"run/{lab.ids()['lab/well']}")
    page = watched.page
    page.on("dialog", lambda dialog: watched.complaints.append(f"dialog: {dialog.message}"))
    note = page.locator(".notes .note")
    expect(note.locator(".text")).to_contain_text("<img src=x onerror=alert(1)> <b>bold</b>")
    expect(note).to_contain_text("<b>Eve</b>")
    assert "\u202e" not in page.locator("main").inner_text()
    assert page.locator(".notes img, .said-list img").count() == 0
    assert "\n" in note.locator(".text").inner_text()
    for name in ("Mute", "Acknowledge"):
        expect(page.get_by_role("button", name=name, exact=True)).to_be_hidden()
    note.get_by_role("button", name="Remove").click()
    expect(page.locator(".notes li")).to_have_count(0)
    assert told(lab)["remarks"] == []


def test_what_the_server_refuses_is_told_and_nothing_is_lost(lab: Site, visit: Open) -> None:
    watched = visit(lab, f"run/{lab.ids()[SICK]}")
    page = watched.page
    page.route("**/api/remarks", lambda route: route.fulfill(
        status=429, json={"error": "too many remarks at once"}))  # fmt: skip
    field = page.get_by_label("A note on this run")
    field.fill("Precious words")
    page.get_by_role("button", name="Add note").click()
    expect(page.locator(".note-form [role=alert]")).to_have_text("too many remarks at once")
    expect(field).to_have_value("Precious words")
    watched.forgive("429")


def test_chosen_runs_are_muted_at_once_by_keyboard(lab: Site, visit: Open) -> None:
    page = visit(lab).page
    expect(page.locator(".line:visible")).to_have_count(3)
    for key in "jxjxjx":
        page.keyboard.press(key)
    expect(page.get_by_text("3 runs chosen")).to_be_visible()
    page.get_by_role("button", name="Mute", exact=True).press("Enter")
    form = page.get_by_role("region", name="Mute")
    expect(form.get_by_label("What", exact=True)).to_contain_text("found on these 2 runs")
    page.keyboard.type("The disk was full")
    assert_accessible(page)
    page.keyboard.press("Control+Enter")
    expect(form).to_be_hidden()
    expect(page.locator(".line.muted")).to_have_count(2)
    kinds = [(one["kind"], one["text"]) for one in told(lab)["remarks"]]
    assert kinds == [("mute", "The disk was full")] * 2
