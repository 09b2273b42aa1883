"""Databases that no tracker would write: nothing of theirs is run, what they cost is bounded."""

from __future__ import annotations

import sqlite3
from contextlib import closing

import pytest

SCHEMA = """
CREATE TABLE experiments (experiment_id INTEGER, name TEXT, lifecycle_stage TEXT);
CREATE TABLE runs (run_uuid TEXT, name TEXT, experiment_id INTEGER, status TEXT);
CREATE TABLE params (key TEXT, value TEXT, run_uuid TEXT);
CREATE TABLE latest_metrics (key TEXT);
INSERT INTO experiments VALUES (1, 'e', 'active');
INSERT INTO runs VALUES ('u', 'r', 1, 'RUNNING');
"""
METRICS = "CREATE TABLE metrics (key TEXT, value, timestamp, run_uuid TEXT, step, is_nan);"


def database(script: str) -> bytes:
    with closing(sqlite3.connect(":memory:")) as connection:
        connection.executescript(SCHEMA + script)
        return connection.serialize()


def test_other_types_than_figures_are_no_points(read):
    rows = ["'a', 0.5, 1700000000000, 'u', 1, 0", "'a', 'x', 1, 'u', 2, 0",
            "'a', NULL, 1, 'u', 3, 0", "'a', 0, NULL, 'u', 4, 1",
            "x'ff00', 1, 'soon', 'u', 'x', 0", "'a', 7, 1, 'none', 1, 0",
            "'a', 1e308, 1e300, 'u', 9223372036854775807, 0"]  # fmt: skip
    run = read("mlflow.db", database(METRICS + f"INSERT INTO metrics VALUES ({'), ('.join(rows)})"))
    assert [step for step, _ in run.points("a")] == [1, 4, 1 << 62]
    assert run.faults == []


def test_table_that_is_missing_is_told(read):
    run = read("mlflow.db", database(""))
    assert (run.tags, run.faults) == ({}, [(None, "broken database: no such table: metrics")])


COLUMNS = "AS key, 1 AS value, 0 AS timestamp, 'u' AS run_uuid, 1 AS step, 0 AS is_nan"


@pytest.mark.parametrize(
    ("view", "told"),
    [
        (
            "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) "
            f"SELECT i {COLUMNS} FROM n",
            "not authorized",
        ),
        (f"SELECT a.x {COLUMNS} FROM many a, many b, many c, many d, many e", "interrupted"),
        (
            f"SELECT sum(a.x) {COLUMNS} FROM many a, many b, many c, many d, many e",
            "not authorized",
        ),
        (
            f"SELECT a.x {COLUMNS} FROM many a, many b, many c, many d, many e "
            "WHERE a.x + b.x + c.x + d.x + e.x > 999",
            "interrupted",
        ),
        (f"SELECT randomblob(100000000) {COLUMNS}", "not authorized"),
    ],
    ids=["endless", "enormous", "sum", "slow", "function"],
)
def test_view_in_the_place_of_a_table_is_stopped(read, view: str, told: str):
    many = "CREATE TABLE many (x); INSERT INTO many VALUES (1), (2), (3), (4), (5), (6), (7);"
    many += "INSERT INTO many SELECT x FROM many;" * 5
    run = read("mlflow.db", database(f"{many} CREATE VIEW metrics AS {view}"))
    ((_, what),) = run.faults
    assert told in what
    assert run.tags == {}


def test_many_runs_of_one_name_keep_it_apart(read):
    script = METRICS + "".join(
        f"INSERT INTO runs VALUES ('{n:08}-u', 'r', 1, 'FINISHED');"
        f"INSERT INTO metrics VALUES ('a', {n}, 1, '{n:08}-u', 1, 0);"
        for n in range(3)
    )
    reader = read("mlflow.db", database(script)).reader
    named = [f"e/r ({n:08})" for n in range(3)]
    assert [reader.ended(name) for name in ("e/r", *named)] == [False, True, True, True]


def test_points_without_steps_are_counted(read):
    rows = ", ".join(f"('loss', {n}, 1, 'u', 0, 0)" for n in range(5))
    run = read("mlflow.db", database(METRICS + f"INSERT INTO metrics VALUES {rows}"))
    assert [step for step, _ in run.points("loss")] == [0, 1, 2, 3, 4]
    assert run.reader.x_axis_of("e/r") == "row"
