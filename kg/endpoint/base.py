"""What all routes of the endpoint share: the store, who may read and write, the body of a request, the reply."""

from __future__ import annotations

import asyncio
import contextlib
import functools
import gzip
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import ParamSpec, TypeVar

import pyoxigraph as ox
from starlette.requests import Request
from starlette.responses import Response

from kg.characters import xml
from kg.endpoint.answers import Answer
from kg.endpoint.evaluator import TRIPLES, evaluate
from kg.endpoint.jobs import Job
from kg.endpoint.requests import BadRequest, Operation, negotiate
from kg.endpoint.settings import LET_IN, Settings
from kg.endpoint.workers import Pool
from kg.hosts import is_local
from kg.store import EmbeddedStore, Store, StoreError
from kg.store.base import prefixed
from kg.store.folder import FolderStore
from kg.store.sparql import Refused, datasets, refuse

T = TypeVar("T")
P = ParamSpec("P")

#: Least bytes of a body to compress; a shorter one fits into the first packets anyway.
_GZIP = 8192
#: Characters up to which the analysis of a query (:func:`_look`) is cached.
_SHORT = 10_000


class Service:
    """One store behind HTTP: what its routes share."""

    def __init__(self, store: Store | Callable[[], Store], settings: Settings) -> None:
        self._given = store
        self.settings = settings
        self._seen: Store | None = None
        self._threads = ThreadPoolExecutor(96, thread_name_prefix="sparql")

    @property
    def store(self) -> Store:
        """The store; if it is in a folder, this process holds the folder from now on, unless another server does."""
        found = self._given() if callable(self._given) else self._given
        if isinstance(found, FolderStore) and found is not self._seen:
            with contextlib.suppress(StoreError):  # another server holds it; requests are passed on to that server
                found.hold()  # or the folder would be closed while workers read its snapshots
            self._seen = found
        return found

    async def run(self, do: Callable[P, T], *args: P.args, **more: P.kwargs) -> T:
        """Call a blocking function in a thread of the endpoint's own pool; return its result.

        With a pool of its own, the endpoint cannot use up the threads that pages need.
        """
        return await asyncio.get_running_loop().run_in_executor(self._threads, functools.partial(do, *args, **more))

    def trusted(self, request: Request) -> bool:
        """Whether a request has the token.

        Raises:
            BadRequest: 401 if it has a wrong one.
        """
        given = request.headers.get("authorization", "")
        if not given:
            return False
        if self.settings.is_token(given):
            return True
        raise BadRequest(401, "The token is not right; a server's is in server.json in its store's folder.")

    def may_read(self, request: Request) -> None:
        """Raise BadRequest (401) if a request may not read."""
        if self.trusted(request) or self.settings.reading == "open":
            return
        if self.settings.reading == "auto" and (request.scope.get(LET_IN) or is_local(request.scope)):
            return
        raise BadRequest(401, "Reading from another machine needs the token (Authorization: Bearer …).")

    def may_write(self, request: Request) -> None:
        """Raise BadRequest (401) if a request may not write."""
        if not self.trusted(request):
            raise BadRequest(401, "Writing needs the token (Authorization: Bearer …).")

    async def body(self, request: Request, limit: int) -> bytes:
        """The body of a request.

        Raises:
            BadRequest: 413 as soon as the body is longer than ``limit`` bytes.
        """
        too_long = BadRequest(413, f"The body is longer than {limit:,} bytes.")
        length = request.headers.get("content-length", "")
        if length.isdigit() and int(length) > limit:
            raise too_long
        found = bytearray()
        async for chunk in request.stream():
            found += chunk
            if len(found) > limit:
                raise too_long
        return bytes(found)

    async def answer(self, request: Request, op: Operation, *, trusted: bool) -> Answer:
        """The answer to a query, evaluated in a worker process until it is done or the client disconnects.

        Args:
            request: the HTTP request.
            op: its query.
            trusted: use generous limits, since the request has the token.

        Raises:
            Refused: if the query would fetch anything from elsewhere.
        """
        solutions, triples = negotiate(request.headers.get("accept"))
        if solutions is None and triples is None:
            return Answer(
                406, error="None of the accepted types is offered; try application/sparql-results+json or text/turtle."
            )
        short = len(op.text) <= _SHORT  # analysing a long text takes a while, so do that in a thread
        text, graphs = _looked_at(op.text) if short else await self.run(_look, op.text)
        for graph in graphs:
            scheme, colon, _ = graph.partition(":")
            if (
                colon
                and scheme.lower() in ("http", "https", "file", "ftp")
                and not await self.run(self.store.contains, graph)
            ):
                raise Refused(
                    f"FROM <{graph}> is refused: the store has no such graph, and nothing is fetched from elsewhere."
                )
        job: Job = {
            "query": text, "solutions": solutions, "triples": triples,
            "default": op.default, "named": op.named, "base": str(request.url.replace(query="")),
        }  # fmt: skip
        fresh = "no-cache" in request.headers.get("cache-control", "")
        held = self._held()
        if held is None:
            return await self.run(_remote, self.store, job)
        if not held.on_disk:
            return await self.run(_in_memory, held, job)
        limits = self.settings.limits
        return await _while_wanted(
            request, Pool.of(held).submit(job, limits=limits.generous() if trusted else limits, fresh=fresh)
        )

    def _held(self) -> EmbeddedStore | None:
        store = self.store
        if isinstance(store, FolderStore):
            return store.held
        return store if isinstance(store, EmbeddedStore) else None

    def reply(self, request: Request, answer: Answer, *, etag: str | None = None) -> Response:
        """The HTTP response for an answer: compressed if the client accepts gzip, and with its ETag.

        Args:
            request: the HTTP request.
            answer: the answer, which may be an error.
            etag: the answer's tag, for later conditional requests.
        """
        headers = {"Vary": "Accept, Accept-Encoding, Authorization, Origin", "X-Content-Type-Options": "nosniff"}
        if answer.status != 200:
            headers["Cache-Control"] = "no-store"
            if answer.status == 401:
                headers["WWW-Authenticate"] = 'Bearer realm="iibun"'
            if answer.status == 503:
                headers["Retry-After"] = "5"
            return Response(answer.error + "\n", answer.status, headers, media_type="text/plain; charset=utf-8")
        headers["Cache-Control"] = "no-cache"
        if etag:
            headers["ETag"] = etag
        body = answer.body
        if len(body) >= _GZIP and "gzip" in request.headers.get("accept-encoding", ""):
            body = gzip.compress(body, 4, mtime=0)
            headers["Content-Encoding"] = "gzip"
        kind = answer.media_type
        if kind.startswith("text/") and "charset" not in kind:
            kind += "; charset=utf-8"
        response = Response(body, 200, headers)
        response.headers["Content-Type"] = kind
        return response


def _look(sparql: str) -> tuple[str, tuple[str, ...]]:
    """The query with our prefixes declared, and the graphs of its ``FROM``.

    Raises:
        Refused: if it would reach beyond the store.
    """
    text = prefixed(sparql)
    refuse(text)
    return text, tuple(datasets(text))


_looked_at = functools.lru_cache(maxsize=256)(_look)


async def _while_wanted(request: Request, future: Future[Answer]) -> Answer:
    """The answer to a query; the query is ended if the client disconnects before."""
    answer = asyncio.wrap_future(future)
    gone = asyncio.ensure_future(_gone(request))
    waiting: set[asyncio.Future[Answer] | asyncio.Task[None]] = {answer, gone}
    try:
        await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
        if answer.done() and not answer.cancelled():
            return answer.result()
        return Answer(503, error="The query was ended, since nobody waits for it or the server is closing.")
    finally:
        gone.cancel()
        answer.cancel()


async def _gone(request: Request) -> None:
    """Wait until the client has disconnected."""
    while (await request.receive())["type"] != "http.disconnect":
        pass


def _remote(store: Store, job: Job) -> Answer:
    """The answer to a query on a store that is itself a server, which has its own limits."""
    from kg.endpoint.evaluator import FORMATS

    if job["default"] is not None or job["named"] is not None:
        return Answer(400, error="The dataset of a query cannot be chosen here: the store is a remote server.")
    found = store.query(job["query"])
    if isinstance(found, (ox.QuerySolutions, ox.QueryBoolean)):
        if job["solutions"] is None:
            return Answer(406, error="The query gives rows: accept application/sparql-results+json or text/csv.")
        kind = job["solutions"]
        data = found.serialize(format=FORMATS[kind]) or b""
        return Answer(200, kind, xml(data) if "xml" in kind else data)
    if job["triples"] is None:
        return Answer(406, error="The query gives triples: accept text/turtle or application/n-triples.")
    data = ox.serialize(_each(found), format=TRIPLES[job["triples"]]) or b""
    return Answer(200, job["triples"], xml(data) if "xml" in job["triples"] else data)


def _in_memory(store: EmbeddedStore, job: Job) -> Answer:
    """The answer to a query on a store in memory, in this process: for tests and programs that embed the endpoint."""
    head, parts = evaluate(store.raw, {**job, "rows": 1 << 60, "bytes": 1 << 60})
    if head["status"] != 200:
        return Answer(head["status"], error=head["error"])
    return Answer(200, head["type"], b"".join(parts))


def _each(triples: Iterable[ox.Triple]) -> Iterator[ox.Triple]:
    yield from triples
