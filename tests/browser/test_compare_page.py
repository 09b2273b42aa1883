"""Compare and Range test as they are used: choosing runs, links, back and forward, the figures."""

from __future__ import annotations

import re
from pathlib import Path

import httpx
from playwright.sync_api import expect

from tests.browser import training_logs
from tests.browser.conftest import Open
from tests.browser.live_site import Site


def test_what_it_says_is_what_the_api_says(sweep: Site, visit: Open) -> None:
    page = visit(sweep, "compare").page
    page.get_by_role("heading", level=1, name=re.compile("^Best near")).wait_for()
    ids = [id for name, id in sweep.ids().items() if "r18" in name]
    told = httpx.get(f"{sweep.address}api/compare?runs={','.join(ids)}").json()
    assert page.locator("[data-slot=answer]").inner_text() == told["sentence"]
    rows = page.locator("[data-slot=table] tbody tr")
    expect(rows).to_have_count(9)
    assert page.locator("[data-slot=table] tr.best").count() == 1
    assert page.locator("[data-slot=table] .swatch.crit").count() == 2


def test_the_diverged_runs_are_crosses_on_the_top_edge(sweep: Site, visit: Open) -> None:
    page = visit(sweep, "compare").page
    page.locator("[data-slot=valley][data-width]").wait_for()
    marks = page.evaluate("""() => {
        const plot = document.querySelector("[data-slot=valley] .js-plotly-plot");
        const lost = plot.data.find((one) => one.marker?.symbol === "x-thin");
        return {n: lost.x.length, y: lost.y, top: plot.layout.yaxis.range};
    }""")
    assert marks["n"] == 2
    low, high = marks["top"]
    assert all(y > low + 0.9 * (high - low) for y in marks["y"])


def test_a_run_that_something_else_broke_is_told_apart(tmp_path: Path, visit: Open) -> None:
    training_logs.write_sweep(tmp_path / "logs", (1e-4, 3e-4, 1e-3, 1e-2))
    rows = list(training_logs.attempt(6e-4))
    for row in rows[450:]:
        row["train_loss"] = "nan"
    training_logs.write_csv(tmp_path / "logs" / "cifar100" / "batch" / "metrics.csv", iter(rows))
    with Site(tmp_path) as site:
        page = visit(site, "compare").page
        expect(page.locator("[data-slot=sub]")).to_contain_text(
            "1 diverged; 1 broke, not clearly by the rate"
        )
        legend = page.locator("[data-slot=outcomes] li")
        told = legend.evaluate_all(
            "(all) => all.map((one) => [getComputedStyle(one.firstChild).color, one.innerText])"
        )
        assert len({colour for colour, _ in told}) == len(told) >= 4, told
        row = page.get_by_role("row", name=re.compile("batch"))
        best_at = row.locator("td.faint").inner_text()
        assert int(best_at.removeprefix("step ")) <= 450
        page.locator("[data-slot=curves][data-width]").wait_for()
        ends = page.evaluate("""() => document.querySelector("[data-slot=curves] .js-plotly-plot")
            .data.filter((one) => one.marker?.symbol === "x-thin").map((one) => one.text[0])""")
        assert sorted(text.strip() for text in ends) == ["0.01", "6e-4"]
        page.close()


def test_other_runs_are_ticked_and_stand_in_the_link(sweep: Site, visit: Open) -> None:
    page = visit(sweep, "compare").page
    page.get_by_role("heading", level=1, name=re.compile("^Best near")).wait_for()
    page.get_by_role("button", name="Change runs").click()
    page.get_by_role("searchbox", name="Search the runs to compare").fill("lr0.001")
    page.get_by_role("checkbox").uncheck()
    expect(page.locator("[data-slot=table] tbody tr")).to_have_count(8)
    shared = visit(sweep, page.url.removeprefix(sweep.address)).page
    expect(shared.locator("[data-slot=table] tbody tr")).to_have_count(8)
    assert shared.get_by_role("link", name="r18-lr0.001").count() == 0


def test_back_undoes_the_choice_of_the_loss(sweep: Site, visit: Open) -> None:
    page = visit(sweep, "compare").page
    page.get_by_role("heading", level=1, name=re.compile("^Best near")).wait_for()
    page.get_by_role("button", name="Best loss").click()
    expect(page.get_by_role("columnheader", name="Best loss")).to_be_visible()
    assert "by=best" in page.url
    page.go_back()
    expect(page.get_by_role("columnheader", name="Final loss")).to_be_visible()


def test_the_export_holds_every_run(sweep: Site, visit: Open) -> None:
    page = visit(sweep, "compare").page
    page.get_by_role("heading", level=1, name=re.compile("^Best near")).wait_for()
    with page.expect_download() as download:
        page.get_by_role("button", name="Export").click()
    lines = download.value.path().read_text("utf-8").splitlines()
    assert lines[0].startswith("run,learning_rate,final_loss")
    assert len(lines) == 10


def test_a_range_test_says_what_the_api_says(sweep: Site, visit: Open) -> None:
    page = visit(sweep, "range").page
    page.get_by_role("heading", level=1, name=re.compile("^Use ")).wait_for()
    told = httpx.get(f"{sweep.address}api/range?run={sweep.ids()['cifar100/range-test']}").json()
    assert page.locator("[data-slot=reason]").inner_text() == told["suggestion"]["reason"]
    assert told["suggestion"]["high"] <= told["blows_up"]["rate"]
    assert page.locator("[data-slot=quality] li").count() == 4
    assert page.get_by_role("tab", name="Keras").is_visible()


def test_a_range_test_whose_log_tells_no_optimizer_takes_its_name(sweep: Site, visit: Open) -> None:
    page = visit(sweep, "range").page
    reason = page.locator("[data-slot=reason]")
    expect(reason).to_contain_text("The log tells no optimizer")
    page.get_by_label("Optimizer").select_option("Lion")
    expect(reason).not_to_contain_text("The log tells no optimizer")
    id = sweep.ids()["cifar100/range-test"]
    told = httpx.get(f"{sweep.address}api/range?run={id}&optimizer=lion").json()
    assert reason.inner_text() == told["suggestion"]["reason"]
    page.reload()
    expect(page.get_by_label("Optimizer")).to_have_value("lion")
    expect(reason).to_have_text(told["suggestion"]["reason"])


def test_a_run_that_is_no_range_test_says_why(sweep: Site, visit: Open) -> None:
    watched = visit(sweep, f"range?run={sweep.ids()['cifar100/r18-lr0.001']}")
    watched.page.get_by_role("heading", name="This run is no range test").wait_for()
    expect(watched.page.get_by_text("decade", exact=False).first).to_be_visible()
    watched.forgive("422")
