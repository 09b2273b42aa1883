"""What gradient boosting prints, beyond the recordings."""

from __future__ import annotations

from pathlib import PurePath

from lrdoctor.readers import choose


def test_best_iteration_that_is_told_again_is_no_step_back(read):
    rounds = "".join(f"[{n}]\tvalid's l2: {2.5 - 0.1 * n:g}\n" for n in range(1, 9))
    told = "Early stopping, best iteration is:\n[4]\tvalid's l2: 2.1\n"
    run = read("train.log", rounds + told)
    assert run.format == "lightgbm"
    assert len(run.points("valid's l2")) == 8
    assert run.resumes == []


def test_lightgbms_program(read):
    lines = (f"[LightGBM] [Info] Iteration:{n}, valid_1 auc : 0.{n}\n" for n in range(1, 5))
    run = read("train.txt", "".join(lines))
    assert run.points("valid_1 auc") == [(1, 0.1), (2, 0.2), (3, 0.3), (4, 0.4)]


def test_xgboosts_figures_that_are_none(read):
    run = read("stdout", "[0]\ttrain-mlogloss:nan\teval-error@0.7:0.25\n[1]\ttrain-mlogloss:inf\n")
    assert run.format == "xgboost"
    assert run["train/loss"].non_finite == 2
    assert run.points("eval-error@0.7") == [(0, 0.25)]


def test_tabs_of_sagemakers_logs(read):
    lines = (f"[2024-05-01:10:00:00:INFO] [{n}]#011train-rmse:2.5#011validation-rmse:3.5\n"
             for n in range(3))  # fmt: skip
    run = read("train.log", "".join(lines))
    assert run.format == "xgboost"
    assert run.points("validation-rmse") == [(0, 3.5), (1, 3.5), (2, 3.5)]


def test_words_and_a_cut_line_are_no_points(read):
    run = read(
        "a.log", "warning: [x]\n[0]\ttrain-rmse:1.5\n[1]\ttrain-rmse:1.25\n[2]\ttrain-rmse:1.1"
    )
    assert len(run.points("train-rmse")) == 2
    assert run.faults == [(4, "unfinished last line")]


def test_catboosts_clock_is_no_metric(read):
    clock = "\ttotal: 46.8ms\tremaining: 1m 2s\n"
    run = read("cat.txt", f"0:\tlearn: 1.5{clock}1:\tlearn: 1.25{clock}")
    assert list(run.tags) == ["learn"]
    assert run["train/loss"].tag == "learn"


def test_lists_in_brackets_are_no_rounds():
    assert choose(PurePath("a.log"), b"[0]\tok\n[1]\tok\n") is None


def test_score_of_catboost_is_told_by_its_best(read):
    line = "{}:\tlearn: 0.{}\ttest: 0.5\tbest: 0.{} (0)\ttotal: 1ms\tremaining: 1s\n"
    rising = read("a.log", "".join(line.format(n, 50 + n, 50 + n) for n in range(3)))
    assert (rising.format, set(rising.tags)) == ("catboost-score", {"learn score", "test score"})
    assert "train/loss" not in rising.metrics
    falling = read("a.log", "".join(line.format(n, 50 - n, 50 - n) for n in range(3)))
    assert (falling.format, falling["train/loss"].tag) == ("catboost-text", "learn")
