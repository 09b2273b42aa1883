"""Which file system a path lies on, as far as that decides how it can be watched."""

from __future__ import annotations

import os
from pathlib import Path

REMOTE = frozenset({"nfs", "nfs4", "cifs", "smb3", "smbfs", "9p", "afs", "ceph", "glusterfs",
                    "lustre", "gpfs", "beegfs", "vboxsf", "drvfs", "virtiofs"})  # fmt: skip
"""Kinds that tell of no change made on another machine."""

_MOUNTS = Path("/proc/self/mountinfo")


def remote(path: str) -> str | None:
    """The kind of file system, where it tells of no changes (network, FUSE); else None."""
    kind = _kind(os.path.realpath(path))
    return kind if kind in REMOTE or kind.startswith("fuse") else None


def _kind(path: str) -> str:
    """Of the longest mount point that holds the path; "" where the system does not tell."""
    try:
        lines = os.fsdecode(_MOUNTS.read_bytes()).splitlines()
    except OSError:
        return ""
    longest, kind = -1, ""
    for line in lines:
        # "36 35 98:0 /root /mount/point options - kind source options", blanks as \\040
        left, _, right = line.partition(" - ")
        point = left.split()[4].replace("\\040", " ")
        if len(point) >= longest and (path + "/").startswith(point.rstrip("/") + "/"):
            longest, kind = len(point), right.split()[0]
    return kind
