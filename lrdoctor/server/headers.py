"""The headers that every response carries."""

from __future__ import annotations

from collections.abc import Sequence

from starlette.datastructures import MutableHeaders

_PERMISSIONS = ", ".join(
    [
        *(f"{feature}=()" for feature in ("camera", "geolocation", "microphone", "payment", "usb")),
        "clipboard-write=(self)",  # the Copy buttons beside the snippets
    ]
)


def content_security_policy(script_hashes: Sequence[str] = ()) -> str:
    """What a page of the screen may load: its own origin, and the inline scripts so hashed.

    ``style-src`` needs ``'unsafe-inline'``: plotly places its labels by style attributes, and
    without it annotations vanish.
    """
    return "; ".join(
        [
            "default-src 'none'",
            " ".join(["script-src 'self'", *script_hashes]),
            "style-src 'self' 'unsafe-inline'",
            "img-src 'self' data: blob:",
            "font-src 'self'",
            "connect-src 'self'",
            "worker-src 'self' blob:",
            "frame-ancestors 'none'",
            "base-uri 'none'",
            "form-action 'none'",
        ]
    )


REFUSED_PAGE_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; "
    "frame-ancestors 'none'; base-uri 'none'"
)
"""The refused page loads nothing and runs nothing; it may send its one form back here."""


def secure_headers(headers: MutableHeaders, policy: str) -> None:
    """Complete a response's headers; what the response says itself about caching and, on the
    refused page, about its policy and referrer, stands."""
    headers.setdefault("Content-Security-Policy", policy)
    headers.setdefault("Referrer-Policy", "no-referrer")
    headers.setdefault("Cache-Control", "no-store")
    headers["X-Content-Type-Options"] = "nosniff"
    headers["X-Frame-Options"] = "DENY"
    headers["Cross-Origin-Opener-Policy"] = "same-origin"
    headers["Cross-Origin-Resource-Policy"] = "same-origin"
    headers["Permissions-Policy"] = _PERMISSIONS
