"""Whether a request is made by one of our own pages."""

from __future__ import annotations

from urllib.parse import urlsplit

from starlette.datastructures import Headers


def is_foreign(method: str, headers: Headers) -> bool:
    """Whether another site makes this request.

    Browsers tell by ``Sec-Fetch-Site`` where the connection is trustworthy (https, loopback) and
    by ``Origin`` on writes everywhere. Programs send neither, and hold no cookies of a visitor.
    A link from elsewhere to a page of ours is fine: it reads nothing and changes nothing.
    """
    site = headers.get("sec-fetch-site")
    if site in ("same-origin", "none"):
        return False
    if site is not None:
        follows_link = (
            method == "GET"
            and headers.get("sec-fetch-mode") == "navigate"
            and headers.get("sec-fetch-dest") == "document"
        )
        return not follows_link
    origin = headers.get("origin")
    if method in ("GET", "HEAD") or origin is None:
        return False
    # The scheme is left out: behind a proxy that speaks https for us only it knows the scheme.
    return _netloc(origin) != headers.get("host", "").lower()


def _netloc(origin: str) -> str:
    try:
        return urlsplit(origin).netloc.lower()
    except ValueError:
        return ""
