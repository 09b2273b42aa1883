"""The run page: its words, the chart and its controls, live points, downloads."""

from __future__ import annotations

import csv
import io
import re
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Locator, Page, Route, expect

from lrdoctor.server import wire
from tests.browser import training_logs
from tests.browser.conftest import NEW, PHONE, Open
from tests.browser.live_site import Site

GPT = "wikitext/gpt2-small-lr-3e-3"
NAN = "imagenet/vit-b16-finetune"
LLAMA = "wikitext/llama-lora-r16"
LAYOUT = "document.querySelector('.js-plotly-plot')._fullLayout"


def drawn(page: Page) -> Page:
    page.locator(".chart-frame[data-last-step]").wait_for()
    return page


# The run grows for as long as the whole suite takes, by 4 steps every 20 seconds: a slow machine
# makes some hundred more. These windows hold for a growth of a thousand.
WHOLE = (r"-?\d{1,3}", r"(5[1-9]|6[01])\d\d")


def expect_window(page: Page, begin: str, end: str) -> None:
    """The chart shows steps that match these patterns."""
    frame = page.locator(".chart-frame")
    expect(frame).to_have_attribute("data-from", re.compile(f"^({begin})$"))
    expect(frame).to_have_attribute("data-to", re.compile(f"^({end})$"))


@pytest.fixture
def gpt(ward: Site, visit: Open) -> Page:
    return drawn(visit(ward, f"run/{ward.ids()[GPT]}").page)


def test_diagnosis_says_what_since_when_and_how_sure(gpt: Page) -> None:
    card = gpt.get_by_role("region", name="Diagnosis")
    expect(card.get_by_role("heading", level=2)).to_contain_text("diverging since step")
    assert re.search(r"\d+% sure", card.inner_text())
    assert card.locator(".evidence > div").count() == 3
    assert "Critical" in gpt.title()


def test_snippet_is_chosen_by_keyboard_and_copied(ward: Site, visit: Open) -> None:
    granted = ["clipboard-read", "clipboard-write"]
    page = drawn(visit(ward, f"run/{ward.ids()[GPT]}", permissions=granted).page)
    card = page.get_by_role("region", name="Suggested change")
    first = card.get_by_role("tab").first
    first.focus()
    before = card.get_by_role("tabpanel").inner_text()
    page.keyboard.press("ArrowRight")
    after = card.get_by_role("tabpanel").inner_text()
    assert after != before
    card.get_by_role("button", name="Copy").click()
    expect(card.get_by_role("button", name="Copied")).to_be_visible()
    assert page.evaluate("navigator.clipboard.readText()").strip() == after.strip()


def test_nan_is_pinned_to_the_edge_with_its_number(ward: Site, visit: Open) -> None:
    page = drawn(visit(ward, f"run/{ward.ids()[NAN]}").page)
    chart = page.locator(".js-plotly-plot")
    expect(chart).to_contain_text("99 NaN")
    expect(chart).to_contain_text("NaN from step 4,206")
    assert page.evaluate(
        "document.querySelector('.js-plotly-plot').data.some(t => t.marker?.symbol === 'x')"
    )


def test_story_zooms_the_chart_and_back_undoes_it(gpt: Page) -> None:
    expect_window(gpt, *WHOLE)
    # First a warning, then critical: both open the same window.
    gpt.get_by_role("button", name=re.compile("^Diverging")).first.click()
    expect_window(gpt, r"[2-4]\d{3}", WHOLE[1])
    assert re.search(r"from=\d+&to=\d+", gpt.url)
    gpt.go_back()
    expect_window(gpt, *WHOLE)
    assert "from" not in gpt.url


def test_chart_is_moved_by_keyboard_and_mouse(gpt: Page) -> None:
    gpt.get_by_role("application").focus()
    gpt.keyboard.press("+")
    expect_window(gpt, r"1[2-5]\d\d", r"(3[89]|4[0-6])\d\d")
    gpt.keyboard.press("ArrowLeft")
    expect_window(gpt, r"[67]\d\d", r"3[2-9]\d\d")
    gpt.keyboard.press("0")
    expect_window(gpt, *WHOLE)
    plot = gpt.locator(".js-plotly-plot .nsewdrag").first
    plot.scroll_into_view_if_needed()
    box = plot.bounding_box()
    assert box
    y = box["y"] + box["height"] / 2
    gpt.mouse.move(box["x"] + box["width"] * 0.5, y)
    gpt.mouse.down()
    gpt.mouse.move(box["x"] + box["width"] * 0.75, y, steps=4)
    gpt.mouse.up()
    expect_window(gpt, r"(2[4-9]|30)\d\d", r"(3[789]|4[0-6])\d\d")
    gpt.get_by_role("button", name="Whole run").click()
    expect_window(gpt, *WHOLE)


def test_a_window_is_asked_for_in_one_request(ward: Site, visit: Open) -> None:
    watched = visit(ward, f"run/{ward.ids()['cells/unet-17']}")
    page = drawn(watched.page)
    asked = len(watched.requested)
    page.get_by_role("application").press("+")
    expect(page).to_have_url(re.compile("from="))
    expect(page.locator(".chart-frame")).to_have_attribute("data-from", re.compile(r"^5\d\d\d$"))
    series = [url for url in watched.requested[asked:] if "from=" in url]
    assert len(series) == 1, series
    assert series[0].count("metric=") == 4


def test_the_chart_takes_the_other_theme_s_colours(ward: Site, visit: Open) -> None:
    page = drawn(visit(ward, f"run/{ward.ids()['cells/unet-17']}", color_scheme="light").page)
    inks = "() => getComputedStyle(document.querySelector('.xtick text')).fill"
    light = page.evaluate(inks)
    page.get_by_role("button", name="Switch to the dark theme").click()
    page.wait_for_function(f"(light) => ({inks})() !== light", arg=light)
    page.get_by_role("button", name="Switch to the light theme").click()
    page.wait_for_function(f"(light) => ({inks})() === light", arg=light)


def test_view_is_in_the_address(ward: Site, visit: Open) -> None:
    asked = "?log=1&x=relative&smooth=200&from=1000&to=4000"
    page = drawn(visit(ward, f"run/{ward.ids()[GPT]}{asked}").page)
    assert page.get_by_role("button", name="Log scale").get_attribute("aria-pressed") == "true"
    assert page.get_by_label("Along").input_value() == "relative"
    expect(page.locator("[data-slot=smoothWords]")).to_have_text("200 steps")
    expect_window(page, "1000", "4000")
    titles = f"(({{xaxis, yaxis}}) => [yaxis.type, xaxis.title.text])({LAYOUT})"
    assert page.evaluate(titles) == ["log", "minutes since the start"]
    page.get_by_label("Along").select_option("wall")
    expect(page.locator(".chart-frame")).to_have_attribute("data-axis", "wall")
    assert page.evaluate(f"{LAYOUT}.xaxis.type") == "date"
    assert "x=wall" in page.url


def test_smoothing_follows_the_slider(gpt: Page) -> None:
    slider = gpt.get_by_label("Smooth")
    slider.focus()
    gpt.keyboard.press("Home")
    expect(gpt.locator("[data-slot=smoothWords]")).to_have_text("off")
    expect(gpt.locator(".legend")).not_to_contain_text("smoothed")
    gpt.keyboard.press("End")
    expect(gpt.locator("[data-slot=smoothWords]")).to_have_text("1,000 steps")
    assert "smooth=1000" in gpt.url


def test_downloads_hold_the_data_and_the_picture(ward: Site, visit: Open) -> None:
    page = drawn(visit(ward, f"run/{ward.ids()[GPT]}?from=1&to=401").page)
    with page.expect_download() as table:
        page.get_by_role("button", name="Download the data as CSV").click()
    read = list(csv.DictReader(io.StringIO(Path(table.value.path()).read_text("utf-8"))))
    assert list(read[0]) == ["step", "wall_time", "loss", "val_loss", "lr", "grad_norm"]
    assert [int(row["step"]) for row in read] == list(range(1, 402, 4))
    assert float(read[0]["loss"]) == pytest.approx(9.6, abs=0.5)
    with page.expect_download() as picture:
        page.get_by_role("button", name="Download the picture as PNG").click()
    assert Path(picture.value.path()).read_bytes().startswith(b"\x89PNG")


def test_new_points_reach_the_chart(tmp_path: Path, visit: Open) -> None:
    log = "toy/metrics.csv"
    lines = [f"{step},{2.3 - 0.001 * step:.4f},0.001" for step in range(320)]
    training_logs.write_lines(tmp_path / "logs" / log, ["step,loss,lr", *lines[:300]])
    with Site(tmp_path) as site:
        page = drawn(visit(site, f"run/{site.ids()['toy']}").page)
        page.locator("#connection[data-state=live]").wait_for()
        for end in (310, 320):
            site.append(log, lines[end - 10 : end])
            page.locator(f".chart-frame[data-last-step='{end - 1}']").wait_for()
        expect(page.get_by_label("Vital signs")).to_contain_text("319")
        page.close()


def test_where_too_many_runs_grow_for_a_stream_the_page_asks_for_its_own_alone(
    tmp_path: Path, visit: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(wire, "MOST_TOLD", 0)  # as if each change were one of hundreds of runs
    lines = [f"{step},{2.3 - 0.001 * step:.4f},0.001" for step in range(400)]
    logs = [f"mnist/run-{i}/metrics.csv" for i in range(3)]
    for log in logs:
        training_logs.write_lines(tmp_path / "logs" / log, ["step,loss,lr", *lines[:300]])
    with Site(tmp_path) as site:
        page = drawn(visit(site, f"run/{site.ids()['mnist/run-1']}").page)
        page.locator("#connection[data-state=live]").wait_for()
        of_all = re.compile(r"/api/runs\?since=")
        page.route(of_all, lambda _: None)  # never answered
        for log in logs:
            site.append(log, lines[300:])
        expect(page.locator(".chart-frame")).to_have_attribute("data-last-step", "399")
        page.unroute(of_all)
        with page.expect_response(of_all):  # the ward shows all of them
            page.get_by_role("link", name="Ward").first.click()
        page.close()


def test_every_finding_has_its_ring_on_the_curve(ward: Site, visit: Open) -> None:
    watched = visit(ward, f"run/{ward.ids()['summaries/t5-base']}")
    page = drawn(watched.page)
    line = page.request.get(f"{ward.address}api/runs/{ward.ids()['summaries/t5-base']}").json()
    # One that stays up for a while is told twice, at one place.
    spikes = sorted({one["onset_step"] for one in line["findings"] if one["rule"] == "spike"})
    told = line["findings"][line["told"]]["onset_step"]  # the headline's, which has a flag, too
    traces = "document.querySelector('.js-plotly-plot').data.find((one) => one.name === '{}')"
    find = traces.format("finding")
    rings = page.evaluate(f"{find}.x.map((x, i) => [x, {find}.text[i]])")
    assert len(spikes) == 3
    spikes.remove(told)
    assert sorted({x for x, words in rings if words == "Loss spike"}) == spikes
    assert page.evaluate(f"{traces.format('onset')}.x") == [told]


def test_without_a_loss_there_is_no_control_of_a_chart_and_no_rule_is_clear(
    tmp_path: Path, visit: Open
) -> None:
    lines = [f"{step},{0.001 * (step + 1)}" for step in range(50)]
    training_logs.write_lines(tmp_path / "logs" / "a" / "metrics.csv", ["step,lr", *lines])
    with Site(tmp_path) as site:
        page = visit(site, f"run/{site.ids()['a']}").page
        expect(page.get_by_text("This log holds no loss to draw.")).to_be_visible()
        expect(page.get_by_role("button", name="Log scale")).to_be_hidden()
        expect(page.get_by_text("No divergence")).to_have_count(0)
        expect(page.get_by_text("any loss: divergence, flat")).to_be_visible()
        page.close()


def test_a_rate_that_did_not_end_the_training_is_told_as_one_for_a_next_run(
    tmp_path: Path, visit: Open
) -> None:
    lines = [f"step {step} loss {2.3 - 0.004 * step:.4f} lr 0.0003" for step in range(100)]
    trace = ["Traceback (most recent call last):", '  File "train.py", line 3, in <module>']
    died = [*lines, *trace, "KeyError: 'labels'"]
    training_logs.write_lines(tmp_path / "logs" / "a" / "train.log", died)
    with Site(tmp_path) as site:
        site.age()
        page = visit(site, f"run/{site.ids()['a']}").page
        expect(page.get_by_role("heading", name="The training died of KeyError")).to_be_visible()
        told = page.get_by_role("region", name="Suggested change")
        expect(told).to_contain_text("For a next run: raise the learning rate")
        page.close()


def test_a_single_point_has_whole_steps_around_it_and_no_schedule(
    tmp_path: Path, visit: Open
) -> None:
    row: training_logs.Row = {"step": 7, "loss": 2.31, "lr": 1e-3}
    training_logs.write_csv(tmp_path / "logs" / "metrics.csv", iter([row]))
    with Site(tmp_path) as site:
        page = drawn(visit(site, f"run/{next(iter(site.ids().values()))}").page)
        ticks = page.locator(".xtick text")
        expect(ticks).to_have_text(["6", "7", "8"])
        expect(page.get_by_role("heading", name="A schedule for it")).to_be_hidden()
        page.close()


def test_a_silent_log_says_for_how_long_now(ward: Site, visit: Open) -> None:
    page = drawn(visit(ward, f"run/{ward.ids()['cells/unet-17']}").page)
    card = page.get_by_role("region", name="Diagnosis")
    told = card.get_by_role("heading", level=2)
    expect(told).to_have_text(re.compile(r"^No line for (\d+ min|\d h) since step 22,\d{3}\.$"))
    expect(card.locator("[data-slot=cause]")).to_be_hidden()  # it would say the same again
    expect(card.locator(".evidence")).to_contain_text("without a line, limit 10 min")


def test_what_is_over_is_marked_from_its_onset_to_its_end(tmp_path: Path, visit: Open) -> None:
    random = np.random.default_rng(3)
    rows: list[training_logs.Row] = [
        {"step": n, "loss": round(loss + 0.02 * random.standard_normal(), 5), "lr": 1e-3}
        for n in range(1, 3001)
        for loss in [2.3 * np.exp(-max(0, n - 1200) / 700)]
    ]
    training_logs.write_csv(tmp_path / "logs" / "metrics.csv", iter(rows))
    with Site(tmp_path) as site:
        page = drawn(visit(site, f"run/{next(iter(site.ids().values()))}").page)
        told = page.locator(".annotation-text").filter(has_text="flat")
        expect(told).to_have_text(re.compile(r"^flat, step 1 to 1,\d\d\d$"))
        page.close()


def test_the_onset_is_marked_on_the_curve_that_is_sick(tmp_path: Path, visit: Open) -> None:
    rows: list[training_logs.Row] = [
        {"epoch": n, "train_loss": round(2 * 0.9**n + 0.001 * (n % 3), 4),
         "val_loss": round(0.6 + 1.2 * 0.85**n + max(0, n - 18) * 0.02, 4)}
        for n in range(1, 61)
    ]  # fmt: skip
    training_logs.write_csv(tmp_path / "logs" / "metrics.csv", iter(rows))
    with Site(tmp_path) as site:
        page = drawn(visit(site, f"run/{next(iter(site.ids().values()))}").page)
        expect(page.get_by_role("region", name="Diagnosis")).to_contain_text("Best validation")
        step, value = page.evaluate(
            "() => document.querySelector('.js-plotly-plot').data"
            ".filter((one) => one.name === 'onset').map((one) => [one.x[0], one.y[0]])[0]"
        )
        assert value == next(row["val_loss"] for row in rows if row["epoch"] == step)
        page.close()


def test_problems_of_the_log_are_told(tmp_path: Path, visit: Open) -> None:
    log = "toy/log.jsonl"
    lines = [f'{{"step": {step}, "loss": {2.3 - 0.001 * step:.4f}}}' for step in range(60)]
    lines[30] = '{"step": 30, "loss": '
    training_logs.write_lines(tmp_path / "logs" / log, lines)
    with Site(tmp_path) as site:
        page = drawn(visit(site, f"run/{site.ids()['toy']}").page)
        told = page.locator("[data-slot=misread]")
        expect(told).to_contain_text("log.jsonl:31")
        page.close()


def test_a_schedule_is_chosen_by_keyboard_and_drawn_with_its_code(gpt: Page) -> None:
    card = gpt.get_by_role("region", name="Schedule")
    card.scroll_into_view_if_needed()
    options = card.get_by_role("radio")
    expect(options.first).to_be_checked()
    picture = card.locator(".plan-chart").get_by_role("img")
    expect(picture).to_have_accessible_name(re.compile("^Go back to step .* go on lower"))
    options.first.focus()
    gpt.keyboard.press("ArrowDown")
    expect(options.nth(1)).to_be_checked()
    expect(options.nth(1)).to_be_focused()
    expect(picture).to_have_accessible_name(re.compile("^Warmup, stable rate"))
    expect(card.get_by_role("tabpanel")).to_contain_text("# Warmup, stable rate")
    expect(card).to_contain_text("Reduce-on-plateau (factor 0.1, patience 10)")


def test_a_script_that_does_not_come_is_told_and_asked_for_again(ward: Site, visit: Open) -> None:
    watched = visit(ward, "play", **NEW)
    page = watched.page
    page.route(re.compile("vendor-plotly"), lambda route: route.abort())
    page.goto(f"{ward.address}run/{ward.ids()[GPT]}")
    expect(page.get_by_text("The chart's script did not come")).to_be_visible()
    page.unroute(re.compile("vendor-plotly"))
    page.locator(".chart-frame[data-last-step]").wait_for()
    watched.forgive("ERR_FAILED", "vendor-plotly")


@pytest.mark.parametrize("path", ["run", "range"])
def test_every_choice_can_be_seen(ward: Site, sweep: Site, visit: Open, path: str) -> None:
    page = (visit(ward, f"run/{ward.ids()[GPT]}") if path == "run" else visit(sweep, "range")).page
    select = page.locator("main select.pick").first
    select.wait_for(state="attached")
    if path == "run":
        drawn(page)
    assert select.evaluate("one => getComputedStyle(one).opacity") == "1"
    assert select.evaluate("one => getComputedStyle(one).position") == "static"


def test_a_chart_whose_points_take_long_says_so(ward: Site, visit: Open) -> None:
    page = visit(ward, "healthz").page
    held: list[Route] = []
    page.route(re.compile("/series"), lambda route: held.append(route))  # a builtin it cannot mark
    page.goto(f"{ward.address}run/{ward.ids()['cells/unet-17']}")
    waiting = page.locator("[data-slot=chartWait]")
    expect(waiting).to_have_text(re.compile(r"^Reading [\d,]+ points…$"))
    for one in held:
        one.continue_()
    expect(waiting).to_have_text("")


def test_on_a_phone_the_diagnosis_comes_before_what_can_be_done(sweep: Site, visit: Open) -> None:
    run = sweep.ids()["cifar100/r18-lr0.003"]
    page = drawn(visit(sweep, f"run/{run}", viewport=PHONE).page)

    def top(place: Locator) -> float:
        box = place.bounding_box()
        assert box is not None
        return box["y"]

    acts = [page.get_by_role("button", name=name) for name in ("Acknowledge", "Mute")]
    acts.append(page.get_by_role("link", name=re.compile("^Compare with")))
    first = top(page.get_by_role("region", name="Diagnosis"))
    change = top(page.get_by_role("region", name="Suggested change"))
    assert all(first < top(one) < change for one in acts)
    assert first < 200


def test_a_schedule_that_was_never_seen_is_not_printed_as_an_empty_card(
    ward: Site, visit: Open
) -> None:
    page = drawn(visit(ward, f"run/{ward.ids()[GPT]}").page)
    card = page.get_by_role("region", name="Schedule", exact=True)
    page.emulate_media(media="print")
    expect(card).to_be_hidden()
    page.emulate_media(media="screen")
    card.scroll_into_view_if_needed()
    expect(card.get_by_role("radio").first).to_be_visible()
    page.emulate_media(media="print")
    expect(card).to_be_visible()


def test_a_jump_that_is_over_is_told_with_its_own_evidence(tmp_path: Path, visit: Open) -> None:
    random = np.random.default_rng(3)
    losses = 0.3 + 2.3 * np.exp(-np.arange(1000) / 60) + 0.02 * random.standard_normal(1000)
    losses[900:903] = 9, 5, 2
    lines = [f"{step},{loss:.5g},0.3" for step, loss in enumerate(losses)]
    training_logs.write_lines(tmp_path / "logs" / "a" / "metrics.csv", ["step,loss,lr", *lines])
    with Site(tmp_path) as site:
        site.age()
        card = visit(site, f"run/{site.ids()['a']}").page.get_by_role("region", name="Diagnosis")
        expect(card.get_by_role("heading", level=2)).to_contain_text("jumped at step 900")
        expect(card.locator(".cause")).to_contain_text("jumped from")
        expect(card.locator(".cause")).not_to_contain_text("progress")
        expect(card.locator(".evidence")).to_contain_text("step 900")


GROWN = 100
"""Steps by which the line and the points of a growing run may be apart."""


def test_where_the_loss_is_going_is_drawn_beyond_the_newest_row(ward: Site, visit: Open) -> None:
    page = drawn(visit(ward, f"run/{ward.ids()[LLAMA]}").page)
    ahead = page.evaluate(
        """() => {
            const { data, _fullLayout } = document.querySelector('.js-plotly-plot');
            const last = Number(document.querySelector('.chart-frame').dataset.lastStep);
            const named = (name) => data.find((one) => one.name === name);
            return { x: named("foretold").x, high: named("highest").y, low: named("lowest").y,
                     value: named("foretold").y, filled: named("lowest").fill,
                     end: _fullLayout.xaxis.range[1], last };
        }"""
    )
    assert ahead["x"][0] == pytest.approx(ahead["last"], abs=GROWN)
    assert ahead["last"] < ahead["x"][-1] <= ahead["end"]
    bands = zip(ahead["low"], ahead["value"], ahead["high"], strict=True)
    assert all(low <= value <= high for low, value, high in bands)
    assert ahead["filled"] == "tonexty"
    expect(page.locator(".legend")).to_contain_text("foretold, about 9 in 10")
    expect(page.locator(".evidence")).to_contain_text("Foretold for step")


def test_a_window_of_the_past_shows_nothing_foretold(ward: Site, visit: Open) -> None:
    page = drawn(visit(ward, f"run/{ward.ids()[LLAMA]}?from=1000&to=9000").page)
    expect(page.locator(".legend")).not_to_contain_text("foretold")


def test_the_data_hold_what_is_foretold(ward: Site, visit: Open) -> None:
    page = drawn(visit(ward, f"run/{ward.ids()[LLAMA]}").page)
    with page.expect_download() as waiting:
        page.get_by_role("button", name="Download the data as CSV").click()
    rows = list(csv.DictReader(io.StringIO(waiting.value.path().read_text("utf-8"))))
    ahead = [row for row in rows if row["foretold"]]
    assert float(ahead[-1]["foretold_low"]) <= float(ahead[-1]["foretold"])
    assert float(ahead[-1]["foretold"]) <= float(ahead[-1]["foretold_high"])
    assert int(ahead[-1]["step"]) > int(ahead[0]["step"])


def test_what_a_plateau_may_still_win_is_told_once(ward: Site, visit: Open) -> None:
    page = visit(ward, f"run/{ward.ids()['speech/wav2vec-ft']}").page
    told = page.get_by_role("region", name="Diagnosis")
    expect(told.get_by_role("heading", level=2)).to_contain_text("a cut of the rate to a tenth")
    expect(told).not_to_contain_text("as many points again would win")
    row = visit(ward, "?q=wav2vec").page.get_by_role("link", name=re.compile("wav2vec"))
    expect(row).not_to_contain_text("as many points again would win")
    expect(page.get_by_role("region", name="What happened")).to_contain_text("as many points again")
