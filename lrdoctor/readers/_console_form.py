"""Lines of trainers that give a figure no name, or name it behind its value, in the usual form."""

from __future__ import annotations

import re

_X = r"[-+]?(?:\d+\.?\d*(?:[eE][-+]?\d+)?|nan|inf)"
_ERRORS = r"loss=[^,]+, (?:RMSE|MAE)_\w+="

_FORMS: tuple[tuple[str, re.Pattern[str], str], ...] = (
    # Darknet: "1000: 2.34, 2.5 avg loss, 0.001 rate, 3.2 seconds, 64000 images"
    (
        " avg",
        re.compile(rf"^\s*(\d+): ({_X}), ({_X}) avg(?: loss)?, ({_X}) rate,.*"),
        r"step \1: loss \2, avg loss \3, lr \4",
    ),
    # ESPnet: "3epoch:train:101-150batch: loss_ctc=2.5"
    (
        "epoch:",
        re.compile(r"\b(\d+)epoch:(train|valid):\d+-(\d+)batch:"),
        r"epoch \1, batch \3, \2:",
    ),
    # llama2.c and its like: "1000 | loss 2.5 | lr 1e-4"; gradient boosting: "[10]\ttrain-rmse:0.5"
    (
        "",
        re.compile(
            r"^\s*(?:\[(\d+)\](?=\t)|(\d+)(?=\s\|\s+[A-Za-z][\w/ ]*[ :=]+[-\d]))"
            r"(?!.*\b(?:step|iter\w*|epoch|update)s?\b)",
            re.IGNORECASE,
        ),
        r"step \1\2",
    ),
    # DCGAN and its like: "[1/25][100/1583] Loss_D: 0.5", "[100/3000] Train loss: 2.5"
    (
        "/",
        re.compile(r"^\s*\[\s*(\d+)/(\d+)\]\s*\[\s*(\d+)/(\d+)\]"),
        r"epoch \1/\2 batch \3/\4",
    ),
    ("/", re.compile(r"^\s*(?:\[\s*(\d+/\d+)\]|(\d+/\d+),)(?=[\s:]+\w)"), r"step \1\2,"),
    # "Batch 20 of 40, loss 2.5"
    (
        " of ",
        re.compile(r"\b((?:epoch|batch|iter(?:ation)?|step)[ :#]+\d+) of (\d+)\b", re.IGNORECASE),
        r"\1/\2",
    ),
    # llm.c's main.log: "s:100 trl:2.5 lr:0.0006 norm:1.25", "s:250 tel:2.75"
    ("s:", re.compile(r"^s:(\d+)(?= (?:trl|tel|eval):)"), r"step \1,"),
    # "第3轮", "第 3 个epoch"
    ("第", re.compile(r"第\s*(\d+)(?:/(\d+))?\s*(?:轮|個?个?\s*epoch)"), r"epoch \1,"),
    # PyTorch's tutorial: "[1,  2000] loss: 2.173", the epoch and the batch
    (
        "[",
        re.compile(r"^\s*\[\s*(\d+),\s*(\d+)\](?=\s+[A-Za-z])"),
        r"epoch \1 batch \2",
    ),
    # xlua's bars and their kin go back to write the position into the bar, or, where nothing goes
    # back, behind the figures: " [=== 391/391 ==>]  Step: 64ms | Tot: 25s | Loss: 1.23"
    (
        "/",
        re.compile(r"^\s*\[=*>?\.* (\d+)/(\d+) [=>.]*\]"),
        r"batch \1/\2 |",
    ),
    (
        "/",
        re.compile(r"^\s*\[=*>?\.*\](?= +\w)(.*?) (\d+)/(\d+)\s*$"),
        r"batch \2/\3 | \1",
    ),
    # Swin's and its like: "Train: [3/300][100/1251]", the epoch and the batch
    (
        "rain: [",
        re.compile(r"\bTrain: \[(\d+/\d+)\]\s*\[(\d+/\d+)\]"),
        r"epoch \1 batch \2",
    ),
    # PyTorch's ImageNet example and its kin sum a validation up: " * Acc@1 76.1 Acc@5 92.9"
    ("* ", re.compile(r"(?:^|(?<=INFO))\s*\* (?=(?:Acc|Prec)@1)"), " val: "),
    # LitGPT: "loss train: 2.5, val: 2.75"
    (
        "loss train: ",
        re.compile(rf"\bloss train: ({_X}), val: (?:({_X})|n/a)"),
        r"train loss: \1, val loss: \2",
    ),
    # "train/val loss: 2.5/2.75"
    (
        "rain/val",
        re.compile(rf"\btrain/val(?:id)?[ _](\w+)( ?[:=]? ?)({_X}) ?/ ?({_X})", re.IGNORECASE),
        r"train \1\2\3, val \1\2\4",
    ),
    ("(batch)", re.compile(r"\bloss \(batch\)(?==)"), "batch loss"),
    # torchtitan: "validate step: 10  loss: 2.5"; MaxText: "eval metrics after step: 10, loss=2.5";
    # FastSpeech 2: "Validation Step 1000, Total Loss: 2.5"
    (
        "tep",
        re.compile(r"\b(?:validat|eval)\w*(?: \w+){0,2} step:? (?=\d)", re.IGNORECASE),
        "val: step ",
    ),
    # SimCLR's and its like: "Test Epoch: [1/500] Acc@1:50.00%"; open_clip: "Eval Epoch: 1 …"
    (
        "poch",
        re.compile(r"\b(?:test|val|valid|validation|eval)(?= epoch:? \[?\d)", re.IGNORECASE),
        "val:",
    ),
    # Deeplearning4j: "Score at iteration 100 is 2.5", what it minimises
    (
        "Score at",
        re.compile(rf"\bScore at iteration (\d+) is ({_X})", re.IGNORECASE),
        r"step \1, loss: \2",
    ),
    # One of several: "loss[0] = 2.5"
    ("oss[", re.compile(r"(?<=oss)\[(\d+)\](?=\s?=)"), r"_\1"),
    # GPT-NeoX: "validation results at iteration 100 | lm_loss value: 2.5"; JoeyNMT: "Evaluation
    # result (greedy) bleu: 12.3, loss: 2.5"
    (
        "ation result",
        re.compile(
            r"\b(?:valid|evalu)ation results? (?:at (?=(?:iteration|step|epoch) \d)|\(\w+\))",
            re.IGNORECASE,
        ),
        "val: ",
    ),
    # Catalyst: "train (1/10) accuracy01: 0.5 | loss: 2.5"
    ("(", re.compile(r"^\W*(train|valid|test) \((\d+/\d+)\)(?= \w)"), r"epoch \2, \1:"),
    # PyTorch's quickstart: "loss: 2.303524  [ 6464/60000]"
    ("]", re.compile(rf"^\s*(loss: {_X})\s+\[\s*(\d+)/\s*(\d+)\]\s*$"), r"step \2/\3, \1"),
    # CenterNet: "train: [1][20/100]|Tot: 0:00:12 |ETA: 0:01:00 |loss 2.5 |hm_loss 1.5"
    ("train: [", re.compile(r"\btrain: \[(\d+)\]\[(\d+/\d+)\](?=\|)"), r"train: epoch \1 batch \2"),
    # CycleGAN and pix2pix: "(epoch: 1, iters: 100, time: 0.123, data: 0.002) D_A: 0.5"
    ("iters: ", re.compile(r"^.*?\(epoch: (\d+), iters: (\d+), "), r"(epoch \1, iter \2, "),
    # GluonCV's detectors tell the seconds of an epoch: "Training cost: 123.4, CrossEntropy=2.5"
    ("ing cost", re.compile(r"\bTraining cost: [\d.]+(?=, \w+=)"), "|"),
    # Darknet, of one layer and one part of the batch: "v3 (iou loss, …) Region 30 Avg (IOU: 0.5)"
    ("Region ", re.compile(r"^.*\bRegion \d+ Avg .*"), ""),
    # COCO's summary is told of boxes and of masks in the same words:
    # "Average Precision  (AP) @[ IoU=0.50:0.95 | area=   all | maxDets=100 ] = 0.123"
    ("@[", re.compile(r"\bAverage \w+\s+\(A[PR]\)\s*@\[.*"), ""),
    # PaddleOCR tells what it evaluated, and the best so far in the same names
    (" metric, ", re.compile(r"\bcur metric, "), "val: "),
    (" metric, ", re.compile(r"\bbest metric, .*"), ""),
    # DINOv2: "Training  [   10/125000]  eta: 1 day, 2:34:56"
    ("Training", re.compile(r"\bTraining\s+\[\s*(\d+/\d+)\]"), r"step \1,"),
    (" day", re.compile(r"\beta:? \d+ days?, [\d:]+", re.IGNORECASE), "|"),
    # ESPnet: "3epoch results: [train] loss=2.5, [valid] loss=2.75"
    ("epoch results", re.compile(r"\b(\d+)epoch results:"), r"epoch \1:"),
    # WeNet: "TRAIN | steps/sec 1.2| Batch 3/100 loss 2.5", the epoch and the batch
    (
        "TRAIN",
        re.compile(r"\bTRAIN (?:\|[^|]*\| ?)?Batch (\d+)/(\d+)"),
        r"train: epoch \1, batch \2,",
    ),
    ("CV Batch", re.compile(r"\bCV Batch (\d+)/\d+"), r"val: epoch \1,"),
    # TensorFlow's estimators evaluate: "Saving dict for global step 100: accuracy = 0.5"
    ("Saving dict", re.compile(r"\bSaving dict for global step (\d+): "), r"val: step \1, "),
    # What was best so far, and what it was before: "val_loss improved from 2.5 to 2.25",
    # "Validation loss decreased (2.5 --> 2.25)", "Best: loss 2.25 at epoch 3"
    ("improved from", re.compile(r"\S+ improved from .*"), ""),
    ("decreased (", re.compile(r"(?:\w+ )?\w+ decreased \(.*"), ""),
    ("est", re.compile(r"\bbest(?: so far)?: .*", re.IGNORECASE), ""),
    # Lightning: "Metric val_loss improved by 0.1 >= min_delta = 0.0. New best score: 2.25",
    # "'val_loss' reached 2.5 (best 2.5), saving model to '/a/epoch=3-step=48.ckpt' as top 1"
    ("Metric ", re.compile(r"\bMetric \S+ improved\b.*"), ""),
    (", saving model", re.compile(r", saving model to .*"), ""),
    # PaddleX: "Current evaluated best model on eval_dataset is epoch_1, acc1=0.5"
    ("best model on", re.compile(r"\bbest model on .*"), ""),
    # MACE tells what it evaluates, of several heads each, and once before it trains:
    # "Epoch 3: head: Default, loss=2.5, RMSE_E_per_atom=1.5 meV", "Initial: loss=9.5, RMSE_E=…"
    ("Initial: ", re.compile(rf"\bInitial: (?:head: [^,]+, )?{_ERRORS}.*"), ""),
    ("loss=", re.compile(rf"\b(Epoch \d+): (?:head: Default, )?(?={_ERRORS})"), r"val: \1, "),
    (" head: ", re.compile(rf"\b(Epoch \d+): head: ([\w.-]+), (?={_ERRORS})"), r"val: \1, \2 "),
    # CLU and T5X: "logging_writer.py:48] [100] loss=2.5"
    (".py:", re.compile(r"(\.py:\d+\]) \[(\d+)\](?= \S+=)"), r"\1 step \2,"),
    # scikit-learn's SGD: "Norm: 56.8, NNZs: 4", of the weights
    ("NNZs", re.compile(r"\bNorm: "), "weight norm: "),
    # Trax: "Step    100: train CrossEntropyLoss |  2.5"
    (" |", re.compile(r"^(Step\s+\d+): (train|eval)\s+(\w+) \|\s+(?=\S+$)"), r"\1 \2/\3: "),
    # Kubernetes' runtimes name the stream: "2026-11-03T10:00:00.12Z stdout F iter=5"
    (" std", re.compile(r"^\s*\d{4}-\S+ std(?:out|err) [FP] "), ""),
    # SageMaker names the process and its host: "[1,mpirank:0,algo-1]<stdout>:"
    ("mpirank", re.compile(r"^\s*\[1,mpirank:\d+,[\w-]+\]<std(?:out|err)>:"), ""),
    # Ray names the process in front: "(TaskRunner pid=1234, ip=10.0.0.1)"
    ("pid=", re.compile(r"^\s*\([\w.<>]+(?:\[\w+\])? pid=\d+(?:, ip=[\d.]+)?\)"), ""),
    # Python's logging, loguru and NeMo tell the place in the code: "(trainer:721)",
    # "| a.b:train:42 - ", "[NeMo I 2024-05-18 10:00:01 nemo_logging:381]",
    # "- a.b:60 - INFO", "root:60 INFO", YOLOX's "| yolox.core.trainer:253 - "
    (
        "",
        re.compile(
            r"\([\w.]+:\d+\)|\|\s*[\w.<>]+:[\w<>]+:\d+ - |\[[^\[\]]*\d:\d\d:\d\d \w+:\d+\]"
            r"|\|\s*(?:\w+(?:\.\w+)+|__main__):\d+ - "
            r"|(?<![\w.])[\w.]+:\d+ (?:- )?(?=(?:DEBUG|INFO|WARNING|ERROR|CRITICAL)\b)"
        ),
        "|",
    ),
)


def usual(text: str) -> str:
    """The line, its figures behind their names."""
    for sign, form, said in _FORMS:
        if sign in text:
            text = form.sub(said, text, count=1)
    return text
