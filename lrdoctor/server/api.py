"""The JSON API: what the screen and scripts read. No endpoint takes a path, and all but the remarks
on runs are only read."""

from __future__ import annotations

import functools
import hashlib
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator, Sequence

import orjson
from starlette.concurrency import iterate_in_threadpool, run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import BaseRoute, Route

from lrdoctor.config import Config
from lrdoctor.diagnosis import Json
from lrdoctor.errors import StoreError
from lrdoctor.learning_rate import MEASURES
from lrdoctor.server import parameters, wire
from lrdoctor.server.buckets import MOST, Buckets, bucket, bucket_cells
from lrdoctor.server.compression import UNHELD
from lrdoctor.server.experiments import MOST_RUNS, Experiments
from lrdoctor.server.exposition import exposition
from lrdoctor.server.live import Live
from lrdoctor.server.refused import Refusal, only_read, refused
from lrdoctor.server.remarking import Remarking
from lrdoctor.server.source import Source
from lrdoctor.server.tuning import Tuning
from lrdoctor.server.unlogged import MOST_POINTS, diagnosed
from lrdoctor.store import RunEntry, RunRecord

POINTS = 1000
"""Points of a series where the request does not say."""

MOST_METRICS = 8
"""Metrics of a run in one answer: more than a chart has rows."""

Endpoint = Callable[[Request], Awaitable[Response]]
logger = logging.getLogger("lrdoctor.server")


class Api:
    """The routes of the JSON API over one store."""

    def __init__(self, source: Source, live: Live, config: Config) -> None:
        self._source = source
        self._live = live
        self._experiments = Experiments(source, config)
        self._remarking = Remarking(source)
        self._tuning = Tuning(source, config)

    def routes(self, prefix: str) -> list[BaseRoute]:
        """All of them, below ``prefix``."""
        return [
            _get(prefix + "api/runs", self.runs),
            _get(prefix + "api/runs/{id}", self.run),
            _get(prefix + "api/runs/{id}/series", self.series),
            _any(prefix + "api/remarks", self.remarks),
            _get(prefix + "api/compare", self.compare),
            _get(prefix + "api/range", self.range_test),
            _get(prefix + "api/schedule", self.schedule),
            _get(prefix + "api/diagnose", self.diagnose),
            _get(prefix + "api/rules", self.rules),
            _get(prefix + "api/rules/{name}", self.rule),
            Route(prefix + "api/live", self._live),
            _get(prefix + "healthz", self.health),
            _get(prefix + "metrics", self.metrics),
            # What is not there is not there as JSON; the screen's page for it is for people.
            _get(prefix + "api/{rest:path}", self.nothing),
        ]

    async def runs(self, request: Request) -> Response:
        """``/api/runs``: every run's line; with ``since``, those that changed after it, and with
        ``remarked``, those of which something was said after that remark."""
        since = parameters.cursor(request.query_params, "since") or 0
        remarked = parameters.cursor(request.query_params, "remarked")
        version, status = await run_in_threadpool(self._present)
        tag = _tag(version, (since, remarked), status)
        if tag in _tags(request):
            return Response(status_code=304, headers={"ETag": tag})
        pieces = self._listing(since, remarked, version, status)
        first = await run_in_threadpool(next, pieces)  # a store that cannot be read says so here
        return StreamingResponse(
            _from_thread(first, pieces),
            headers={"ETag": tag, **UNHELD},
            media_type="application/json",
        )

    async def run(self, request: Request) -> Response:
        """``/api/runs/<id>``: one run's line."""
        record = await self._record(request)
        return _json(wire.entry(record, await run_in_threadpool(self._source.standing, record)))

    async def series(self, request: Request) -> Response:
        """``/api/runs/<id>/series``: a window of one metric, thinned to what a chart can show;
        where ``metric`` is given several times, ``series`` lists their answers in that order."""
        asked = request.query_params
        metrics = asked.getlist("metric")
        if not all(metrics) or not metrics:
            raise Refusal(refused(400, "metric is missing: name one, like metric=train/loss"))
        if len(metrics) > MOST_METRICS:
            raise Refusal(refused(400, f"at most {MOST_METRICS} metrics at once"))
        first = parameters.integer(asked, "from")
        last = parameters.integer(asked, "to")
        points = parameters.integer(asked, "points", low=1, high=MOST) or POINTS
        record = await self._record(request)
        body = await run_in_threadpool(self._series, record, metrics, first, last, points)
        return _json(body)

    async def remarks(self, request: Request) -> Response:
        """``/api/remarks``: what people say of runs; with ``since``, what was said after it. A
        POST says something."""
        if request.method == "POST":
            kind = request.headers.get("content-type", "")
            client = request.client.host if request.client else ""
            body = await request.body()
            return _json(
                await run_in_threadpool(self._remarking.add, kind, body, client), status=201
            )
        since = parameters.cursor(request.query_params, "since") or 0
        return _json(await run_in_threadpool(self._remarking.listing, since))

    async def compare(self, request: Request) -> Response:
        """``/api/compare?runs=ID,ID``: runs of one experiment side by side."""
        ids = parameters.listed(request.query_params, "runs", most=MOST_RUNS)
        measure = parameters.one_of(request.query_params, "by", MEASURES)
        return _json(await run_in_threadpool(self._experiments.compare, ids, measure))

    async def range_test(self, request: Request) -> Response:
        """``/api/range?run=ID&optimizer=NAME``: a learning-rate range test with its landmarks."""
        (id,) = parameters.listed(request.query_params, "run", most=1)
        name = request.query_params.get("optimizer", "")[:32] or None
        return _json(await run_in_threadpool(self._experiments.range_test, id, name))

    async def schedule(self, request: Request) -> Response:
        """``/api/schedule?run=ID``: schedules to go on with and to start anew with."""
        (id,) = parameters.listed(request.query_params, "run", most=1)
        return _json(await run_in_threadpool(self._experiments.schedule, id))

    async def diagnose(self, request: Request) -> Response:
        """``/api/diagnose?loss=…&lr=…``: what the rules say of figures that are in no log."""
        asked = request.query_params
        losses = parameters.numbers(asked, "loss", most=MOST_POINTS)
        rates = parameters.numbers(asked, "lr", most=MOST_POINTS)
        optimizer = asked.get("optimizer", "")[:32]
        return _json(await run_in_threadpool(diagnosed, losses, rates, optimizer))

    async def rules(self, request: Request) -> Response:
        """``/api/rules``: every rule with its thresholds in force."""
        return _json(await run_in_threadpool(self._tuning.listing))

    async def rule(self, request: Request) -> Response:
        """``/api/rules/<name>?threshold=…``: on which runs a rule fires, or would."""
        name, asked = request.path_params["name"], dict(request.query_params)
        return _json(await run_in_threadpool(self._tuning.fires, name, asked))

    async def health(self, request: Request) -> Response:
        """``/healthz``: 200 while the store can be read; whether it is being filled is told."""
        status = await run_in_threadpool(self._source.status)
        return _json(orjson.dumps({"ok": True, "ingest": "stale" if status["stale"] else "alive"}))

    async def metrics(self, request: Request) -> Response:
        """``/metrics``: figures of the server itself, as Prometheus reads them."""
        text = await run_in_threadpool(exposition, self._source, self._live.streams)
        return Response(text, media_type="text/plain; version=0.0.4; charset=utf-8")

    async def nothing(self, request: Request) -> Response:
        """Every other address below ``/api/``."""
        raise Refusal(refused(404, "there is nothing at this address"))

    async def _record(self, request: Request) -> RunRecord:
        record = await run_in_threadpool(self._source.record, request.path_params["id"])
        if record is None:
            raise Refusal(refused(404, "there is no run of this id"))
        return record

    def _present(self) -> tuple[int, dict[str, Json]]:
        return self._source.version(), self._source.status()

    def _listing(
        self, since: int, remarked: int | None, version: int, status: dict[str, Json]
    ) -> Iterator[bytes]:
        """Asks the store as it goes. Runs that are read after the version was may be of a later
        one: then those come again with what changed since."""
        changes = self._changes(since, remarked, version)
        pages: Iterable[Sequence[RunEntry]] = self._source.pages()
        if changes is not None:
            version, pages = changes[0], [changes[1]]
        told = ((records, self._source.standings(records)) for records in pages)
        yield from wire.listing(version, changes is None, status, told)

    def _changes(
        self, since: int, remarked: int | None, version: int
    ) -> tuple[int, list[RunRecord]] | None:
        """The version, and the runs that changed or were spoken of; None: everything is new."""
        said = [] if remarked is None else self._source.remarked(remarked)
        if said is None or not 0 < since <= version:
            return None
        version, full, records = self._source.changed(since)
        if full:
            return None
        known = {record.id for record in records}
        return version, records + [record for record in said if record.id not in known]

    def _series(
        self, record: RunRecord, metrics: list[str], first: int | None, last: int | None,
        points: int,
    ) -> bytes:  # fmt: skip
        line = orjson.loads(record.line)
        findings = [
            finding[step]
            for finding in line["findings"]
            for step in ("onset_step", "fired_step", "last_step")
        ]
        answers = []
        for metric in metrics:
            summary = line["metrics"].get(metric)
            thin = summary and self._thinned(record, summary["tag"], first, last, points, findings)
            if thin is None:
                raise Refusal(refused(404, "this run has no metric of this name"))
            answers.append(wire.series(record, line, metric, summary["tag"], thin))
        return answers[0] if len(answers) == 1 else b'{"series":[' + b",".join(answers) + b"]}"

    def _thinned(
        self, record: RunRecord, tag: str, first: int | None, last: int | None, points: int,
        findings: Sequence[int],
    ) -> Buckets | None:  # fmt: skip
        """A window of one tag; None for an unknown one."""
        cells = self._source.cells(record, tag, first, last, points, findings)
        if cells is not None:
            return bucket_cells(cells, points, findings)
        block = self._source.points(record, tag, first, last)
        return None if block is None else bucket(block, points, findings)


def _get(path: str, endpoint: Endpoint) -> Route:
    """A route that is only read."""

    async def read(request: Request) -> Response:
        only_read(request.method)
        return await endpoint(request)

    # Other methods come in, too, and are refused like everything else here: as JSON.
    return _any(path, functools.update_wrapper(read, endpoint))


def _any(path: str, endpoint: Endpoint) -> Route:
    return Route(path, _answering(endpoint), methods=["GET", "HEAD", "POST"])


def _answering(endpoint: Endpoint) -> Endpoint:
    """``endpoint``, with what stops it turned into an answer."""

    @functools.wraps(endpoint)
    async def answer(request: Request) -> Response:
        try:
            return await endpoint(request)
        except Refusal as refusal:
            return refusal.response
        except StoreError as error:
            # The reason names the file: it is for the terminal, not for the visitor.
            logger.error("%s", error)
            return refused(503, "the store cannot be read now", {"Retry-After": "1"})

    return answer


def _json(body: bytes, headers: dict[str, str] | None = None, *, status: int = 200) -> Response:
    return Response(body, status, headers=headers, media_type="application/json")


async def _from_thread(first: bytes, rest: Iterator[bytes]) -> AsyncIterator[bytes]:
    """Pieces, each made in a thread, which is held no longer than that, however slow a client."""
    yield first
    async for piece in iterate_in_threadpool(rest):
        yield piece


def _tag(version: int, asked: tuple[int, int | None], status: dict[str, Json]) -> str:
    lasting = {name: value for name, value in status.items() if name != "alive_at"}
    told = hashlib.blake2b(orjson.dumps([asked, lasting]), digest_size=6).hexdigest()
    return f'W/"{version}-{told}"'


def _tags(request: Request) -> list[str]:
    return [tag.strip() for tag in request.headers.get("if-none-match", "").split(",")]
