"""Lets in who has the token: by session cookie, by ``?token=``, by form, or as a bearer.

A token in the address, or typed into the refused page, is exchanged once for a cookie, and the
address is rid of it: it would else stay in the history and on the screen.
"""

from __future__ import annotations

from math import ceil
from urllib.parse import parse_qs

from starlette.datastructures import Headers
from starlette.requests import cookie_parser
from starlette.responses import Response
from starlette.types import Receive, Scope

from lrdoctor.server.access import Access, Throttle
from lrdoctor.server.body import Intake
from lrdoctor.server.refused import Refusal, access_page, here, refused

WRONG = "That token is not the one this server printed."


class Gate:
    """Checks requests against one token.

    Args:
        path: the session cookie is sent back below it.
        secure: the cookie is for https only.
    """

    def __init__(
        self, access: Access, *, path: str, secure: bool, throttle: Throttle | None = None
    ) -> None:
        self._access = access
        self._path = path
        self._secure = secure
        self._throttle = throttle or Throttle()
        self._form = Intake(largest=4096)

    async def check(self, scope: Scope, receive: Receive) -> None:
        """Return if the request may go on.

        Raises:
            Refusal: it may not, or it is sent on to the same address with a cookie.
        """
        headers = Headers(scope=scope)
        offered = _in_query(scope)
        if self._has_session(headers):
            if offered is not None:
                raise Refusal(self._on(scope))
            return
        if offered is not None:
            self._judge(offered, scope)
            raise Refusal(self._on(scope, enter=True))
        scheme, _, bearer = headers.get("authorization", "").partition(" ")
        if scheme.lower() == "bearer":
            self._judge(bearer.strip(), scope)
            return
        if scope["method"] == "POST" and _is_form(headers):
            self._judge(_in_form(await self._form.read(scope, receive)), scope)
            raise Refusal(self._on(scope, enter=True))
        raise Refusal(_locked_out(scope, 401))

    def _judge(self, offered: str, scope: Scope) -> None:
        """Return for the right token; refuse a wrong one, and make its client wait.

        The right one is let in at any time: behind a proxy all clients are one, and a stranger's
        guesses would keep everybody out. A cookie, which a token makes, is not throttled either.
        """
        client = (scope.get("client") or ("", 0))[0]
        if self._access.is_token(offered):
            self._throttle.right(client)
            return
        wait = ceil(self._throttle.wait(client))
        if wait > 0:
            reason = f"Too many wrong tokens: try again in {wait} s."
            raise Refusal(_locked_out(scope, 429, reason, {"Retry-After": str(wait)}))
        self._throttle.wrong(client)
        raise Refusal(_locked_out(scope, 401, WRONG))

    def _has_session(self, headers: Headers) -> bool:
        jars = [cookie_parser(header) for header in headers.getlist("cookie")]
        values = [jar[self._access.cookie] for jar in jars if self._access.cookie in jar]
        return any(self._access.is_session(value) for value in values)

    def _on(self, scope: Scope, *, enter: bool = False) -> Response:
        """Send the browser to the same address without the token."""
        headers = {"Location": here(scope["path"], scope["query_string"])}
        if enter:
            secure = self._secure or scope.get("scheme") == "https"
            headers["Set-Cookie"] = self._access.set_cookie(path=self._path, secure=secure)
        return Response(status_code=303, headers=headers)


def _locked_out(
    scope: Scope, status: int, wrong: str = "", headers: dict[str, str] | None = None
) -> Response:
    asked = Headers(scope=scope)
    extra = {"WWW-Authenticate": "Bearer", **(headers or {})}
    if "text/html" not in asked.get("accept", ""):
        return refused(status, wrong or "access refused: the token is needed", extra)
    # A reload helps only where the browser withheld the cookie because the link is foreign.
    reload = not wrong and asked.get("sec-fetch-site") in ("cross-site", "same-site")
    address = here(scope["path"], scope["query_string"])
    return access_page(status, address, wrong=wrong, reload=reload, headers=extra)


def _in_query(scope: Scope) -> str | None:
    fields = parse_qs(scope["query_string"].decode("latin-1"), keep_blank_values=True)
    return fields["token"][0] if "token" in fields else None


def _in_form(body: bytes) -> str:
    fields = parse_qs(body.decode("latin-1"), keep_blank_values=True)
    return fields.get("token", [""])[0].strip()


def _is_form(headers: Headers) -> bool:
    kind = headers.get("content-type", "").partition(";")[0].strip().lower()
    return kind == "application/x-www-form-urlencoded"
