"""What trainers print, by the format strings of their sources, which are named beside them."""

from __future__ import annotations

import pytest

from lrdoctor.readers._console_line import pairs
from lrdoctor.readers.console import Console


def epochs(text: str, *batches: int) -> str:
    """Three epochs of this text, with the epoch for ``{e}``; lines with ``{b}`` for each batch."""
    return "".join(
        line.replace("{e}", str(epoch)).replace("{b}", str(batch)) + "\n"
        for epoch in (1, 2, 3)
        for line in text.splitlines()
        for batch in (batches if "{b}" in line else (0,))
    )


SPLITS = {
    # bentrevett/pytorch-sentiment-analysis and all that is taught by it
    "sentiment": (
        "Epoch: {e:02} | Epoch Time: 0m 12s\n\tTrain Loss: 2.5 | Train Acc: 50.00%\n"
        "\t Val. Loss: 3.5 |  Val. Acc: 25.00%", "Train Loss", "Val. Loss", [1, 2, 3]),
    # catalyst-team/catalyst, catalyst/loggers/console.py
    "catalyst": (
        "train ({e}/3) accuracy01: 0.5 | loss: 2.5 | lr: 0.001 | momentum: 0.9\n"
        "valid ({e}/3) accuracy01: 0.25 | loss: 3.5 | lr: 0.001 | momentum: 0.9\n"
        "* Epoch ({e}/3) lr: 0.001 | momentum: 0.9", "train/loss", "val/loss", [1, 2, 3]),
    # joeynmt/joeynmt, joeynmt/training.py and prediction.py
    "joeynmt": (
        "- INFO - joeynmt.training - Epoch   1, Step:  {e}, Batch Loss: 2.5, Batch Acc: 0.1\n"
        "- INFO - joeynmt.prediction - Evaluation result (greedy): bleu:  12.34, loss: 3.5, ppl: 9",
        "Batch Loss", "val/loss", [1, 2, 3]),
    # the same before its release 2.3
    "joeynmt-2": (
        "- INFO - joeynmt.training - Epoch   1, Step:  {e}, Batch Loss: 2.5, Batch Acc: 0.1\n"
        "- INFO - joeynmt.training - Evaluation result (greedy) bleu:  12.34, loss: 3.5, ppl: 9",
        "Batch Loss", "val/loss", [1, 2, 3]),
    # EleutherAI/gpt-neox, megatron/training.py
    "gpt-neox": (
        " iteration  {e}/  9 | learning rate: 1.5E-06 | lm_loss: 2.5E+00 | loss scale: 4096.0 |\n"
        " validation results at iteration {e} | lm_loss value: 3.5E+00 | lm_loss_ppl value: 33.1 |",
        "lm_loss", "val/lm_loss value", [1, 2, 3]),
    # ming024/FastSpeech2, train.py and evaluate.py
    "fastspeech": (
        "Step {e}/900000, Total Loss: 2.5, Mel Loss: 0.5, Pitch Loss: 0.1\n"
        "Validation Step {e}, Total Loss: 3.5, Mel Loss: 0.75, Pitch Loss: 0.2",
        "Total Loss", "val/Total Loss", [1, 2, 3]),
    "brackets": (
        "epoch {e} train=(loss=2.5, acc=0.5) val=(loss=3.5, acc=0.25)",
        "train/loss", "val/loss", [1, 2, 3]),
    # Lightning-AI/litgpt, litgpt/pretrain.py
    "litgpt": (
        "Epoch 1 | iter {e}0 step {e} | loss train: 2.5, val: n/a | iter time: 1.23 ms (step)\n"
        "iter {e}0: val loss 3.5, val time: 1234.56 ms", "train loss", "val loss", [1, 2, 3]),
}  # fmt: skip


@pytest.mark.parametrize("name", SPLITS)
def test_training_and_validation_are_told_apart(read, name: str):
    text, train, val, steps = SPLITS[name]
    run = read("train.log", epochs(text.replace("{e:02}", "0{e}")))
    assert run.points(train) == [(step, 2.5) for step in steps]
    assert run.points(val) == [(step, 3.5) for step in steps]
    assert run.metrics["train/loss"] is run.tags[train]
    assert run.metrics["val/loss"] is run.tags[val]


def test_perplexity_in_front_of_a_validation_loss_is_the_validations(read):
    # huggingface/transformers, examples/pytorch/language-modeling/run_clm_no_trainer.py
    run = read("a.log", epochs("INFO - __main__ - epoch {e}: perplexity: 33.1 eval_loss: 3.5"))
    assert set(run.metrics) == {"val/loss", "val/perplexity"}


def test_epoch_of_a_test_tells_what_was_tested(read):
    # leftthomas/SimCLR, linear.py
    text = "Train Epoch: [{e}/500] Loss: 2.5\nTest Epoch: [{e}/500] Acc@1:25.00% Acc@5:50.00%"
    run = read("a.log", epochs(text))
    assert run.points("val/Acc@1") == [(1, 25.0), (2, 25.0), (3, 25.0)]
    assert set(run.tags) == {"Loss", "val/Acc@1", "val/Acc@5"}


def test_position_may_stand_behind_the_loss(read):
    # PyTorch's tutorial "Quickstart"
    text = (
        "Epoch {e}\n-------------------------------\nloss: 2.500000  [{b}/60000]\n"
        "Test Error: \n Accuracy: 25.0%, Avg loss: 3.500000 \n"
    )
    run = read("train.log", epochs(text, 64, 6464, 12864))
    steps = [offset + at for offset in (0, 12864, 25728) for at in (64, 6464, 12864)]
    assert run.points("loss") == [(step, 2.5) for step in steps]
    assert run.points("val/Avg loss") == [(step, 3.5) for step in (12864, 25728, 38592)]
    assert run.points("val/Accuracy") == [(step, 25.0) for step in (12864, 25728, 38592)]


def test_step_in_a_line_of_its_own_ends_the_validation(read):
    run = read("a.log", epochs("step {e}\nloss: 2.5\nValidation:\nloss: 3.5"))
    assert run.points("loss") == [(1, 2.5), (2, 2.5), (3, 2.5)]
    assert run.points("val/loss") == [(1, 3.5), (2, 3.5), (3, 3.5)]


def test_steps_of_an_evaluation_below_its_heading_are_none_of_the_training(read):
    # coqui-ai/Trainer, trainer/logging/console_logger.py
    text = (
        " > EPOCH: {e}/9\n > TRAINING (2024-05-01 10:00:00) \n"
        "   --> TIME: 2024-05-01 10:00:01 -- STEP: 5/50 -- GLOBAL_STEP: {e}00\n"
        "     | > loss: 2.5  (2.75)\n     | > current_lr: 0.00025 \n\n"
        " > EVALUATION \n   --> STEP: 0\n     | > loss: 3.5  (3.75)\n"
        "  --> EVAL PERFORMANCE\n     | > avg_loss: 3.25 (+0.00000)\n"
    )
    run = read("trainer_0_log.txt", epochs(text))
    assert run.points("loss") == [(100, 2.5), (200, 2.5), (300, 2.5)]
    assert run.points("val/loss") == [(100, 3.5), (200, 3.5), (300, 3.5)]
    assert run.points("current_lr") == [(100, 0.00025), (200, 0.00025), (300, 0.00025)]


@pytest.mark.parametrize("head", ["", "head: Default, "])
def test_errors_that_mace_tells_are_of_the_validation(read, head: str):
    # ACEsuit/mace, mace/tools/train.py
    text = (
        f"INFO: Epoch {{e}}: {head}loss=  3.50000000, RMSE_E_per_atom=    1.5 meV, RMSE_F=   2 meV"
    )
    first = "INFO: Initial: loss=9.5, RMSE_E_per_atom=9 meV, RMSE_F=9 meV\n"
    run = read("MACE_run-1.log", first + epochs(text))
    assert run.points("val/loss") == [(1, 3.5), (2, 3.5), (3, 3.5)]
    assert set(run.tags) == {"val/loss", "val/RMSE_E_per_atom", "val/RMSE_F"}


def test_losses_of_two_heads_are_two_metrics(read):
    text = "INFO: Epoch {e}: head: NAME, loss=LOSS, MAE_E=1 meV, MAE_F=2 meV"
    lines = [
        text.replace("NAME", a).replace("LOSS", b) for a, b in (("Default", "3.5"), ("pt", "4.5"))
    ]
    run = read("MACE_run-1.log", epochs("\n".join(lines)))
    assert run.points("val/loss") == [(1, 3.5), (2, 3.5), (3, 3.5)]
    assert run.points("val/pt loss") == [(1, 4.5), (2, 4.5), (3, 4.5)]


def test_tables_of_an_epoch_say_which_part_of_the_data_they_are_of(read):
    # mir-group/nequip before 0.7, nequip/train/trainer.py: those of batches stand above
    batches = "# Epoch batch         loss       loss_f\n      {e}    10         9.5          9.1\n"
    names = "#    Epoch      wal       LR       loss_f         loss        f_mae\n"
    text = (
        f"training\n{batches}validation\n{batches}  Train      {names}"
        "! Train               {e}   12.300    0.005          2.1          2.5         0.25\n"
        f"  Validation {names}"
        "! Validation          {e}   12.300    0.005          3.1          3.5         0.35\n"
        "Wall time: 12.3\n! Best model        {e}    3.500"
    )
    run = read("log", epochs(text))
    assert run.points("train/loss") == [(1, 2.5), (2, 2.5), (3, 2.5)]
    assert run.points("val/loss") == [(1, 3.5), (2, 3.5), (3, 3.5)]
    assert run.points("val/f_mae") == [(1, 0.35), (2, 0.35), (3, 0.35)]
    assert run.points("train/LR") == [(1, 0.005), (2, 0.005), (3, 0.005)]
    assert (run.metrics["lr"], run.x_axis) == (run.tags["train/LR"], "epoch")


FIGURES = {
    # XPixelGroup/BasicSR, basicsr/utils/logger.py
    "[edsr..][epoch:  0, iter:   1,200, lr:(2.000e-04,)] [eta: 1 day, 2:03:04, time (data): 0.512"
    " (0.012)] l_pix: 2.5000e+00 ": {"l_pix": 2.5, "lr": 2e-4},
    # junyanz/pytorch-CycleGAN-and-pix2pix, util/visualizer.py
    "(epoch: 3, iters: 1200, time: 0.123, data: 0.456) D_A: 0.251 G_A: 0.412 cycle_A: 2.500 ":
        {"D_A": 0.251, "G_A": 0.412, "cycle_A": 2.5},
    "[Rank 0] (epoch: 3, iters: 1200, time: 0.123, data: 0.456) , G_GAN: 1.234, D_real: 0.500":
        {"G_GAN": 1.234, "D_real": 0.5},
    # Megvii-BaseDetection/YOLOX, yolox/core/trainer.py, by loguru
    "2024-05-01 10:00:00 | INFO     | yolox.core.trainer:253 - epoch: 1/300, iter: 1200/1800, "
    "total_loss: 2.5, lr: 1.000e-04, size: 640, ETA: 1 day, 2:03:04":
        {"total_loss": 2.5, "lr": 1e-4, "size": 640.0},
    # dmlc/gluon-cv, scripts/detection/ssd/train_ssd.py: of an epoch, the first are seconds
    "step 1200 Training cost: 123.456, CrossEntropy=2.500, SmoothL1=1.200":
        {"CrossEntropy": 2.5, "SmoothL1": 1.2},
    # PaddlePaddle/PaddleX 2, paddlex/utils/logging.py
    "[INFO]\t[TRAIN] Epoch=1/3, Step=1200/2000, loss=2.5, lr=0.025, eta=0:0:12":
        {"train/loss": 2.5, "train/lr": 0.025},
    # xingyizhou/CenterNet, src/lib/trains/base_trainer.py
    "ctdet/default train: [1][1200/2000]|Tot: 0:00:12 |ETA: 0:01:00 |loss 2.5 |hm_loss 1.5 ":
        {"train/loss": 2.5, "train/hm_loss": 1.5},
    # VainF/DeepLabV3Plus-Pytorch, main.py
    "Epoch 1, Itrs 1200/30000, Loss=2.500000": {"Loss": 2.5},
    # PyTorch's tensors and its devices
    "step 1200: train_loss=tensor(2.5, device='cuda:0') acc=tensor(0.5, device='cuda:0')":
        {"train_loss": 2.5, "acc": 0.5},
    # pytorch/torchtune, torchtune/training/metric_logging.py: DiskLogger
    "Step 1200 | loss:2.5 lr:2e-05 tokens_per_second_per_gpu:1234.5 grad_norm:1.25 ":
        {"loss": 2.5, "lr": 2e-5, "tokens_per_second_per_gpu": 1234.5, "grad_norm": 1.25},
    # KellerJordan/modded-nanogpt, train_gpt.py
    "step:1200/1750 val_loss:2.5 train_time:123456ms step_avg:90.12ms": {"val_loss": 2.5},
    # karpathy/nanochat, scripts/base_train.py
    "step 01200/21400 (5.61%) | loss: 2.5 | lrm: 1.00 | dt: 330.12ms | tok/sec: 1,580,123 | "
    "mfu: 47.12 | total time: 6.60m": {"loss": 2.5, "lrm": 1.0, "tok/sec": 1580123, "mfu": 47.12},
    "Step 01200 | Validation bpb: 2.5": {"Validation bpb": 2.5},
    # Python's logging with the place in the code, as logging.BASIC_FORMAT's kin print it
    "2024-05-01 10:00:00,123 root:77 INFO: step 1200 loss: 2.5": {"loss": 2.5},
    # deeplearning4j, org.deeplearning4j.optimize.listeners.ScoreIterationListener
    "10:00:00.123 [main] INFO  o.d.o.l.ScoreIterationListener - Score at iteration 1200 is 2.5":
        {"loss": 2.5},
    # Alpha-VLLM/LLaMA2-Accessory and OpenGVLab/LLaMA-Adapter, by facebookresearch/mae's logger
    "[03:29:13.7] Epoch: [0]  [1200/1504]  lr: 0.000025  closs: 2.5 (2.75)  max mem: 51710":
        {"closs": 2.5, "lr": 2.5e-5, "max mem": 51710.0},
    "loss[0] = 2.5 at step 1200": {"loss_0": 2.5},
    # awslabs/sockeye 2, sockeye/training.py: Speedometer
    "Epoch[0] Batch [1200]\tSpeed: 12.34 updates/sec\tperplexity=2.5": {"perplexity": 2.5},
}  # fmt: skip


@pytest.mark.parametrize("line", FIGURES, ids=[line[:40] for line in FIGURES])
def test_line_tells_these_figures_and_no_others(line: str):
    reader = Console()
    blocks = [*reader.feed(f"{line}\n".encode()), *reader.finish()]
    axes = {"epoch", "time", "data", "time (data)", "Speed"}
    told = {block.tag: block.values.tolist() for block in blocks if block.tag not in axes}
    assert told == {tag: [value] for tag, value in FIGURES[line].items()}
    assert {step for block in blocks for step in block.steps.tolist()} == {1200}


def test_score_that_is_no_number_is_read(read):
    lines = epochs("INFO  ScoreIterationListener - Score at iteration {e} is NaN")
    assert [step for step, _ in read("a.log", lines).points("loss")] == [1, 2, 3]


@pytest.mark.parametrize(
    "line",
    [
        # cocodataset/cocoapi, PythonAPI/pycocotools/cocoeval.py: boxes and masks in the same words
        " Average Precision  (AP) @[ IoU=0.50:0.95 | area=   all | maxDets=100 ] = 0.123",
        " Average Recall     (AR) @[ IoU=0.50:0.95 | area= small | maxDets=  1 ] = 0.123",
        # AlexeyAB/darknet, src/yolo_layer.c: one layer's, of a part of the batch
        "v3 (iou loss, Normalizer: (iou: 0.07, obj: 1.00, cls: 1.00) Region 30 Avg (IOU: 0.412345),"
        " count: 12, class_loss = 12.345678, iou_loss = 0.123456, total_loss = 12.469134 ",
        # Lightning-AI/pytorch-lightning, callbacks/early_stopping.py and model_checkpoint.py
        "Metric val_loss improved by 0.012 >= min_delta = 0.0. New best score: 2.250",
        # PaddlePaddle/PaddleX 2, paddlex/cv/models/base.py
        "Current evaluated best model on eval_dataset is epoch_1, acc1=0.6123",
    ],
)  # fmt: skip
def test_line_tells_no_figure_of_the_run(read, line: str):
    run = read("a.log", epochs(f"step {{e}} loss 2.5\n{line}"))
    assert set(run.tags) == {"loss"}


def test_name_of_a_checkpoint_tells_no_figure(read):
    # Lightning-AI/pytorch-lightning, callbacks/model_checkpoint.py
    text = (
        "Epoch {e}: train_loss 2.5 val_loss 3.5\nEpoch {e}, global step {e}2: 'val_loss' reached "
        "3.5 (best 3.5), saving model to '/a/epoch={e}-step=99-val_loss=9.5.ckpt' as top 1"
    )
    run = read("a.log", epochs(text))
    assert run.points("val_loss") == [(1, 3.5), (2, 3.5), (3, 3.5)]
    assert all(99 not in series.values for series in run.tags.values())


def test_box_without_bars_between_name_and_figure_is_read(read):
    # ray-project/ray, python/ray/tune/experimental/output.py
    text = (
        "\nTraining finished iteration {e} at 2024-05-01 10:00:00. Total running time: 5s\n"
        "╭─────────────────────────────────╮\n│ Training result                 │\n"
        "├─────────────────────────────────┤\n│ checkpoint_dir_name             │\n"
        "│ time_total_s            1.23456 │\n│ training_iteration            {e} │\n"
        "│ loss                        2.5 │\n╰─────────────────────────────────╯\n"
    )
    assert read("a.log", epochs(text)).points("loss") == [(1, 2.5), (2, 2.5), (3, 2.5)]


RESULT = (
    "Result for train_cifar_1a2b3_00000:\n  accuracy: 0.25\n  date: 2023-05-01_10-00-00\n"
    "  done: false\n  info:\n    learner:\n      val_loss: 3.5\n  iterations_since_restore: {e}\n"
    "  loss: 2.5\n  node_ip: 172.17.0.2\n  perf:\n    rows:\n    - 1\n    - 2\n"
    "  training_iteration: {e}\n  trial_id: 1a2b3_00000\n  \n== Status ==\n"
)


def test_step_below_the_figures_of_a_block_is_theirs(read):
    # ray-project/ray up to 2.6, python/ray/tune/progress_reporter.py and logger/logger.py
    run = read("a.log", epochs(RESULT.removesuffix("== Status ==\n")))
    assert run.points("loss") == [(1, 2.5), (2, 2.5), (3, 2.5)]
    assert run.points("accuracy") == [(1, 0.25), (2, 0.25), (3, 0.25)]
    assert run.points("info/learner/val_loss") == [(1, 3.5), (2, 3.5), (3, 3.5)]
    assert not {"training_iteration", "perf/rows"} & set(run.tags)


def test_block_goes_on_in_another_process():
    data = epochs(RESULT).encode()
    found: list[tuple[int, float]] = []
    reader = Console()
    for at in range(0, len(data), 7):
        for block in reader.feed(data[at : at + 7]):
            if block.tag == "loss":
                found += zip(block.steps.tolist(), block.values.tolist(), strict=True)
        reader = Console.restore(reader.state())
    assert found == [(1, 2.5), (2, 2.5), (3, 2.5)]


def test_block_without_a_step_is_of_the_step_before_it(read):
    run = read("a.log", epochs("step {e}\nLosses:\n  loss: 2.5\n  box: 0.5\n  val_loss: 3.5"))
    assert run.points("loss") == [(1, 2.5), (2, 2.5), (3, 2.5)]
    assert run.points("val_loss") == [(1, 3.5), (2, 3.5), (3, 3.5)]


@pytest.mark.parametrize("back", ["\b" * 130, ""], ids=["rewritten", "behind"])
def test_second_bar_of_an_epoch_is_the_evaluations(read, back: str):
    # kuangliu/pytorch-cifar, utils.py: progress_bar, and main.py; 160 columns wide
    def bar(figures: str, of: int) -> str:
        text = f" [{'=' * 64}>]  Step: 64ms | Tot: 25s391ms | {figures}"
        return f"{text:<158}{back} {of}/{of} "

    train = bar("Loss: 2.500 | Acc: 50.000% (25000/50000)", 391)
    test = bar("Loss: 3.500 | Acc: 25.000% (2500/10000)", 100)
    run = read("train.log", epochs(f"Epoch: {{e}}\n{train}\n{test}\nSaving.."))
    assert run.points("Loss") == [(391, 2.5), (782, 2.5), (1173, 2.5)]
    assert run.points("val/Loss") == [(391, 3.5), (782, 3.5), (1173, 3.5)]
    assert run.points("val/Acc") == [(391, 25.0), (782, 25.0), (1173, 25.0)]


def test_place_in_the_epoch_below_a_step_is_no_step(read):
    # tflearn/tflearn, tflearn/callbacks.py: TermLogger
    text = (
        "Training Step: {e}60  | total loss: \x1b[1m\x1b[32m2.50000\x1b[0m\x1b[0m\n"
        "\x1b[2K\r| SGD | epoch: 00{e} | loss: 2.50000 - acc: 0.5000 | val_loss: 3.50000"
        " - val_acc: 0.2500 -- iter: 55000/55000\n--"
    )
    run = read("a.log", epochs(text))
    assert run.points("loss") == run.points("total loss") == [(160, 2.5), (260, 2.5), (360, 2.5)]
    assert run.points("val_loss") == [(160, 3.5), (260, 3.5), (360, 3.5)]


def test_evaluation_of_an_earlier_step_moves_no_position(read):
    run = read("a.log", "step 0: val loss 3.5\n" + epochs("epoch 1 iter {e}/9 loss 2.5"))
    assert run.points("loss") == [(1, 2.5), (2, 2.5), (3, 2.5)]


# joeynmt/joeynmt, joeynmt/training.py: _add_report, before its release 2 and since
VALIDATIONS = [
    "Steps: {e}\tLoss: 3.50000\tPPL: 33.10000\tbleu: 12.50000\tLR: 0.00030000\t*",
    "Steps: {e}\tloss: 3.50000\tacc: 0.25000\tppl: 33.10000\tbleu: 12.50000\tLR: 0.00030000\t",
]


@pytest.mark.parametrize("line", VALIDATIONS)
@pytest.mark.parametrize("name", ["validations.txt", "eval.log", "log_val.txt"])
def test_name_of_a_file_of_validations_tells_the_split(read, name: str, line: str):
    run = read(name, epochs(line))
    loss = "val/loss" if "loss" in line else "val/Loss"
    assert run.points(loss) == [(1, 3.5), (2, 3.5), (3, 3.5)]
    assert run.metrics["val/loss"] is run.tags[loss]
    assert "train/loss" not in run.metrics
    assert run.metrics["lr"] is run.tags["LR"]


@pytest.mark.parametrize("name", ["test.log", "train.log", "value.log", "validate_setup_3.log"])
def test_other_names_of_files_tell_no_split(read, name: str):
    run = read(name, epochs(VALIDATIONS[0]))
    assert run.metrics["train/loss"] is run.tags["Loss"]


def test_rate_beside_a_step_is_not_the_setting(read):
    # microsoft/DeepSpeed, deepspeed/runtime/engine.py: the first lines are of the warmup
    text = "[Rank 0] step={e}0, skipped=0, lr=[{e}e-06], mom=[(0.9, 0.95)]\nStep: {e}0, loss = 2.5"
    assert read("a.log", epochs(text)).reader.settings.learning_rate is None


def test_columns_may_be_parted_by_bars_alone(read):
    text = "epoch | train loss | valid loss | time\n------|------------|------------|-----\n"
    run = read("a.log", text + epochs("    {e} |     2.5000 |     3.5000 | 00:12"))
    assert run.points("train loss") == [(1, 2.5), (2, 2.5), (3, 2.5)]
    assert run.points("valid loss") == [(1, 3.5), (2, 3.5), (3, 3.5)]


def test_dot_behind_another_word_still_parts_names():
    told = pairs("Saved it. Loss: 2.5")
    assert told is not None
    assert told.figures == {"Loss": 2.5}
