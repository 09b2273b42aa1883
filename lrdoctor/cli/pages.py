"""``lrdoctor rules`` and ``lrdoctor explain``: what is looked for."""

from __future__ import annotations

import inspect
from typing import Annotated

import typer

from lrdoctor.cli.options import named
from lrdoctor.reports._layout import paragraph


def rules() -> None:
    """List the rules, one line each.

    Example: lrdoctor rules
    """
    from lrdoctor.rules import rules as all_rules

    known = all_rules()
    widest = max(map(len, known), default=0)
    for name, rule in known.items():
        print(paragraph(_page(rule).splitlines()[0], f"{name:<{widest}}  "))


def explain(
    rule: Annotated[str, typer.Argument(metavar="RULE", help="A name from `lrdoctor rules`.")],
) -> None:
    """Print a rule's page: when it fires, why, what to do.

    Example: lrdoctor explain divergence
    """
    from lrdoctor.rules import rules as all_rules

    print("\n\n".join(map(_fitted, _page(named(rule, all_rules(), "rule")).split("\n\n"))))


def _fitted(part: str) -> str:
    """Prose and lists as wide as the terminal; an example as it is typed."""
    if part.startswith(">>>"):
        return part
    head = "- " if part.startswith("- ") else ""
    items = part[2:].split("\n- ") if head else [part]
    return "\n".join(paragraph(" ".join(item.split()), head) for item in items)


def _page(rule: type) -> str:
    return inspect.getdoc(rule) or ""
