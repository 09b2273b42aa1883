"""Runs side by side and range tests, asked for over the API."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import httpx
import numpy as np
import orjson
import pytest

from lrdoctor.config import Config
from lrdoctor.diagnosis import Diagnosis, LearningRate, MetricSummary, Status
from lrdoctor.doctor import diagnose
from lrdoctor.learning_rate import situation
from lrdoctor.learning_rate.comparison import compare
from lrdoctor.learning_rate.finder import report
from lrdoctor.learning_rate.proposals import propose
from lrdoctor.run import Block, Run, Settings
from lrdoctor.server import compared
from lrdoctor.server.experiments import Experiments
from lrdoctor.server.source import Source
from lrdoctor.store import RunChange, Store
from lrdoctor.sweep.logs import study_of
from lrdoctor.sweep.pruning import Decision, plan, standings
from tests.learning_rate.conftest import _trained
from tests.server.served import NOW, STATUS

Ask = Callable[..., httpx.Response]
SWEEP = (1e-3, 0.01, 0.05, 0.1, 0.6, 2.0)


def swept(highest: float = 1.0) -> Run:
    """A range test over five decades, or up to another rate."""
    random = np.random.default_rng(4)
    rates = np.geomspace(1e-5, highest, 200)
    losses = 2.3 - 1.5 / (1 + (0.01 / rates) ** 1.5) + 40 * rates**3
    run = Run("sweep", "sweep", "csv")
    run.add(Block("loss", np.arange(200), losses + random.normal(0, 0.01, 200)))
    run.add(Block("lr", np.arange(200), rates))
    return run


def change(run: Run) -> RunChange:
    blocks = [Block(tag, s.steps, s.values) for tag, s in run.tags.items()]
    metrics = {
        name: MetricSummary(s.tag, len(s), s.non_finite, 1.0, 1.0, None, None)
        for name, s in run.metrics.items()
    }
    told = Diagnosis(
        run.name, run.path, "csv", Status.HEALTHY, "All is well.", points=len(blocks[0]),
        first_step=run.first_step, last_step=run.last_step, metrics=metrics,
        learning_rate=LearningRate(value=float(run["lr"].values.max())),
    )  # fmt: skip
    return RunChange(key=run.name, name=run.name, line=orjson.dumps(told.to_dict()),
                     observed_at=NOW, updated_at=NOW, fresh=True, blocks=blocks)  # fmt: skip


@pytest.fixture
def runs() -> list[Run]:
    return [_trained(rate) for rate in SWEEP]


@pytest.fixture
def source(tmp_path: Path, runs: list[Run]) -> Iterator[Source]:
    with Store.open(tmp_path / "store.sqlite") as store:
        grow = [replace(change(run), growing=run in runs[:2]) for run in (*runs, swept())]
        store.commit(grow, STATUS)
        source = Source(store.path, clock=lambda: NOW + 1.0)
        yield source
        source.close()


@pytest.fixture
def ids(ask: Ask) -> dict[str, str]:
    return {run["run"]: run["id"] for run in ask("/api/runs").json()["runs"]}


def test_a_comparison_is_what_the_command_says(
    ask: Ask, ids: dict[str, str], runs: list[Run]
) -> None:
    asked = ",".join(ids[run.name] for run in runs)
    told = ask(f"/api/compare?runs={asked}").json()
    direct = compare(runs)
    assert told["sentence"] == direct.sentence
    assert (told["low"], told["high"]) == (direct.low, direct.high)
    assert [t["id"] for t in told["trials"]] == [ids[t.name] for t in direct.trials]
    assert [t["outcome"] for t in told["trials"]] == [t.outcome for t in direct.trials]
    assert "path" not in told["trials"][0]
    best = ask(f"/api/compare?runs={asked}&by=best").json()
    assert best["measure"] == "best"


def test_running_runs_that_need_not_go_on_are_named(
    ask: Ask, ids: dict[str, str], runs: list[Run]
) -> None:
    ended = ",".join(ids[run.name] for run in runs[2:])
    assert ask(f"/api/compare?runs={ended}").json()["stop"] == []
    asked = f"/api/compare?runs={','.join(ids[run.name] for run in runs)}"
    study = study_of(runs, lambda run: run in runs[:2], metric="train/loss")
    told = [one for one in standings(study, plan(study)) if one.decision is Decision.STOP]
    assert told
    stop = ask(asked).json()["stop"]
    assert [(one["id"], one["reason"]) for one in stop] == [(ids[t.trial], t.reason) for t in told]
    assert "rung" in stop[0]["reason"]
    assert stop[0]["source"].startswith("ASHA")


def test_runs_are_compared_by_the_rules_in_force(tmp_path: Path) -> None:
    steps = np.arange(400)
    noise = 0.02 * np.random.default_rng(100).standard_normal(400)
    rising = Run("rising", "rising", "csv")
    rising.add(Block("loss", steps, 2 + steps / 2000 + noise))
    rising.add(Block("lr", steps, np.full(400, 1e-4)))
    with Store.open(tmp_path / "store.sqlite") as store:
        store.commit([change(rising)], STATUS)
        source = Source(store.path)
        [record] = source.changed(0)[2]

        def outcome(config: Config) -> str:
            told = orjson.loads(Experiments(source, config).compare([record.id], "final"))
            return str(told["trials"][0]["outcome"])

        assert outcome(Config()) == "diverged"
        assert outcome(Config(disabled=frozenset({"divergence"}))) == "good"
        source.close()


def test_a_comparison_is_made_once(ask: Ask, ids: dict[str, str], runs: list[Run]) -> None:
    asked = f"/api/compare?runs={','.join(ids[run.name] for run in runs)}"
    assert ask(asked).content == ask(asked).content


def test_a_range_test_is_what_the_command_says(ask: Ask, ids: dict[str, str]) -> None:
    told = ask(f"/api/range?run={ids['sweep']}").json()
    direct = report(swept())
    assert told["suggestion"]["value"] == direct.suggestion.value
    assert told["steepest"] == direct.steepest.to_dict()
    assert told["blows_up"] is not None
    assert len(told["points"]) == len(direct.points)


def test_a_range_test_is_told_its_optimizer(ask: Ask, ids: dict[str, str]) -> None:
    run = swept()
    assert (
        ask(f"/api/range?run={ids['sweep']}&optimizer=").json()["suggestion"]
        == report(run).suggestion.to_dict()
    )
    for name in ("sgd", "lion"):
        told = ask(f"/api/range?run={ids['sweep']}&optimizer={name}").json()
        run.settings = Settings(optimizer=name)
        assert told["suggestion"] == report(run).suggestion.to_dict()
    refused = ask(f"/api/range?run={ids['sweep']}&optimizer=adm")
    assert refused.status_code == 400
    assert "did you mean adam?" in refused.json()["error"]


def test_a_range_test_by_sgd_with_momentum_is_read_as_one(tmp_path: Path) -> None:
    run = swept()
    run.settings = Settings(optimizer="sgd", momentum=0.9)
    one = replace(change(run), line=orjson.dumps(diagnose(run).to_dict()))
    with Store.open(tmp_path / "store.sqlite") as store:
        store.commit([one], STATUS)
        source = Source(store.path, clock=lambda: NOW + 1.0)
        [record] = source.changed(0)[2]
        told = orjson.loads(Experiments(source, Config()).range_test(record.id))
        source.close()
    run.settings = Settings(optimizer="momentum")
    assert told["suggestion"] == report(run).suggestion.to_dict()
    run.settings = Settings(optimizer="sgd")
    assert told["suggestion"] != report(run).suggestion.to_dict()


def test_a_range_test_that_stopped_too_early_is_told_as_well() -> None:
    told = orjson.loads(compared.swept(swept(1e-2)))
    assert (told["blows_up"], told["still_falling"]) == (None, True)


def test_what_is_no_range_test_is_refused_with_the_reason(ask: Ask, ids: dict[str, str]) -> None:
    answer = ask(f"/api/range?run={ids['lr-0.1']}")
    assert answer.status_code == 422
    assert "less than one decade" in answer.json()["error"]


@pytest.mark.parametrize(
    ("path", "status", "reason"),
    [
        ("compare", 400, "runs is missing"),
        ("compare?runs=" + ",".join(map(str, range(101))), 400, "100 at most"),
        ("compare?runs=nobody", 404, "no run of this id"),
        ("compare?runs=nobody&by=luck", 400, "one of final, best"),
        ("range", 400, "run is missing"),
        ("range?run=../../etc/passwd", 404, "no run of this id"),
    ],
)
def test_what_cannot_be_meant_is_refused(ask: Ask, path: str, status: int, reason: str) -> None:
    answer = ask(f"/api/{path}")
    assert answer.status_code == status
    assert reason in answer.json()["error"]


def test_schedules_are_what_the_command_says(
    ask: Ask, ids: dict[str, str], runs: list[Run]
) -> None:
    told = ask(f"/api/schedule?run={ids[runs[0].name]}").json()
    rate = LearningRate(value=float(runs[0]["lr"].values.max()))
    direct = propose(situation.of(runs[0], rate))
    assert [one["name"] for one in told["proposals"]] == [one.name for one in direct]
    assert told["proposals"][0]["rates"][-1][0] == runs[0].last_step
    assert told["now"].startswith("Constant at 1e-3")
    assert "Reduce-on-plateau" in told["plateau"]


def test_no_run_has_no_schedule(ask: Ask) -> None:
    assert ask("/api/schedule?run=ffff").status_code == 404
