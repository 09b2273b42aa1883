"""What the browser loads, as few files: all modules of ``assets/screen`` as one script, all styles
with their icons as one sheet.

A page of seventy small files costs a cold browser more than a second, most of it in requests. The
modules are joined when the server starts, so there is no build step and nothing to keep in step:
each becomes a function that runs when it is first imported. That asks for the plain forms of
``import`` and ``export`` at the start of a line, for ``import("./name.js")`` of what is wanted
later, and for no circle of imports; what is written otherwise is an error here, and not a broken
page.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from functools import cache
from types import MappingProxyType
from urllib.parse import quote

from lrdoctor.resources import folder

STYLES = ("tokens", "theme", "frame", "ward", "run", "schedule", "remarks", "compare", "range",
          "play", "rules", "states", "forced", "print")  # fmt: skip
"""The sheets, in the order in which they overrule each other."""
ENTRY = "main.js"
SCRIPT, STYLE = "screen.js", "screen.css"
BOOT = "boot.js"
"""Stands in the document itself: what it asks for early need not wait for one more answer."""

PLOTLY = "vendor-plotly.min.js"
_PASSED = ", () => {\n", "\n}));"
"""How plotly.js hands the function that holds all of it to the one that calls it."""

_NAMED = re.compile(r'^import \{([^}]*)\} from "\./([\w.]+)";', re.M)
_WHOLE = re.compile(r'^import \* as (\w+) from "\./([\w.]+)";', re.M)
_EXPORT = re.compile(
    r"^export (?=(?:async )?function |class |const )(\w+ (?:function )?)(\w+)", re.M
)
_LATER = re.compile(r'\bimport\("\./([\w.]+)"\)')
_LEFT = re.compile(r"^(?:import|export)\b.*|\bimport\(.*|\bimport\.meta\b.*", re.M)
_COMMENT = re.compile(r"^[ \t]*(?://.*|/\*\*(?:.|\n)*?\*/)\n", re.M)
"""Whole lines of it, a fifth of the script. No text of ours begins a line like that."""
_ICON = re.compile(r'url\("(icons/[\w.-]+\.svg)"\)')
_LOADER = """"use strict";
(() => {
const made = {}, modules = {
%s
};
const need = (name) => made[name] ??= modules[name](need);
need("%s");
})();
"""


@cache
def files() -> Mapping[str, bytes]:
    """Every file of ``assets`` by its path in there, the two joined ones among them."""
    assets = folder("assets")
    found = {
        path.relative_to(assets).as_posix(): path.read_bytes()
        for path in sorted(assets.rglob("*"))
        if path.is_file()
    }
    modules = {
        name.removeprefix("screen/"): text.decode()
        for name, text in found.items()
        if name.startswith("screen/") and name.endswith(".js")
    }
    found[PLOTLY] = called(found[PLOTLY].decode()).encode()
    found[SCRIPT] = joined(modules, ENTRY).encode()
    found[STYLE] = styled(found, STYLES).encode()
    return MappingProxyType(found)


@cache
def digest() -> str:
    """Of all files: an address with it in never changes what it answers."""
    whole = hashlib.blake2b(digest_size=8)
    for name, text in files().items():
        whole.update(b"%s\0%d\0%s" % (name.encode(), len(text), text))
    return whole.hexdigest()


def joined(modules: Mapping[str, str], entry: str) -> str:
    """ES modules as one classic script that runs ``entry``.

    Args:
        modules: the text of each by its file name.

    Raises:
        ValueError: a module imports one that is not there, or uses a form that is not known here.
    """
    # In parentheses: ``called`` says why.
    made = ",\n".join(f'"{name}": ((need) => {{\n{_body(name, modules)}}})' for name in modules)
    return _LOADER % (made, entry)


def called(script: str) -> str:
    """``script`` with its one function in parentheses, where it is written as plotly.js is.

    They change nothing but that V8 takes them as the word that it is called at once: it is then
    compiled whole while it comes in, on another thread, instead of looked through there and
    compiled on the page's own when it is called.
    """
    head, tail = _PASSED
    if script.count(head) != 1 or not script.endswith(tail):
        return script
    return script.replace(head, ", (() => {\n").removesuffix(tail) + "\n})));"


def styled(found: Mapping[str, bytes], sheets: Sequence[str]) -> str:
    """The sheets one after the other, with the icons that they name inside."""

    def inside(icon: re.Match[str]) -> str:
        text = found[icon[1]].decode().strip()
        return f'url("data:image/svg+xml,{quote(text, safe=" =:/()-,.")}")'

    return "\n".join(_ICON.sub(inside, found[f"{sheet}.css"].decode()) for sheet in sheets)


def _body(name: str, modules: Mapping[str, str]) -> str:
    text = _COMMENT.sub("", modules[name])
    exported = [match[2] for match in _EXPORT.finditer(text)]
    text = _NAMED.sub(lambda m: f'const {{{m[1].replace(" as ", ": ")}}} = need("{m[2]}");', text)
    text = _WHOLE.sub(r'const \1 = need("\2");', text)
    text = _EXPORT.sub(r"\1\2", text)
    text = _LATER.sub(r'Promise.resolve().then(() => need("\1"))', text)
    if left := _LEFT.search(text):
        raise ValueError(f"assets/screen/{name}: this form cannot be joined: {left[0]!r}")
    for wanted in re.findall(r'\bneed\("([\w.]+)"\)', text):
        if wanted not in modules:
            raise ValueError(f"assets/screen/{name}: there is no {wanted}")
    # Functions are hoisted; what is exported is complete once the body has run.
    return f"{text}\nreturn {{ {', '.join(exported)} }};\n"
