"""Which runs are attempts at one training: everything but the learning rate, the seed and the names
is the same."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from lrdoctor import schedules
from lrdoctor.diagnosis import Json, rounded
from lrdoctor.learning_rate.trace import base_rate, optimizer
from lrdoctor.run import Run

Setting = str | float | bool

_RATE = re.compile(
    r"(^|[/_.-])(lr0?|lrf|eta0?|(lr|learning_?rate)(_(init|initial|start|end|final|min|max|peak|base"
    r"))?)$"
)
"""The learning rate itself: what the runs of one experiment are meant to differ in."""
_NESTED = re.compile(r"[/.]|__")
_REPEAT = re.compile(r"(^|[/_.-])(\w*seed|seed_everything|random_?state)$")
_LABEL = re.compile(
    r"(^|[/_.-])(name|id|uid|uuid|tags?|notes?|desc|description|dir|path|folder|file|save\w*"
    r"|output(_?(dir|path|folder|file|name|root))?|log(s|dir|file|path|ger\w*|ging\w*)?"
    r"|log_(?!std|var|alpha|scale)\w+|host\w*|user|time(stamp|_?limit|_?out)?|date(time)?"
    r"|started\w*|device|gpus?|port|version|project|group|experiment\w*|runs?|exp|checkpoint\w*"
    r"|resume\w*|p?pid|cmd|cmdline|command\w*|(sys_?)?argv|git\w*|commit\w*|sha|revision|branch"
    r"|job|node|(local|global|node)_rank|trial\w*|(num_|n_)?workers|\w+_num_workers|created\w*"
    r"|elapsed|duration)$|_(dir|path|name|id|file|folder|hash|sha|commit)$"
    r"|(^|/)_?(wandb|slurm|hydra|mlflow)([/_.-]|$)"
)
"""What a run is called, where it is kept and which process on which machine ran which revision of
its code: differs between all runs and changes none."""
_SUBJECT = re.compile(
    r"(^|[/.-]|(?<!hub)_)(model|net(work)?|arch(itecture)?|backbone|data(set)?|corpus|task|env"
    r"|tokenizer|optimi[sz]er|scheduler|loss|activation|class)_(name|id)$|name_or_path$"
)
"""What is trained, on what and by what, called by its name: another one is another training. The
model's name on the hub is where the run is kept."""


@dataclass(frozen=True, slots=True)
class Difference:
    """A setting in which runs differ; ``values`` in the order of the runs, None: not told."""

    name: str
    values: tuple[Setting | None, ...]

    @property
    def matters(self) -> bool:
        """Whether two runs tell it differently, and it is no label: a log that does not tell a
        setting may well share it."""
        told = {_text(value) for value in self.values if value is not None}
        return len(told) > 1 and not is_label(self.name)


def is_range_test(run: Run) -> bool:
    """Whether the run sweeps its rate: it is no attempt at a training, and its end says nothing."""
    schedule = schedules.of(run)
    return schedule is not None and schedule.kind == "range-test"


def settings(run: Run) -> dict[str, Setting]:
    """What the log and its side files tell of the set-up, by name, apart from the learning rate."""
    told = run.settings
    known: dict[str, Setting | None] = {
        "optimizer": optimizer(run) or told.optimizer,
        "batch_size": told.batch_size,
        "planned_steps": told.planned_steps,
        "momentum": told.momentum,
        "weight_decay": told.weight_decay,
        "gradient_clip": told.gradient_clip,
    }
    out = {name: value for name, value in known.items() if value is not None}
    taken = {name.replace("_", "") for name in out}
    for name, value in told.hyper_parameters.items():
        last = _NESTED.split(name.lower())[-1].replace("_", "")
        if not _RATE.search(name.lower()) and last not in taken:
            out[name] = value
    return out


def differences(runs: Sequence[Run]) -> list[Difference]:
    """The settings in which these runs differ, labels and seeds included, the plainest first."""
    told = [settings(run) for run in runs]
    names = dict.fromkeys(name for one in told for name in one)
    found = []
    for name in names:
        values = tuple(one.get(name) for one in told)
        if any(_text(value) != _text(values[0]) for value in values[1:]):
            found.append(Difference(name, values))
    return sorted(found, key=lambda one: (is_label(one.name), one.name.count("/")))


def common(runs: Sequence[Run]) -> dict[str, Setting]:
    """The settings that all of these runs tell alike, without their labels."""
    told = [settings(run) for run in runs]
    first: Mapping[str, Setting] = told[0] if told else {}
    return {
        name: value
        for name, value in first.items()
        if not is_label(name) and all(_text(one.get(name)) == _text(value) for one in told[1:])
    }


def is_label(name: str) -> bool:
    """Whether a setting only says what a run is called, where it lies or how its dice fell."""
    name = name.lower()
    told = _LABEL.search(name) and not _SUBJECT.search(name)
    return bool(told or _REPEAT.search(name))


def experiments(runs: Iterable[Run]) -> list[list[Run]]:
    """The runs by experiment, the largest first; within one, in the order given.

    Two runs are of one experiment where no setting that both tell differs, apart from the rate,
    labels and seeds: a log that tells nothing of its set-up keeps company with all the others.
    """
    groups: list[tuple[dict[str, Setting], list[Run]]] = []
    for run in runs:
        own = {name: value for name, value in settings(run).items() if not is_label(name)}
        for told, members in groups:
            if all(_text(told.get(name, value)) == _text(value) for name, value in own.items()):
                told.update(own)
                members.append(run)
                break
        else:
            groups.append((own, [run]))
    return sorted((members for _, members in groups), key=len, reverse=True)


def of_one_experiment(runs: Sequence[Run]) -> tuple[list[Run], str]:
    """The runs of the largest experiment among these, and a sentence on those left out, or "".

    Range tests are attempts at nothing and go without a word.
    """
    groups = rated_experiments(runs)
    if len(groups) < 2:
        return [run for run in runs if not is_range_test(run)] or list(runs), ""
    kept = groups[0]
    names = list(dict.fromkeys(name for group in groups[1:] for name in apart(group, kept)))
    others = sum(map(len, groups[1:]))
    left = "1 run is" if others == 1 else f"{others} runs are"
    whose = "another experiment" if len(groups) == 2 else f"{len(groups) - 1} other experiments"
    return kept, (f"{left} of {whose}, differing in {', '.join(names[:4])}"
                  f"{', ...' if len(names) > 4 else ''}: left out.")  # fmt: skip


def rated_experiments(runs: Sequence[Run]) -> list[list[Run]]:
    """``experiments`` of the runs that tell a rate, or of all where none does; no range tests."""
    runs = [run for run in runs if not is_range_test(run)] or runs
    return experiments([run for run in runs if (base_rate(run)[0] or 0.0) > 0] or runs)


def apart(group: Sequence[Run], kept: Sequence[Run]) -> dict[str, Setting]:
    """The settings that set one experiment apart from another, as ``group`` has them."""
    found = {}
    for one in differences([*kept, *group]):  # the first run of each need not tell it
        own = [value for value in one.values[len(kept) :] if value is not None]
        if one.matters and own:
            found[one.name] = own[0]
    return found


def setting_json(value: Setting | None) -> Json:
    return rounded(value) if isinstance(value, float) else value


def _text(value: Setting | None) -> str:
    """Settings compare as they read: 1, 1.0 and "1" are one."""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)
