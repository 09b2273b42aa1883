"""The screen's files, out of memory: there are few, and each is asked for by every new visitor."""

from __future__ import annotations

import hashlib
import mimetypes
from collections.abc import Mapping

from starlette.datastructures import Headers
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from lrdoctor.server.refused import Refusal, only_read, refused

YEAR = "private, max-age=31536000, immutable"
ASKED = "private, no-cache"


class Files:
    """The ASGI application below ``prefix``: ``<prefix><stamp>/<name>``, which never changes and
    is kept for good, and ``<prefix><name>``, which is asked about each time.

    Args:
        files: what there is, by name.
        stamp: of all of them.
    """

    def __init__(self, prefix: str, files: Mapping[str, bytes], stamp: str) -> None:
        self._prefix = prefix
        self._stamp = f"{stamp}/"
        self._files = {name: (body, _kind(name), _tag(body)) for name, body in files.items()}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            only_read(scope["method"])
            answer = self._answer(scope)
        except Refusal as refusal:
            answer = refusal.response
        await answer(scope, receive, send)

    def _answer(self, scope: Scope) -> Response:
        name = scope["path"].removeprefix(self._prefix)
        stamped = name.startswith(self._stamp)
        # A page of a former version asks for what this one has: by name, and not to be kept.
        found = self._files.get(name.removeprefix(self._stamp))
        if found is None:
            raise Refusal(refused(404, "there is no such file"))
        body, kind, tag = found
        headers = {"Cache-Control": YEAR if stamped else ASKED, "ETag": tag}
        known = Headers(scope=scope).get("if-none-match", "")
        if tag in (one.strip().removeprefix("W/") for one in known.split(",")):
            return Response(status_code=304, headers=headers)
        return Response(body, headers=headers, media_type=kind)


def _kind(name: str) -> str:
    if name.endswith(".js"):
        return "text/javascript"  # some systems' tables know it as something else
    return mimetypes.guess_type(name)[0] or "application/octet-stream"


def _tag(body: bytes) -> str:
    return f'"{hashlib.blake2b(body, digest_size=8).hexdigest()}"'
