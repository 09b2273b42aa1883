"""The path below which a proxy serves the screen."""

from __future__ import annotations

from lrdoctor.errors import ServerError


def normal(prefix: str) -> str:
    """``lab/runs`` -> ``/lab/runs/``.

    Raises:
        ServerError: it is more than path segments of letters, digits and ``-._~``.
    """
    segments = [segment for segment in prefix.split("/") if segment]
    for segment in segments:
        plain = segment.replace("-", "").replace("_", "").replace(".", "").replace("~", "")
        if not (plain.isascii() and plain.isalnum()):
            raise ServerError(f"the URL prefix {prefix!r} is no path: write it like /lrdoctor/")
    return "/" + "".join(segment + "/" for segment in segments)
