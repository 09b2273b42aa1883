"""Takes the README's pictures of real trainings: ``make pictures``.

The demo's five trainings and a sweep of its healthy one over seven learning rates run anew, are
watched, and photographed in a real browser.
"""

from __future__ import annotations

import base64
import dataclasses
import re
import sys
import tempfile
from pathlib import Path

from playwright.sync_api import Page, ViewportSize, sync_playwright

from lrdoctor import demo
from lrdoctor.demo.patients import PATIENTS
from tests.browser import chromium
from tests.browser.conftest import PATIENCE
from tests.browser.live_site import Site

DOCS = Path(__file__).parents[2] / "docs"
SIZE: ViewportSize = {"width": 1280, "height": 800}
TALL: ViewportSize = {"width": 1280, "height": 1240}
RATES = (0.002, 0.006, 0.02, 0.06, 0.2, 0.6, 2.0)
LARGEST = 200_000
"""Bytes of one picture: a README is to open quickly."""


def main() -> None:
    """Train, watch, and photograph."""
    path = chromium.find_chromium()
    if path is None:
        sys.exit(chromium.MISSING)
    DOCS.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as place, sync_playwright() as playwright:
        logs = Path(place) / "logs"
        logs.mkdir()
        demo.train(logs / "demo", seconds=0)
        _sweep(logs / "sweep")
        browser = playwright.chromium.launch(executable_path=path, args=list(chromium.FLAGS))
        with Site(Path(place)) as site:
            page = browser.new_page(viewport=SIZE, color_scheme="light")
            page.set_default_timeout(PATIENCE)
            _photograph_all(page, site)
        browser.close()


def _sweep(folder: Path) -> None:
    healthy = next(patient for patient in PATIENTS if patient.name == "healthy")
    for rate in RATES:
        patient = dataclasses.replace(healthy, name=f"lr-{rate:g}", learning_rate=rate)
        for _ in patient.train(folder / patient.name):
            pass


def _photograph_all(page: Page, site: Site) -> None:
    ids = site.ids()
    page.goto(site.address)
    page.locator(".line:visible").first.wait_for()
    _photograph(page, "ward")
    page.goto(f"{site.address}run/{ids['demo/diverging']}")
    page.locator(".chart-frame[data-last-step]").wait_for()
    page.set_viewport_size(TALL)
    _photograph(page, "run")
    page.set_viewport_size(SIZE)
    chosen = ",".join(id for name, id in ids.items() if name.startswith("sweep/"))
    page.goto(f"{site.address}compare?runs={chosen}")
    page.locator("[data-slot=curves][data-width]").wait_for()
    _photograph(page, "compare")
    page.goto(f"{site.address}play?lr=2.06&n=24")
    page.get_by_text(re.compile("^Said by")).wait_for()
    _photograph(page, "play")


def _photograph(page: Page, name: str) -> None:
    page.evaluate("document.fonts.ready")
    page.wait_for_timeout(500)  # what moves has come to rest
    # WebP, which Playwright does not offer, takes a third of PNG's bytes.
    session = page.context.new_cdp_session(page)
    taken = session.send("Page.captureScreenshot", {"format": "webp", "quality": 90})
    picture = base64.b64decode(taken["data"])
    if len(picture) > LARGEST:
        sys.exit(f"the picture of {name} has {len(picture):,} bytes, of {LARGEST:,} at most")
    (DOCS / f"{name}.webp").write_bytes(picture)
    sys.stdout.write(f"docs/{name}.webp  {len(picture):,} bytes\n")


if __name__ == "__main__":
    main()
