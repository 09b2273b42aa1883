"""One real Chromium for all browser tests, and pages that tell whatever goes wrong on them."""

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


expect.set_options(timeout=PATIENCE)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    path = chromium.find_chromium()
    if path is None:
        pytest.fail(chromium.MISSING, pytrace=False)
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=path, args=list(chromium.FLAGS))
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


@pytest.fixture
def visit(browser: Browser) -> Iterator[Open]:
    """Opens a page of a site in a fresh profile; at the end no page may have complained."""
    contexts: list[BrowserContext] = []
    pages: list[Watched] = []

    def visit(site: Site, path: str = "", **options: object) -> Watched:
        options.setdefault("viewport", DESK)
        context = browser.new_context(**options)  # type: ignore[arg-type]
        context.set_default_timeout(PATIENCE)
        contexts.append(context)
        watched = Watched(context.new_page(), site)
        pages.append(watched)
        watched.page.goto(site.address + path)
        return watched

    yield visit
    complaints = [one for page in pages for one in page.complaints]
    for context in contexts:
        context.close()
    assert complaints == []


@pytest.fixture(scope="session")
def pictures() -> Path:
    folder = Path(__file__).parent / "pictures"
    folder.mkdir(exist_ok=True)
    return folder
