"""The SPARQL 1.1 Graph Store HTTP Protocol: a graph is named by ``?graph=IRI``, by ``?default``, or by the request's own URL."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator
from email import message_from_bytes
from email.policy import HTTP

import pyoxigraph as ox
from starlette.requests import Request
from starlette.responses import Response

from kg.endpoint.answers import Answer
from kg.endpoint.base import Service
from kg.endpoint.evaluator import TRIPLES
from kg.endpoint.requests import BadRequest, Operation, choose
from kg.store.base import LATER
from kg.store.merge import OWN
from kg.store.parsing import Unparsed, parse
from kg.store.sparql import iri

_READS = {
    **TRIPLES, "application/x-turtle": ox.RdfFormat.TURTLE, "text/n3": ox.RdfFormat.N3, "text/plain": ox.RdfFormat.N_TRIPLES,
    "application/xml": ox.RdfFormat.RDF_XML, "text/xml": ox.RdfFormat.RDF_XML,
}  # fmt: skip
_OFFERED = [t for t in TRIPLES if t not in ("application/n-quads", "application/trig")]


class GraphStore:
    """The routes under ``/sparql/graphs``."""

    def __init__(self, service: Service) -> None:
        self._service = service

    async def serve(self, request: Request) -> Response:
        """Answer a request to one graph, or a POST without a graph, which creates a new one.

        Raises:
            BadRequest: with the HTTP status of the error.
        """
        method = request.method
        if method in ("GET", "HEAD"):
            self._service.may_read(request)
        else:
            self._service.may_write(request)
        graph = self._graph(request)
        match method:
            case "GET" | "HEAD":
                return await self._get(request, graph)
            case "PUT":
                return await self._put(request, graph)
            case "POST":
                return await self._post(request, graph)
            case "DELETE":
                return await self._delete(graph)
        raise BadRequest(405, f"{method} is not offered; use GET, HEAD, PUT, POST or DELETE.")

    async def quads(self, request: Request) -> Response:
        """Answer a request to ``/graphs/quads``, our own extension; it needs the token.

        GET returns all quads, or those of one graph, as N-Quads. POST adds quads. PATCH removes quads and adds others in one
        transaction; its body is a JSON object with ``remove`` and ``add``, both N-Quads.
        """
        self._service.may_write(request)
        store = self._service.store
        if request.method == "POST":
            body = await self._service.body(request, self._service.settings.body)
            await self._service.run(lambda: store.insert(list(_parse(body, ox.RdfFormat.N_QUADS, None))))
            return Response(status_code=204)
        if request.method == "PATCH":
            parts = _changes(await self._service.body(request, self._service.settings.body))
            await self._service.run(lambda: store.edit(**parts))
            return Response(status_code=204)
        name = request.query_params.get("graph")
        data = await self._service.run(lambda: ox.serialize(store.quads(name), format=ox.RdfFormat.N_QUADS))
        return self._service.reply(request, Answer(200, "application/n-quads", data or b""))

    def _graph(self, request: Request) -> str | None:
        """The graph's IRI, or None for a POST to the graph store itself."""
        given = request.query_params.multi_items()
        names = [v for k, v in given if k == "graph"]
        default = any(k == "default" for k, _ in given)
        direct = request.path_params.get("rest")
        if len(names) > 1 or (names and default):
            raise BadRequest(400, "Name one graph: ?graph=IRI or ?default.")
        if names:
            return iri(names[0]).value
        if default:
            return OWN  # what was written to the default graph, not the merge of all graphs, which queries see
        if direct:
            return iri(str(request.url.replace(query="", fragment=""))).value
        if request.method == "POST":
            return None
        raise BadRequest(400, "Name a graph: ?graph=IRI or ?default.")

    async def _get(self, request: Request, graph: str | None) -> Response:
        assert graph is not None
        if graph != OWN and not await self._service.run(self._service.store.contains, graph):
            raise BadRequest(404, f"There is no graph <{graph}>.")
        if choose(request.headers.get("accept"), _OFFERED) is None:
            raise BadRequest(406, f"None of the accepted types is offered; choose from {', '.join(_OFFERED)}.")
        op = Operation("query", f"CONSTRUCT {{ ?s ?p ?o }} WHERE {{ GRAPH <{graph}> {{ ?s ?p ?o }} }}")
        answer = await self._service.answer(request, op, trusted=self._service.trusted(request))
        return self._service.reply(request, answer)

    async def _put(self, request: Request, graph: str | None) -> Response:
        assert graph is not None
        quads = await self._body(request, graph)
        store, flush = self._service.store, LATER not in request.headers

        def put() -> tuple[bool, bool]:
            there = graph == OWN or store.contains(graph)
            return there, store.replace(graph, quads, flush=flush)

        there, changed = await self._service.run(put)
        return Response(status_code=204 if there else 201, headers={"Iibun-Changed": str(changed).lower()})

    async def _post(self, request: Request, graph: str | None) -> Response:
        name = graph or str(request.url.replace(query="", fragment="")).rstrip("/") + "/" + uuid.uuid4().hex
        quads = await self._body(request, name)
        store = self._service.store

        def post() -> bool:
            there = name == OWN or store.contains(name)
            store.insert(quads)
            return there

        there = await self._service.run(post)
        headers = {} if there else {"Location": name}
        return Response(status_code=204 if there else 201, headers=headers)

    async def _delete(self, graph: str | None) -> Response:
        assert graph is not None
        store = self._service.store
        if graph != OWN and not await self._service.run(store.contains, graph):
            raise BadRequest(404, f"There is no graph <{graph}>.")
        await self._service.run(store.delete, graph)
        return Response(status_code=204)

    async def _body(self, request: Request, graph: str) -> list[ox.Quad]:
        body = await self._service.body(request, self._service.settings.body)
        header = request.headers.get("content-type", "")
        kind = header.split(";")[0].strip().lower()
        target = ox.NamedNode(graph)
        if kind == "multipart/form-data":
            return [q for part, data in _parts(header, body) for q in _parse(data, _format(part), target, graph)]
        return list(_parse(body, _format(kind or "text/turtle"), target, graph))


def _changes(body: bytes) -> dict[str, list[ox.Quad]]:
    """The quads to remove and to add, from the body of a PATCH."""
    try:
        found = json.loads(body)
        texts = {key: str(found.get(key, "")).encode() for key in ("remove", "add")}
    except (ValueError, AttributeError, RecursionError):
        raise BadRequest(400, "The body is not a JSON object with remove and add, both N-Quads.") from None
    found = {key: list(_parse(text, ox.RdfFormat.N_QUADS, None)) for key, text in texts.items()}
    if any(_has_blank(q.subject) or _has_blank(q.object) for q in found["remove"]):
        raise BadRequest(400, "A quad with a blank node cannot be taken away: no text names the one that is meant.")
    return found


def _has_blank(term: object) -> bool:
    if isinstance(term, ox.Triple):
        return _has_blank(term.subject) or _has_blank(term.object)
    return isinstance(term, ox.BlankNode)


def _format(kind: str) -> ox.RdfFormat:
    if kind not in _READS or kind in ("application/n-quads", "application/trig"):
        raise BadRequest(415, f"Content-Type {kind} is not understood; use {', '.join(_OFFERED)}.")
    return _READS[kind]


def _parse(data: bytes, format: ox.RdfFormat, graph: ox.NamedNode | None, base: str | None = None) -> Iterator[ox.Quad]:
    try:
        for q in parse(data, format, "The body", base_iri=None if base == OWN else base, rename_blank_nodes=True):
            yield q if graph is None else ox.Quad(q.subject, q.predicate, q.object, graph)
    except Unparsed as error:
        raise BadRequest(400, str(error)) from None
    except (SyntaxError, ValueError) as error:
        raise BadRequest(400, f"The body is not valid {format.name}: {error}.") from None


def _parts(header: str, body: bytes) -> Iterator[tuple[str, bytes]]:
    message = message_from_bytes(b"Content-Type: " + header.encode("latin-1") + b"\r\n\r\n" + body, policy=HTTP)
    if not message.is_multipart():
        raise BadRequest(400, "The body is not multipart/form-data, as its Content-Type says.")
    for part in message.iter_parts():
        data = part.get_payload(decode=True)
        yield part.get_content_type(), data if isinstance(data, bytes) else b""
