"""Checkpoints beside a log: which there are, and of which step or epoch their names tell.

Names are all that is looked at. No checkpoint is opened.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from typing import NamedTuple

from lrdoctor.follow.place import Place
from lrdoctor.follow.remote import is_url

MOST = 1000
"""Entries of folders that are looked at for one run: four milliseconds, if all are checkpoints."""
DEEPEST = 2
"""Folders below the run's own that are looked into."""


class Checkpoint(NamedTuple):
    """What was saved of a training, as its name tells."""

    path: str
    """Below the run's own folder, or from there on up."""
    step: int | None
    """Optimizer steps that were done."""
    epoch: int | None
    counts_from: int | None = None
    """What its framework calls the first epoch, 0 or 1; None: as the log does, as far as known."""


class Found(NamedTuple):
    """The checkpoints of one run."""

    checkpoints: tuple[Checkpoint, ...]
    whole: bool
    """Whether all there is was looked at."""


_SAVED = r"(?:\.weights)?\.(?:ckpt|pth?|keras|h(?:df)?5|safetensors|msgpack|pdparams)(?:\.tar)?"
_FILE = re.compile(rf"(?P<stem>.+){_SAVED}|(?P<agent>.+_\d{{1,15}}_steps)\.zip")
_STEP = re.compile(
    r"(?:^|[^a-z])(?:global_?)?(?:steps?|iter(?:ation)?s?|ba)[=_-]?(\d{1,15})(?!\d)"
    r"|_(\d{1,15})_steps$"
)
"""Lightning's ``epoch=3-step=500``, mmengine's ``iter_2000``, Composer's ``ep3-ba500-rank0``,
Stable-Baselines3's ``rl_model_500_steps``, and what people write themselves."""
_EPOCH = re.compile(r"(?:^|[^a-z])ep(?:och)?s?[=_-]?(\d{1,9})(?!\d)")

_OWN_FILES = (
    (re.compile(r"checkpoint-(?P<epoch>\d{1,9})\.pth\.tar"), 0),  # timm
    (re.compile(r"checkpoint(?P<epoch>\d{1,9})\.pt"), 1),  # fairseq
    (re.compile(r"checkpoint_(?P<epoch>\d{1,9})_(?P<step>\d{1,15})\.pt"), 1),
    (re.compile(  # Keras' documentation: weights.{epoch:02d}-{val_loss:.2f}.keras
        r"(?:weights|model|checkpoint|ckpt|cp)[._-](?P<epoch>\d{2,9})(?:-[\d.]+)?"
        r"(?:\.weights)?\.(?:keras|h(?:df)?5)"), 1),
    (re.compile(r"model\.ckpt-(?P<step>\d{1,15})\.index"), None),  # TensorFlow 1
    (re.compile(r"model_(?P<step>\d{7,15})\.pth"), None),  # detectron2
    (re.compile(r"epoch(?P<epoch>\d{1,9})\.pt"), 0),  # Ultralytics
    (re.compile(r"(?P<epoch>\d{1,9})epoch\.pth"), 1),  # ESPnet
)  # fmt: skip
_OWN_FOLDERS = re.compile(
    r"checkpoint-(\d{1,15})"  # Hugging Face
    r"|global_step_?(\d{1,15})"  # DeepSpeed, and verl with a line between
    r"|iter_(\d{7,15})"  # Megatron-LM
)
_NUMBER = re.compile(r"[0-9]{1,15}")
"""Orbax's folders."""
_BARE = re.compile(r"(?P<epoch>\d{2,9})(?:-[\d.]+)?(?:\.weights)?\.(?:keras|h(?:df)?5)")
"""Keras' ``{epoch:02d}-{val_loss:.2f}.keras`` and ``{epoch:02d}.weights.h5``, in such folders."""
_ACCELERATE = re.compile(r"(?:step|epoch)_\d{1,15}"), "random_states_0.pkl"
"""What Transformers' examples call the folders that Accelerate saves its states to, and the file
that each of them holds. Its own ``checkpoint_3`` is the fourth state saved, of no known step."""
_WEIGHTS = ".ckpt.index"
_MODEL = "saved_model.pb"
"""What TensorFlow adds to a name under which Keras saves weights alone, and the file in each folder
that it saves a model to; both are called as Keras calls its own files."""
_KEPT_IN = re.compile(r".*(?:checkpoint|ckpt).*|weights|models?|saved_models?|snapshots?|saves?")
"""Folders that hold checkpoints, mostly."""
_INNER = re.compile(r"vis_data|logs?|tb(?:_logs)?|tensorboard|tf_logs|checkpoint-\d{1,15}")
"""Folders of a run that hold its log: the run's own is the one above."""
_SHARED = (".csv", ".tsv", ".jsonl", ".log", ".txt", ".out")
"""Several files of such a kind in a folder are mostly the logs of several runs."""


def named(name: str) -> Checkpoint | None:
    """The checkpoint that a file of this name is; None where it is none, or tells no number."""
    flat = name.lower()
    if flat.endswith(_WEIGHTS):
        flat = flat.removesuffix(_WEIGHTS) + ".keras"
    for pattern, counts_from in _OWN_FILES:
        if own := pattern.fullmatch(flat):
            told = own.groupdict()
            return Checkpoint(name, _count(told.get("step")), _count(told.get("epoch")),
                              counts_from)  # fmt: skip
    kind = _FILE.fullmatch(flat)
    if kind is None:
        return None
    # Keras counts the epochs of its names from 1, Lightning from 0.
    from_one = flat.endswith((".keras", ".h5", ".hdf5"))
    return _told(name, kind["stem"] or kind["agent"], 1 if from_one else None)


def named_folder(name: str, around: str) -> Checkpoint | None:
    """The same of a folder.

    Args:
        around: the name of the folder that it lies in. Elsewhere ``epoch_3`` may hold pictures.
    """
    flat = name.lower()
    if own := _OWN_FOLDERS.fullmatch(flat):
        return Checkpoint(name, int(own[own.lastindex or 1]), None)
    if not _KEPT_IN.fullmatch(around.lower()):
        return named(name)
    if _NUMBER.fullmatch(flat):
        return Checkpoint(name, int(flat), None)
    return named(name) or _told(name, flat, None)


def _bare(name: str, around: str) -> Checkpoint | None:
    """A file that is called by its epoch alone, in a folder kept for checkpoints."""
    found = _BARE.fullmatch(name.lower())
    if found is None or not _KEPT_IN.fullmatch(around.lower()):
        return None
    return Checkpoint(name, None, int(found["epoch"]), 1)


def _accelerates(folder: str, name: str) -> Checkpoint | None:
    """A state that Accelerate saved, in whatever folder."""
    called, holds = _ACCELERATE
    if not called.fullmatch(name) or not os.path.exists(os.path.join(folder, name, holds)):
        return None
    return _told(name, name, 0)


def _saved_model(folder: str, name: str) -> Checkpoint | None:
    """A model that TensorFlow saved, in whatever folder."""
    one = named(f"{name}.keras")
    held = one is not None and os.path.exists(os.path.join(folder, name, _MODEL))
    return one._replace(path=name) if one is not None and held else None


def beside(place: Place) -> Found:
    """The checkpoints of a log's run: in its folder, and in those below that are kept for them.
    They may lie beside a log in a folder for logs, as Stable-Baselines3's documentation has it.

    A folder above, where the log lies in one for logs only, is looked at if it is watched. Where
    several runs share a folder, only what bears the log's own name is taken for its run's.
    """
    if is_url(place.root):
        return Found((), True)
    home = _own_folder(place)
    logs = {os.path.basename(path) for path in place.files}
    stem = os.path.splitext(os.path.basename(place.files[0]))[0].lower()
    seen = _Listing()
    found = list(seen.below(home, os.path.basename(home), stem, 0))
    kind = os.path.splitext(place.files[0])[1].lower()
    if kind in _SHARED and any(n.lower().endswith(kind) for n in seen.names - logs):
        found = [one for one in found if stem in one.path.lower()]
    if home != place.home:
        up = os.path.relpath(home, place.home)
        found = [one._replace(path=os.path.join(up, one.path)) for one in found]
        found += seen.below(place.home, os.path.basename(place.home), stem, 0)
    return Found(tuple(found), seen.left > 0)


class _Listing:
    """One search, which ends after ``MOST`` entries."""

    def __init__(self) -> None:
        self.left = MOST
        self.names: set[str] = set()
        """Of files in the run's own folder."""

    def below(self, folder: str, called: str, stem: str, depth: int) -> Iterator[Checkpoint]:
        inner = []
        try:
            with os.scandir(folder) as entries:
                for entry in entries:
                    if self.left <= 0:
                        return
                    self.left -= 1
                    name = entry.name
                    if entry.is_dir(follow_symlinks=False):
                        one = (named_folder(name, called) or _accelerates(folder, name)
                               or _saved_model(folder, name))  # fmt: skip
                        if one is None and depth < DEEPEST and _holds(name.lower(), stem):
                            inner.append(name)
                    else:
                        one = named(name) or _bare(name, called)
                        if depth == 0:
                            self.names.add(name)
                    if one is not None:
                        yield one
        except OSError:
            return  # gone, or not for us: nothing is known of what it holds
        for name in sorted(inner):
            for one in self.below(os.path.join(folder, name), name, stem, depth + 1):
                yield one._replace(path=os.path.join(name, one.path))


def _holds(name: str, stem: str) -> bool:
    return name == stem or _KEPT_IN.fullmatch(name) is not None


def _own_folder(place: Place) -> str:
    """The run's own folder: the log's, or one above that is watched as well."""
    home = place.home
    top = os.path.realpath(place.root)
    while home.startswith(top + os.sep) and (
        _INNER.fullmatch(os.path.basename(home).lower()) or _only_attempt(home)
    ):
        home = os.path.dirname(home)
    return home


_ATTEMPT = re.compile(r"\d{8}_\d{6}|[a-z]{3}\d\d_\d\d-\d\d-\d\d_.+|runs")
"""A folder by time, as mmengine and TensorBoard's ``SummaryWriter`` make, and what holds these."""


def _only_attempt(folder: str) -> bool:
    """Whether it is the only one: what lies above may be of any of several."""
    if not _ATTEMPT.fullmatch(os.path.basename(folder).lower()):
        return False
    try:
        with os.scandir(os.path.dirname(folder)) as entries:
            others = (e for _, e in zip(range(MOST), entries, strict=False))
            attempts = [e for e in others if _ATTEMPT.fullmatch(e.name.lower()) and e.is_dir()]
    except OSError:
        return False
    return len(attempts) == 1


def _told(name: str, stem: str, counts_from: int | None) -> Checkpoint | None:
    step, epoch = _STEP.search(stem), _EPOCH.search(stem)
    if step is None and epoch is None:
        return None
    if counts_from is None and "epoch=" in stem:
        counts_from = 0
    return Checkpoint(
        name, None if step is None else int(step[1] or step[2]), _count(epoch and epoch[1]),
        counts_from if epoch else None,
    )  # fmt: skip


def _count(digits: str | None) -> int | None:
    return int(digits) if digits else None
