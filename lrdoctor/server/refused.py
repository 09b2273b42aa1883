"""What a request that is turned away gets: a page for a person, one line of JSON for a program.

Neither names a run, a path or the version. The page runs no script and loads nothing, so it works
before anything else may be fetched.
"""

from __future__ import annotations

from html import escape
from urllib.parse import quote, unquote_plus

import orjson
from starlette.responses import Response

from lrdoctor.server.headers import REFUSED_PAGE_POLICY

_STYLE = """
:root{color-scheme:light dark;
--bg:light-dark(#f5f6f8,#0c0f14);--surface:light-dark(#fff,#141920);
--line:light-dark(#e2e6ec,#252d38);--ink:light-dark(#12161d,#e8ecf2);
--ink2:light-dark(#465061,#aab4c3);--field:light-dark(#667085,#8490a1);
--accent:light-dark(#0b6e69,#41d3c3);--accent-bg:light-dark(#e3f4f2,#0f2b2a);
--on-accent:light-dark(#fff,#06211f);--crit:light-dark(#c4241a,#ff7a6e);
--sans:Inter,ui-sans-serif,system-ui,-apple-system,"Segoe UI",Roboto,
"Helvetica Neue",Arial,sans-serif;
--mono:ui-monospace,"SF Mono","Cascadia Mono",Menlo,Consolas,"DejaVu Sans Mono",monospace}
*{box-sizing:border-box}
body{margin:0;background:var(--bg);color:var(--ink);font:15px/1.5 var(--sans)}
header{padding:16px max(20px,calc(50vw - 630px));border-bottom:1px solid var(--line);
font-weight:680;font-size:17px;letter-spacing:-.01em;display:flex;gap:9px;align-items:center}
header svg,.mark svg{width:22px;height:22px;fill:none;stroke:var(--accent);stroke-width:2.2;
stroke-linecap:round;stroke-linejoin:round}
main{max-width:520px;margin:72px auto;padding:34px 38px;background:var(--surface);
border:1px solid var(--line);border-radius:14px}
.mark{display:grid;place-items:center;width:46px;height:46px;border-radius:10px;
background:var(--accent-bg)}
h1{font-size:29px;line-height:1.2;letter-spacing:-.025em;margin:16px 0 8px}
h2{font-size:15px;margin:22px 0 4px}
p{margin:0;color:var(--ink2);text-wrap:pretty}
form{display:flex;gap:8px;margin:18px 0 10px}
input{flex:1;min-width:0;height:42px;padding:0 13px;border:1px solid var(--field);border-radius:9px;
background:var(--bg);color:var(--ink);font:14px var(--mono)}
input[aria-invalid=true]{border-color:var(--crit)}
button{height:42px;padding:0 18px;border:0;border-radius:9px;background:var(--accent);
color:var(--on-accent);font:600 15px var(--sans);cursor:pointer}
:focus-visible{outline:2px solid var(--accent);outline-offset:2px}
.wrong{color:var(--crit);font-weight:600;font-size:14px}
code{font:13px var(--mono);color:var(--ink)}
a{color:var(--accent)}
@media(max-width:600px){main{margin:20px 14px;padding:24px 20px}}
"""
_PULSE = "<svg viewBox='0 0 24 24' aria-hidden='true'><path d='M3 12h4l3-8 4 16 3-8h4'/></svg>"
_LOCK = (
    "<svg viewBox='0 0 24 24' aria-hidden='true'><rect x='4.5' y='10.5' width='15' height='10'"
    " rx='2.2'/><path d='M8 10.5V7.5a4 4 0 0 1 8 0v3M12 14.6v2'/></svg>"
)


class Refusal(Exception):
    """Ends the handling of a request with ``response``, from however deep inside."""

    def __init__(self, response: Response) -> None:
        super().__init__(response.status_code)
        self.response = response


def refused(status: int, reason: str, headers: dict[str, str] | None = None) -> Response:
    """One line of JSON: ``{"error": reason}``."""
    body = orjson.dumps({"error": reason})
    return Response(body, status, headers=headers, media_type="application/json")


def only_read(method: str) -> None:
    """Return for a method that reads.

    Raises:
        Refusal: for any other.
    """
    if method not in ("GET", "HEAD"):
        raise Refusal(refused(405, "this address is only read", {"Allow": "GET, HEAD"}))


def access_page(
    status: int,
    here: str,
    *,
    wrong: str = "",
    reload: bool = False,
    headers: dict[str, str] | None = None,
) -> Response:
    """The page that asks for the token.

    ``here`` is the relative address of the page that was asked for, ``wrong`` what is wrong with
    the token that was offered. ``reload`` asks again at once: a browser that follows a link from
    another site withholds the session cookie (SameSite=Strict), and sends it on a reload.
    """
    target = escape(here, quote=True)
    refresh = f"<meta http-equiv='refresh' content='0;url={target}'>" if reload else ""
    error = f"<p class='wrong' id='wrong' role='alert'>{escape(wrong)}</p>" if wrong else ""
    state = "aria-invalid='true' aria-describedby='wrong' " if wrong else ""
    page = f"""<!doctype html>
<html lang="en"><head><meta charset="utf-8">{refresh}
<meta name="viewport" content="width=device-width,initial-scale=1">
<title>Access refused · lrdoctor</title><style>{_STYLE}</style></head><body>
<header>{_PULSE}lrdoctor</header>
<main><div class="mark">{_LOCK}</div>
<h1>This lrdoctor needs a token</h1>
<p>Access refused. The token was printed in the terminal where lrdoctor was started. Open the
link from there, or paste the token here.</p>
<form method="post" action="{target}">
<input name="token" type="password" aria-label="Access token" {state}autocomplete="off"
 autocapitalize="off" spellcheck="false" required autofocus><button>Open</button></form>
{error}
<h2>Opened it before?</h2>
<p>Then <a href="{target}">try this page again</a>: a link from another site comes without your
session.</p>
<h2>Lost it?</h2>
<p>Start the server again: <code>lrdoctor watch</code> prints the link with a token in it.</p>
</main></body></html>"""
    return Response(
        page,
        status,
        media_type="text/html",
        headers={
            "Content-Security-Policy": REFUSED_PAGE_POLICY,
            # With no-referrer the form's own Origin would be "null" and be refused as foreign.
            "Referrer-Policy": "same-origin",
            **(headers or {}),
        },
    )


def here(path: str, query: bytes) -> str:
    """A relative address of the page itself, without any token in its query.

    Relative, because an address that begins with the path could begin with two slashes and lead
    to another site.
    """
    rest = b"&".join(part for part in query.split(b"&") if part and not _names_token(part))
    address = "./" + quote(path.rpartition("/")[2])
    return address + "?" + quote(rest, safe="=&%+,:;/~.-_!*'()$@") if rest else address


def _names_token(part: bytes) -> bool:
    return unquote_plus(part.partition(b"=")[0].decode("latin-1")) == "token"
