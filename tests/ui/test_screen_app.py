"""The Dash application: what its index loads, what its pages are, what its charts may do."""

from __future__ import annotations

import re
from base64 import b64encode
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path

import pytest
from dash import dcc, html
from dash.development.base_component import Component
from plotly.offline import get_plotlyjs_version

from lrdoctor.resources import folder
from lrdoctor.ui import app as screen
from lrdoctor.ui.bundle import PLOTLY, SCRIPT, STYLE, STYLES, called, digest, files, joined
from lrdoctor.ui.markup import markup
from lrdoctor.ui.page import Page

SCRIPTS = sorted(folder("assets").joinpath("screen").glob("*.js"))


def index(prefix: str = "/", at: str = "") -> str:
    app = screen.create(prefix)
    with app.server.test_client() as client:
        return client.get(prefix + at).text


def test_index_loads_only_from_the_own_origin() -> None:
    addresses = re.findall(r'(?:src|href)="([^"]*)"', index())
    assert len(addresses) > 10
    assert [one for one in addresses if not one.startswith(("/", "#"))] == []


def test_all_scripts_are_known_before_the_first_request() -> None:
    known = screen.create("/lab/").registered_paths
    scripts = re.findall(r'src="/lab/_dash-component-suites/(\w+)/', index("/lab/"))
    assert len(scripts) > 3
    assert set(scripts) <= set(known)


def test_index_stands_below_its_prefix() -> None:
    addresses = re.findall(r'(?:src|href)="([^"#]+)"', index("/lab/"))
    assert [one for one in addresses if not one.startswith("/lab/")] == []


def test_every_asset_that_the_index_names_exists() -> None:
    names = re.findall(rf'"/assets/{digest()}/([^"]+)"', index())
    assert {SCRIPT, STYLE} < set(names)
    assert set(names) - set(files()) == set()


def test_the_hash_of_each_inline_script_is_told() -> None:
    app = screen.create("/lab/")
    with app.server.test_client() as client:
        page = client.get("/lab/").text
    inline = re.findall(
        r"<script(?![^>]*\bsrc=)(?![^>]*application/json)[^>]*>(.*?)</script>", page, re.S
    )
    hashed = [b64encode(sha256(one.encode()).digest()).decode() for one in inline]
    assert sorted(app.csp_hashes()) == sorted(f"'sha256-{one}'" for one in hashed)
    assert len(inline) == 2


def test_dash_brings_no_script_that_nothing_here_runs() -> None:
    names = re.findall(r'src="/_dash-component-suites/dash/(\w+)/(\w+)', index())
    assert {("deps", "react"), ("dcc", "dash_core_components")} < set(names)
    assert names.count(("deps", "polyfill")) == 0
    assert [name for name in names if name[0] == "dash_table"] == []


def test_plotly_is_called_in_parentheses() -> None:
    written = folder("assets").joinpath(PLOTLY).read_text("utf-8")
    served = files()[PLOTLY].decode()
    assert ", (() => {\n" in served
    assert served.endswith("\n})));")
    assert served.replace("(() => {\n", "() => {\n", 1)[:-2] + ";" == written
    assert called("other(function () {});\n") == "other(function () {});\n"


def test_served_plotly_is_the_one_that_the_installed_package_draws_for() -> None:
    head = folder("assets").joinpath("vendor-plotly.min.js").read_text("utf-8")[:200]
    assert f"plotly.js (basic - minified) v{get_plotlyjs_version()}" in head, (
        f"plotly {version('plotly')} brings another plotly.js: pack plotly.js-basic-dist-min "
        f"{get_plotlyjs_version()} and put its plotly-basic.min.js into assets"
    )
    assert "Licensed under the MIT license" in head
    assert folder("assets").joinpath("vendor-plotly.LICENSE.txt").is_file()


def test_charts_never_offer_to_upload() -> None:
    graph = folder("assets").joinpath("screen", "graph.js").read_text("utf-8")
    config = re.search(r"export const CONFIG = \{(.*?)\};", graph, re.S)
    assert config
    assert "showSendToCloud: false" in config[1]
    assert "displaylogo: false" in config[1]
    for script in SCRIPTS:
        drawn = re.findall(r"\.(?:react|newPlot)\((.*)\);", script.read_text("utf-8"))
        assert [one for one in drawn if not one.endswith(", CONFIG")] == [], script.name


def test_every_address_gets_a_page() -> None:
    app = screen.create("/lab/")
    for path, name in [("/lab/", "ward"), ("/lab/run/4f", "run"), ("/lab/rules", "rules"),
                       ("/lab/run/", "not-found"), ("/lab/nothing", "not-found"),
                       ("/lab/rules/x", "not-found")]:  # fmt: skip
        assert route(app, path)["props"]["data-page"] == name


def test_a_run_address_is_text_whatever_it_holds() -> None:
    page = route(screen.create("/"), "/run/%3Cimg%20src%3Dx%3E")
    assert page["props"]["data-path"] == "run/<img src=x>"


def test_a_failing_page_tells_its_reader(caplog: pytest.LogCaptureFixture) -> None:
    def broken(rest: str) -> Component:
        raise RuntimeError("secret")

    app = screen.create("/", pages=[Page("broken", "", broken)])
    answer = ask(app, "/")
    said = answer["sideUpdate"]["fault"]["children"]
    assert said == "The server failed on it: RuntimeError."
    assert "secret" not in str(answer)
    assert "secret" in caplog.text


def test_the_page_asked_for_comes_with_the_document(caplog: pytest.LogCaptureFixture) -> None:
    main = re.search("<main[^>]*>", index(at="run/4f"))
    assert main
    assert {'id="page"', 'data-page="run"', 'data-path="run/4f"'} < set(main[0][:-1].split(" "))
    assert 'data-path="run/&lt;img src=x&gt;"' in index(at="run/%3Cimg%20src%3Dx%3E")
    assert 'data-page="not-found"' in index(at="nothing")

    def broken(rest: str) -> Component:
        raise RuntimeError("secret")

    with screen.create("/", pages=[Page("broken", "", broken)]).server.test_client() as client:
        page = client.get("/").text
    fault = re.search('<div [^>]*id="first-fault"[^>]*>([^<]*)</div>', page)
    assert fault
    assert fault[1] == "The server failed on it: RuntimeError."
    assert "secret" not in page
    assert "secret" in caplog.text


@pytest.mark.parametrize("page", screen.PAGES, ids=lambda page: page.name)
def test_a_page_is_the_same_with_the_document_and_by_dash(page: Page) -> None:
    drawn = page.draw("4f" if page.name == "run" else "")
    assert drawn is not None
    told = [(one._type.lower(), getattr(one, "id", None)) for one in walk(drawn)]
    found = re.findall(r'<([a-z0-9]+)(?=[ >])(?:[^>]* id="([^"]*)")?', markup(drawn))
    written = [(kind, id or None) for kind, id in found if "dash-input-container" not in kind]
    assert [id for _, id in told if id] == [id for _, id in written if id]
    assert len(written) - len(told) == sum(kind == "input" for kind, _ in told)  # and its box


def test_text_is_never_markup() -> None:
    hostile = "<script>alert(1)</script>\"'&"
    drawn = markup(html.P([hostile, html.B(hostile, title=hostile)]))
    assert drawn.count("&lt;script&gt;") == 3
    assert "<script" not in drawn
    assert 'title="&lt;script&gt;alert(1)&lt;/script&gt;&quot;&#x27;&amp;"' in drawn
    with pytest.raises(ValueError, match="is no attribute"):
        markup(html.P("x", **{"data-x onclick": "y"}))
    with pytest.raises(ValueError, match="has no HTML"):
        markup(dcc.Markdown("x"))


def test_modules_are_joined_or_refused() -> None:
    part = 'import { b as c } from "./b.js";\nexport const a = c + 1;\n'
    whole = joined({"a.js": part, "b.js": "export function b() {}\n"}, "a.js")
    assert 'const { b: c } = need("b.js");\nconst a = c + 1;\n\nreturn { a };' in whole
    assert "import" not in whole
    assert "export" not in whole
    later = joined({"a.js": 'const b = () => import("./b.js");\n', "b.js": ""}, "a.js")
    assert 'const b = () => Promise.resolve().then(() => need("b.js"));' in later
    for bad in (
        'import x from "./b.js";',
        "export default 1;",
        'export * from "./b.js";',
        'import { b } from "b";',
        "const x = import.meta.url;",
        "import(name);",
    ):
        with pytest.raises(ValueError, match="cannot be joined"):
            joined({"a.js": bad + "\n", "b.js": ""}, "a.js")
    with pytest.raises(ValueError, match=r"there is no c\.js"):
        joined({"a.js": 'import { c } from "./c.js";\n'}, "a.js")


def test_only_pages_that_exist_are_linked() -> None:
    links = re.findall(r'data-nav="([^"]+)"', index())
    assert links == ["ward", "compare", "range", "play", "rules"]


def test_layouts_name_their_slots_once() -> None:
    for page in screen.PAGES:
        drawn = page.draw("4f" if page.name == "run" else "")
        assert drawn is not None
        names = [name for one in walk(drawn) if (name := getattr(one, "data-slot", None))]
        twice = {name for name in names if names.count(name) > 1} - {"back", "chip", "name", "meta"}
        assert twice == set(), page.name


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.stem)
def test_scripts_write_no_markup(script: object) -> None:
    text = script.read_text("utf-8")  # type: ignore[attr-defined]
    for way in ("innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(",
                "new Function"):  # fmt: skip
        assert way not in text
    assert len(text.splitlines()) <= 300


def test_styles_use_only_known_tokens_and_icons() -> None:
    assets = folder("assets")
    styles = "\n".join(path.read_text("utf-8") for path in assets.glob("*.css"))
    scripts = "\n".join(path.read_text("utf-8") for path in SCRIPTS)
    known = set(re.findall(r"(--[a-z0-9-]+)\s*:", styles)) | {"--k"}
    assert set(re.findall(r"var\((--[a-z0-9-]+)", styles)) - known == set()
    icons = set(re.findall(r'url\("(icons/[^"]+)"\)', styles))
    assert [name for name in icons if not assets.joinpath(name).is_file()] == []
    drawn = set(re.findall(r'\bicon: "([a-z]+)"|\bicon\("([a-z]+)"\)', scripts))
    names = {a or b for a, b in drawn}
    assert names
    assert [name for name in names if f".icon-{name} " not in styles] == []


def test_every_icon_and_every_sheet_is_used() -> None:
    assets, pages = folder("assets"), Path(screen.__file__).parent.glob("*.py")
    text = "\n".join(path.read_text("utf-8") for path in [*SCRIPTS, *pages])
    styles = {path.stem: path.read_text("utf-8") for path in assets.glob("*.css")}
    classes = re.findall(r"^\.icon-([a-z]+) ", "\n".join(styles.values()), re.M)
    assert len(classes) > 20
    assert [name for name in classes if f'"{name}"' not in text] == []
    assert set(styles) - {"report"} == set(STYLES)
    assert [name for name, sheet in styles.items() if len(sheet.splitlines()) > 300] == []


def route(app: screen.Dash, path: str) -> dict[str, dict[str, str]]:
    return ask(app, path)["response"]["view"]["children"]


def ask(app: screen.Dash, path: str) -> dict[str, dict[str, dict[str, dict[str, dict[str, str]]]]]:
    prefix = app.config.requests_pathname_prefix
    with app.server.test_client() as client:
        client.get(f"{prefix}_dash-layout")
        answer = client.post(
            f"{prefix}_dash-update-component",
            json={
                "output": "view.children",
                "outputs": {"id": "view", "property": "children"},
                "inputs": [{"id": "wanted", "property": "data", "value": path}],
                "changedPropIds": ["wanted.data"],
            },
        )
    assert answer.status_code == 200, answer.text
    return answer.get_json()


def walk(component: Component) -> list[Component]:
    below = (one for _, one in component._traverse_with_paths())
    return [component, *(one for one in below if isinstance(one, Component))]


def test_walk_sees_nested_components() -> None:
    assert len(walk(html.Div([html.P(html.B("x")), html.I()]))) == 4
