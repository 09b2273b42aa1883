"""``make prove`` in small: the same loop, pages and pictures on a network in numpy."""

from __future__ import annotations

import math
import xml.etree.ElementTree as ET
from pathlib import Path

import numpy as np
import pytest

from lrdoctor.demo.digits import Digits, digits
from lrdoctor.demo.log import CsvLog
from lrdoctor.demo.network import Adam, Network
from tests.prove import page, picture
from tests.prove.figures import best_so_far, by_family, by_method
from tests.prove.playing import RETRAINS, SOLVED, End, Family, Played, play, prove

STARTS = (1e-5, 1e-3, 1e-2, 3.0)


def train(rate: float, folder: Path) -> End:
    """Two hundred steps of Adam on drawn digits."""
    random = np.random.default_rng(3)
    task = digits(500, random, noise=0.15)
    network = Network.create((task.images.shape[1], 32, 10), random)
    before = network.loss(task)
    (folder / "hparams.yaml").write_text(f"optimizer: adam\nlr: {rate}\nmax_steps: 200\n")
    log, optimizer = CsvLog(folder / "metrics.csv"), Adam()
    for step in range(1, 201):
        chosen = random.choice(len(task), 32)
        loss, gradient = network.gradient(Digits(task.images[chosen], task.labels[chosen]))
        log.write(step, {"train/loss": loss, "lr": rate})
        optimizer.step(network.weights, gradient, rate)
    log.close()
    return End(before, network.loss(task))


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> list[tuple[Family, list[Played]]]:
    family = Family("digits | adam", train, tmp_path_factory.mktemp("prove"))
    grid = tuple(10 ** (k / 2) for k in range(-8, 1))
    with np.errstate(all="ignore"):
        return [(family, prove(family, lambda said: None, STARTS, grid))]


def test_the_advice_is_followed_from_bad_starts(
    results: list[tuple[Family, list[Played]]],
) -> None:
    ((family, played),) = results
    assert {one.start for one in played} == {s for s in STARTS if family.gap(s) > SOLVED}
    assert len({one.start for one in played}) >= 2
    rows = by_method(results)
    assert list(rows) == ["lrdoctor", "Optuna TPE", "blind list"]
    assert rows["lrdoctor"].solved[0] == 0
    assert rows["lrdoctor"].solved[-1] >= 0.5
    for one in played:
        assert len(one.rates) <= RETRAINS + 1
        assert one.kept in one.rates


def test_lrdoctor_sees_the_logs_of_its_own_runs_alone(
    results: list[tuple[Family, list[Played]]],
) -> None:
    ((family, played),) = results
    for one in (p for p in played if p.method == "lrdoctor"):
        logs = sorted((family.place / f"from-{one.start:g}").iterdir())
        rates = [(log / "metrics.csv").read_text().splitlines()[1].split(",")[2] for log in logs]
        assert [float(rate) for rate in rates] == pytest.approx(
            one.rates[: len(logs)], rel=5e-3
        )  # rates are trained at with three digits


def test_a_run_of_a_rate_is_made_once(results: list[tuple[Family, list[Played]]]) -> None:
    ((family, _),) = results
    before = dict(family.ends)
    family.run(STARTS[0])
    assert family.ends == before


def test_the_page_has_every_figure(results: list[tuple[Family, list[Played]]]) -> None:
    about = page.About("here", 12, 3.4)
    text = page.page(results, about)
    for name, row in by_method(results).items():
        assert f"| {name} | {row.solved[1]:.2f} | {row.solved[2]:.2f} |" in text
    assert list(by_family(results)) == ["digits | adam"]
    assert "`make prove` writes" in text
    assert "left out" not in text
    other = page.page(results, page.About("here", 12, 3.4, gpu=True, left_out=2))
    assert "make prove-gpu" in other
    assert "2 were not done in time and are left out." in other


def test_the_readme_gets_its_rows(results: list[tuple[Family, list[Played]]]) -> None:
    rows = page.table(by_method(results))
    text = "a\n<!-- prove: by `make prove` -->\nold\n<!-- end -->\nb\n<!-- end -->\n"
    new = page.in_readme(text, rows)
    assert rows in new
    assert "old" not in new
    assert page.in_readme(new, rows) == new
    with pytest.raises(ValueError, match="no section prove"):
        page.in_readme("nothing", rows)
    with pytest.raises(ValueError, match="no section prove-gpu"):
        page.in_readme(text, rows, "prove-gpu")


@pytest.mark.parametrize(("gpu", "section"), [(False, "prove"), (True, "prove-gpu")])
def test_what_came_of_it_is_written(
    results: list[tuple[Family, list[Played]]], tmp_path: Path, gpu: bool, section: str
) -> None:
    (tmp_path / "docs").mkdir()
    (tmp_path / "tests" / "evaluation").mkdir(parents=True)
    readme = tmp_path / "README.md"
    readme.write_text(
        "".join(f"<!-- {s}: -->\nold\n<!-- end -->\n" for s in ("prove", "prove-gpu"))
    )
    page.write(tmp_path, results, page.About("here", 12, 3.4, gpu))
    proof = "PROOF_GPU.md" if gpu else "PROOF.md"
    assert (tmp_path / "docs" / f"{section}.svg").exists()
    assert (tmp_path / "tests" / "evaluation" / proof).exists()
    told = readme.read_text()
    assert told.count("old") == 1
    assert told.index(f"<!-- {section}:") < told.index(f"[`{proof}`](tests/evaluation/{proof})")


def test_the_picture_draws_each_method(results: list[tuple[Family, list[Played]]]) -> None:
    rows = by_method(results)
    drawn = ET.fromstring(picture.picture(rows))
    spaces = {"svg": "http://www.w3.org/2000/svg"}
    assert len(drawn.findall("svg:polyline", spaces)) == 2 * len(rows)
    named = {element.text for element in drawn.findall("svg:text", spaces)}
    assert set(rows) <= named


def test_a_broken_run_has_no_end(tmp_path: Path) -> None:
    ends = iter([End(2.0, 1.0), End(2.0, math.nan), End(2.0, 1.5)])
    family = Family("f", lambda rate, folder: next(ends), tmp_path)
    told = iter([1.0, 0.5, None])
    played = play(family, "m", 0.1, lambda rates: next(told), lambda rates: rates[-1])
    assert played.rates == (0.1, 1.0, 0.5)
    assert [family.gap(rate) for rate in played.rates] == [0.0, math.inf, 0.5]
    assert best_so_far(family, played).tolist() == [0.0] * (RETRAINS + 1)
