"""NumPy's ``.npy`` and ``.npz`` files: a curve an array, called as the array or the file is."""

from __future__ import annotations

import io
import math
import re
import zipfile
from pathlib import PurePath
from typing import ClassVar

import numpy as np

from lrdoctor import metrics
from lrdoctor.readers._records import Json
from lrdoctor.readers.json_document import LARGEST, JsonDocument

_NPY, _ZIP, _ZIP_END = b"\x93NUMPY", b"PK\x03\x04", b"PK\x05\x06"
_MEMBER = re.compile(rb"PK\x03\x04.{26}([^\0/\\]{1,128}?)\.npy", re.DOTALL)
_FIELD = re.compile(rb"\('([^']{1,128})', '[<>|=]?[a-zA-Z]")
_EVALUATED = {
    "results": "eval/mean_reward",
    "ep_lengths": "eval/mean_ep_length",
    "successes": "eval/success_rate",
}
"""Stable-Baselines3's ``evaluations.npz`` holds each episode; its logger tells their means so."""
_OF_EVALUATIONS = {"timesteps", "results", "ep_lengths"}
_PICKLED = "its Python objects are never unpickled, for that can run code: save them as JSON"


class NumpyArrays(JsonDocument):
    """Curves that ``np.save`` and ``np.savez`` wrote: arrays by name, or one named by its file.

    Only numbers are read: arrays of Python objects are passed over, and told. Of the episodes of
    Stable-Baselines3's evaluations the means are, as its own logger tells them.
    """

    patterns: ClassVar[tuple[str, ...]] = ("*.npz", "*.npy")
    called = "NumPy file"

    @classmethod
    def recognises(cls, path: PurePath, head: bytes) -> float:
        if head.startswith(_NPY):
            names = [path.stem.encode(), *_FIELD.findall(head[:4096])]
        elif head.startswith(_ZIP):
            names = _MEMBER.findall(head)
        else:
            return 0.0
        told = {name.decode(errors="replace") for name in names}
        curves = {"loss", "accuracy"} & set(map(metrics.kind, told))
        return 0.9 if curves or told >= _OF_EVALUATIONS else 0.0

    def may_be_whole(self, text: bytearray) -> bool:
        return text.startswith(_NPY) or _ZIP_END in text[-(1 << 16) :]

    def decoded(self, text: bytes) -> Json:
        if text.startswith(_NPY):
            array = _array(io.BytesIO(text), len(text))
            return self._listed("", array)
        try:
            with zipfile.ZipFile(io.BytesIO(text)) as archive:
                return self._members(archive)
        except (zipfile.BadZipFile, EOFError, NotImplementedError, RuntimeError, OSError) as error:
            raise ValueError("no whole archive") from error

    def _members(self, archive: zipfile.ZipFile) -> dict[str, Json]:
        arrays: dict[str, np.ndarray | None] = {}
        left = LARGEST
        for member in archive.infolist():
            left -= member.file_size
            if left < 0:
                self.tell(None, f"arrays of more than {LARGEST} bytes are not read")
                break
            with archive.open(member) as file:
                data = file.read()
            arrays[member.filename.removesuffix(".npy")] = _array(io.BytesIO(data), len(data))
        if arrays.keys() >= _OF_EVALUATIONS:
            arrays = {_EVALUATED.get(name, name): _mean(array) for name, array in arrays.items()}
        return {name: self._listed(name, array) for name, array in arrays.items()}

    def _listed(self, name: str, array: np.ndarray | None) -> Json:
        """An array as a JSON document holds it: figures, pairs of them, or rows by name."""
        if array is None:
            self.tell(None, f"{name or 'the file'!r}: {_PICKLED}")
            return None
        if array.dtype.names:
            rows = np.atleast_1d(array).tolist()
            return [dict(zip(array.dtype.names, row, strict=True)) for row in rows]
        return array.tolist() if array.ndim in (1, 2) and array.dtype.kind in "fiu" else None


def _mean(episodes: np.ndarray | None) -> np.ndarray | None:
    """The mean of each evaluation, of an array of episodes; others as they are."""
    if episodes is None or episodes.ndim != 2 or episodes.dtype.kind not in "fiub":
        return episodes
    mean: np.ndarray = episodes.mean(axis=1)
    return mean


def _array(file: io.BytesIO, size: int) -> np.ndarray | None:
    """The array of a ``.npy`` file; None for one of Python objects.

    Raises:
        ValueError: it is broken or not whole.
    """
    try:
        version = np.lib.format.read_magic(file)
        read = np.lib.format.read_array_header_1_0
        shape, _, dtype = (read if version == (1, 0) else np.lib.format.read_array_header_2_0)(file)
        if dtype.hasobject:
            return None
        if math.prod(shape) * dtype.itemsize > size:
            raise ValueError("not whole")
        file.seek(0)
        array: np.ndarray = np.lib.format.read_array(file, allow_pickle=False)
    except (EOFError, SyntaxError, TypeError) as error:
        raise ValueError("no array") from error
    return array
