"""The endpoint's routes: query, update, service description and version, with authorization, caching headers and CORS.

The routes of the Graph Store Protocol are in :mod:`kg.endpoint.graphs`.
"""

from __future__ import annotations

import asyncio
import functools
import hashlib
from collections.abc import Awaitable, Callable

import pyoxigraph as ox
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from kg.endpoint.answers import Answer
from kg.endpoint.base import Service
from kg.endpoint.description import page, service
from kg.endpoint.evaluator import TRIPLES
from kg.endpoint.graphs import GraphStore
from kg.endpoint.jobs import Job
from kg.endpoint.requests import BadRequest, Operation, choose, forgiving, operation, with_dataset
from kg.endpoint.workers import Pool
from kg.errors import IibunError
from kg.store import StoreError
from kg.store.base import prefixed
from kg.store.sparql import BadQuery, Failed, Refused, has_dataset, refuse, unescape

_EXPOSED = {"Access-Control-Expose-Headers": "ETag, Iibun-Version, Location, Retry-After"}
_PREFLIGHT = {
    "Access-Control-Allow-Headers": "Accept, Authorization, Content-Type, If-None-Match",
    "Access-Control-Max-Age": "600",
}


class Endpoint(Service):
    """Serves one store over HTTP.

    Args:
        store: the store, or a function that returns it.
        settings: see :class:`kg.endpoint.Settings`.
    """

    def routes(self) -> list[Route]:
        """All routes, including those of the Graph Store Protocol."""
        path = self.settings.path
        graphs = GraphStore(self)
        return [
            Route(path, self._guarded(self._operate), methods=["GET", "POST", "OPTIONS"]),
            Route(path + "/", self._guarded(self._operate), methods=["GET", "POST", "OPTIONS"]),
            Route(path + "/version", self._guarded(self._version), methods=["GET", "OPTIONS"]),
            Route(path + "/graphs/quads", self._guarded(graphs.quads), methods=["GET", "POST", "PATCH"]),
            Route(
                path + "/graphs",
                self._guarded(graphs.serve),
                methods=["GET", "PUT", "POST", "DELETE", "PATCH", "OPTIONS"],
            ),
            Route(
                path + "/graphs/{rest:path}",
                self._guarded(graphs.serve),
                methods=["GET", "PUT", "POST", "DELETE", "PATCH", "OPTIONS"],
            ),
        ]

    def _guarded(self, handler: Callable[[Request], Awaitable[Response]]) -> Callable[[Request], Awaitable[Response]]:
        @functools.wraps(handler)
        async def guarded(request: Request) -> Response:
            response = await answered(request)
            response.headers.update(self._cors(request))
            return response

        async def answered(request: Request) -> Response:
            if request.method == "OPTIONS":
                return Response(status_code=204, headers={"Allow": self._methods(request)})
            try:
                return await handler(request)
            except BadRequest as error:
                answer = Answer(error.status, error=str(error))
            except Failed as error:
                answer = Answer(409, error=str(error))
            except (BadQuery, Refused) as error:
                answer = Answer(400, error=str(error))
            except StoreError as error:
                answer = Answer(503, error=str(error))
            except IibunError as error:
                answer = Answer(400, error=str(error))
            except ValueError as error:
                answer = Answer(400, error=f"{error}.")
            return self.reply(request, answer)

        return guarded

    def _methods(self, request: Request) -> str:
        graphs = request.url.path.startswith(self.settings.path + "/graphs")
        return "GET, HEAD, PUT, POST, DELETE, OPTIONS" if graphs else "GET, HEAD, POST, OPTIONS"

    def _cors(self, request: Request) -> dict[str, str]:
        """The CORS headers of an answer; none unless the settings name the request's origin."""
        origin = request.headers.get("origin")
        if origin is None or not self.settings.shares_with(origin):
            return {}
        found = {"Access-Control-Allow-Origin": "*" if "*" in self.settings.origins else origin, **_EXPOSED}
        if request.method == "OPTIONS":
            found |= _PREFLIGHT | {"Access-Control-Allow-Methods": self._methods(request)}
        return found

    # the routes

    async def _operate(self, request: Request) -> Response:
        kind = request.headers.get("content-type", "")
        if request.method == "POST" and kind.startswith("application/sparql-update"):
            self.may_write(request)
        trusted = self.trusted(request)
        body = b""
        if request.method == "POST":
            body = await self.body(request, self.settings.body if trusted else self.settings.query_body)
        op = operation(request.method, request.scope["query_string"], kind, body)
        if op.kind == "update":
            self.may_write(request)
            return await self._update(op, str(request.url.replace(query="", fragment="")))
        self.may_read(request)
        if op.kind == "describe":
            return await self._describe(request)
        etag = await self._etag(request, op)
        if _matches(request, etag):
            return Response(status_code=304, headers={"ETag": etag})
        answer = await self.answer(request, op, trusted=trusted)
        return self.reply(request, answer, etag=etag)

    async def _update(self, op: Operation, base: str) -> Response:
        text = f"BASE <{ox.NamedNode(base).value}>\t{forgiving(op.text)}"  # a BASE in the text comes later and overrides it
        if op.default is not None or op.named is not None:
            if has_dataset(text):
                raise BadRequest(
                    400, "The update has USING or WITH of its own; using-graph-uri cannot be given as well."
                )
            for graph in (*(op.default or ()), *(op.named or ())):
                ox.NamedNode(graph)
            text = with_dataset(text, op.default or (), op.named or ())
        if (held := self._held()) is not None and held.on_disk and _winding(text):
            trial: Job = {"update": prefixed(text)}
            refuse(trial["update"])
            answer = await asyncio.wrap_future(Pool.of(held).submit(trial, limits=self.settings.limits))
            if answer.status != 200:
                raise BadRequest(answer.status, answer.error.replace("The query", "The update"))
        await self.run(self.store.update, text)
        return Response(status_code=204, headers={"Iibun-Version": self.store.version})

    async def _describe(self, request: Request) -> Response:
        address = str(request.url.replace(query="", fragment=""))
        accept = request.headers.get("accept")
        kind = choose(accept, ["text/turtle", "text/html", *(t for t in TRIPLES if t != "text/turtle")])
        if kind is None:
            raise BadRequest(406, "The service description is offered as text/turtle, RDF/XML, N-Triples and JSON-LD.")
        if kind == "text/html":
            return self.reply(request, Answer(200, "text/html; charset=utf-8", page(address).encode()))
        graphs = await self.run(self.store.graphs)
        data = ox.serialize(service(address, len(graphs)), format=TRIPLES[kind])
        return self.reply(request, Answer(200, kind, data or b""))

    async def _version(self, request: Request) -> Response:
        self.may_read(request)
        version = await self.run(lambda: self.store.version)
        since, lines = request.query_params.get("since"), [version]
        if since:  # the graphs that were written since then follow; none where that is not known
            lines += sorted(await self.run(self.store.changed, since) or ())
        return self.reply(request, Answer(200, "text/plain; charset=utf-8", "\n".join(lines).encode()))

    async def _etag(self, request: Request, op: Operation) -> str:
        held = self._held()  # the version of a store held here is quick to read; asking a server needs a thread
        version = self.store.version if held is not None else await self.run(lambda: self.store.version)
        parts = [version, op.text, repr(op.default), repr(op.named), request.headers.get("accept", "")]
        return '"' + hashlib.sha256("\x1f".join(parts).encode("utf-8", "surrogatepass")).hexdigest()[:32] + '"'


def _winding(update: str) -> bool:
    """Whether an update is more than plain data, so that parsing or planning it could crash or never end.

    Such an update is tried in a worker process first, since the real one runs in this process.
    """
    text = unescape(update).upper()
    return any(sign in text for sign in ("WHERE", "<<", "{|"))


def _matches(request: Request, etag: str) -> bool:
    given = request.headers.get("if-none-match", "")
    return request.method in ("GET", "HEAD") and (etag in given or given.strip() == "*")
