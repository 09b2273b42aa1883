"""What frameworks, shells and clusters print where a training ends before its time.

The words are those of their sources: PyTorch's ``CUDACachingAllocator``, ``ProcessGroupNCCL``,
``DataLoader`` and ``torch.distributed.elastic``; TensorFlow's and XLA's status codes; Slurm's
``slurmstepd`` and ``srun``, PBS and LSF; bash's and glibc's names of signals; glog's fatal lines;
fairseq's, DeepSpeed's, Keras' and DETR's own guards against a loss that is no number.
"""

from __future__ import annotations

import re

from lrdoctor.ending import End

_WORDS: tuple[tuple[End, re.Pattern[str]], ...] = tuple(
    (kind, re.compile(pattern))
    for kind, pattern in (
        (End.HOST_MEMORY, r"ray\.exceptions\.OutOfMemoryError|node running low on memory"
         r"|DefaultCPUAllocator|\b_?(?:Array)?MemoryError\b|bad_alloc|Cannot allocate memory"
         r"|Unable to allocate \S+ \w*B for an array"),
        (End.SHARED_MEMORY, r"insufficient shared memory|shared memory object|/dev/shm"
         r"|[Bb]us error|SIGBUS|to file </torch_"),
        (End.OUT_OF_MEMORY, r"OutOfMemoryError|[Oo]ut of memory|OOM when allocating"
         r"|ResourceExhaustedError|RESOURCE_EXHAUSTED.*(?:memory|alloc)|_STATUS_ALLOC_FAILED"),
        (End.DISK_FULL, r"No space left on device|Disk quota exceeded"
         r"|PytorchStreamWriter failed writing"),
        (End.NOT_FINITE, r"(?i:\bnans?\b|\bnon-?finite\b|loss scale (?:reached|already at minimum)"
         r"|minimum loss scale|became infinite|invalid loss|FloatingPointError)"),
        (End.INTERRUPTED, r"^KeyboardInterrupt\b|got signal: 2$"),
        (End.TERMINATED, r"got signal: \d+$|signal: Terminated|SIGTERM"),
        (End.KILLED, r"signal: Killed|SIGKILL"),
        (End.SIGNAL, r"SIGSEGV|SIGABRT|SIGILL|SIGFPE|signal: (?:Segmentation fault|Aborted)"),
        (End.COMMUNICATION, r"NCCL|nccl|DistBackendError|DistNetworkError|DistStoreError|[Gg]loo"
         r"|Horovod|collective operation"),
        (End.DEVICE, r"(?:CUDA|cuda|HIP|cuDNN|XPU)(?: runtime)? error|CUD(?:A|NN)_(?:ERROR|STATUS)"
         r"|CUBLAS_STATUS|AcceleratorError|device-side assert|XlaRuntimeError|JaxRuntimeError"),
        (End.CHILD, r"ChildFailedError|CalledProcessError|Process(?:Raised|Exited)Exception"
         r"|exited unexpectedly|BrokenProcessPool|Ray(?:Task|Actor)\w*Error(?!\()"),
    )
)  # fmt: skip
"""What an exception was, by its name and its message; the first that fits."""

_MOST_LINE = 512
"""Characters at a line's end that are searched: what they print is shorter, and a hostile line is
not searched from each of its letters to its end."""
_MOST_WORDS = 1024
"""Likewise at an exception's beginning, where its name and what it says stand."""
_BEGIN = r"^(?:\S+: line \d+:\s+\d+ )?"
_STEP = r"(?:\[[\d:T.-]+\]|slurmstepd\S*:) ?error: "
_TASKS = r"srun: error: \S+: tasks? \S+: "
_SHELL = rf"(?:{_BEGIN}|{_TASKS})"
_REST = r"(?: *\(core dumped\).*|\s{2,}.*)?$"
"""What bash tells behind a signal's name: that memory was dumped, the command in a column."""
_LINES: tuple[tuple[bytes, End | None, re.Pattern[str]], ...] = tuple(
    (sign, kind, re.compile(pattern))
    for sign, kind, pattern in (
        (b" DUE TO ", End.TIME_LIMIT, rf"{_STEP}\*\*\* .* DUE TO TIME LIMIT"),
        (b" DUE TO ", End.PREEMPTED, rf"{_STEP}\*\*\* .* DUE TO (?:PREEMPTION|JOB REQUEUE)"),
        (b" DUE TO ", End.NODE_FAILURE, rf"{_STEP}\*\*\* .* DUE TO NODE FAILURE"),
        (b" CANCELLED ", End.CANCELLED, rf"{_STEP}\*\*\* (?:JOB|STEP) .* CANCELLED AT (?!.* DUE)"),
        (b"=>> PBS", End.TIME_LIMIT, r"=>> PBS: job killed: walltime .*"),
        (b"TERM_RUNLIMIT", End.TIME_LIMIT, r"TERM_RUNLIMIT: job killed.*"),
        (b"kill event", End.HOST_MEMORY, rf"{_STEP}Detected \d+ oom[_-]kill event.*"),
        (b"memory limit", End.HOST_MEMORY, rf"{_STEP}.*exceeded memory limit .*being killed"),
        (b"Out Of Memory", End.HOST_MEMORY, rf"{_TASKS}Out Of Memory"),
        (b"Killed", End.KILLED, rf"{_SHELL}Killed{_REST}"),
        (b"killed", End.KILLED, r"^zsh: killed\s+.*"),
        (b"return code", End.KILLED, r"exits with return code = -9\b"),
        (b"exit code 137", End.KILLED, r"^command terminated with exit code 137$"),
        (b"Terminated", End.TERMINATED, rf"{_SHELL}Terminated{_REST}"),
        (b"SIGTERM", End.TERMINATED, r"Received (?:Signals\.)?SIGTERM\b.*"),
        (b" fault", End.SIGNAL, rf"{_SHELL}Segmentation fault{_REST}"),
        (b"Bus error", End.SHARED_MEMORY, rf"{_SHELL}Bus error{_REST}"),
        (b"Aborted", End.SIGNAL, rf"{_SHELL}Aborted{_REST}"),
        (b"core dumped", End.SIGNAL,
         rf"{_SHELL}(?:Illegal instruction|Floating point exception) *\(core dumped\)"),
        (b"Fatal Python", None, r"Fatal Python error: .*"),
        (b"terminate called", None, r"terminate called after throwing an instance of .*"),
        (b"Check failed", None, r"^F\d{4,8} \d\d:\d\d:\d\d\.\d+ +\d+ \S+\] (Check failed: .*)"),
        (b"Watchdog", End.COMMUNICATION, r"Watchdog caught collective operation timeout.*"),
        (b" received by PID", None, r"(?<=traceback : )Signal \d+ \(SIG\w+\) received by PID \d+"),
        (b"KeyboardInterrupt", End.INTERRUPTED,
         r"Detected KeyboardInterrupt, attempting graceful shutdown.*"),
        (b"stopping training", End.NOT_FINITE, r"Loss is (?:-?inf|nan), stopping training"),
        (b"nvalid loss", End.NOT_FINITE, r"Batch \d+: Invalid loss, terminating training"),
        (b" worker. ", None, r"ERROR: Unexpected .* encountered in worker\..*"),
        (b"Exited with", End.CHILD, rf"{_TASKS}Exited with exit code \d+"),
    )
)  # fmt: skip
"""A line outside of a traceback: a word that it holds, what it tells (None: its words do), and its
form."""

SIGNS = tuple(dict.fromkeys(sign for sign, _, _ in _LINES))

_RANKS: dict[End, int] = {
    End.DEVICE: 1, End.SIGNAL: 1, End.EXCEPTION: 1, End.CANCELLED: 1, End.INTERRUPTED: 1,
    End.COMMUNICATION: 2, End.KILLED: 3, End.TERMINATED: 4, End.CHILD: 5,
}  # fmt: skip


def rank(kind: End) -> int:
    """0 for a cause that explains all others; the more, the more likely it is a consequence: where
    one rank fails the others wait for it in vain, then are ended, and their launcher tells so."""
    return _RANKS.get(kind, 0)


def kind_of(exception: str) -> End:
    """What an exception was, by its line at a traceback's end."""
    said = exception[:_MOST_WORDS]
    told = (kind for kind, words in _WORDS if words.search(said))
    return next(told, End.EXCEPTION)


def told_by(line: bytes, text: str) -> tuple[End, str] | None:
    """What a line outside of a traceback tells of the training's end, and in which words."""
    text = text[-_MOST_LINE:]
    behind = text.rpartition("]")[2]  # of a progress bar that was not ended by a line break
    for sign, kind, form in _LINES:
        if sign in line and (found := form.search(text) or form.search(behind)):
            words = found[found.lastindex or 0]
            told = kind_of(words) if kind is None else kind
            return (End.SIGNAL if told is End.EXCEPTION and kind is None else told), words
    return None
