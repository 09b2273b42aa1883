"""The law Documented: a rule's docstring is its page, a signal's says what it is and costs."""

from __future__ import annotations

import doctest
import inspect
import re
import textwrap
from pathlib import Path

import pytest

from lrdoctor import config, discover, signals
from lrdoctor.rules import rules

HEADINGS = ["Fires when", "Why it matters", "Advice", "Parameters", "Examples", "References"]
RULES = rules()
SIGNALS = discover.functions(signals)


def test_the_settings_of_the_documentation_can_be_meant(tmp_path: Path) -> None:
    path = tmp_path / config.NAME
    path.write_text(textwrap.dedent((config.__doc__ or "").partition("::\n")[2]))
    assert config.load(path).rules == {"divergence": {"patience": 20}}


@pytest.mark.parametrize("name", RULES)
def test_a_rule_has_every_heading_in_order(name: str) -> None:
    page = inspect.getdoc(RULES[name]) or ""
    assert re.findall(r"^\*\*(.+?)\*\*", page, re.MULTILINE) == HEADINGS
    first, _, rest = page.partition("\n")
    assert first.endswith(".")
    assert rest.startswith("\n")


@pytest.mark.parametrize("name", RULES)
def test_a_rule_tells_each_threshold_and_its_default(name: str) -> None:
    page = inspect.getdoc(RULES[name]) or ""
    assert "**Parameters**\n-" not in page, "a list begins after an empty line"
    for field in RULES[name].__dataclass_fields__.values():
        assert re.search(rf"^- ``{field.name}``:", page, re.MULTILINE), field.name
        told = re.search(rf"^- ``{field.name}``:(.+?)Default (\S+?)\.?$", page, re.M | re.S)
        assert told, field.name
        assert float(told[2]) == field.default, field.name


@pytest.mark.parametrize("name", RULES)
def test_a_rules_example_runs_where_it_is_pasted(name: str) -> None:
    page = inspect.getdoc(RULES[name]) or ""
    outcome = doctest.DocTestRunner().run(
        doctest.DocTestParser().get_doctest(page, {}, name, "", 0)
    )
    assert outcome.attempted > 0
    assert outcome.failed == 0


@pytest.mark.parametrize("name", SIGNALS)
def test_a_signal_tells_formula_warm_up_nan_cost_and_source(name: str) -> None:
    page = inspect.getdoc(SIGNALS[name]) or ""
    for word in ("Args:", "Returns:", "Warm-up:", "NaN:", "Cost:", "Source:"):
        assert word in page, word
