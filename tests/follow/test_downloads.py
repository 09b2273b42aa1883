"""TensorBoard's downloads, a curve a file, are one run."""

from __future__ import annotations

from pathlib import Path

import lrdoctor
from lrdoctor.follow import downloads

CURVE = "Wall time,Step,Value\n" + "".join(f"{1.7e9 + n},{n},{2.5 - n / 8}\n" for n in range(12))


def test_curves_of_each_run_belong_together() -> None:
    names = ["log.csv", "run-a-tag-loss.csv", "run-a-tag-val_loss.csv", "run-b-tag-loss.csv",
             "run-b-tag-loss.json"]  # fmt: skip
    curves, others = downloads.runs(names)
    assert curves == {"run-a.csv": ["run-a-tag-loss.csv", "run-a-tag-val_loss.csv"]}
    assert others == ["log.csv", "run-b-tag-loss.csv", "run-b-tag-loss.json"]


def test_their_tags_make_one_run(tmp_path: Path) -> None:
    for run in ("a", "b"):
        for tag in ("train_loss", "val_loss", "lr"):
            (tmp_path / f"run-{run}-tag-{tag}.csv").write_text(CURVE)
    found = lrdoctor.check([tmp_path])
    assert {one.run for one in found} == {"run-a.csv", "run-b.csv"}
    for one in found:
        assert {"train/loss", "val/loss", "lr"} <= set(one.metrics)
        assert Path(one.path).is_file()
        assert one.problems == ()
