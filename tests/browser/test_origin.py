"""What the screen may load, and what it never asks for."""

from __future__ import annotations

from pathlib import Path

from lrdoctor.resources import folder
from tests.browser.conftest import NEW, Open, with_dash
from tests.browser.live_site import Site


def test_full_plotly_bundle_is_never_requested(ward: Site, visit: Open) -> None:
    watched = visit(ward, f"run/{ward.ids()['wikitext/gpt2-small-lr-3e-3']}", **NEW)
    watched.page.locator(".chart-frame[data-last-step]").wait_for()
    with_dash(watched.page)
    loaded = [url for url in watched.requested if "plotly" in url]
    assert [url.rpartition("/")[2] for url in loaded] == ["vendor-plotly.min.js"]


def test_policy_holds_against_an_injected_script(ward: Site, visit: Open) -> None:
    watched = visit(ward)
    watched.page.locator(".row .name").first.wait_for()
    ran = watched.page.evaluate(
        """() => {
            const script = document.createElement("script");
            script.textContent = "window.ran = true";
            document.body.append(script);
            return window.ran === true;
        }"""
    )
    assert not ran
    watched.forgive("Content Security Policy", "violates the following")


def test_works_below_a_prefix(tmp_path: Path, visit: Open) -> None:
    (tmp_path / "logs").mkdir()
    with Site(tmp_path, prefix="/lab/lrd/") as site:
        watched = visit(site)
        page = watched.page
        page.get_by_role("heading", name="No training logs here yet").wait_for()
        page.get_by_role("link", name="Rules").click()
        page.get_by_role("heading", name="Rules").wait_for()
        assert page.url == f"{site.address}rules"
        assert all("/lab/lrd/" in url for url in watched.requested)
        page.close()


def test_page_has_landmarks_and_one_heading(ward: Site, visit: Open) -> None:
    page = visit(ward).page
    page.locator(".row .name").first.wait_for()
    assert page.get_by_role("banner").count() == 1
    assert page.get_by_role("main").count() == 1
    assert page.get_by_role("navigation").count() == 1
    assert page.get_by_role("heading", level=1).count() == 1
    assert page.locator("[aria-live=polite]").count() >= 1
    unnamed = page.evaluate(
        "[...document.querySelectorAll('button, a, input, select')].filter(e => e.checkVisibility()"
        " && !(e.ariaLabel || e.textContent.trim() || e.labels?.length)).map(e => e.outerHTML)"
    )
    assert unnamed == []


def test_assets_name_no_other_host() -> None:
    own = [path for path in folder("assets").rglob("*") if path.suffix in {".css", ".js", ".svg"}]
    for path in own:
        if path.name.startswith("vendor-"):
            continue
        text = path.read_text("utf-8").replace("http://www.w3.org/2000/svg", "")
        assert "http://" not in text, path.name
        assert "https://" not in text, path.name
