"""``make bench-ui``: what a viewer waits for, in headless Chromium, beside TensorBoard's page.

Nothing here passes or fails. Where TensorBoard can show the same logs, it does so in the same run:
an event file of loss, rate and gradient norm for each run. Trackio and Optuna Dashboard show only
what their own clients wrote, so none of these logs.
"""

from __future__ import annotations

import asyncio
import json
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import httpx
import numpy as np
from playwright.sync_api import Browser, Page, sync_playwright

from tests.benchmarks import event_logs, followed, reading
from tests.browser.chromium import FLAGS, MISSING, find_chromium

PEER = Path(".venv-peers/bin/tensorboard")
SIZE = {"width": 1440, "height": 900}
REPEATS = 5
SETTLED = 1500.0
"""Milliseconds that a new window is left to itself: Chromium loads scripts of its own for the
address bar, half a second of a core that nobody waits for whose browser is open."""
PATIENCE = 120.0
"""Seconds after which something that does not come is given up."""

# Resolves with the time, ms on the page's clock, of the frame after the element changed.
CHANGED = """selector => {
  const node = document.querySelector(selector);
  window.seen = new Promise(done => {
    const look = new MutationObserver(() => {
      look.disconnect();
      const told = () => done(performance.timeOrigin + performance.now());
      requestAnimationFrame(() => setTimeout(told));
    });
    look.observe(node, {childList: true, subtree: true, attributes: true});
  });
}"""
# Resolves with the milliseconds from the key to the last frame that a chart drew for it.
ZOOMED = """() => {
  const chart = document.querySelector('.js-plotly-plot');
  const begun = performance.now();
  let last = begun;
  chart.on('plotly_afterplot', () => requestAnimationFrame(() => { last = performance.now(); }));
  window.zoomed = new Promise(done => setTimeout(() => done(last - begun), 1500));
}"""
# One row alone is to be seen, that of the run of this name.
ALONE = """name => {
  const seen = [...document.querySelectorAll('a.row')].filter(row => row.offsetParent);
  return seen.length === 1 && seen[0].textContent.includes(name);
}"""
DRAWN = ".chart-frame[data-last-step]:not(.waiting)"


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table."""

    job: str
    measured: str
    limit: str = ""
    peer: str = ""

    def __str__(self) -> str:
        return f"| {self.job} | {self.measured} | {self.limit} | {self.peer} |"


def ward(browser: Browser, folder: Path, runs: int) -> tuple[float, float]:
    """Seconds from a cold navigation to the first row, and to the one row that a search leaves."""
    logs = followed.logs(folder / "logs", runs, 2, 50)
    followed.fill(folder / "logs", folder / "store.db")
    with followed.watch(folder / "logs", folder / "store.db") as (_, address):
        _read(address, runs)
        last = logs[-1].parent.relative_to(folder / "logs").as_posix()
        spans = [_ward(browser, address, last) for _ in range(REPEATS)]
    first, found = (median(each) for each in zip(*spans, strict=True))
    return first, found


def run_page(browser: Browser, folder: Path) -> tuple[float, float]:
    """Seconds from a cold navigation to the drawn chart; megabytes over the wire until nothing more
    is fetched."""
    reading.csv_file(folder / "logs" / "log.csv", 5000)
    spans, sizes = [], []
    with followed.watch(folder / "logs", folder / "store.db") as (_, address):
        (id,) = _read(address, 1)
        for _ in range(REPEATS):
            with _page(browser) as page:
                received = _counted(page)
                begun = time.perf_counter()
                page.goto(f"{address}run/{id}", wait_until="commit")
                page.wait_for_selector(DRAWN)
                spans.append(time.perf_counter() - begun)
                page.mouse.move(9, 9)
                page.wait_for_selector("#view", state="attached")  # Dash comes once one stirs
                page.wait_for_load_state("networkidle")
                sizes.append(sum(received))
    return median(spans), median(sizes) / 1e6


def line_to_pixels(browser: Browser, folder: Path, runs: int = 20, lines: int = 60) -> list[float]:
    """Seconds from a written line to the frame with its run's new curve, sorted; a ward whose
    runs, all of them, gain a line each second."""
    logs = [reading.csv_file(folder / "logs" / f"{n}" / "log.csv", 1000) for n in range(runs)]
    ended, spans = threading.Event(), []
    with (
        followed.watch(folder / "logs", folder / "store.db") as (_, address),
        _page(browser) as page,
    ):
        _read(address, runs)
        writer = threading.Thread(target=_write, args=(logs[1:], ended))
        writer.start()
        try:
            page.goto(address)
            page.wait_for_selector("a.row .spark")
            id = next(one["id"] for one in _runs(address) if one["run"] == "0")
            for step in range(1000, 1000 + lines):
                page.evaluate(CHANGED, f'a[href$="/{id}"] [data-slot=spark]')
                begun = time.time()
                with logs[0].open("a") as log:
                    log.write(f"{step},0.{step % 7 + 2},0.001,1.0\n")
                spans.append(page.evaluate("() => window.seen") / 1e3 - begun)
        finally:
            ended.set()
            writer.join()
    return sorted(spans)


def zoom(browser: Browser, folder: Path, points: int = 1_000_000) -> float:
    """Seconds from the key to the last frame of a chart of a million points, zoomed."""
    reading.csv_file(folder / "logs" / "log.csv", points)
    with (
        followed.watch(folder / "logs", folder / "store.db") as (_, address),
        _page(browser) as page,
    ):
        (id,) = _read(address, 1, points)
        page.goto(f"{address}run/{id}")
        page.wait_for_selector(DRAWN)
        page.get_by_role("application").focus()
        spans = []
        for _ in range(REPEATS):
            page.wait_for_timeout(500)
            page.evaluate(ZOOMED)
            page.keyboard.press("+")
            spans.append(page.evaluate("() => window.zoomed") / 1e3)
    return median(spans)


def viewers(folder: Path, many: int = 50, seconds: float = 20.0) -> float:
    """Share of a core that the web process takes while so many look on at a run that gains a
    line each second: each of them holds a stream, and fetches what that does not bring."""
    logs = [reading.csv_file(folder / "logs" / f"{n}" / "log.csv", 1000) for n in range(10)]
    ended = threading.Event()
    with followed.watch(folder / "logs", folder / "store.db") as (server, address):
        _read(address, 10)
        writer = threading.Thread(target=_write, args=(logs[:1], ended))
        writer.start()
        try:
            # In a thread of its own: Playwright's loop runs in this one.
            with ThreadPoolExecutor(1) as beside:
                looked_at = _looked_at(address, server.pid, many, seconds)
                return beside.submit(asyncio.run, looked_at).result()
        finally:
            ended.set()
            writer.join()


def command_to_picture(browser: Browser, folder: Path, runs: int = 20) -> tuple[float, float]:
    """Seconds from the command to all curves on the page: here, and with TensorBoard's fast
    loader on the same event files; NaN where that is not installed."""
    made = folder / "logs"
    for n in range(runs):
        (made / f"run-{n}").mkdir(parents=True)
        log = made / f"run-{n}" / "events.out.tfevents.1700000000.bench"
        event_logs.regular(log, 40_000, tags=("train/loss", "train/lr"))
    return _ours(browser, made, folder, runs), _tensorboard(browser, made)


def _ours(browser: Browser, logs: Path, folder: Path, runs: int) -> float:
    spans = []
    for turn in range(3):
        with _page(browser) as page:
            begun = time.perf_counter()
            with followed.watch(logs, folder / f"store-{turn}.db") as (_, address):
                ids = _read(address, runs)
                page.goto(f"{address}compare?runs={','.join(ids)}", wait_until="commit")
                page.wait_for_function(
                    "n => document.querySelectorAll('.js-plotly-plot .trace').length >= n", arg=runs
                )
                page.evaluate("() => new Promise(requestAnimationFrame)")
                spans.append(time.perf_counter() - begun)
    return median(spans)


def _tensorboard(browser: Browser, logs: Path) -> float:
    if not PEER.exists():
        return float("nan")
    spans = []
    for _ in range(3):
        with _page(browser) as page:
            begun = time.perf_counter()
            with _peer(logs) as address:
                with page.expect_response("**/timeSeries*", timeout=1e3 * PATIENCE):
                    page.goto(address, wait_until="commit", timeout=1e3 * PATIENCE)
                page.wait_for_selector("line-chart", timeout=1e3 * PATIENCE)
                page.evaluate("() => new Promise(requestAnimationFrame)")
                spans.append(time.perf_counter() - begun)
    return median(spans)


@contextmanager
def _peer(logs: Path) -> Iterator[str]:
    """TensorBoard over a folder, once its port answers."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [str(PEER.absolute()), "--logdir", str(logs), "--port", str(port), "--load_fast=true"]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            try:
                if httpx.get(f"http://127.0.0.1:{port}/data/runs", timeout=5).json():
                    break
            except (httpx.HTTPError, ValueError):
                time.sleep(0.02)
        yield f"http://127.0.0.1:{port}/#timeseries"
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait()


async def _looked_at(address: str, pid: int, many: int, seconds: float) -> float:
    limits = httpx.Limits(max_connections=2 * many)
    async with httpx.AsyncClient(timeout=PATIENCE, limits=limits) as client:
        looking = [asyncio.create_task(_look(client, address)) for _ in range(many)]
        await asyncio.sleep(5)
        before = followed.cpu(pid)
        await asyncio.sleep(seconds)
        used = followed.cpu(pid) - before
        for task in looking:
            task.cancel()
        await asyncio.gather(*looking, return_exceptions=True)
    return used / seconds


async def _look(client: httpx.AsyncClient, address: str) -> None:
    version = (await client.get(f"{address}api/runs")).json()["version"]
    async with client.stream("GET", f"{address}api/live") as stream:
        async for line in stream.aiter_lines():
            if not line.startswith("data:"):
                continue
            told = json.loads(line.removeprefix("data:"))
            # As the page does: what the stream does not bring is asked for.
            if told.get("whole") and told["since"] <= version:
                version = max(version, told["version"])
            elif told.get("version", version) != version:
                answer = await client.get(f"{address}api/runs", params={"since": version})
                version = answer.json()["version"]


def _ward(browser: Browser, address: str, name: str) -> tuple[float, float]:
    with _page(browser) as page:
        begun = time.perf_counter()
        page.goto(address, wait_until="commit")
        page.wait_for_selector("a.row")
        first = time.perf_counter() - begun
        page.keyboard.press("/")
        page.keyboard.type(name)
        page.wait_for_function(ALONE, arg=name)
        return first, time.perf_counter() - begun


def _write(logs: list[Path], ended: threading.Event) -> None:
    """A line into each log each second."""
    step = 1000
    while not ended.wait(1.0):
        for path in logs:
            with path.open("a") as log:
                log.write(f"{step},0.{step % 7 + 2},0.001,1.0\n")
        step += 1


def _runs(address: str) -> list[dict[str, str]]:
    return list(httpx.get(f"{address}api/runs", timeout=PATIENCE).json()["runs"])


def _read(address: str, runs: int, points: int = 1) -> list[str]:
    """Ids of all runs, once they have been read."""
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        found = _runs(address)
        if len(found) == runs and all(one["points"] >= points for one in found):  # type: ignore[operator]
            return [one["id"] for one in found]
        time.sleep(0.01)
    raise TimeoutError(f"{runs} runs were not read within {PATIENCE:g} s")


@contextmanager
def _page(browser: Browser) -> Iterator[Page]:
    """A page of a fresh profile, in a window that stands: nothing cached."""
    context = browser.new_context(viewport=SIZE)
    context.set_default_timeout(1e3 * PATIENCE)
    try:
        page = context.new_page()
        page.wait_for_timeout(SETTLED)
        yield page
    finally:
        context.close()


def _counted(page: Page) -> list[float]:
    """Bytes of each answer as they came over the wire, growing."""
    sizes: list[float] = []
    session = page.context.new_cdp_session(page)
    session.send("Network.enable")
    session.on("Network.loadingFinished", lambda event: sizes.append(event["encodedDataLength"]))
    return sizes


def rows(browser: Browser, folder: Path) -> Iterator[Row]:
    for runs, limit in ((1000, 0.8), (10_000, 2.0)):
        first, found = ward(browser, folder / f"ward-{runs}", runs)
        yield Row(f"ward of {runs:,} runs, cold: first row", _ms(first))
        yield Row("the same, until a search has left one row", _ms(found), _ms(limit))
    drawn, size = run_page(browser, folder / "run")
    yield Row("cold run page, chart drawn", _ms(drawn), _ms(1.5))
    yield Row("the same, over the wire", f"{size:.2f} MB", "0.8 MB")
    spans = line_to_pixels(browser, folder / "live")
    yield Row("a line written → its curve on a ward of 20 growing runs, p50", _ms(median(spans)))
    yield Row("the same, p95", _ms(spans[int(0.95 * len(spans))]), _ms(0.3))
    yield Row("zoom into 1,000,000 points", _ms(zoom(browser, folder / "zoom")), _ms(0.15))
    yield Row("50 viewers of a run with a line a second, web process, share of a core",
              f"{viewers(folder / 'viewers'):.1%}", "5 %")  # fmt: skip
    ours, peer = command_to_picture(browser, folder / "command")
    beside = "" if np.isnan(peer) else f"TensorBoard, fast loader: {_ms(peer)}"
    yield Row("20 event files of 20,000 losses and rates, command → curves", _ms(ours), "", beside)


def _ms(seconds: float) -> str:
    return f"{seconds:.2f} s" if seconds >= 1 else f"{1e3 * seconds:.0f} ms"


def main() -> None:
    """Print the table."""
    say = sys.stdout.write
    say("| on the screen | measured | to keep to | beside |\n|---|---|---|---|\n")
    program = find_chromium() or sys.exit(MISSING)
    with (
        tempfile.TemporaryDirectory(prefix="lrdoctor-screen-") as place,
        sync_playwright() as driver,
    ):
        browser = driver.chromium.launch(executable_path=program, args=list(FLAGS))
        for row in rows(browser, Path(place)):
            say(f"{row}\n")
            sys.stdout.flush()
        browser.close()


if __name__ == "__main__":
    main()
