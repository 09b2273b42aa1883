"""How a training died: as part of a sentence, and what to make of it."""

from __future__ import annotations

import re
from dataclasses import replace

from lrdoctor.diagnosis import Advice, LearningRate, Verdict
from lrdoctor.ending import End, Ending
from lrdoctor.learning_rate.batch import scaled
from lrdoctor.run import Run

_DIED = {
    End.OUT_OF_MEMORY: "ran out of the accelerator's memory",
    End.HOST_MEMORY: "ran out of the machine's memory",
    End.SHARED_MEMORY: "died of a bus error or for want of shared memory",
    End.DISK_FULL: "died of a full disk",
    End.NOT_FINITE: "gave up on a value that is not finite",
    End.TIME_LIMIT: "was ended by the job's time limit",
    End.PREEMPTED: "was preempted",
    End.NODE_FAILURE: "ended with its node's failure",
    End.CANCELLED: "was cancelled",
    End.INTERRUPTED: "was interrupted by hand",
    End.DEVICE: "died of an error of the accelerator",
    End.SIGNAL: "crashed",
    End.COMMUNICATION: "died because its ranks lost each other",
    End.KILLED: "was killed",
    End.TERMINATED: "was told to terminate",
    End.CHILD: "ended because one of its processes failed",
}
_MEANS = {
    End.KILLED: "mostly that is for want of memory, and the machine's own log would tell",
    End.COMMUNICATION: "one of them had failed or hung before",
}
_NAME = re.compile(r"(?:\w+\.)*(?:Ray\w*Error\()?(\w+)(?:\(\w+\)|\))?(?::|$)")
"""An exception's; of one that Ray relays, the one that its task raised."""


def died(ending: Ending) -> str:
    """What the training did: "ran out of the accelerator's memory", "died of ValueError"."""
    if ending.kind is End.EXCEPTION:
        name = _NAME.match(ending.said)
        return f"died of {name[1]}" if name is not None else "died of an exception"
    return _DIED[ending.kind]


def meaning(ending: Ending, rate: LearningRate, *, sure: bool) -> str:
    """What was behind it, as far as its kind tells; "" where it tells nothing.

    Args:
        sure: the verdict on the rate is.
    """
    if ending.kind is End.NOT_FINITE:
        if sure and rate.verdict is Verdict.TOO_HIGH:
            return "the learning rate is too high"
        return "the rate, a batch or an overflow is to blame, and the gradient norm would tell"
    if ending.kind is End.DEVICE and "assert" in ending.said:
        return "mostly that is a label or an index out of range"
    return _MEANS.get(ending.kind, "")


def halved(advice: Advice, run: Run) -> Advice:
    """The advice to halve the batch, with what becomes of the rate where nothing is accumulated."""
    rule = scaled(1.0, 2, 1, run.settings.optimizer)
    size = run.settings.batch_size or 0
    sizes = f" from {size} to {size // 2}" if size > 1 else ""
    told = (
        f"Halve the batch{sizes} and accumulate the gradients of two, and the rate may stay; "
        f"without, multiply it by {rule.factor:.2g} ({rule.rule} rule)."
    )
    return replace(advice, reason=told, source=f"{advice.source}; {rule.source}",
                   lr_factor=rule.factor)  # fmt: skip
