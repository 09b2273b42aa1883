"""What is looked at on each page and state as it stands: four pictures, overflow, contrast, axe."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

from playwright.sync_api import Page, expect

from tests.browser.conftest import DESK, PHONE, Watched

CONTRAST = Path(__file__).with_name("contrast.js").read_text("utf-8")
CHART_BELOW = """() => {
    const bottom = (part) => document.querySelector(part)?.getBoundingClientRect();
    const chart = bottom(".chart-frame:not(.waiting) .main-svg");
    return chart ? chart.bottom - bottom(".chart-foot").top : 0;
}"""
OVERFLOW = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
# What hears of the theme asks for a frame, and draws in that.
DRAWN = """() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))"""
AXE = (files("axe_playwright_python") / "axe.min.js").read_text("utf-8")
GRAVE = """(options) => axe.run({ resultTypes: ["violations"], ...options }).then((found) => {
    const grave = found.violations.filter((one) => ["serious", "critical"].includes(one.impact));
    return grave.map(({ id, nodes }) => `${id}: ${nodes.map((one) => one.target).join(" ")}`);
})"""
WHOLE: dict[str, object] = {}
COLOURS = {"runOnly": ["color-contrast", "link-in-text-block"]}
"""Of the second theme: it is the same page in other colours."""


def photograph(watched: Watched, folder: Path, name: str) -> None:
    """Four pictures of the page as it stands, each checked; axe at the desk."""
    page = watched.page
    for device, size in (("desk", DESK), ("phone", PHONE)):
        page.set_viewport_size(size)  # type: ignore[arg-type]
        for theme, checks in (("light", WHOLE), ("dark", COLOURS)):
            _switch(page, theme)
            for chart in page.locator(".chart-frame:not(.waiting):visible").all():
                width = str(chart.evaluate("frame => frame.clientWidth"))
                expect(chart).to_have_attribute("data-width", width)
            if page.locator(".chart-foot").count():
                assert page.evaluate(CHART_BELOW) <= 1, f"{name}: the chart leaves its card"
            page.screenshot(path=folder / f"{name}_{device}_{theme}.png", full_page=True)
            assert page.evaluate(OVERFLOW) <= 0, f"{name} scrolls sideways: {device}"
            faults = page.evaluate(CONTRAST)
            assert not faults, f"{name}: {device}, {theme}: {faults}"
            if device == "desk":
                faults = grave(page, checks)
                assert not faults, f"{name}: {theme}: {faults}"


def assert_accessible(page: Page) -> None:
    """The page as it stands before axe, light and dark: nothing serious, nothing critical."""
    for theme, checks in (("light", WHOLE), ("dark", COLOURS)):
        _switch(page, theme)
        faults = grave(page, checks)
        assert not faults, f"{theme}: {faults}"


def grave(page: Page, checks: dict[str, object]) -> list[str]:
    """What axe finds serious or critical, each with the elements it is found on."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE)  # by the debugger: the page's own policy lets no foreign script in
    found: list[str] = page.evaluate(GRAVE, checks)
    return found


def _switch(page: Page, theme: str) -> None:
    page.emulate_media(color_scheme=theme)  # type: ignore[arg-type]
    page.evaluate(DRAWN)
