"""Where the folders beside the package lie: in a checkout next to it, in a wheel inside it."""

from __future__ import annotations

from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent


def folder(name: str) -> Path:
    """The absolute path of ``assets`` or ``sample_logs``.

    Raises:
        FileNotFoundError: neither place holds it (a broken installation).
    """
    for place in (_PACKAGE / name, _PACKAGE.parent / name):
        if place.is_dir():
            return place
    raise FileNotFoundError(f"the installation lacks its folder {name!r}: install lrdoctor again")
