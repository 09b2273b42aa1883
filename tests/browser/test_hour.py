"""An hour of live running, faster: the pages stay as small as they were."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Browser, CDPSession, Page, expect

from tests.browser.conftest import DESK
from tests.browser.live_site import Site

SECONDS = 3600
"""One line a second."""
AT_ONCE = 12
"""Lines that come together: each batch is one update of the pages."""
SETTLED = 1200
"""Seconds after which the pages have seen whatever they keep."""
LOOKS = 10
"""At a page's memory."""
KEPT = 16_000
"""Bytes that an update may leave behind: plotly keeps the size of each label that it has drawn,
some 20 of 600 bytes an update, and forgets them all after 10,000. A fetched series is larger."""

pytestmark = pytest.mark.thorough


def lines(first: int, count: int) -> str:
    random = np.random.default_rng(first)
    losses = 0.5 + random.normal(0, 0.02, count)
    return "".join(f"{first + n},{loss:.5f},0.001,1.0\n" for n, loss in enumerate(losses))


def held(page: Page, session: CDPSession) -> tuple[float, float]:
    """Bytes of the page's heap and nodes of its tree, after a collection: the fewest of some looks,
    for what a chart being drawn has just let go of may still be there."""
    looks = []
    for _ in range(LOOKS):
        page.evaluate("() => new Promise((done) => requestIdleCallback(done, { timeout: 1000 }))")
        session.send("HeapProfiler.collectGarbage")
        heap = session.send("Runtime.getHeapUsage")["usedSize"]
        looks.append((float(heap), float(session.send("Memory.getDOMCounters")["nodes"])))
    heaps, nodes = zip(*looks, strict=True)
    return min(heaps), min(nodes)


def opened(page: Page, address: str) -> CDPSession:
    page.goto(address)
    session = page.context.new_cdp_session(page)
    session.send("HeapProfiler.enable")
    return session


def test_an_hour_of_lines_leaves_the_pages_as_small_as_they_were(
    browser: Browser, tmp_path: Path
) -> None:
    log = tmp_path / "logs" / "run" / "log.csv"
    log.parent.mkdir(parents=True)
    # More than a chart shows, so that what it shows does not grow any more.
    log.write_text("step,loss,lr,grad_norm\n" + lines(0, 4000))
    context = browser.new_context(viewport=DESK)  # type: ignore[arg-type]
    with Site(tmp_path) as site:
        (id,) = site.ids().values()
        ward, run = context.new_page(), context.new_page()
        pages = {
            ward: opened(ward, site.address),
            run: opened(run, f"{site.address}run/{id}"),
        }
        frame = run.locator(".chart-frame")
        frame.scroll_into_view_if_needed()  # below a long diagnosis it would not be drawn
        before: list[tuple[float, float]] = []
        for second in range(0, SECONDS, AT_ONCE):
            if second == SETTLED:
                before = [held(*page) for page in pages.items()]
            with log.open("a") as file:
                file.write(lines(4000 + second, AT_ONCE))
            newest = str(4000 + second + AT_ONCE - 1)
            expect(frame).to_have_attribute("data-last-step", newest)
        after = [held(*page) for page in pages.items()]
        context.close()
    updates = (SECONDS - SETTLED) / AT_ONCE
    for (heap, nodes), (heap_now, nodes_now) in zip(before, after, strict=True):
        assert (heap_now - heap) / updates < KEPT
        assert nodes_now <= 1.05 * nodes
