"""Every page and state before axe, light and dark: nothing serious, nothing critical."""

from __future__ import annotations

import re
import time
from importlib.resources import files
from pathlib import Path

import pytest
from playwright.sync_api import Page

from lrdoctor.store import IngestStatus
from tests.browser.conftest import Open
from tests.browser.live_site import Site

AXE = (files("axe_playwright_python") / "axe.min.js").read_text("utf-8")
GRAVE = """() => axe.run(document, { resultTypes: ["violations"] }).then(({ violations }) => {
    const grave = violations.filter((one) => ["serious", "critical"].includes(one.impact));
    return grave.map(({ id, nodes }) => `${id}: ${nodes.map((one) => one.target).join(" ")}`);
})"""


def assert_accessible(page: Page) -> None:
    page.evaluate(AXE)  # by the debugger: the page's own policy lets no foreign script in
    for theme in ("light", "dark"):
        page.emulate_media(color_scheme=theme)
        page.evaluate("new Promise(done => requestAnimationFrame(() => setTimeout(done, 300)))")
        assert page.evaluate(GRAVE) == [], theme


def test_axe_sees_what_is_wrong(sweep: Site, visit: Open) -> None:
    page = visit(sweep, "play").page
    page.get_by_role("heading", name="About right").wait_for()
    page.evaluate(AXE)
    page.evaluate("document.querySelector('main').append(document.createElement('button'))")
    assert any(fault.startswith("button-name:") for fault in page.evaluate(GRAVE))


def test_ward(ward: Site, visit: Open) -> None:
    page = visit(ward).page
    page.locator(".line:visible").first.wait_for()
    for key in "jx":
        page.keyboard.press(key)
    assert_accessible(page)
    page.keyboard.press("?")
    assert_accessible(page)


@pytest.mark.parametrize(
    "name", ["wikitext/gpt2-small-lr-3e-3", "imagenet/vit-b16-finetune", "energy/lstm-a",
             "wikitext/llama-lora-r16", "cells/unet-17"]
)  # fmt: skip
def test_run(ward: Site, visit: Open, name: str) -> None:
    page = visit(ward, f"run/{ward.ids()[name]}").page
    page.locator(".chart-frame[data-last-step]").wait_for()
    assert_accessible(page)


def test_unreadable(ward: Site, visit: Open) -> None:
    page = visit(ward, f"run/{ward.ids()['old/crashed']}").page
    page.get_by_role("heading", name=re.compile("cannot be read")).wait_for()
    assert_accessible(page)


@pytest.mark.parametrize(
    ("path", "heading"),
    [
        ("compare", "^Best near"),
        ("range", "^Use "),
        ("play", "About right"),
        ("rules", "rules are on"),
    ],
)
def test_page(sweep: Site, visit: Open, path: str, heading: str) -> None:
    page = visit(sweep, path).page
    page.get_by_role("heading", name=re.compile(heading)).first.wait_for()
    if path == "compare":
        page.get_by_role("button", name="Change runs").click()
    if path == "rules":
        page.get_by_role("switch", name="Spike is on").click()
        page.get_by_role("button", name="Divergence: its page").click()
        page.locator(".shares:visible").wait_for()
    assert_accessible(page)


def test_nothing_found(ward: Site, visit: Open) -> None:
    page = visit(ward, "range").page
    page.get_by_role("heading", name="No range test among these logs").wait_for()
    assert_accessible(page)
    watched = visit(ward, "run/gpt2-smal")
    watched.page.get_by_role("link", name=re.compile("gpt2-small")).wait_for()
    assert_accessible(watched.page)
    watched.forgive("404")


@pytest.mark.parametrize("done", [True, False])
def test_empty_and_reading(tmp_path: Path, visit: Open, done: bool) -> None:
    with Site(tmp_path, watch=False) as site:
        now = time.time()
        site.commit(IngestStatus(now, now, roots=("logs",), files=0 if done else 9, done=done))
        page = visit(site).page
        page.get_by_role("heading", name=re.compile("No training logs|Reading your")).wait_for()
        assert_accessible(page)
        page.close()
