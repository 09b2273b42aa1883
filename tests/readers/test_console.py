from __future__ import annotations

import math
from pathlib import PurePath

import pytest

from lrdoctor.readers import choose
from lrdoctor.readers._console_screen import LONGEST
from lrdoctor.readers.console import Console


def trained(line: str, steps=(100, 200, 300), end: str = "\n") -> str:
    """A log that prints this line, with the step for ``{}``, at some steps."""
    return "".join(line.replace("{}", str(step)) + end for step in steps)


LOSS = [(100, 2.5), (200, 2.5), (300, 2.5)]

PRINTED = [
    ("iter {}: loss 2.5, time 12.31ms, mfu -100.00%", "loss", "step"),
    ("step {}: train loss 2.5, val loss 2.75", "train loss", "step"),
    ("step    {}/19560 | loss: 2.500000 | lr 8.57e-07 | norm: 15.3 | dt: 500.12ms", "loss", "step"),
    ("Epoch {}/300 - loss: 0.25e1 - val_loss: 0.2", "loss", "epoch"),
    ("I0301 10:00:00.1234  42 solver.cpp:237] Iteration {}, loss = 2.5", "loss", "step"),
    ("Iteration {} (1.5 iter/s, 13.3s/20 iters), loss = 2.5", "loss", "step"),
    ("[03/01 10:00:00] d2.utils INFO:  eta: 0:01:00  iter: {}  total_loss: 2.5", "total_loss",
     "step"),
    ("2024-03-01 10:00:00,123 - mmdet - INFO - Iter [{}/9000]\tlr: 1.000e-02, loss: 2.5", "loss",
     "step"),
    ("03/01 10:00:00 - mmengine - INFO - Iter(train) [  {}/9000]  lr: 1e-02  loss: 2.5",
     "train/loss", "step"),
    ("2020-06-23 12:11:11,678 epoch 1 - iter {}/400 - loss 2.50000 - samples/sec: 26.1", "loss",
     "step"),
    ("| INFO | train_inner | epoch 001:    {} / 5000 loss=2.5, ppl=12.2, num_updates={}, lr=1e-5",
     "loss", "step"),
    (" iteration {}/ 500000 | consumed samples: 25600 | learning rate: 1.5E-06 | lm loss: 2.50E+00",
     "lm loss", "step"),
    ("Train Epoch: 1 [{}/60000 (1%)]\tLoss: 2.500000", "Loss", "step"),
    ("Epoch [1/5], Step [{}/600], Loss: 2.5000", "Loss", "step"),
    ("Train: 0 [ {}/1251 (  0%)]  Loss: 2.5 (6.95)  Time: 0.5s  LR: 1.000e-06", "train/Loss",
     "step"),
    ("INFO:tensorflow:global step {}: loss = 2.5000 (0.512 sec/step)", "loss", "step"),
    ("INFO:tensorflow:loss = 2.5, step = {} (0.512 sec)", "loss", "step"),
    ("INFO:root:Step {} Train loss: 2.5", "Train loss", "step"),
    ("[{}]\ttrain-rmse: 1.0\tstep: {}\tloss: 2.5", "loss", "step"),
    ("{'loss': 2.5, 'learning_rate': 5e-05, 'step': {}}", "loss", "step"),
    ("{'loss': tensor(2.5, device='cuda:0'), 'step': {}}", "loss", "step"),
    ("{'loss': np.float64(2.5), 'step': {}}", "loss", "step"),
    ("2024-03-01 10:00:00 | INFO | {\"step\": {}, \"loss\": \"2.5\", \"words\": \"a b\"}", "loss",
     "step"),
    ("\x1b[1;32mEpoch {}\x1b[0m \x1b]8;;http://a\x07link\x1b]8;;\x07, loss=\x1b[31m2.5\x1b[0m",
     "loss", "epoch"),
    ("Epoch {}: 100%|##########| 9/9 [00:01<00:00,  9.51it/s, v_num=0, loss=2.5]", "loss", "epoch"),
    ("Epoch {} | mean training loss is 2.5 (val loss = 3.1)", "mean training loss", "epoch"),
    ("3: iteration {} | loss 2.5", "loss", "step"),
    ("[globalStep={}/900]\n  train loss: 2.5", "train loss", "step"),
    ("3 | iteration {} | loss 2.5", "loss", "step"),
    ("[rank3]: step {}: loss 2.5", "loss", "step"),
    ("completed step: {}, seconds: 0.512, TFLOP/s/device: 100.1, loss: 2.5", "loss", "step"),
    ("I0501 10:00:00.123 summary_writer.py:400] SpmdTrainer step={} loss=2.5", "loss", "step"),
    ("{'loss': 2.5, 'epoch': 0.01, 'global_step/max_steps': '{}/600'}", "loss", "step"),
    ("[2021-05-01 10:00:00] Ep. 1 : Up. {} : Sen. 6400 : Cost 2.5 : Time 30.12s : 123.4 words/s",
     "Cost", "step"),
    (" {}: 2.500000, 2.612345 avg loss, 0.001000 rate, 3.218 seconds, 64000 images", "loss",
     "step"),
    ("[h] 2022-05-01 10:00:00,123 (trainer:721) INFO: 1epoch:train:51-{}batch: acc=0.3, loss=2.5",
     "train/loss", "step"),
    ("{} | loss 2.5000 | lr 1.000000e-04 | 123.45ms | mfu 12.3%", "loss", "step"),
    ("INFO olmo.train:861 [step={}/1000,epoch=0]\n    train/CrossEntropyLoss=2.5",
     "train/CrossEntropyLoss", "step"),
    ("[batch={}/600]:\n\t Train time/batch: 7\n\t Train loss/train/total: 2.5",
     "Train loss/train/total", "step"),
    ("Steps:  10%|#    | {}/900 [00:01<00:10,  1.2it/s, lr=0.1, step_loss=2.5]", "step_loss",
     "step"),
    ("I0518 10:00:00.123456 140 logging_writer.py:48] [{}] loss=2.5, steps_per_sec=12.3", "loss",
     "step"),
    ("Step {}: train CrossEntropyLoss |  2.5", "train/CrossEntropyLoss", "step"),
    ("(TaskRunner pid=1234, ip=10.0.0.1) step:{} - actor/loss:2.5", "actor/loss", "step"),
    ("2026-11-03T10:00:00.123456789Z stderr F iter={} loss=2.5", "loss", "step"),
    ("[1,mpirank:0,algo-1]<stdout>:step {} loss 2.5", "loss", "step"),
    ("[NeMo I 2024-05-18 10:00:00 nemo_logging:381] global_step: {} | loss: 2.5", "loss", "step"),
    ("[{}/3000] Train loss: 2.5, Valid loss: 2.75", "Train loss", "step"),
    ("2024-01-01 00:00:01 INFO epoch: 1/3, iter: {}/900, loss: 2.5 | time: 0.5 s", "loss", "step"),
    ("INFO:{'epoch': {}, 'train': {'loss': 2.5}, 'val': {'loss': 2.75}}", "train/loss", "epoch"),
    ("* epoch {} *\nTraining   - loss: 2.5 acc: 0.5\nValidation - loss: 2.75 acc: 0.25",
     "train/loss", "epoch"),
    ("[{}/300] 1 tree, 3 leaves, max depth = 2, train loss: 2.5, val loss: 2.75, in 0.001s",
     "train loss", "step"),
    ("[1/5][{}/1583]\tLoss_D: 2.5\tLoss_G: 0.5", "Loss_D", "step"),
    ("[1, {}] loss: 2.5", "loss", "step"),
    ('ts=2026-01-01T10:00:00Z level=info msg="train step" step={} loss=2.5 lr=0.1', "loss", "step"),
    ("INFO:tensorflow:loss = 2.5, step = {} (1.234 sec)\n"
     "INFO:tensorflow:Saving dict for global step {}: accuracy = 0.5, loss = 9.5", "loss", "step"),
    ("INFO - step: {}  loss: 9.5\nINFO - validate step: {}  loss: 2.5  tps: 1,234", "val/loss",
     "step"),
    ("completed step: {}, loss: 9.5\neval metrics after step: {}, loss=2.5", "val/loss", "step"),
    (" iteration {}/ 900 | lm loss: 9.5 |\n validation loss at iteration {} on validation set | "
     "lm loss value: 2.5 |", "val/lm loss value", "step"),
    ("global_step: {}, acc: 9.5, loss: 9.5\ncur metric, acc: 2.5, fps: 9\n"
     "best metric, acc: 9.5, best_epoch: 3", "val/acc", "step"),
    ("Training  [  {}/125000]  eta: 1 day, 2:34:56  lr: 0.1 (0.2)  total_loss: 2.5 (2.75)",
     "total_loss", "step"),
    ("INFO: {}epoch results: [train] loss=9.5, [valid] loss=2.5, time=3.2 seconds", "val/loss",
     "epoch"),
    ("DEBUG TRAIN | steps/sec 1.2| Batch 0/{} loss 2.5 lr 0.1 rank 0\n"
     "DEBUG CV Batch 0/100 loss 9.5 history loss 9.5 rank 0", "train/loss", "step"),
    ("Train Epoch: 0 [{}/1280000 (1%)] Batch (t): 0.456, 1234.5/s, 154.3/s/gpu LR: 2.5 Loss: 9.5",
     "LR", "step"),
    ("INFO Train: [3/9][{}/1251]\teta 0:12:34 lr 1e-4\tloss 2.5 (2.75)", "loss", "step"),
    ("Epoch 1 | iter 800 step {} | loss train: 2.5, val: n/a | iter time: 1.23 ms", "train loss",
     "step"),
    ("Epoch 1 | iter 800 step {} | loss train: 2.75, val: 2.5 | iter time: 1.23 ms", "val loss",
     "step"),
    ("step {}: train/val loss: 2.5 / 2.75", "train loss", "step"),
    ("step {}: train/val loss: 2.75/2.5", "val loss", "step"),
    ("Epoch 1/9: 10%|#    | {}/900 [00:01<00:10, 9.5img/s, loss (batch)=2.5]", "batch loss",
     "step"),
    ("steps: {} loss: 2.5 iter time (s): 0.956", "loss", "step"),
    ("INFO  Train:    1/  80 (  1%) [   0/928 (  0%)]  Loss: 2.5 (2.6)  Acc_iter {}  Data time: 1",
     "train/Loss", "step"),
    ("Epoch[{}] Time cost=12.3\nEpoch[{}] Train-cross-entropy=2.5", "Train-cross-entropy",
     "epoch"),
    ("Step: {}. Time Elapsed: 10.5 s. Mean Reward: 2.5. Std of Reward: 0.1.", "Mean Reward",
     "step"),
    ("global_step={}, episodic_return=[2.5]", "episodic_return", "step"),
    ("s:{} trl:2.5 lr:0.0006 norm:1.25\ns:{} eval:0.25", "trl", "step"),
    ("tick {}   kimg 4.0   time 1h 02m 03s  sec/tick 12.1  cpumem 4.1  loss 2.5", "loss", "step"),
    ("s:{} tel:2.5\ns:{} trl:2.75 lr:0.0006 norm:1.25", "tel", "step"),
    ("第{}轮 损失: 2.5 准确率: 0.5 学习率: 0.001", "损失", "epoch"),
    ("轮次 {}/900，训练损失：2.5，验证损失：2.75", "训练损失", "epoch"),
    ("epoch {}, loss损失: 9.5, 验证集准确率: 2.5", "验证集准确率", "epoch"),
    ("エポック {}/900 損失: 2.5", "損失", "epoch"),
    ("Epoche {}/900 - Verlust: 2.75 - Validierungsverlust: 2,5000", "Validierungsverlust", "epoch"),
    ("Époque {}/900 - perte : 2.5", "perte", "epoch"),
    ("Epoch: {} Train: (loss = 2.5f0, acc = 9.5) Test: (loss = 9.5f-1)", "train/loss", "epoch"),
    ("Epoch {}/900 ━━━━━━━━ 9/9 0:00:03 • 0:00:00 30.1it/s train_loss: 2.500", "train_loss",
     "epoch"),
]  # fmt: skip


@pytest.mark.parametrize(("line", "tag", "axis"), PRINTED, ids=[line[:30] for line, *_ in PRINTED])
def test_printed_line_is_read(read, line: str, tag: str, axis: str):
    run = read("train.log", trained(line))
    assert run.points(tag) == LOSS
    assert run.x_axis == axis
    assert run.faults == []


@pytest.mark.parametrize(
    ("text", "train", "val"),
    [
        # PyTorch's tutorial on transfer learning, and Ignite's
        ("Epoch {}/3\n----\ntrain Loss: 2.5 Acc: 0.5\nval Loss: 3.5 Acc: 0.25\n", "Acc",
         "val/Acc"),
        ("INFO: Training Results - Epoch: {}  Avg accuracy: 0.50 Avg loss: 2.50\n"
         "INFO: Validation Results - Epoch: {}  Avg accuracy: 0.25 Avg loss: 3.50",
         "train/Avg accuracy", "val/Avg accuracy"),
        ("[Epoch {}/3] TRAIN loss=2.5 acc=0.5 | VAL loss=3.5 acc=0.25", "acc", "val/acc"),
        ("epoch {}: train_loss 2.5 acc 0.5\nepoch {}: val_loss 3.5 acc 0.25 lr 0.1", "acc",
         "val/acc"),
        ("epoch {}: loss 2.5, acc 0.5, val_loss 3.5, val_acc 0.25, f1 0.75", "acc", "val_acc"),
        ("Epoch {}/3\nTraining...\nloss 2.5 acc 0.5\nRunning validation...\nloss 3.5 acc 0.25",
         "acc", "val/acc"),
        ("Epoch: {}/3\n  Train:\n    loss: 2.5\n    acc: 0.5\n  Val:\n    loss: 3.5\n    acc: 0.25",
         "acc", "val/acc"),
        ("Epoch: [{}]\tLoss 2.5 (2.5)\tAcc@1 0.5 (0.5)\n * Acc@1 0.250 Acc@5 0.750", "Acc@1",
         "val/Acc@1"),
    ],
)  # fmt: skip
def test_figures_behind_a_validations_are_its_own(read, text: str, train: str, val: str):
    run = read("train.log", trained(text, [1, 2, 3]))
    assert run.points(train) == [(n, 0.5) for n in (1, 2, 3)]
    assert run.points(val) == [(n, 0.25) for n in (1, 2, 3)]
    assert not {"val/f1", "val/lr"} & set(run.tags)


@pytest.mark.parametrize(
    "best",
    ["Best: loss 9.5 at epoch 1", "Best so far: loss 9.5", "val_loss improved from 9.5 to 2.5",
     "Validation loss decreased (9.500000 --> 2.500000).  Saving model ...", "best acc 0.5",
     "best val loss 9.5"],
)  # fmt: skip
def test_the_best_so_far_is_no_figure(read, best: str):
    run = read("train.log", trained(f"Epoch {{}}: train loss 2.5\n{best}", [1, 2, 3]))
    assert list(run.tags) == ["train loss"]
    assert run.points("train loss") == [(n, 2.5) for n in (1, 2, 3)]


@pytest.mark.parametrize(
    ("spelt", "value"),
    [("nan", "nan"), ("-nan", "nan"), ("NaN", "nan"), ("NAN", "nan"), ("inf", "inf"),
     ("-Inf", "-inf"), ("+inf", "inf"), ("Infinity", "inf"), ("1.#QNAN", "nan"),
     ("-1.#IND", "nan"), ("1.#INF", "inf")],
)  # fmt: skip
@pytest.mark.parametrize(
    "line", ["iter {}: loss X, lr 0.1", "{'loss': X, 'step': {}}", "loss = X, step = {}"]
)
def test_what_is_no_number_is_data(read, line: str, spelt: str, value: str):
    text = trained(line.replace("X", "2.5")) + trained(line.replace("X", spelt), [400])
    assert str(read("train.log", text).points("loss")[-1][1]) == value


@pytest.mark.parametrize("spelt", ["nan", "-nan", "NaN", "inf", "-inf"])
def test_json_in_a_line_may_hold_what_is_no_number(read, spelt: str):
    line = 'json_stats: {"epoch": {}, "lr": 0.1, "loss": 2.5}'
    text = trained(line) + trained(line.replace("2.5", spelt), [400])
    assert not math.isfinite(read("log.txt", text).points("loss")[-1][1])


def test_keras_epoch_stands_in_the_line_before(read):
    text = trained("Epoch {}/9\n5/5 - 3s - loss: 2.5 - val_loss: 3.5 - 3s/epoch", [1, 2, 3])
    run = read("stdout.txt", text)
    assert run.points("loss") == [(1, 2.5), (2, 2.5), (3, 2.5)]
    assert run.points("val_loss") == [(1, 3.5), (2, 3.5), (3, 3.5)]
    assert run.x_axis == "epoch"


@pytest.mark.parametrize("back", ["\r", "\b" * 24 + "\r", "\b" * 24, "\r" + " " * 24 + "\r"])
def test_progress_bar_counts_as_it_was_last(read, back: str):
    bar = f"1/2 [==>...] - loss: 9.50{back}2/2 [======] - loss: 2.50\n"
    run = read("keras.log", trained("Epoch {}/3\n" + bar, [1, 2, 3], end=""))
    assert run.points("loss") == [(1, 2.5), (2, 2.5), (3, 2.5)]


def test_windows_line_ends_hide_nothing(read):
    assert read("a.log", trained("iter {} loss 2.5", end="\r\n")).points("loss") == LOSS
    assert read("a.log", trained("iter {} loss 2.5", end="\r\r\n")).points("loss") == LOSS


def test_bar_of_many_updates_is_no_long_line(read):
    bar = "".join(f"\r{n}/20000 [=>..] - loss: 9.5" for n in range(20_000))
    text = trained("Epoch {}/4\n1/1 [====] - loss: 2.5", [1, 2, 3])
    run = read("a.log", text + f"Epoch 4/4\n{bar}\r20000/20000 [====] - loss: 2.5\n")
    assert run.points("loss") == [(1, 2.5), (2, 2.5), (3, 2.5), (4, 2.5)]


def test_one_bar_for_the_whole_run_tells_each_state(read):
    states = [f"\r {at}%|#  | {at}/9 [00:01<00:10, 1.2it/s, loss={at}.5]" for at in range(1, 10)]
    # Redrawn where it stands, its figures are the newer ones.
    states[3:3] = ["\r 3%|#  | 3/9 [00:01<00:10, 1.2it/s, loss=7.25]"]
    run = read("a.log", "".join(states) + "\n")
    assert run.points("loss") == [(at, 7.25 if at == 3 else at + 0.5) for at in range(1, 10)]
    assert run.reader.settings.planned_steps == 9


def test_states_of_an_epochs_bar_count_where_they_tell_their_step(read):
    # NeMo's and minGPT's
    states = [f"\rEpoch 0: {at}%|#  | {at + 1}/9 [00:01<00:10, 1.2it/s, loss={at}.5, step={at}.0]"
              for at in range(9)]  # fmt: skip
    run = read("a.log", "".join(states) + "\n")
    assert run.points("loss") == [(at, at + 0.5) for at in range(9)]


def test_bar_above_the_validations_counts_when_that_has_ended(read):
    # Lightning's: until then it shows the figures of the epoch before.
    shown, text = "", ""
    for epoch, loss in enumerate(("2.5", "1.5", "1.5", "nan", "nan")):
        bar = f"\rEpoch {epoch}: 100%|##| 8/8 [00:03<00:00, 3.12it/s"
        text += f"\rEpoch {epoch}:  12%|# | 1/8 [00:03<00:00, 3.12it/s{shown}]{bar}{shown}]\n"
        text += "\rValidation: 100%|##| 8/8 [00:01<00:00, 9.5it/s]\x1b[A\n\x1b[A"
        text += f"{bar}, val_loss=3.5{shown[14:]}]" if shown else ""
        shown = f", val_loss=3.5, train_loss={loss}"
        text += f"{bar}{shown}]"
    run = read("a.log", f"{text}`Trainer.fit` stopped: `max_epochs=5` reached.\n{bar}{shown}]\n")
    assert str(run.points("train_loss")) == "[(0, 2.5), (1, 1.5), (2, 1.5), (3, nan), (4, nan)]"
    assert run.points("val_loss") == [(epoch, 3.5) for epoch in range(5)]
    assert list(run.tags) == ["val_loss", "train_loss"]


def test_summary_of_a_model_tells_no_step(read):
    # Lightning's
    head = (
        "  | Name  | Type   | Params | Mode\n0 | layer | Linear | 66 | train\n66 Trainable params\n"
    )
    bar = "Epoch {}: 100%|##| 9/9 [00:03<00:00, 3.12it/s, v_num=0, loss=2.5]"
    run = read("a.log", head + trained(bar, [0, 1, 2]))
    assert run.x_axis == "epoch"
    assert run.points("loss") == [(n, 2.5) for n in (0, 1, 2)]


def test_one_bar_an_epoch_goes_on_counting(read):
    bars = (
        "train: 100%|#| 4/4 [00:01<00:00, 9.5it/s, loss=2.5]\n"
        "valid: 100%|#| 2/2 [00:01<00:00, 9.5it/s, loss=3.5]\n"
    )
    run = read("a.log", trained(f"Epoch: {{}}\n{bars}", [0, 1, 2]))
    assert run.points("train/loss") == [(4, 2.5), (8, 2.5), (12, 2.5)]
    assert run.points("val/loss") == [(4, 3.5), (8, 3.5), (12, 3.5)]


def test_thousands_are_grouped_with_decimals_too(read):
    run = read("a.log", trained("step {}: loss=1,234.50 val_loss=12,250,000.25"))
    assert run.points("loss") == [(n, 1234.5) for n in (100, 200, 300)]
    assert run.points("val_loss") == [(n, 12250000.25) for n in (100, 200, 300)]


def test_comma_begins_the_decimals_where_it_groups_no_thousands(read):
    line = "Epoch {}, loss: 2,500, lr: 0,100"
    run = read("a.log", trained(line, [1, 2, 3]) + "Epoch 4, loss: 1,250\nEpoch 5, loss: 0,75\n")
    assert run.points("loss") == [(1, 2.5), (2, 2.5), (3, 2.5), (4, 1.25), (5, 0.75)]
    assert run.points("lr") == [(n, 0.1) for n in (1, 2, 3)]


def test_comma_that_may_be_either_makes_no_figure(read):
    run = read(
        "a.log", "step 1,000: loss 2,500\n" + trained("step {}: loss 2.5", range(2000, 2005))
    )
    assert run.points("loss") == [(n, 2.5) for n in range(2000, 2005)]


def test_numbers_of_a_list_are_no_decimals(read):
    run = read("a.log", trained("step {}: loss 3 shape=(2,50) kernel=[7,25]"))
    assert run.points("loss") == [(n, 3.0) for n in (100, 200, 300)]
    assert not {2.5, 7.25} & {value for tag in run.tags for _, value in run.points(tag)}


def test_bar_that_counts_epochs_counts_no_steps(read):
    states = [f"\rTraining epochs on cpu:  {at}%|#  | {at}/9 [00:01<00:10, 1.2epoch/s, loss={at}.5]"
              for at in range(1, 10)]  # fmt: skip
    run = read("a.log", "".join(states) + "\n")
    assert run.x_axis == "epoch"
    assert run.points("loss") == [(at, at + 0.5) for at in range(1, 10)]
    assert run.reader.settings.planned_steps == 9


def test_rate_on_its_own_line_is_of_the_epoch_above(read):
    # nnU-Net's; the first stands in front of any loss
    run = read("a.log", trained("Epoch {} \nCurrent learning rate: 2.5 \nloss -0.1", [0, 1, 2, 3]))
    assert run.points("Current learning rate") == [(at, 2.5) for at in range(4)]


def test_rate_in_front_of_another_epoch_is_a_setting(read):
    head = "Epoch 7 is where lr: 2.5 ends\n"
    assert "lr" not in read("a.log", head + trained("Epoch {}\nloss 0.1", [0, 1, 2])).tags


def test_line_of_two_handlers_is_one_point(read):
    twice = "INFO:tensorflow:step {}: loss = nan\nI1103 09:10 learning.py:507] step {}: loss = nan"
    run = read("a.log", trained(twice, range(10, 60, 10)))
    assert [step for step, _ in run.points("loss")] == [10, 20, 30, 40, 50]


def test_validation_may_be_told_in_a_sentence(read):
    lines = "TRAIN EPOCH  {}:\nloss             2.5\n\nVal epoch {} has acc 0.25 and loss 3.5\n"
    run = read("a.log", trained(lines, range(4)))
    assert run["val/loss"].values.tolist() == [3.5] * 4
    assert run["train/loss"].values.tolist() == [2.5] * 4


def test_like_figures_of_one_epoch_without_steps_are_many_points(read):
    assert len(read("a.log", "epoch 1, loss 0.01\n" * 9).points("loss")) == 9


def test_word_in_front_of_columns_tells_the_split(read):
    lines = "Epoch {}/9\n  Train  loss=2.5  acc=0.5\n  Val    loss=3.5  acc=0.25"
    run = read("a.log", trained(lines, range(1, 5)))
    assert run["train/loss"].values.tolist() == [2.5] * 4
    assert run["val/loss"].values.tolist() == [3.5] * 4
    assert run["val/accuracy"].values.tolist() == [0.25] * 4


def test_like_figures_of_two_steps_are_two_points(read):
    assert len(read("a.log", trained("step {}: loss 2.5", range(10))).points("loss")) == 10


def test_row_of_figures_is_no_head_of_columns(read):
    # PyTorch's language model; no field of the row is a number alone
    line = (
        "| epoch   1 |   {}/ 2983 batches | lr 20.00 | ms/batch  7.59 | loss 12.28 | ppl 216359.45"
    )
    run = read("a.log", trained(line, range(200, 1000, 200)))
    assert run.points("loss") == [(step, 12.28) for step in range(200, 1000, 200)]


def test_unit_apart_from_its_number_is_no_name(read):
    line = "trainers: Ball: Step: {}. Time Elapsed: 12.5 s Mean Reward: 0.25. Std of Reward: 0.5."
    assert read("a.log", trained(line)).points("Mean Reward") == [(s, 0.25) for s, _ in LOSS]


def test_columns_named_in_two_rows_are_read(read):
    head = (
        "|  Epoch  |  Iteration  |  Elapsed   |  Mini-batch  |  Validation  |  Base Learning  |\n"
        "|         |             | (hh:mm:ss) |     Loss     |   Accuracy   |      Rate       |\n"
    )
    row = "|       1 |          {} |   00:00:09 |       2.5000 |       75.00% |          0.0100 |"
    run = read("a.log", head + "|=====|\n" + trained(row))
    assert run.points("Mini-batch Loss") == LOSS
    assert run.points("Validation Accuracy") == [(n, 75.0) for n in (100, 200, 300)]
    assert run.points("Base Learning Rate") == [(n, 0.01) for n in (100, 200, 300)]
    assert run.get("val/accuracy") is not None


def test_bars_in_turn_go_on_counting(read):
    bar = "".join(f"\r {at}%|#  | {at}/4 [00:01<00:10, 1.2it/s, loss=2.5]" for at in (2, 4))
    run = read("a.log", f"{bar}\n" * 3)
    assert run.points("loss") == [(step, 2.5) for step in (2, 4, 6, 8, 10, 12)]
    assert run.reader.settings.planned_steps is None


BATCHES = "".join(f"batch {at}/40 loss 2.5\n" for at in (10, 20, 40))
"""What one epoch prints; its steps are these, and those of the epochs before."""
BATCHES_OF_THREE = [10, 20, 40, 50, 60, 80, 90, 100, 120]


@pytest.mark.parametrize(
    "epoch",
    [
        BATCHES + "Epoch {}/3 | train loss 2.25 | val loss 3.5\n",
        BATCHES.replace("/40", "") + "Epoch {} done, val loss 3.5\n",
        BATCHES + "epoch {} finished\n",
        "Epoch {}\n" + BATCHES,
        BATCHES,
        BATCHES + "Validation loss: 3.5\n",
        BATCHES.replace("/", " of "),
        BATCHES.replace("batch ", "[").replace("/40", "/40]"),
    ],
)
def test_batches_of_each_epoch_go_on_counting(read, epoch: str):
    run = read("a.log", trained(epoch, [1, 2, 3], end=""))
    assert run.points("loss") == [(step, 2.5) for step in BATCHES_OF_THREE]
    for tag in {"val loss", "Validation loss"} & set(run.tags):
        assert run.points(tag) == [(step, 3.5) for step in (40, 80, 120)]
    assert ("3.5" in epoch) == bool({"val loss", "Validation loss"} & set(run.tags))


def test_batches_are_full_within_an_interval_of_their_end(read):
    run = read("a.log", trained("batch {}/45 loss 2.5", [0, 10, 20, 30, 40] * 3))
    assert [step for step, _ in run.points("loss")] == [
        45 * epoch + at for epoch in range(3) for at in (0, 10, 20, 30, 40)
    ]


def test_epochs_that_no_line_tells_are_counted_too(read):
    two = BATCHES + BATCHES + "Epoch {} | val loss 3.5\n"
    run = read("a.log", trained(two, [2, 4], end=""))
    assert [step for step, _ in run.points("loss")] == [*BATCHES_OF_THREE, 130, 140, 160]
    assert run.points("val loss") == [(80, 3.5), (160, 3.5)]


def passes(*losses: float) -> str:
    """A bare counter of 0, 10, 20 for each loss, which falls by a tenth within."""
    return "".join(
        f"iter {at}: loss {loss - at / 200:.2f}\n" for loss in losses for at in (0, 10, 20)
    )


def test_bare_counter_that_came_back_twice_is_an_epochs(read):
    run = read("a.log", passes(2.5, 1.5, 1.25, 1.0))
    # Only the second time tells that the first was no resume.
    assert [step for step, _ in run.points("loss")] == list(range(0, 90, 10))
    assert run.points("loss")[0] == (0, 1.5)
    assert run.points("loss")[-1] == (80, 0.9)
    assert len(run.resumes) == 1


@pytest.mark.parametrize(
    "text",
    [
        passes(2.5, 2.5, 2.5),  # folds: each begins anew
        passes(2.5, 1.5, 2.5),
        passes(2.5) + "iter 30: loss 1.0\n" + passes(1.5, 1.25),  # not as far as before
        passes(math.nan, math.nan, math.nan),
    ],
)
def test_bare_counter_that_begins_anew_is_a_resume(read, text: str):
    assert read("a.log", text).points("loss")[-1][0] == 20


def test_total_of_an_epoch_is_no_plan():
    reader = Console()
    list(reader.feed(BATCHES.encode()))
    assert reader.settings.planned_steps == 40
    list(reader.feed(b"Epoch 1 done\n" + BATCHES.encode()))
    assert reader.settings.planned_steps is None


def test_batches_counted_from_zero_go_on_behind_an_epochs_line(read):
    epoch = trained("iter {}: loss 2.5", [0, 10, 20]) + "Epoch: @, val loss: 3.5\n"
    run = read("a.log", "".join(epoch.replace("@", str(n)) for n in (1, 2, 3)))
    assert [step for step, _ in run.points("loss")] == list(range(0, 90, 10))


@pytest.mark.parametrize(
    ("text", "last"),
    [
        (trained("step {}/1000 loss 2.5", [*range(10, 310, 10), *range(260, 400, 10)]), 390),
        (trained("step {}/1000 loss 2.5", [*range(10, 1000, 10), 910, 920]), 920),
        (trained("step {}/50 loss 2.5", [10, 20, 30, 10, 20]), 20),
        (
            trained("step {} loss 2.5", [0, 10, 20])
            + "Epoch 1 done\n"
            + trained("step {} loss 2.5", [30, 40, 50, 30, 40]),
            40,
        ),
        (trained("iter {}: loss 2.5", [0, 10, 20, 30, 0, 10]), 10),
    ],
)
def test_step_that_goes_back_within_an_epoch_goes_back(read, text: str, last: int):
    assert read("a.log", text).points("loss")[-1] == (last, 2.5)


def test_bars_below_headings_go_on_counting_where_they_begin_anew(read):
    def bars(*turns: range, of: int) -> str:
        return "".join(
            f"\nepoch {epoch}/3\n"
            + "".join(f"\r {at}%|#  | {at}/{of} [00:01<00:10, 1.2it/s, loss=2.5]" for at in turn)
            for epoch, turn in enumerate(turns, 1)
        )

    for text in (
        bars(range(1, 5), range(1, 5), range(1, 5), of=4),  # a bar an epoch
        bars(range(1, 5), range(5, 9), range(9, 13), of=12),  # one for the run
    ):
        run = read("a.log", text + "\n")
        assert [step for step, _ in run.points("loss")] == list(range(1, 13))


@pytest.mark.parametrize("end", ["", "\n"])
def test_bar_of_an_epoch_tells_its_last_state(read, end: str):
    bar = "".join(
        f"\rEpoch {{}}: {at}%|#  | {at}/4 [00:01<00:10, 1.2it/s, loss={2.5 if at == 4 else 9.5}]"
        for at in (2, 4, 4)
    )
    run = read("a.log", trained(bar, [1, 2, 3], end) + "\n")
    assert run.points("loss") == [(1, 2.5), (2, 2.5), (3, 2.5)]
    assert run.x_axis == "epoch"


def test_bar_of_the_validation_is_no_point_until_it_ends(read):
    bar = "".join(f"\r {at}%|#  | {at}/9 [00:01<00:10, loss=2.5]" for at in (1, 2, 3))
    seen = "".join(f"\rValidation: {at}%|#  | {at}/2 [00:01<00:10, loss=3.5]" for at in (1, 2))
    run = read("a.log", bar + seen + "\n")
    assert run.points("loss") == [(1, 2.5), (2, 2.5), (3, 2.5)]
    assert run.points("val/loss") == [(3, 3.5)]


def test_heading_of_columns_behind_a_bar_is_no_figure(read):
    text = trained(
        "      Epoch    GPU_mem   box_loss   cls_loss  Instances       Size\n"
        "\r        {}/9      2.3G     1.5   1.25   44   640:  50%|##   | 1/2 [00:01<00:01, 8.1it/s]"
        "\r        {}/9      2.3G     2.5   1.25   44   640: 100%|#####| 2/2 [00:02<00:00, 8.1it/s]"
        "\n      Class  Images  Instances  Box(P  R  mAP50  mAP50-95): 100%|##| 4/4 [00:01<00:00]",
        [1, 2, 3],
    )
    run = read("a.log", text)
    assert run.points("box_loss") == [(1, 2.5), (2, 2.5), (3, 2.5)]
    assert not any("mAP" in tag for tag in run.tags)


@pytest.mark.parametrize("end", ["mAP50  mAP50-95", "mAP@.5 mAP@.5:.95", "mAP@0.5 mAP@0.5:0.95"])
def test_range_of_thresholds_is_no_figure(read, end: str):
    heading = f"   Class  Images  Labels  P  R  {end}: 100%|##| 4/4 [00:01<00:00]"
    run = read("a.log", trained(f"epoch {{}}: loss 2.5\n{heading}", [1, 2, 3]))
    assert set(run.tags) == {"loss"}


def test_lines_with_double_spaces_head_no_columns(read):
    run = read("a.log", trained("step  {}/900 - loss: 2.5 - acc: 0.5 - 12ms/step"))
    assert run.points("loss") == LOSS


def test_bar_of_another_length_behind_a_full_one_is_the_evaluation(read):
    epoch = trained("step {}/2 - loss: 2.5", [1, 2]) + trained("step {}/4 - loss: 3.5", [2, 4])
    run = read("a.log", "".join(f"Epoch {n}/3\n{epoch}" for n in (1, 2, 3)))
    assert run.points("loss") == [(n, 2.5) for n in range(1, 7)]
    assert set(run["val/loss"].steps.tolist()) == {2, 4, 6}


def test_level_of_a_message_is_no_part_of_a_name(read):
    line = "00:00:01 INFO epoch: {}/3, iter: %d/100, loss: 2.5\n"
    text = "".join(trained(line % at, [epoch], "") for epoch in (1, 2) for at in (0, 50))
    assert [step for step, _ in read("a.log", text).points("loss")] == [0, 50, 100, 150]


def test_norm_of_the_weights_is_no_gradient_norm(read):
    line = "Norm: 56.82, NNZs: 4, Bias: -1.024647, T: 200, Avg. loss: 2.5, Objective: 1.482801"
    run = read("a.log", trained("-- Epoch {}\n" + line))
    assert run.points("loss") == LOSS
    assert "grad_norm" not in run.metrics


def test_figures_of_a_list_are_told_apart(read):
    run = read("a.log", trained("Losses: [2.5, 0.5, 1.5], step: {}, lr: [0.1, 0.2]"))
    assert run.points("Losses/0") == LOSS
    assert [run.points(tag)[0][1] for tag in ("Losses/1", "Losses/2", "lr")] == [0.5, 1.5, 0.1]


def test_table_of_a_page_in_markdown_is_read(read):
    table = "# Results\n\n| Epoch | Step | Loss |\n|:--:|---|--:|\n" + trained("| 1 | {} | 2.5 |")
    assert read("results.md", table).points("Loss") == LOSS


def test_names_of_columns_may_stand_between_tabs(read):
    text = " [900/900 01:02, Epoch 0/1]\nStep\tTraining Loss\tValidation Loss\n"
    text += trained("{}\t2.500000\t2.75") + "400\tNo log\t2.75\n"
    run = read("a.txt", text)
    assert run.points("Training Loss") == LOSS
    assert run["val/loss"].steps.tolist() == [100, 200, 300, 400]


def test_reward_of_an_agent_is_read_beside_its_losses(read):
    block = "Learning iteration {}/900\n  Value function loss: 0.5\n  Mean reward: 2.5\n"
    assert read("a.log", trained(block)).points("Mean reward") == LOSS


def test_names_of_columns_may_hold_spaces(read):
    text = (
        "E    #       LOSS TOK2VEC  LOSS NER  SCORE \n---  ------  ------------  --------  ------\n"
    )
    run = read("a.log", text + trained("  0  {}       1.25      2.5    0.5"))
    assert run.points("LOSS NER") == LOSS


def test_rate_may_stand_in_a_line_of_its_own(read):
    run = read("a.log", "base_lr: 0.5\n" + trained("[batch={}/600]:\n  loss: 2.5\n  lr: 0.1"))
    assert run.points("lr") == [(100, 0.1), (200, 0.1), (300, 0.1)]


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-be", "latin-1"])
def test_encodings_of_redirected_output(read, encoding: str):
    text = trained("época é: iter {} loss 2.5")
    mark = b"\xfe\xff" if encoding == "utf-16-be" else b""
    assert read("a.log", mark + text.encode(encoding)).points("loss") == LOSS


def test_step_of_hugging_face_stands_in_the_bar(read):
    text = trained(
        "\r 10%|#   | {}/1000 [00:10<00:90,  1.02it/s]\r          \r"
        "{'loss': 2.5, 'learning_rate': 5e-05, 'epoch': 0.13}"
    )
    run = read("a.out", text)
    assert run.points("loss") == LOSS
    assert run.x_axis == "step"


def test_bar_of_the_evaluation_is_not_the_step(read):
    bar = "\r 10%|#   | {}/1000 [00:10<00:90,  1.02it/s]\r{'loss': 2.5, 'epoch': 0.13}\n"
    text = trained(bar + "100%|####| 7/7 [00:01<00:00, 9.1it/s]\r{'eval_loss': 3.5, 'epoch': 0.1}")
    run = read("a.out", text)
    assert [step for step, _ in run.points("eval_loss")] == [100, 200, 300]


def test_epochs_that_passed_are_no_axis_without_a_bar(read):
    run = read("a.out", trained("{'loss': 2.5, 'epoch': 0.{}}", [1, 2, 3]))
    assert run.x_axis == "row"
    assert run.points("loss") == [(1, 2.5), (2, 2.5), (3, 2.5)]


def test_figures_without_a_step_are_counted(read):
    run = read("a.log", "loss: 2.5 acc: 0.1\n" * 4)
    assert run.x_axis == "row"
    assert [step for step, _ in run.points("loss")] == [1, 2, 3, 4]


def test_step_that_comes_late_is_waited_for(read):
    run = read("a.log", "Validation loss: 9.5\n" + trained("iter {} loss 2.5"))
    assert run.points("loss") == LOSS
    assert run.points("Validation loss") == [(0, 9.5)]


def test_caffe_tells_train_and_test_apart(read):
    text = trained(
        "Iteration {}, Testing net (#0)\n"
        "    Test net output #0: accuracy = 0.5\n"
        "    Test net output #1: loss = 3.5 (* 1 = 3.5 loss)\n"
        "Iteration {}, loss = 2.5\n"
        "    Train net output #0: loss = 2.25 (* 1 = 2.25 loss)\n"
        "Iteration {}, lr = 0.01"
    )
    run = read("caffe.log", text)
    assert run["train/loss"].values.tolist() == [2.5] * 3
    assert run["val/loss"].values.tolist() == [3.5] * 3
    assert run["val/accuracy"].steps.tolist() == [100, 200, 300]
    assert run["lr"].values.tolist() == [0.01] * 3


def test_batches_of_the_validation_are_no_steps(read):
    lines = [
        "Epoch: [{}][ 5/30]\tTime 0.500 (0.600)\tLoss 2.5 (2.6)\tAcc@1 1.56 (0.10)",
        "Test: [ 9/20]\tTime 0.300 (0.300)\tLoss 3.5 (3.6)\tAcc@1 2.50 (0.50)",
    ]
    run = read("a.txt", trained("\n".join(lines), [0, 1, 2]))
    assert run["train/loss"].steps.tolist() == [5, 35, 65]
    assert run["val/loss"].steps.tolist() == [5, 35, 65]
    assert run["val/accuracy"].values.tolist() == [2.5] * 3


def test_accuracy_may_be_a_count(read):
    text = trained(
        "Train Epoch: {} [0/60000 (0%)]\tLoss: 2.5\n"
        "Test set: Average loss: 0.0512, Accuracy: 9800/10000 (98%)\n",
        [1, 2, 3],
    )
    assert read("a.log", text)["val/accuracy"].values.tolist() == [0.98] * 3


def test_planned_steps_are_told(read):
    assert read("a.log", trained("step {}/5000 loss 2.5")).reader.settings.planned_steps == 5000
    within = read("a.log", trained("Epoch 1 step {}/5000 loss 2.5"))
    assert within.reader.settings.planned_steps is None
    assert read("a.log", trained("Epoch {}/500 loss 2.5")).reader.settings.planned_steps == 500


def test_grouped_digits_are_one_number(read):
    assert read("a.log", trained("step 1,{}: loss 2.5")).points("loss")[0] == (1100, 2.5)


BOX = """----------------------------
| train/           |       |
|    loss          | 2.5   |
|    learning_rate | 1e-3  |
| time/            |       |
|    total timesteps | {}  |
----------------------------
"""


def test_boxes_are_read(read):
    run = read("log.txt", trained(BOX))
    assert run.points("train/loss") == LOSS
    assert run.points("train/learning_rate") == [(100, 1e-3), (200, 1e-3), (300, 1e-3)]


def test_unfinished_box_waits():
    reader = Console()
    whole = BOX.replace("{}", "100").encode()
    assert list(reader.feed(whole[: whole.index(b"| time/")])) == []
    blocks = [*reader.feed(whole[whole.index(b"| time/") :])]
    assert [block.steps.tolist() for block in blocks] == [[100], [100]]


def test_columns_under_a_header_are_read(read):
    text = "reading data\nepoch  main/loss  lr\n" + trained("\x1b[J{}      2.5        0.1 ", [1, 2])
    run = read("a.txt", text + "saved a model\n" + trained("{}      2.5        0.1 ", [3]))
    assert run.points("main/loss") == [(1, 2.5), (2, 2.5), (3, 2.5)]


def test_columns_between_bars_are_read(read):
    text = "notes\n| epoch | loss | acc |\n|:-----|:----:|----:|\n"
    run = read("a.txt", text + trained("| {} | 2.5 | 0.5 |"))
    assert run.points("loss") == LOSS


def test_settings_and_words_among_the_figures_are_no_points(read):
    text = (
        "MODEL:\n  FOCAL_LOSS_GAMMA: 2.0\n  EPOCH: 500\naverage_loss: 20\nloss_weight: 1\n"
        "Namespace(epochs=3, lr=0.1, loss=2, batch=64)\n"
        "Adam (lr: 0.1, eps: 1e-08)\nbase_lr: 0.01\n"
        "# 1 epoch is 500 iterations\n"
        "We stop once the loss of 0.5 is reached.\n"
    ) + trained("iter {} loss 2.5 lr 0.1\nsaved checkpoint 7 to a/b_3.pt at step {}")
    run = read("a.log", text)
    assert set(run.tags) == {"loss", "lr"}
    assert run.points("loss") == LOSS
    assert run.faults == []


def test_cut_last_line_keeps_its_whole_figures_only(read):
    run = read("a.log", trained("iter {} loss 2.5 lr 0.1") + "iter 400 loss 2.25 lr 0.0")
    assert run.points("loss")[-1] == (400, 2.25)
    assert run.points("lr")[-1][0] == 300


def test_running_bar_is_no_point(read):
    text = trained("Epoch {}/9\n5/5 [====] - loss: 2.5\n", [1, 2, 3])
    run = read("a.log", text + "Epoch 4/9\n\r1/5 [=>...] - loss: 9.5 - acc: 0.5 ")
    assert len(run.points("loss")) == 3


def test_line_of_rubbish_is_passed_over(read):
    text = trained("iter {} loss 2.5", [100]) + "x" * LONGEST + " loss: 3.5 acc: 0.1\n"
    run = read("a.log", trained("iter {} loss 2.5", [1, 2]) + text)
    assert [step for step, _ in run.points("loss")] == [1, 2, 100]


@pytest.mark.parametrize(
    "part",
    ["9", " ", "1/", "1.", "1/9", "a(", "a(b", "1%|", "\x1b[", "\x1b]", "\b", "-", "| ", "train ",
     "{", '{"', "a.", "Region 5 ",
     "1:11", "nan ", "epoch 1 ", "loss: 1 ", "[1][1]", "=", "é", "\0", "|1"],
)  # fmt: skip
def test_long_lines_of_anything_are_no_trouble(read, part: str):
    # A pattern that tries again from every place would need hours for them.
    odd = [
        f"{a}{(part * LONGEST)[: LONGEST - 40]}{b}\n" for a in ("", "loss ") for b in ("", "x 1")
    ]
    run = read("a.log", trained("iter {} loss 2.5") + "".join(odd) + trained("iter {} loss 2.5"))
    assert run.points("loss")[-1] == (300, 2.5)


def test_unfinished_line_waits():
    reader = Console()
    assert list(reader.feed(b"iter 100 loss 2.5")) == []
    blocks = [*reader.feed(b"625 lr 0.1\n")]
    assert {block.tag: block.values.tolist() for block in blocks} == {"loss": [2.5625], "lr": [0.1]}


@pytest.mark.parametrize(
    "text",
    [
        "",
        "plain words\n" * 9,
        "We ran for 3 epochs and the loss was 0.5 in the end, with lr 0.1.\n" * 5,
        "".join(f'  File "train.py", line {n}, in step\n    loss = model(x)\n' for n in range(9)),
        "lr: 0.1\nmomentum: 0.9\nloss_weight: 1\nepochs: 10\nlabel_smoothing_loss: 0.1\n",
        "".join(f"model.{n}: Conv2d(3, 64, kernel_size=({n}, 1))\n" for n in range(9)),
        "epoch 1 loss 2.5\nepoch 2 loss 2.4\n",
    ],
    ids=["empty", "words", "prose", "traceback", "settings", "layers", "too few"],
)
def test_other_text_is_no_log(text: str):
    assert choose(PurePath("notes.txt"), text.encode()) is None


@pytest.mark.parametrize("name", ["a.py", "readme.md", "train.yaml", "picture.png"])
def test_other_names_are_no_console_output(name: str):
    assert choose(PurePath(name), trained("iter {} loss 2.5").encode()) is None


@pytest.mark.parametrize("name", ["a.log", "log", "stdout", "train.log.2", "nohup.out", "log.txt",
                                  "001_log"])  # fmt: skip
def test_names_of_console_output(name: str):
    assert choose(PurePath(name), trained("iter {} loss 2.5").encode()) == "console"
