"""The Rules page: what is changed on it is a draft in the address, counted, exported as TOML."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

from playwright.sync_api import Page, expect

from lrdoctor import config
from lrdoctor.rules import rules
from tests.browser.conftest import Open
from tests.browser.live_site import Site


def opened(site: Site, visit: Open, query: str = "") -> Page:
    page = visit(site, f"rules{query}").page
    expect(page.get_by_role("heading", level=1)).to_contain_text("on")
    return page


def count(page: Page, rule: str) -> str:
    return f"[data-rule='{rule}'] .rule-count"


def test_switched_and_tuned_rules_become_lines_that_lrdoctor_reads(
    ward: Site, visit: Open, tmp_path: Path
) -> None:
    page = opened(ward, visit)
    expect(page.get_by_role("heading", level=1)).to_have_text(f"{len(rules())} rules are on")
    expect(page.get_by_role("region", name="Your changes")).to_be_hidden()
    expect(page.locator(count(page, "divergence"))).to_have_text("1 of 9 runs")
    page.get_by_role("switch", name="Spike is on").press("Space")
    expect(page.get_by_role("switch", name="Spike is off")).to_have_attribute(
        "aria-checked", "false"
    )
    expect(page.get_by_role("heading", level=1)).to_have_text(
        f"{len(rules()) - 1} rules are on, 1 is off"
    )
    expect(page.locator(count(page, "spike"))).to_have_text("would be 2 of 9 runs")
    keen = page.get_by_role("group", name="How keen Plateau is").get_by_role("button", name="Keen")
    keen.press("Enter")
    expect(keen).to_have_attribute("aria-pressed", "true")
    expect(page.locator(count(page, "plateau"))).not_to_contain_text("2 of 9")
    with page.expect_download() as download:
        page.get_by_role("button", name="Download").click()
    written = tmp_path / "lrdoctor.toml"
    download.value.save_as(written)
    settings = config.load(written)
    assert settings.disabled == {"spike"}
    assert settings.rules == {"plateau": {"gain": 0.045}}
    assert page.url.endswith("rules?spike=off&plateau=keen")
    page.go_back()
    expect(page.locator("[data-slot=toml]")).not_to_contain_text("plateau")
    page.get_by_role("button", name="Reset all").click()
    expect(page.get_by_role("region", name="Your changes")).to_be_hidden()
    assert "?" not in page.url


def test_a_threshold_is_set_counted_refused_and_reset(ward: Site, visit: Open) -> None:
    watched = visit(ward, "rules?nonsense=1&spike.height=abc&slow=loud#rule-oscillation")
    page = watched.page
    rule = page.get_by_role("region", name="Oscillation")
    expect(rule.get_by_role("heading", name="Fires when")).to_be_visible()
    expect(page.get_by_role("region", name="Your changes")).to_be_hidden()
    turns = rule.get_by_label(re.compile("^turns"))
    expect(turns).to_have_value("5")
    expect(rule.locator(".shares .here")).to_contain_text("at Normal")
    turns.fill("30")
    turns.press("Enter")
    expect(rule.locator(".shares .here")).to_contain_text("as set below")
    told = tomllib.loads(page.locator("[data-slot=toml]").inner_text())
    assert told == {"rules": {"oscillation": {"turns": 30}}}
    turns.fill("1")
    turns.press("Enter")
    expect(rule.get_by_role("alert")).to_contain_text("must be 3 to 100")
    expect(rule.locator(".rule-count")).to_have_text("cannot be told")
    rule.get_by_role("button", name="Reset this rule").click()
    expect(turns).to_have_value("5")
    expect(rule.get_by_role("alert")).to_be_hidden()
    watched.forgive("400")


def test_the_runs_of_a_rule_are_links_and_text(ward: Site, visit: Open) -> None:
    page = opened(ward, visit, "?plateau=keen")
    page.get_by_role("button", name="Plateau: its page").click()
    runs = page.locator("[data-rule=plateau] .rule-runs")
    expect(runs).to_contain_text("summaries/t5-base")
    assert page.locator(".rule-runs img, .rule-runs b").count() == 0
    runs.get_by_role("link", name="summaries/t5-base").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("t5-base")
