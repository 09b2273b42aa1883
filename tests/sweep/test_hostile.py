"""Tables and journals come from strangers: whatever they hold, they are read or refused."""

from __future__ import annotations

import json
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from lrdoctor import sweep
from lrdoctor.errors import LrdoctorError
from lrdoctor.sweep import journal, table

LEAVES = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=8),
    st.sampled_from([10**400, -(10**30), "1e999", "nan", "lr", "complete"]),
)  # fmt: skip
ANYTHING = st.recursive(
    LEAVES,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=6), inner, max_size=3)
    ),
    max_leaves=6,
)
FIELDS = ("study_id", "study_name", "directions", "trial_id", "param_name", "param_value_internal",
          "distribution", "distributions", "params", "state", "values", "value", "step",
          "intermediate_value", "intermediate_values", "system_attr")  # fmt: skip
OPERATION = st.fixed_dictionaries(
    {"op_code": st.integers(-1, 12), "worker_id": st.just("w")},
    optional={name: st.one_of(st.integers(0, 2), ANYTHING) for name in FIELDS},
)
TRIAL = st.fixed_dictionaries(
    {"state": st.sampled_from(["complete", "running", "pruned", "fail", "gone"])},
    optional=dict.fromkeys(("params", "value", "intermediate_values", "name"), ANYTHING),
)
AT_EASE = settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


def look(path: Path) -> None:
    """All that a command does with a study; refusals are its own errors."""
    with suppress(LrdoctorError):
        told = sweep.load([path])
        json.dumps(table.document(told), allow_nan=False)
        json.dumps(sweep.summarise(told).to_dict(), allow_nan=False)
        sweep.standings(told, sweep.plan(told, least=1, most=9))


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@AT_EASE
@given(st.lists(OPERATION, max_size=8))
@example([{"op_code": 4, "worker_id": "w", "study_id": 0, "state": False}])
@example([{"op_code": 1, "worker_id": "w", "study_id": False}])
@example([{"op_code": 4, "worker_id": "w", "study_id": 0, "intermediate_values": {"--5": 1.0}}])
@example([{"op_code": 4, "worker_id": "w", "study_id": 0, "intermediate_values": {"9" * 5000: 1}}])
def test_any_journal(tmp_path: Path, operations: list[dict[str, object]]) -> None:
    path = tmp_path / "j.log"
    first = {"op_code": 0, "worker_id": "w", "study_name": "s", "directions": [1]}
    path.write_text("".join(json.dumps(told) + "\n" for told in [first, *operations]))
    look(path)
    with suppress(LrdoctorError):
        journal.studies(str(path))


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@AT_EASE
@given(st.lists(TRIAL, max_size=4), ANYTHING)
def test_any_document(tmp_path: Path, trials: list[dict[str, object]], other: object) -> None:
    path = tmp_path / "t.json"
    rows = [{"number": n, **trial} for n, trial in enumerate(trials)]
    path.write_text(json.dumps({"study": other, "trials": rows}))
    look(path)


@AT_EASE
@given(st.text(alphabet='01,."\n{}:stateCOMPLETElr_', max_size=80))
def test_any_csv(tmp_path: Path, text: str) -> None:
    path = tmp_path / "t.csv"
    path.write_text(f"number,value,state,params_lr,intermediate_values\n{text}")
    look(path)
