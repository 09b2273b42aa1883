"""Runs, their points, how far their logs were read, and what was said of them, on disk."""

from __future__ import annotations

from lrdoctor.store.care import Contents
from lrdoctor.store.record import (
    FileState,
    IngestStatus,
    KnownRun,
    RunChange,
    RunEntry,
    RunRecord,
)
from lrdoctor.store.remarks import Kind, Remark, Remarks, Trouble
from lrdoctor.store.store import Store

__all__ = ["Contents", "FileState", "IngestStatus", "Kind", "KnownRun", "Remark", "Remarks",
           "RunChange", "RunEntry", "RunRecord", "Store", "Trouble"]  # fmt: skip
