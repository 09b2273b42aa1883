from __future__ import annotations

import io
from pathlib import PurePath

import numpy as np
import pytest

from lrdoctor.readers import choose

LOSS = [2.5, 2.25, 2.0]


def saved(*arrays: object, **named: object) -> bytes:
    file = io.BytesIO()
    if named:
        np.savez(file, **named)  # type: ignore[arg-type]
    else:
        np.save(file, arrays[0])  # type: ignore[arg-type]
    return file.getvalue()


@pytest.mark.parametrize("dtype", ["f2", "f4", ">f8", "i8"])
def test_array_is_named_by_its_file(read, dtype: str):
    run = read("val_loss.npy", saved(np.array([4, 2, 1], dtype)))
    assert (run.points("val_loss"), run.x_axis) == ([(1, 4), (2, 2), (3, 1)], "row")


def test_arrays_of_an_archive_are_named_by_it(read):
    run = read("a.npz", saved(step=[10, 20, 30], loss=LOSS, images=np.zeros((3, 4, 4))))
    assert run.points("loss") == [(10, 2.5), (20, 2.25), (30, 2.0)]
    assert set(run.tags) == {"loss"}


def test_pairs_of_step_and_value_are_a_curve(read):
    assert read("loss.npy", saved(np.array([[0, 2.5], [10, 2.25]]))).points("loss") == [
        (0, 2.5),
        (10, 2.25),
    ]


def test_evaluations_of_an_agent_are_their_means(read):
    # Stable-Baselines3's EvalCallback
    run = read("evaluations.npz", saved(timesteps=[500, 1000], results=[[9.0, 11.0], [21.0, 20.0]],
                                        ep_lengths=[[9, 12], [21, 20]]))  # fmt: skip
    assert run.points("eval/mean_reward") == [(500, 10.0), (1000, 20.5)]
    assert run.points("eval/mean_ep_length") == [(500, 10.5), (1000, 20.5)]
    assert (set(run.tags), run.x_axis) == ({"eval/mean_reward", "eval/mean_ep_length"}, "step")


def test_python_objects_are_never_unpickled(read):
    run = read("a.npz", saved(loss=LOSS, history=np.array({"x": 1}, object)))
    assert [value for _, value in run.points("loss")] == LOSS
    assert "never unpickled" in run.faults[0][1]


def test_cut_file_is_told(read):
    for name, whole in (("loss.npy", saved(np.array(LOSS))), ("a.npz", saved(loss=LOSS))):
        run = read(name, whole[:-9])
        assert (dict(run.tags), len(run.faults)) == ({}, 1)


def test_arrays_that_are_no_curves_are_no_log():
    assert choose(PurePath("weights.npz"), saved(kernel=np.zeros(3), bias=np.zeros(3))) is None
    assert choose(PurePath("x.npy"), saved(np.zeros(3))) is None
