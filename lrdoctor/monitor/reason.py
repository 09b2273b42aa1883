"""Why a log cannot be read, in one line that says what to do."""

from __future__ import annotations

import re
from collections.abc import Sequence

from lrdoctor.errors import ExtensionError, in_one_line
from lrdoctor.readers import readers
from lrdoctor.run import Run

NAMED = 8
"""So many columns are named in a reason."""

_NUMBER = re.compile(rb"(?<![\w.])[-+]?\d+(\.\d*)?([eE][-+]?\d+)?(?![\w.])")


def unknown(head: bytes) -> str:
    """Of a file whose first bytes no reader takes."""
    if head and not head.strip(b"\0"):
        return "only zero bytes so far"
    if _binary(head):
        return _kept_as(head) or "binary data of no known log format"
    return no_number(head) or "text of no known log format"


def _kept_as(head: bytes) -> str:
    """What a file of another kind is, and what to save in its stead; "" for none that is known."""
    zipped = head.startswith(b"PK\x03\x04")
    if (zipped and b"data.pkl" in head) or (head[:1] == b"\x80" and head[1:2] in b"\2\3\4\5"):
        return "a pickle: opening one can run code, so it is never read; save the figures as JSON"
    if head.startswith(b"\x93NUMPY") and b"|O" in head[:256]:
        return "NumPy's pickle: opening one can run code, so it is never read; save it as JSON"
    if zipped and (b"xl/" in head or b"[Content_Types].xml" in head):
        return "a spreadsheet: save it as CSV"
    if zipped:
        return "an archive of no known log: unpack it"
    if head.startswith(b"PAR1"):
        return "a Parquet file: save it as CSV"
    return "an HDF5 file: save its curves as CSV" if head.startswith(b"\x89HDF") else ""


def no_number(head: bytes) -> str:
    """Of a file without any figure in its first bytes; "" where there is one."""
    if not head:
        return "empty so far"
    if b"\0" in head or _NUMBER.search(head) is not None:
        return ""
    return "only words, no numbers so far"


def no_loss(run: Run) -> str:
    """Of a log that was read and holds no loss."""
    tags = list(run.tags)
    more = f", … {len(tags) - NAMED} more" if len(tags) > NAMED else ""
    columns = "1 column" if len(tags) == 1 else f"{len(tags)} columns"
    return (
        f"no loss among its {columns} ({', '.join(tags[:NAMED])}{more}); "
        'name it in lrdoctor.toml: [columns] "its name" = "train/loss"'
    )


def no_points(why: str, faults: Sequence[str]) -> str:
    """Of a log that a reader took and found no value in."""
    return why or (faults[0] if faults else "no values so far")


def missing(exists: bool) -> str:
    """Of a given PATH that is no log; it is named beside."""
    return "it is neither a file nor a folder" if exists else "there is no such file or folder"


def not_begun(until: int, first: int) -> str:
    """Of a run that had no point yet at the step that was asked for."""
    return f"nothing was logged up to step {until}; its first step is {first}"


def out_of_reach(error: OSError) -> str:
    """Of a file that the system does not hand out."""
    said = (error.strerror or str(error)).lower()
    return f"{said}: it is tried again and again"


def defect(format: str, error: Exception) -> str:
    """Of a reader or a rule that broke on this log."""
    if isinstance(error, ExtensionError):
        return str(error)
    reader = readers().get(format)
    package = reader.__module__.partition(".")[0] if reader else "lrdoctor"
    if package != "lrdoctor":
        told = f"the reader {format} of {package} failed on it ({in_one_line(error)})"
        return f"{told}; please report it to its authors"
    told = format or "no format"
    return f"lrdoctor itself failed on it ({told}: {in_one_line(error)}); please report it"


def _binary(head: bytes) -> bool:
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return False
    if b"\0" in head:
        return True
    try:
        head.decode()
    except UnicodeDecodeError as error:
        return error.start < len(head) - 4
    return False
