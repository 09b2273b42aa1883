"""One real Chromium for a worker's tests, and pages that tell whatever goes wrong on them.

Who visits has been here before: the scripts of a page are in the profile's cache, and have been
compiled. What pages keep of their own (storage, cookies) is gone before the next test.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Request, expect, sync_playwright

from tests.browser import chromium, training_logs
from tests.browser.live_site import Site

DESK = {"width": 1440, "height": 900}
PHONE = {"width": 390, "height": 844}
CALM = {"viewport": DESK, "reduced_motion": "reduce"}
"""How a visitor's browser is set unless a test asks otherwise: Chromium without a graphics card
draws what moves with a third of a core."""
NEW = {"viewport": DESK}
"""Options for a visitor who has never been anywhere."""
ONE_PROCESS = "--renderer-process-limit=1"
"""The pages of one profile are drawn by one process, which knows their scripts already."""
KEPT = "cookies,indexeddb,local_storage,cache_storage,service_workers"
PATIENCE = 60_000.0
"""Milliseconds that a condition may take to hold: for machines with other things to do."""

Open = Callable[..., "Watched"]


class Watched:
    """A page whose complaints are kept: console errors, exceptions, requests to other origins."""

    def __init__(self, page: Page, site: Site) -> None:
        self.page = page
        self.site = site
        self.complaints: list[str] = []
        self.requested: list[str] = []
        page.on("console", self._heard)
        page.on("pageerror", lambda error: self.complaints.append(f"exception: {error}"))
        page.on("request", self._asked)

    def _heard(self, message: object) -> None:
        kind, text = message.type, message.text  # type: ignore[attr-defined]
        if kind in ("error", "warning"):
            self.complaints.append(f"{kind}: {text}")

    def _asked(self, request: Request) -> None:
        self.requested.append(request.url)
        origin = f"http://127.0.0.1:{self.site.port}/"
        if not request.url.startswith((origin, "data:", "blob:")):
            self.complaints.append(f"asked another origin: {request.url}")

    def forgive(self, *texts: str) -> None:
        """Expected complaints: those that hold one of these texts."""
        self.complaints = [one for one in self.complaints if not any(t in one for t in texts)]


def with_dash(page: Page) -> Page:
    """The page once Dash, which waits until its reader stirs, can draw others."""
    page.mouse.move(9, 9)
    page.locator("#view").wait_for(state="attached")
    return page


class Profile:
    """A browser profile that is used again: what it has cached stays, what pages kept does not."""

    def __init__(self, browser: Browser, site: Site) -> None:
        self.context = browser.new_context(**CALM)  # type: ignore[arg-type]
        # An answer without scripts, which stays open: the process that draws the pages lives on.
        keeper = self.context.new_page()
        keeper.goto(f"{site.address}healthz")
        self._session = self.context.new_cdp_session(keeper)

    def forget(self, site: Site) -> None:
        """Throw away what the site's pages have kept."""
        self.context.clear_cookies()
        told = {"origin": f"http://127.0.0.1:{site.port}", "storageTypes": KEPT}
        self._session.send("Storage.clearDataForOrigin", told)


expect.set_options(timeout=PATIENCE)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    path = chromium.find_chromium()
    if path is None:
        pytest.fail(chromium.MISSING, pytrace=False)
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=path,
                                             args=[*chromium.FLAGS, ONE_PROCESS])  # fmt: skip
        yield running
        running.close()


@pytest.fixture(scope="session")
def ward(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """Ten runs of every kind, watched. Tests that write logs make their own site."""
    folder = tmp_path_factory.mktemp("ward")
    training_logs.write_ward(folder / "logs", time.time())
    with Site(folder, growing=training_logs.GROWING) as site:
        yield site


@pytest.fixture(scope="session")
def sweep(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """Nine rates of one experiment and a range test, watched."""
    folder = tmp_path_factory.mktemp("sweep")
    training_logs.write_sweep(folder / "logs")
    with Site(folder) as site:
        yield site


@pytest.fixture(scope="session")
def profiles(browser: Browser) -> list[Profile]:
    """Those that tests have needed so far: as many as one of them had visitors."""
    return []


@pytest.fixture
def visit(browser: Browser, profiles: list[Profile]) -> Iterator[Open]:
    """Opens a page of a site; each visit of a test is another visitor's. With options of a browser
    context the visitor has never been anywhere. At the end no page may have complained."""
    new: list[BrowserContext] = []
    used: list[Profile] = []
    pages: list[Watched] = []

    def visit(site: Site, path: str = "", **options: object) -> Watched:
        if options:
            context = browser.new_context(**{**CALM, **options})  # type: ignore[arg-type]
            new.append(context)
        else:
            if len(used) == len(profiles):
                profiles.append(Profile(browser, site))
            used.append(profiles[len(used)])
            context = used[-1].context
        context.set_default_timeout(PATIENCE)
        watched = Watched(context.new_page(), site)
        pages.append(watched)
        watched.page.goto(site.address + path)
        return watched

    yield visit
    complaints = [one for page in pages for one in page.complaints]
    for page in pages:
        page.page.close()
    for context in new:
        context.close()
    for profile in used:
        for site in {page.site for page in pages}:
            profile.forget(site)
    assert complaints == []


@pytest.fixture(scope="session")
def pictures() -> Path:
    folder = Path(__file__).parent / "pictures"
    folder.mkdir(exist_ok=True)
    return folder
