"""What a training prints of its set-up before its first figures: the rate, the optimizer, the
batch, how long it will take.

``Namespace(lr=0.1)``, a line an argument, YAML, a dictionary, PyTorch's ``print(optimizer)``, the
command itself, a sentence: what these share is a name with its value behind it. A setting counts
only where all that is printed of it agrees; of several groups' rates none is the run's.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice

import msgspec

from lrdoctor import metrics
from lrdoctor.readers import _side
from lrdoctor.readers._console_screen import plain
from lrdoctor.run import Settings

_BATCH = r"batch[ _-]?size"
_STEPS = r"(?:steps|iters?|iterations)"
_NAMES: dict[str, str] = {
    "learning_rate": r"(?:(?:initial|init|base|peak|start(?:ing)?|max)[ _-]?)?"
    r"(?:learn(?:ing)?[ _-]?rate|l[ _]?r|lrate|lr0|lernrate|学习率)(?:[ _-]?init(?:ial)?)?",
    "total_train_batch_size": rf"(?:total|global|effective)[ _-](?:train(?:ing)?[ _-])?{_BATCH}",
    "train_batch_size": rf"train(?:ing)?[ _-]?{_BATCH}",
    "batch_size": rf"(?:mini[ _-]?)?{_BATCH}|ims_per_batch|bs|批次?大小",
    "micro_batch_size": r"per[ _](?:gpu|device)[ _](?:train[ _])?batch[ _]size|samples_per_gpu"
    r"|micro[ _]batch[ _]size|(?:instantaneous )?batch size per (?:gpu|device)",
    "momentum": r"momentum",
    "weight_decay": r"weight[ _-]?decay|wd",
    "max_grad_norm": r"max[ _-]?grad[ _-]?norm|clip[ _-]?(?:grad(?:ient)?(?:[ _-]norm)?|norm)"
    r"|grad(?:ient)?[ _-]?clip(?:ping)?(?:[ _-](?:norm|val(?:ue)?))?",
    "max_steps": rf"(?:max|total)[ _-]?(?:train(?:ing)?[ _-]|optimization )?{_STEPS}"
    r"|num[ _]train(?:ing)?[ _]steps|train_(?:steps|iters)",
    "epochs": r"(?:num|number of|max|total|n|nb)[ _-]?(?:train(?:ing)?[ _-])?epochs?|n?epochs",
}
"""How a number is called, by the name that side files give it."""
_LENGTHS = ("max_steps", "epochs")
"""A bound, and no plan: Caffe's ``max_iter`` lies far beyond where most of its runs are ended."""
_GAP = r"\s{0,40}"
_NUMBER = r"\d{1,3}(?:,\d{3})+(?![\d,])|\d[\d_]*\.?\d*(?:[eE][-+]?\d+)?|\.\d+(?:[eE][-+]?\d+)?"
_NUMBERED = re.compile(
    rf"(?<![^\W_])(?:{'|'.join(f'(?P<{role}>{name})' for role, name in _NAMES.items())})(?!\w)"
    rf"(?P<between>[\"'\]]{{0,2}}{_GAP}(?:\([^()]{{0,60}}\){_GAP})?(?:[:=]+>?|\.{{3,80}}|[|│┃])?{_GAP}"
    r"(?:(?:is|of|set to) )?)(?P<list>[\[(]?)[\"']?(?:(?:\w+\.)?(?:tensor|float\d*)\()?"
    rf"(?P<value>{_NUMBER})(?=\.?(?:[\"'\])}};,|│┃\s]|$))(?!,\d)"
    r"(?!\s*(?:->|=>|→|[/*×%]|x\s|to\s))(?P<more>,\s*[\d.-])?",
    re.IGNORECASE,
)
"""A number behind its name; one that is divided, or that goes from here to there, is none."""
_CLASS = r"(?:type|name|_target_|class_\w+)"
_OPTIMIZER = re.compile(
    r"(?<![^\W_])(?:(?:optim(?:i[sz]er)?(?:[ _-]?(?:name|type|class|method))?|opt|solver_type)"
    rf"[\"']?{_GAP}[:=│┃|\s]{_GAP}(?:(?:[\w.]{{1,80}} ?)?[({{\[] ?[\"']?{_CLASS}[\"']? ?[:=] ?)?"
    r"[\"'<]{0,2}(?:class )?[\"']{0,2}(?P<named>[\w.]{1,80})"
    rf"|(?P<key>{_CLASS})[\"']?{_GAP}[:=]{_GAP}[\"']?(?P<typed>[\w.]{{1,80}})"
    r"|(?P<said>[\w.]{1,80}) optimi[sz]er\b"
    r"|(?P<shown>(?-i:[A-Z])\w{1,40}) ?\((?=\s*$|\w+=))",
    re.IGNORECASE,
)
"""Its name behind "optimizer", in a class's place, before "optimizer", or as an object's."""
_KNOWN = re.compile(
    r"(?:paged_|fused_?)?(?:adamw?|nadam|radam|adamax|adagrad|adadelta|adafactor|adabelief|lion"
    r"|lamb|lars|rmsprop|sgd|shampoo|sophia|muon|adan|prodigy|rprop|asgd|lbfgs|madgrad|yogi|ftrl"
    r"|novograd)(?:_\w+|8bit|32bit)?",
    re.IGNORECASE,
)
_BEGINS = re.compile(
    r"(?:^|[,;:|│┃(){}\[\]>\"'*#=.•·►→ℹ/]|(?:^|\s)[-–—]{1,2}|\s\s|\d\d:\d\d(?:[.,]\d+)?"
    r"|\w=[^\s=]+"
    r"|\b(?:info|debug|warning|notice|an?|the|with|using|use|uses|and|at|of|set|setting|optimi[sz]er"
    r"|training|train|adamw?|sgd|rmsprop|lion))\s*$",
    re.IGNORECASE,
)
"""What may stand in front of a whole name; another word makes it another name: ``final lr``."""
_PREFIX = re.compile(r"([\w.\]/-]+)[./]$")
_UNDERWAY = re.compile(r"\b(?:global_)?step[=:] ?[1-9]")
"""The rate beside it may be the warmup's: DeepSpeed's ``step=10, skipped=0, lr=[1e-06]``."""
_NEAR = 80
"""Characters in front of a name that are looked at for another word or the name's own path."""
_BRACKET = re.compile(
    r"(?:(?P<key>[\w.-]{1,64})[\"']? ?[:=] ?)?(?P<callee>[\w.]{0,64})(?P<open>[({\[])|[)}\]]"
)
_OPENS = (b":", b"{", b"(", b"[")
_SECTION = re.compile(
    r"\s*+(?:- )?[\"']?([^\W\d][\w .-]{0,60}?)[\"']?\s*+(?:[:=]\s*+\w*+[({\[]?|(\())$"
)
"""Of a line without its last blanks. No blank is tried twice: a line may hold thousands."""
_HOLDS = re.compile(
    r"\w*(?:namespace|dict|args?|arguments|config|cfg|params|parameters|opts?|options|settings"
    r"|flags|optim|optimi[sz]er|trainer|learner)", re.IGNORECASE,
)  # fmt: skip
"""What settings are printed in; a layer's momentum and a schedule's rate are no run's."""
_OTHER = frozenset({"warmup", "scheduler", "sched", "schedule", "lr", "min", "final", "end", "bn",
                    "norm", "batchnorm", "ema", "swa", "infer", "inference"})  # fmt: skip
_SIGNS = re.compile(
    rb"l[_ ]?r|rate|batch|optim|solver|epoch|steps|iter|decay|momentum|clip|norm|type|name"
    rb"|_target_|class_|\bwd|\bbs\b|\bopt\b|\($|\x87|\xa6", re.IGNORECASE,
)  # fmt: skip
_UNREAD = 1 << 13
"""Bytes of lines that are kept unread: what most trainings print between two figures is less."""
_DEEPEST = 8
_MOST_IN_LINE = 64
_MOST = 4
"""So many values of one setting say no less than more would: none."""

Told = dict[str, list[float | str]]


class HeadState(msgspec.Struct):
    """What must be known to go on in another process."""

    told: Told = {}
    """Every value of each setting, up to the first figures of the run."""
    pending: Told = {}
    """Those since the last figures: the head of a run that begins again, if one does."""
    unread: list[bytes] = []
    """Lines of the same, of which nothing is wanted unless one does."""
    sections: list[tuple[int, str | None]] = []
    """The headings that the next line stands below, each with how far it is indented; None: of
    what holds no settings."""
    last: dict[str, float] = {}
    """The last step and epoch of figures; empty: there were none."""


class Head:
    """Reads settings from the lines that hold no figures."""

    def __init__(self, state: HeadState | None = None) -> None:
        self.state = state or HeadState()
        self._size = sum(len(line) + 1 for line in self.state.unread)
        self.settings = self._agreed()
        """What all that was printed agrees on."""

    def feed(self, line: bytes) -> None:
        """A line without figures."""
        if not self.state.last:
            self._read(line)
            return
        self.state.unread.append(line)
        self._size += len(line) + 1
        if self._size > _UNREAD:
            self._read_unread()

    def close(self, figures: Mapping[str, float]) -> None:
        """Figures follow; where their step goes back, what was printed last is their head."""
        state = self.state
        counted = "step" if "step" in figures else "epoch"
        at = figures.get(counted, 0.0)
        if not state.last or at < state.last.get(counted, 0.0):
            self._read_unread()
            if state.pending:
                state.told = state.pending
                self.settings = self._agreed()
        state.pending = {}
        state.last[counted] = at
        state.sections.clear()
        state.unread.clear()
        self._size = 0

    def _read_unread(self) -> None:
        for line in self.state.unread:
            self._read(line)
        self.state.unread.clear()
        self._size = 0

    def _read(self, line: bytes) -> None:
        state = self.state
        telling = _SIGNS.search(line) is not None
        if not (telling or state.sections or line.rstrip().endswith(_OPENS)):
            return
        text = plain(line)
        indent = len(text) - len(text.lstrip())
        while state.sections and state.sections[-1][0] >= indent:
            state.sections.pop()
        if telling:
            for role, value in _settings(text, [name for _, name in state.sections]):
                values = state.pending.setdefault(role, [])
                if value not in values and len(values) < _MOST:
                    values.append(value)
        heading = _SECTION.match(text.rstrip())
        if heading is not None and len(state.sections) < _DEEPEST:
            name, calls = heading.groups()
            state.sections.append((indent, None if calls and not _holds(name) else name))

    def _agreed(self) -> Settings:
        told = {role: values[0] for role, values in self.state.told.items() if len(values) == 1}
        return _side.settings_of(told, planned=())


def _settings(text: str, sections: Sequence[str | None]) -> Iterator[tuple[str, float | str]]:
    """Names and values of the settings in one line, by the names that side files give them."""
    brackets = _Brackets(text)
    underway = _UNDERWAY.search(text) is not None
    for found in islice(_NUMBERED.finditer(text), _MOST_IN_LINE):
        role = next(role for role in _NAMES if found[role])
        if underway and role == "learning_rate":
            continue
        before = text[max(0, found.start() - _NEAR) : found.start()]
        if not (_BEGINS.search(before) and _is_runs(before, brackets.at(found.start()), sections)):
            continue
        if (found["list"] and found["more"]) or (role in _LENGTHS and not _is_set(found, before)):
            continue
        value = float(found["value"].replace(",", ""))
        if value > 0 or role in ("weight_decay", "momentum"):
            yield role, value
    brackets = _Brackets(text)
    for found in islice(_OPTIMIZER.finditer(text), _MOST_IN_LINE):
        name = found["named"] or found["typed"] or found["said"] or found["shown"] or ""
        known = name.rpartition(".")[2]
        below = any("optim" in (section or "").lower() for section in sections)
        if found["key"] and found["key"].lower() != "type" and not below:
            continue
        at = found.start()
        before = text[max(0, at - _NEAR) : at]
        if _KNOWN.fullmatch(known) and _is_runs(before, brackets.at(at), sections):
            yield "optimizer", _side.settings_of({"optimizer": known}).optimizer or known


def _is_set(found: re.Match[str], before: str) -> bool:
    """Whether a length is told as a setting is: ``epochs: 90``, ``--epochs 90``, in columns."""
    apart = found["between"]
    behind = bool(apart.strip()) or "  " in apart or "\t" in apart or before.endswith("-")
    return behind and float(found["value"].replace(",", "")) > 1


class _Brackets:
    """Which brackets of a line stand open, asked from its beginning on: it is read once."""

    def __init__(self, text: str) -> None:
        self._coming = _BRACKET.finditer(text)
        self._next = next(self._coming, None)
        self._open: list[tuple[str, str]] = []

    def at(self, place: int) -> Sequence[tuple[str, str]]:
        """The key and the callee in front of each, outermost first."""
        while self._next is not None and self._next.end() <= place:
            if self._next["open"]:
                key, callee = self._next.group("key", "callee")
                self._open.append((key or "", callee.rpartition(".")[2]))
            elif self._open:
                self._open.pop()
            self._next = next(self._coming, None)
        return self._open


def _is_runs(
    before: str, opened: Sequence[tuple[str, str]], sections: Sequence[str | None]
) -> bool:
    """Whether a name behind this text, in these brackets, is of the run itself: not of its
    validation, its warmup or one of its layers."""
    path = list(sections)
    prefix = _PREFIX.search(before)
    if prefix is not None:
        path.append(prefix[1])
    if None in sections or not all(_holds(callee) for _, callee in opened if callee):
        return False
    path += (key for key, _ in opened)
    words = {word for name in path for word in re.split(r"[\W_]+", (name or "").lower())}
    return not words & _OTHER and not any(metrics.split_of(word) == "val" for word in words)


def _holds(callee: str) -> bool:
    """Whether an object of this name holds settings of the run."""
    name = callee.strip()
    return (_HOLDS.fullmatch(name) or _KNOWN.fullmatch(name)) is not None
