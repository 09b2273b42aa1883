"""Axe finds what is wrong; ``look.photograph`` holds every page and state before it."""

from __future__ import annotations

import re

from tests.browser.conftest import Open
from tests.browser.live_site import Site
from tests.browser.look import COLOURS, WHOLE, assert_accessible, grave

FAINT = """() => {
    const faint = document.createElement("p");
    faint.textContent = "hardly to be read";
    faint.style.color = "#777";
    faint.style.background = "#888";
    document.querySelector("main").append(faint);
}"""


def test_axe_sees_what_is_wrong(sweep: Site, visit: Open) -> None:
    page = visit(sweep, "play").page
    page.get_by_role("heading", name="About right").wait_for()
    page.evaluate("document.querySelector('main').append(document.createElement('button'))")
    assert any(fault.startswith("button-name:") for fault in grave(page, WHOLE))
    page.evaluate(FAINT)
    assert any(fault.startswith("color-contrast:") for fault in grave(page, COLOURS))


def test_a_run_that_ended_long_ago(ward: Site, visit: Open) -> None:
    page = visit(ward, f"run/{ward.ids()['cells/unet-17']}").page
    page.locator(".chart-frame[data-last-step]").wait_for()
    assert_accessible(page)


def test_choice_of_runs_to_compare(sweep: Site, visit: Open) -> None:
    page = visit(sweep, "compare").page
    page.get_by_role("heading", level=1, name=re.compile("^Best near")).wait_for()
    page.get_by_role("button", name="Change runs").click()
    assert_accessible(page)
