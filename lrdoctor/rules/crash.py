"""The training died, and its log says of what."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from lrdoctor.diagnosis import Action, Advice, Finding, Severity
from lrdoctor.ending import End
from lrdoctor.rules import Rule
from lrdoctor.rules._ended import has_ended
from lrdoctor.rules._last_words import brief
from lrdoctor.rules._span import Span
from lrdoctor.run import Run

_PRINTED = ("console", "console-json")
"""Formats of logs that may say it themselves."""
_BY_HAND = (End.INTERRUPTED, End.CANCELLED)
_FROM_OUTSIDE = (End.TIME_LIMIT, End.PREEMPTED, End.NODE_FAILURE, End.TERMINATED)
"""Nothing is wrong with the training: it can go on as it was."""
_PYTORCH = "PyTorch, CUDA semantics: memory management; FAQ"
_SLURM = "Slurm, sbatch: --requeue, --signal; PyTorch, saving and loading a general checkpoint"
_ASSERT = "PyTorch, CUDA semantics: asynchronous execution (CUDA_LAUNCH_BLOCKING)"
_WHAT_HELPS: dict[End, tuple[str, str]] = {
    End.HOST_MEMORY: ("give the job more memory, or the loader fewer workers", "Linux, proc(5): "
                      "oom_score; Slurm, sbatch: --mem"),
    End.KILLED: ("look first whether the machine had run out of memory (dmesg, the job's report)",
                 "Linux, proc(5): oom_score; signal(7)"),
    End.SHARED_MEMORY: ("enlarge /dev/shm (docker run --shm-size) or use fewer loader workers",
                        "PyTorch, README: Docker image, --ipc=host or --shm-size"),
    End.DISK_FULL: ("free the disk first; a checkpoint that was being written then is cut",
                    "errno(3): ENOSPC"),
    End.NOT_FINITE: ("lower the rate or clip the gradients, and look at half precision's loss "
                     "scale", "Micikevicius et al. 2018, arXiv:1710.03740"),
    End.COMMUNICATION: ("look first for the rank that failed or hung: the others only waited for "
                        "it", "PyTorch, torch.distributed: debugging"),
    End.CHILD: ("look into the logs of the processes for the first that failed",
                "PyTorch, torch.distributed.elastic: error propagation"),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Crash(Rule):
    """The training died, and its log says of what.

    **Fires when** behind its last figures a printed log holds a traceback's exception, a signal's
    name as a shell prints it, an end that Slurm, PBS or LSF made, the kernel's for want of memory,
    or a guard's that stops at a loss that is no number. Of several (ranks, a launcher) the cause is
    told, not its consequences: a rank that waited in vain, or was ended with the others. It is
    critical where the training died of an error; a warning where a time limit, a preemption or a
    signal from outside ended it; worth knowing where somebody interrupted or cancelled it. After
    the last planned step it is one degree milder. Figures that follow make it void: the training
    survived. Live it is told once nothing has followed for a minute. Where the log has no figures
    at all, the training died before its first, and the steps are 0.

    **Why it matters** Nothing more is learnt, and the machine may be paid for all the same. What
    died of a rate too high dies again at the same step; what was preempted does not.

    **Advice** Go on from the newest checkpoint once the cause is gone. Where the accelerator's
    memory was full, a smaller batch, or gradients accumulated over smaller ones, at which the rate
    may stay. Unsafe where the loss had diverged before: then go back to before that.

    **Parameters** None: what the log says is not weighed.

    **Examples**

    >>> import numpy as np
    >>> from lrdoctor.ending import End, Ending
    >>> from lrdoctor.rules.crash import Crash
    >>> from lrdoctor.run import Block, Run
    >>> run = Run("demo", "train.log", "console")
    >>> _ = run.add(Block("loss", np.arange(100), np.linspace(2, 1, 100)))
    >>> run.ending = Ending(End.DISK_FULL, "OSError: [Errno 28] No space left on device")
    >>> (finding,) = Crash().examine(run)
    >>> finding.fired_step, str(finding.severity)
    (99, 'critical')
    >>> finding.message
    'The log ends in "OSError: [Errno 28] No space left on device" after step 99.'

    **References** CPython, traceback; PyTorch, torch.distributed.elastic: the first observed
    failure is the root cause; Slurm, slurmstepd's messages and job states.
    """

    needs = ("printed output",)

    def can_look(self, run: Run) -> bool:
        """Whether the log is what the training printed, or one beside it says how it ended."""
        return run.ending is not None or run.format in _PRINTED

    def examine(self, run: Run) -> Iterator[Finding]:
        ending, last = run.ending, run.last_step or 0
        name = run.main_loss[0] if run.main_loss is not None else next(iter(run.metrics), None)
        if ending is None or (name is None and run.tags):
            return
        over = name is not None and has_ended(run, run[name])
        where = "before its first figures" if name is None else f"after {run.x_axis} {last}"
        yield Finding(
            "crash",
            _severity(ending.kind, over=over),
            name or "train/loss",
            *Span(last, last, last, resolved=False),
            measured=float(last),
            limit=float(run.settings.planned_steps or 0),
            unit=f"{run.x_axis} reached, of those planned",
            confidence=0.95,
            message=f'The log ends in "{brief(ending.said)}" {where}.',
        )

    def advise(self, finding: Finding, run: Run) -> Iterator[Advice]:
        if run.ending is None or finding.severity is Severity.INFO:
            return
        kind = run.ending.kind
        if kind is End.OUT_OF_MEMORY:
            yield Advice(
                Action.SMALLER_BATCH, "crash",
                "Halve the batch and accumulate the gradients of two.",
                _PYTORCH,
            )  # fmt: skip
        if kind is End.DEVICE and "assert" in run.ending.said:
            yield Advice(
                Action.FIX_DATA, "crash",
                "Look for a label or an index out of range: that is what a device-side assert "
                "mostly is. CUDA_LAUNCH_BLOCKING=1 shows the call.", _ASSERT,
            )  # fmt: skip
        if not run.tags:
            return  # no checkpoint was made
        helps, source = _WHAT_HELPS.get(kind, ("", _SLURM))
        reason = f"Restart from the newest checkpoint up to {run.x_axis} {finding.onset_step}"
        yield Advice(
            Action.RESTORE_CHECKPOINT, "crash", f"{reason}; {helps}." if helps else f"{reason}.",
            source, from_step=finding.onset_step, sound_step=finding.onset_step,
        )  # fmt: skip


def _severity(kind: End, *, over: bool) -> Severity:
    if kind in _BY_HAND or (over and kind in _FROM_OUTSIDE):
        return Severity.INFO
    return Severity.WARNING if over or kind in _FROM_OUTSIDE else Severity.CRITICAL
