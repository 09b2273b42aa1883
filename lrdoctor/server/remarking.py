"""``/api/remarks``: what people say of runs, read and written. The one address that writes."""

from __future__ import annotations

import logging
import re
import time
from collections import OrderedDict, deque
from collections.abc import Callable
from typing import Annotated, Literal

import msgspec
import orjson

from lrdoctor.errors import RemarkRefused, StoreError
from lrdoctor.server.access import network
from lrdoctor.server.refused import Refusal, refused
from lrdoctor.server.source import Source
from lrdoctor.server.standing import covered
from lrdoctor.store import Kind, Remark

LARGEST = 16 * 1024
"""Bytes of a body: the longest text with every letter escaped."""
LONGEST_TEXT = 2000
LONGEST_NAME = 60
LONGEST_MUTE = 24 * 366.0
"""Hours."""
BUSY = 240
"""Remarks of one client within ``WINDOW`` seconds: all that the ward can choose at once, twice, and
what several people behind one proxy type."""
WINDOW = 60.0

logger = logging.getLogger("lrdoctor.server")

# Line ends and tabs are text; other control characters would only hide what is said.
_CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")


class Wanted(msgspec.Struct, forbid_unknown_fields=True):
    """The body of a POST."""

    run: Annotated[str, msgspec.Meta(max_length=64)]
    kind: Literal["note", "acknowledge", "mute", "withdraw"]
    author: Annotated[str, msgspec.Meta(max_length=LONGEST_NAME)] = ""
    text: Annotated[str, msgspec.Meta(max_length=LONGEST_TEXT)] = ""
    rule: Annotated[str, msgspec.Meta(max_length=64)] | None = None
    metric: Annotated[str, msgspec.Meta(max_length=300)] | None = None
    onset_step: int | None = None
    hours: Annotated[float, msgspec.Meta(gt=0, le=LONGEST_MUTE)] | None = None
    of: int | None = None


class Remarking:
    """Reads and writes the remarks of one source."""

    def __init__(self, source: Source, *, clock: Callable[[], float] = time.time) -> None:
        self._source = source
        self._clock = clock
        self._rate = Rate(clock=clock)

    def listing(self, since: int) -> bytes:
        """The answer of a GET: the newest number, and the remarks that came after ``since``.

        ``full``: these are all that stand, whatever was known before.
        """
        newest, standing = self._source.remarks.standing()
        full = since == 0 or since > newest
        if full:
            said = sorted((one for of in standing.values() for one in of), key=_number)
        else:
            said = self._source.remarks.since(since)
        told = [one.to_dict() for one in said]
        return orjson.dumps({"newest": newest, "full": full, "remarks": told})

    def add(self, content_type: str, body: bytes, client: str) -> bytes:
        """The answer of a POST: the remark as it was kept.

        Raises:
            Refusal: it cannot be kept; says why.
        """
        remark = self._remark(_wanted(content_type, body))
        self._rate.take(client)
        try:
            return orjson.dumps(self._source.remarks.add(remark).to_dict())
        except RemarkRefused as error:
            raise Refusal(refused(409, str(error))) from error
        except StoreError as error:
            # The reason names the file: it is for the terminal, not for the visitor.
            logger.error("a remark cannot be kept: %s", error)
            raise Refusal(
                refused(503, "this cannot be kept now; lrdoctor's terminal says why")
            ) from error

    def _remark(self, wanted: Wanted) -> Remark:
        record = self._source.record(wanted.run)
        if record is None:
            raise Refusal(refused(404, "there is no run of this id"))
        kind = Kind(wanted.kind)
        author, text = _line(wanted.author), _text(wanted.text)
        if kind is Kind.NOTE and not text:
            raise Refusal(refused(400, "text is missing: a note says something"))
        if kind is Kind.MUTE and not text:
            raise Refusal(refused(400, "text is missing: a mute has a reason"))
        if (kind is Kind.WITHDRAW) != (wanted.of is not None):
            raise Refusal(refused(400, "of names the remark that is withdrawn, and only there"))
        if (wanted.metric is None) != (wanted.onset_step is None):
            raise Refusal(refused(400, "metric and onset_step name a finding together"))
        now = self._clock()
        remark = Remark(record.id, kind, now, author, text, of=wanted.of)
        if kind in (Kind.NOTE, Kind.WITHDRAW):
            return remark
        line = orjson.loads(record.line)
        covers = covered(line, wanted.rule, wanted.metric, wanted.onset_step)
        if not covers:
            raise Refusal(refused(409, "nothing like that is found on this run now"))
        until = None if wanted.hours is None else now + 3600 * wanted.hours
        return Remark(record.id, kind, now, author, text, covers, wanted.onset_step is not None,
                      until if kind is Kind.MUTE else None)  # fmt: skip


class Rate:
    """How often one client may write: ``most`` times within ``window`` seconds."""

    def __init__(
        self,
        *,
        most: int = BUSY,
        window: float = WINDOW,
        clients: int = 1024,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._most = most
        self._window = window
        self._clients = clients
        self._clock = clock
        self._times: OrderedDict[str, deque[float]] = OrderedDict()

    def take(self, client: str) -> None:
        """Count one.

        Raises:
            Refusal: it is one too many.
        """
        key, now = network(client), self._clock()
        times = self._times.pop(key, deque())
        while times and times[0] <= now - self._window:
            times.popleft()
        self._times[key] = times
        while len(self._times) > self._clients:
            self._times.popitem(last=False)
        if len(times) >= self._most:
            wait = str(max(1, round(times[0] + self._window - now)))
            raise Refusal(refused(429, "too many remarks at once", {"Retry-After": wait}))
        times.append(now)


def _wanted(content_type: str, body: bytes) -> Wanted:
    # A form or a script of another site can send plain text without asking, but no JSON.
    if content_type.partition(";")[0].strip().lower() != "application/json":
        raise Refusal(refused(415, "a remark is sent as application/json"))
    if len(body) > LARGEST:
        raise Refusal(refused(413, f"a remark may have {LARGEST} bytes"))
    try:
        return msgspec.json.decode(body, type=Wanted)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise Refusal(refused(400, f"this is no remark: {error}")) from error


def _text(text: str) -> str:
    return _CONTROLS.sub("", text.replace("\r\n", "\n")).strip()


def _line(text: str) -> str:
    return " ".join(_text(text).split())


def _number(remark: Remark) -> int:
    return remark.number
