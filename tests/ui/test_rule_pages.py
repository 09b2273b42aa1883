"""Rules' docstrings as pages."""

from __future__ import annotations

from dash import html

from lrdoctor.rules import rules
from lrdoctor.ui.docstring import body, parse
from lrdoctor.ui.rules_page import draw

TEXT = """Something rises.

A rule with ``code`` in it,
over two lines.

**Fires when** it is above ``limit``:

- first, which is
  long;
- second.

**Examples**

>>> 1 + 1
2
"""


def test_sections_are_split_at_bold_headings() -> None:
    page = parse(TEXT)
    assert page.summary == "Something rises."
    assert [name for name, _ in page.sections] == ["", "Fires when", "Examples"]


def test_lists_code_and_examples_become_elements() -> None:
    lead, fires, examples = body(parse(TEXT))
    assert [type(one) for one in lead.children] == [html.P]
    heading, sentence, items = fires.children
    assert heading.children == "Fires when"
    assert sentence.children[0] == "It is above "
    assert isinstance(sentence.children[1], html.Code)
    assert [item.children for item in items.children] == [["first, which is long;"], ["second."]]
    assert isinstance(examples.children[1], html.Pre)


def test_markup_in_a_docstring_stays_text() -> None:
    (section,) = body(parse("One.\n\n**Why it matters** <b>bold</b> claims"))
    assert section.children[1].children == ["<b>bold</b> claims"]


def test_page_lists_every_rule_with_its_first_line() -> None:
    page = draw("")
    assert page is not None
    text = str(page)
    for name, rule in rules().items():
        assert f"rule-{name}" in text
        assert parse(rule.__doc__ or "").summary in text
