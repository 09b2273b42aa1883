"""``lrdoctor rules`` and ``lrdoctor explain``: what is looked for."""

from __future__ import annotations

import inspect
from typing import Annotated

import typer

from lrdoctor.cli.options import named


def rules() -> None:
    """List the rules, one line each.

    Example: lrdoctor rules
    """
    from lrdoctor.rules import rules as all_rules

    known = all_rules()
    widest = max(map(len, known), default=0)
    for name, rule in known.items():
        print(f"{name:<{widest}}  {_page(rule).splitlines()[0]}")


def explain(
    rule: Annotated[str, typer.Argument(metavar="RULE", help="A name from `lrdoctor rules`.")],
) -> None:
    """Print a rule's page: when it fires, why, what to do.

    Example: lrdoctor explain divergence
    """
    from lrdoctor.rules import rules as all_rules

    print(_page(named(rule, all_rules(), "rule")))


def _page(rule: type) -> str:
    return inspect.getdoc(rule) or ""
