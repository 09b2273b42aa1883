"""What a file of another kind is to be saved as."""

from __future__ import annotations

import io
import pickle
import zipfile

import numpy as np
import pytest

from lrdoctor.monitor import reason


def zipped(name: str) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr(name, b"\x80\x02")
    return file.getvalue()


def pickled_array() -> bytes:
    file = io.BytesIO()
    np.save(file, np.array({"loss": 1}, object))
    return file.getvalue()


@pytest.mark.parametrize(
    ("head", "told"),
    [
        (pickle.dumps({"loss": [1.5]}), "a pickle"),
        (zipped("archive/data.pkl"), "a pickle"),
        (pickled_array(), "NumPy's pickle"),
        (zipped("xl/workbook.xml"), "a spreadsheet"),
        (zipped("metrics.jsonl"), "an archive"),
        (b"PAR1\0\0", "a Parquet file"),
        (b"\x89HDF\r\n\x1a\n\0", "an HDF5 file"),
        (b"\x00\x01\x02", "binary data"),
    ],
)
def test_a_file_of_another_kind_is_called_by_its_name(head: bytes, told: str) -> None:
    assert reason.unknown(head).startswith(told)
