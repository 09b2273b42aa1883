from __future__ import annotations

import re
from collections.abc import Callable
from html.parser import HTMLParser

from lrdoctor.diagnosis import LearningRate, Status
from lrdoctor.reports import Outcome
from lrdoctor.reports._picture import HEIGHT, WIDTH, picture
from tests.reports.conftest import HOSTILE, TOO_HIGH, diagnosis

Written = Callable[[str, Outcome], str]
VOID = {"meta"}


class Nesting(HTMLParser):
    """Every tag that was opened, and those that were not closed in turn."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.opened: list[str] = []
        self.named: dict[str, str | None] = {}
        self.links: list[str | None] = []
        self._stack: list[str] = []
        self.feed(text)
        assert not self._stack

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.opened.append(tag)
        self.links += [value for name, value in attrs if name in ("href", "src")]
        if tag not in VOID:
            self._stack.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.opened.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self._stack.pop() == tag


def test_the_page_is_whole_and_asks_nothing_of_any_server(
    outcome: Outcome, written: Written
) -> None:
    said = written("html", outcome)
    page = Nesting(said)
    assert page.opened.count("article") == 8
    assert not {"script", "link", "img", "iframe"} & set(page.opened)
    assert page.links == [f"#run-{at}" for at in range(8)]
    assert "url(" not in said
    assert "default-src 'none'" in said


def test_the_worst_run_comes_first_with_what_to_try(outcome: Outcome, written: Written) -> None:
    first = written("html", outcome).split("<article")[1]
    assert "<bdi>gpt2</bdi>" in first
    assert "Try 3e-3 → <b>3e-4</b> <span>10× lower, 94% sure that it was too high" in first
    assert "divergence (critical, 97% sure) since step 500:" in first


def test_a_hostile_name_is_text(written: Written) -> None:
    one = diagnosis(HOSTILE, Status.WARNING, curve=[1.0, 2.0], onset=3)
    said = written("html", Outcome([one]))
    assert "script" not in Nesting(said).opened
    assert r"a\x1b[31m\u202eb\x0d\x0a|`&lt;script&gt;`" in said


def test_steps_are_grouped_in_sentences_and_not_in_names(written: Written) -> None:
    one = diagnosis("step 4000", Status.CRITICAL, "It broke at step 4000.", onset=4000)
    said = written("html", Outcome([one]))
    assert "It broke at step 4,000." in said
    assert "<bdi>step 4000</bdi>" in said


def test_no_rate_is_named_beside_a_log_too_short_to_judge(written: Written) -> None:
    rate: LearningRate = TOO_HIGH
    short = diagnosis("young", Status.TOO_SHORT, "Five points.", learning_rate=rate)
    for report in ("html", "markdown", "junit", "text"):
        assert "3e-4" not in written(report, Outcome([short]))


def test_the_part_from_the_onset_on_is_shaded() -> None:
    (shade,) = re.findall(r'<rect class="sick" x="([\d.]+)" y="0" width="([\d.]+)"',
                          picture([1.0, 2.0, 3.0], 0.5, ""))  # fmt: skip
    assert float(shade[0]) == WIDTH / 2
    assert float(shade[0]) + float(shade[1]) == WIDTH


def test_a_curve_stays_inside_its_picture_and_is_cut_where_it_is_no_number() -> None:
    drawn = picture([5.0, 1e300, None, -1e300, 2.0, None, 3.0], None, "")
    lines = [
        [tuple(map(float, point.split(","))) for point in line.split()]
        for line in re.findall(r'points="([^"]*)"', drawn)
    ]
    assert [len(line) for line in lines] == [2, 2]
    assert all(0 <= x <= WIDTH and 0 <= y <= HEIGHT for line in lines for x, y in line)
    assert (drawn.count("<circle"), drawn.count('class="lost"')) == (1, 2)


def test_a_curve_over_decades_is_drawn_on_a_log_scale() -> None:
    (points,) = re.findall(r'points="([^"]*)"', picture([1.0, 10.0, 100.0], None, ""))
    heights = [float(point.split(",")[1]) for point in points.split()]
    assert heights[1] == (heights[0] + heights[2]) / 2
