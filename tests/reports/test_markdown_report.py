from __future__ import annotations

from collections.abc import Callable

from lrdoctor.reports import Outcome
from lrdoctor.reports.markdown import _code, _text

Written = Callable[[str, Outcome], str]


def test_every_run_has_its_row_worst_first(outcome: Outcome, written: Written) -> None:
    said = written("markdown", outcome)
    rows = [line for line in said.splitlines() if line.startswith("| ")][1:]
    assert len(rows) == 8
    assert rows[0] == (
        "| ❌ critical | `gpt2` | The loss has been diverging since step 500; the learning rate is"
        " too high. | 3e-3 → **3e-4** |"
    )
    assert all(row.replace(r"\|", "").count("|") == 5 for row in rows)


def test_sick_runs_have_their_findings_told(outcome: Outcome, written: Written) -> None:
    said = written("markdown", outcome)
    assert "### `gpt2`" in said
    assert "- **divergence** (critical, 97% sure) since step 500:" in said
    assert "### `llama`" not in said


def test_untrusted_text_means_nothing_to_markdown() -> None:
    assert _text("[a](http://b) <b> *c* | d") == r"\[a\](http\://b) \<b\> \*c\* \| d"
    assert _code("a`b|c") == r"`` a`b\|c ``"
