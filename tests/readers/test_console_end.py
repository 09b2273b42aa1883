"""Why a training died, as the end of its printed log tells.

The words are those of the sources that ``_console_ends.py`` names; tracebacks are CPython's.
"""

from __future__ import annotations

import json

import pytest

from lrdoctor.doctor.death import died
from lrdoctor.ending import LONGEST, End, Ending, Interruption
from lrdoctor.readers.console import Console
from lrdoctor.readers.console_json import ConsoleJson

FIGURES = "step 1 loss 2.5\nstep 2 loss 2.4\nstep 3 loss 2.3\n"
FRAMES = (
    "Traceback (most recent call last):\n"
    '  File "train.py", line 3, in <module>\n'
    "    loss = step(3)\n"
    "           ^^^^^^^\n"
)
ELASTIC = (
    "torch.distributed.elastic.multiprocessing.errors.ChildFailedError: \n"
    "============================================================\n"
    "train.py FAILED\n"
    "Root Cause (first observed failure):\n"
    "[0]:\n  rank      : 1 (local_rank: 1)\n"
)


def read(text: str) -> Console:
    reader = Console()
    for _ in reader.feed(text.encode()):
        pass
    for _ in reader.finish():
        pass
    return reader


def end_of(behind: str) -> tuple[End, str] | None:
    """What is told of a log that goes on so behind its figures, however it comes in."""
    ending = read(FIGURES + behind).ending
    reader = Console()
    for byte in (FIGURES + behind).encode():
        list(reader.feed(bytes([byte])))
        reader = Console.restore(reader.state())
    list(reader.finish())
    assert reader.ending == ending
    return None if ending is None else (ending.kind, ending.said)


def of_rank(rank: int, text: str) -> str:
    """As torch's own hook writes a rank's traceback."""
    return "".join(f"[rank{rank}]: {line}\n" for line in text.splitlines())


EXCEPTIONS = {
    "torch.OutOfMemoryError: CUDA out of memory. Tried to allocate 2.00 GiB.": End.OUT_OF_MEMORY,
    "RuntimeError: CUDA error: out of memory": End.OUT_OF_MEMORY,
    "RuntimeError: CUDA error: CUBLAS_STATUS_ALLOC_FAILED when calling `cublasCreate(handle)`": (
        End.OUT_OF_MEMORY
    ),
    "tensorflow.python.framework.errors_impl.ResourceExhaustedError: {{function_node __f}} OOM when"
    " allocating tensor with shape[64,512] and type float": End.OUT_OF_MEMORY,
    "jaxlib.xla_extension.XlaRuntimeError: RESOURCE_EXHAUSTED: Out of memory while trying to"
    " allocate 8589934592 bytes.": End.OUT_OF_MEMORY,
    "MemoryError": End.HOST_MEMORY,
    "numpy._core._exceptions._ArrayMemoryError: Unable to allocate 8.00 GiB for an array with shape"
    " (32768, 32768) and data type float64": End.HOST_MEMORY,
    "RuntimeError: DataLoader worker (pid 31) is killed by signal: Killed. ": End.KILLED,
    "RuntimeError: DataLoader worker (pid 31) is killed by signal: Bus error. It is possible that"
    " dataloader's workers are out of shared memory.": End.SHARED_MEMORY,
    "OSError: [Errno 28] No space left on device: 'ckpt.pt'": End.DISK_FULL,
    "FloatingPointError: Minimum loss scale reached (0.0001). Your loss is probably exploding.": (
        End.NOT_FINITE
    ),
    "Exception: Current loss scale already at minimum - cannot decrease scale anymore.": (
        End.NOT_FINITE
    ),
    "RuntimeError: Function 'MulBackward0' returned nan values in its 0th output.": End.NOT_FINITE,
    "torch.AcceleratorError: CUDA error: device-side assert triggered": End.DEVICE,
    "torch.distributed.DistBackendError: NCCL error in: ProcessGroupNCCL.cpp:1275": (
        End.COMMUNICATION
    ),
    "torch.distributed.elastic.multiprocessing.api.SignalException: Process 9 got signal: 15": (
        End.TERMINATED
    ),
    "KeyboardInterrupt": End.INTERRUPTED,
    "KeyError: 'input_ids'": End.EXCEPTION,
    "AssertionError": End.EXCEPTION,
    "subprocess.CalledProcessError: Command '['x']' returned non-zero exit status 1.": (
        End.CHILD
    ),
}  # fmt: skip


@pytest.mark.parametrize(("line", "kind"), EXCEPTIONS.items())
def test_a_traceback_ends_in_its_exception(line: str, kind: End) -> None:
    assert end_of(FRAMES + line + "\n") == (kind, line.strip())


LINES = {
    "train.sh: line 3:  4711 Killed                  python train.py": End.KILLED,
    "Killed": End.KILLED,
    "zsh: killed     python train.py": End.KILLED,
    "Segmentation fault (core dumped)": End.SIGNAL,
    "./run.sh: line 5:  33 Segmentation fault      (core dumped) python a.py": End.SIGNAL,
    "Aborted (core dumped)": End.SIGNAL,
    "Bus error (core dumped)": End.SHARED_MEMORY,
    "ERROR: Unexpected bus error encountered in worker. This might be caused by insufficient shared"
    " memory (shm).": End.SHARED_MEMORY,
    "Fatal Python error: Segmentation fault": End.SIGNAL,
    "slurmstepd: error: *** JOB 42 ON n1 CANCELLED AT 2026-03-01T10:00:00 DUE TO TIME LIMIT ***": (
        End.TIME_LIMIT
    ),
    "slurmstepd-n1: error: *** STEP 42.0 ON n1 CANCELLED AT 2026-03-01T10:00:00 DUE TO PREEMPTION"
    " ***": End.PREEMPTED,
    "slurmstepd: error: *** JOB 42 ON n1 CANCELLED AT 2026-03-01T10:00:00 DUE TO NODE FAILURE, SEE"
    " SLURMCTLD LOG FOR DETAILS ***": End.NODE_FAILURE,
    "slurmstepd: error: *** JOB 42 ON n1 CANCELLED AT 2026-03-01T10:00:00 ***": End.CANCELLED,
    "slurmstepd: error: Detected 1 oom_kill event in StepId=42.batch. Some of the step tasks have"
    " been OOM Killed.": End.HOST_MEMORY,
    "srun: error: n1: task 0: Out Of Memory": End.HOST_MEMORY,
    "srun: error: n1: tasks 0-3: Killed": End.KILLED,
    "=>> PBS: job killed: walltime 3623 exceeded limit 3600": End.TIME_LIMIT,
    "TERM_RUNLIMIT: job killed after reaching LSF run time limit.": End.TIME_LIMIT,
    "F0301 10:00:00.123456  77 math_functions.cu:79] Check failed: error == cudaSuccess (2 vs. 0)"
    "  out of memory": End.OUT_OF_MEMORY,
    "Loss is nan, stopping training": End.NOT_FINITE,
    "Batch 5: Invalid loss, terminating training": End.NOT_FINITE,
    "Detected KeyboardInterrupt, attempting graceful shutdown ...": End.INTERRUPTED,
    "terminate called after throwing an instance of 'std::bad_alloc'": End.HOST_MEMORY,
}  # fmt: skip


@pytest.mark.parametrize(("line", "kind"), LINES.items())
def test_shells_clusters_and_guards_say_it_in_a_line(line: str, kind: End) -> None:
    told = end_of(line + "\n")
    assert told is not None
    assert told[0] is kind


@pytest.mark.parametrize(
    "behind",
    [
        "val_error: 0.12\nmean squared error: 0.3\nError: 0.5\n",
        "Error rate 3 of 100\nno errors\n0 Errors, 2 warnings\n",
        f"Exception ignored in: <function Pool.__del__>\n{FRAMES}ValueError: late\n",
        f"Exception in thread Thread-4 (_pin_memory_loop):\n{FRAMES}EOFError\n",
        f"Error in atexit._run_exitfuncs:\n{FRAMES}BrokenPipeError\n",
        f"--- Logging error ---\n{FRAMES}UnicodeEncodeError: 'ascii' codec\nCall stack:\n",
        f"{FRAMES}SystemExit: 0\n",
        "a.py:3: DeprecationWarning: float16 is deprecated: use bfloat16\n  step(3)\n",
        "W tensorflow/core/framework/cpu_allocator_impl.cc:83] Allocation of 9 exceeds 10% of free"
        " system memory.\n",
        "The best model was Killed in action\nKilled by hand: 3 workers\nJobs Aborted: 2\n",
        FRAMES,
    ],
)
def test_what_is_no_end_is_none(behind: str) -> None:
    assert end_of(behind) is None


def test_figures_that_follow_say_that_the_training_survived() -> None:
    assert end_of(f"{FRAMES}ValueError: bad batch\nstep 4 loss 2.2\n") is None
    assert end_of("Killed\nstep 1 loss 2.6\n") is None


def test_a_bar_that_is_drawn_for_the_last_time_is_no_survival() -> None:
    bar = "Epoch 1:  45%|####      | 45/100 [00:12<00:15,  3.6it/s, loss=0.12]"
    told = end_of(f"\r{bar}{FRAMES}ValueError: bad batch\n\r{bar}\n")
    assert told == (End.EXCEPTION, "ValueError: bad batch")


def test_a_shell_may_tell_it_behind_a_bar() -> None:
    bar = " 22%|##        | 11/50 [1:55:26<6:52:58, 635.36s/it]"
    assert end_of(f"\r{bar}Killed\n") == (End.KILLED, "Killed")


def test_the_last_line_needs_no_end() -> None:
    assert end_of(f"{FRAMES}KeyboardInterrupt") == (End.INTERRUPTED, "KeyboardInterrupt")


RAY = (
    f"{FRAMES}ray.exceptions.RayTaskError(ValueError): ray::Worker.train() (pid=31, ip=10.0.0.1)\n"
)


def test_of_what_ray_relays_the_task_s_own_exception_is_told() -> None:
    inner = '  File "worker.py", line 9, in train\n    raise ValueError("bad batch")\n'
    assert end_of(f"{RAY}{inner}ValueError: bad batch\n") == (
        End.EXCEPTION,
        "ValueError: bad batch",
    )


def test_without_the_task_s_frames_what_ray_relays_names_it() -> None:
    ending = read(f"{FIGURES}{RAY}").ending
    assert ending is not None
    assert died(ending) == "died of ValueError"


@pytest.mark.parametrize(
    "figures", [FIGURES, "loss: 2.5, acc: 0.1\nloss: 2.4, acc: 0.2\nloss: 2.3, acc: 0.3\n"]
)
def test_the_summary_that_wandb_prints_is_no_survival_and_no_figures(figures: str) -> None:
    summary = (
        "\x1b[34m\x1b[1mwandb\x1b[0m: Run summary:\n"
        "\x1b[34m\x1b[1mwandb\x1b[0m:  loss 0.12\nwandb: val_loss 0.5\nwandb: epoch 3\n"
    )
    reader = Console()
    blocks = list(reader.feed(f"{figures}{FRAMES}ValueError: bad\n{summary}".encode()))
    blocks += reader.finish()
    assert reader.ending == Ending(End.EXCEPTION, "ValueError: bad")
    losses = [v for block in blocks if block.tag == "loss" for v in block.values]
    assert losses == [2.5, 2.4, 2.3]


def test_the_last_of_chained_exceptions_is_told() -> None:
    chain = "\nDuring handling of the above exception, another exception occurred:\n\n"
    told = end_of(f"{FRAMES}KeyError: 'a'\n{chain}{FRAMES}ValueError: no 'a'\n")
    assert told == (End.EXCEPTION, "ValueError: no 'a'")


def test_of_several_ranks_the_one_that_failed_is_told() -> None:
    failed = of_rank(1, f"{FRAMES}RuntimeError: shapes differ")
    waited = of_rank(0, f"{FRAMES}torch.distributed.DistBackendError: NCCL communicator aborted")
    for order in (failed + waited, waited + failed):
        told = end_of(f"{order}{FRAMES}{ELASTIC}  exitcode  : 1 (pid: 1886)\n")
        assert told == (End.EXCEPTION, "RuntimeError: shapes differ")


@pytest.mark.parametrize(("lines", "told"), [(2, End.EXCEPTION), (3, End.COMMUNICATION)])
def test_a_rank_that_failed_is_told_though_another_came_a_step_further(
    lines: int, told: End
) -> None:
    failed = of_rank(1, f"{FRAMES}RuntimeError: shapes differ")
    waited = of_rank(0, f"{FRAMES}RuntimeError: [gloo/transport/tcp/pair.cc:553] Connection closed")
    figures = "".join(f"step {4 + at} loss 2.2\n" for at in range(lines))
    ending = end_of(failed + figures + waited)
    assert ending is not None
    assert ending[0] is told


def test_of_ranks_that_failed_alike_the_first_is_told() -> None:
    both = of_rank(3, f"{FRAMES}ValueError: three") + of_rank(0, f"{FRAMES}ValueError: zero")
    assert end_of(both) == (End.EXCEPTION, "ValueError: three")


def test_tracebacks_printed_through_one_another_are_told_apart() -> None:
    zero = of_rank(0, f"{FRAMES}ValueError: zero").splitlines()
    one = of_rank(1, f"{FRAMES}torch.OutOfMemoryError: CUDA out of memory.").splitlines()
    mixed = "".join(f"{a}\n{b}\n" for a, b in zip(zero, one, strict=True))
    assert end_of(mixed) == (End.OUT_OF_MEMORY, "torch.OutOfMemoryError: CUDA out of memory.")


def test_a_launcher_tells_by_which_signal_a_rank_ended() -> None:
    signal = "  traceback : Signal 9 (SIGKILL) received by PID 1886\n"
    told = end_of(f"{FRAMES}{ELASTIC}  exitcode  : -9 (pid: 1886)\n{signal}")
    assert told == (End.KILLED, "Signal 9 (SIGKILL) received by PID 1886")


def test_the_job_s_limit_is_behind_what_the_ranks_print_then() -> None:
    limit = (
        "slurmstepd: error: *** JOB 4 ON n CANCELLED AT 2026-03-01T10:00 DUE TO TIME LIMIT ***\n"
    )
    for behind in (
        FRAMES + "RuntimeError: lost\n" + limit,
        limit + FRAMES + "RuntimeError: lost\n",
    ):
        told = end_of(behind)
        assert told is not None
        assert told[0] is End.TIME_LIMIT


def test_the_lines_of_a_traceback_are_no_figures() -> None:
    text = f"{FIGURES}{FRAMES}    train loss 7.5 at step 9\nValueError: loss 9.5 at step 12\n"
    blocks = list(Console().feed(text.encode()))
    assert [float(v) for b in blocks if b.tag == "loss" for v in b.values] == [2.5, 2.4, 2.3]


def test_an_unfinished_traceback_hides_no_figures() -> None:
    blocks = list(Console().feed(f"{FIGURES}{FRAMES}step 4 loss 2.2\n".encode()))
    assert [int(s) for b in blocks if b.tag == "loss" for s in b.steps] == [1, 2, 3, 4]


def test_a_hostile_log_costs_little_and_its_words_are_cut_and_harmless() -> None:
    huge = "Traceback (most recent call last):\n" * 50_000 + '  File "a", line 1\n' * 50_000
    reader = read(f"{FIGURES}{huge}ValueError: \x1b[31m<b>\x07\u202e{'x' * 9000}\n")
    assert reader.ending is not None
    assert len(reader.ending.said) <= LONGEST
    assert reader.ending.said.startswith("ValueError: <b>")
    assert reader.ending.said.isprintable()
    assert len(reader.state()) < 1 << 14


def test_lines_wrapped_in_json_tell_it_too() -> None:
    lines = f"{FIGURES}{FRAMES}ValueError: bad\n".splitlines()
    reader = ConsoleJson()
    list(reader.feed("".join(json.dumps({"log": f"{each}\n"}) + "\n" for each in lines).encode()))
    assert reader.ending == Ending(End.EXCEPTION, "ValueError: bad")


def test_of_very_many_interruptions_the_newest_are_kept() -> None:
    lives = (f"step {at} loss 2.2\n{FRAMES}ValueError: no {at}\n" for at in range(10, 60))
    reader = Console()
    for block in reader.feed(f"{FIGURES}{''.join(lives)}step 61 loss 2.1\n".encode()):
        assert len(block.steps)
    kept = reader.interruptions
    assert len(kept) == 32
    assert kept[-1] == Interruption(Ending(End.EXCEPTION, "ValueError: no 59"), (59.0, None))
