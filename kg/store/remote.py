"""A SPARQL 1.1 server as a store: query, update and, where there is one, the Graph Store Protocol.

Only portable SPARQL is sent: always ``GRAPH``, no blank nodes, canonical literals, no ``DROP ALL``.
"""

from __future__ import annotations

import itertools
import threading
import time
from collections.abc import Iterable, Iterator
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import httpx
import pyoxigraph as ox

from kg import environment
from kg.store.base import LATER, Store, StoreError, Unreachable, prefixed
from kg.store.sparql import BadQuery, Failed, Refused, Value, bind, explained, form, iri, refuse
from kg.vocab import XSD

#: Triples per ``INSERT DATA`` where there is no Graph Store Protocol; Virtuoso's compiler ends near 10,000 lines.
BATCH = 500
#: Seconds to connect, and to wait for an answer.
CONNECT, PATIENCE = 5.0, 130.0

_ROWS = {
    "application/sparql-results+json": ox.QueryResultsFormat.JSON,
    "application/sparql-results+xml": ox.QueryResultsFormat.XML,
}
_BOOLEAN = {yes: b'{"head":{},"boolean":%s}' % str(yes).lower().encode() for yes in (True, False)}
_TRIPLES = {
    "application/n-triples": ox.RdfFormat.N_TRIPLES, "text/turtle": ox.RdfFormat.TURTLE,
    "text/plain": ox.RdfFormat.N_TRIPLES, "application/rdf+xml": ox.RdfFormat.RDF_XML,
}  # fmt: skip


class RemoteStore(Store):
    """A server behind three addresses; the third may be missing."""

    def __init__(
        self,
        query_url: str,
        update_url: str,
        graphs_url: str | None = None,
        *,
        auth: httpx.Auth | None = None,
        headers: dict[str, str] | None = None,
        read_only: bool = False,
        parameters: dict[str, str] | None = None,
    ) -> None:
        self.query_url, self.update_url, self.graphs_url = query_url, update_url, graphs_url
        self._read_only = read_only
        self._parameters = parameters or {}
        self._http = httpx.Client(
            auth=auth, headers=headers, timeout=httpx.Timeout(PATIENCE, connect=CONNECT), trust_env=False
        )
        self._writes = itertools.count(1)
        self._count = 0
        self._run = f"{time.time_ns():x}"
        self._lock = threading.Lock()

    @classmethod
    def at(cls, url: str, *, read_only: bool = False) -> RemoteStore:
        """The store at a query address; the other addresses by convention or from the environment.

        ``IIBUN_STORE_UPDATE`` and ``IIBUN_STORE_GRAPHS`` name the update and the Graph Store address;
        ``IIBUN_STORE_USER`` with ``IIBUN_STORE_PASSWORD`` (basic, or digest where ``IIBUN_STORE_AUTH=digest``), or
        ``IIBUN_STORE_TOKEN`` (bearer), are the credentials.

        Raises:
            StoreError: if nothing answers SPARQL there.
        """
        if urlsplit(url).username:
            raise StoreError(
                "Credentials do not belong into the address; set IIBUN_STORE_USER and IIBUN_STORE_PASSWORD."
            )
        update, graphs, parameters = conventions(url)
        user, token = environment.get("IIBUN_STORE_USER"), environment.get("IIBUN_STORE_TOKEN")
        auth: httpx.Auth | None = None
        if user:
            kind = httpx.DigestAuth if environment.get("IIBUN_STORE_AUTH") == "digest" else httpx.BasicAuth
            auth = kind(user, environment.get("IIBUN_STORE_PASSWORD"))
        store = cls(
            url,
            environment.get("IIBUN_STORE_UPDATE") or update,
            environment.get("IIBUN_STORE_GRAPHS") or graphs,
            auth=auth,
            headers={"Authorization": f"Bearer {token}"} if token and not user else None,
            read_only=read_only,
            parameters=parameters,
        )
        store.query("ASK { GRAPH ?g { ?s ?p ?o } }")
        return store

    @classmethod
    def ours(cls, url: str, token: str) -> RemoteStore:
        """Our own server: one request is one transaction, and it names its versions."""
        return _Ours(url, url, url + "/graphs", headers={"Authorization": f"Bearer {token}"})

    def close(self) -> None:
        self._http.close()

    def query(self, sparql: str) -> ox.QuerySolutions | ox.QueryTriples | ox.QueryBoolean:
        rows = form(sparql) in ("SELECT", "ASK")  # offered both, Virtuoso gives rows for a CONSTRUCT
        accept = ", ".join(_ROWS) if rows else "application/n-triples, text/turtle;q=0.9, application/rdf+xml;q=0.5"
        try:
            answer = self._send(
                "POST", self.query_url, data={"query": sparql, **self._parameters}, headers={"Accept": accept}
            )
            return self._parse(answer)
        except (BadQuery, StoreError) as error:
            # a server's parser may list all its tokens, and Virtuoso answers 200 to a query that is empty
            raise (None if isinstance(error, Unreachable) else explained(sparql)) or error from None

    def update(self, sparql: str, **bindings: Value) -> None:
        whole = bind(prefixed(sparql), bindings)
        refuse(whole)
        self._update(whole)

    def replace(self, graph: str, quads: Iterable[ox.Quad], *, flush: bool = True) -> bool:
        node = iri(graph)
        new = {ox.Triple(q.subject, q.predicate, q.object) for q in quads}
        if self.graphs_url and new:
            body = ox.serialize(sorted(new, key=str), format=ox.RdfFormat.N_TRIPLES)
            self._write(
                "PUT",
                self.graphs_url,
                params={"graph": graph},
                content=body,
                headers={"Content-Type": "application/n-triples"},
            )
            return True
        # without a Graph Store Protocol: drop and first batch in one request, the rest in batches
        batches = list(_batches(sorted(new, key=str)))
        head = f"DROP SILENT GRAPH {node}"
        if batches:
            self._update(f"{head} ;\n{_insert(node, batches[0])}")
            for batch in batches[1:]:
                self._update(_insert(node, batch))
        else:
            self._update(head)
        return True

    def insert(self, quads: Iterable[ox.Quad]) -> None:
        by_graph: dict[str, list[ox.Triple]] = {}
        for q in quads:
            by_graph.setdefault(q.graph_name.value, []).append(ox.Triple(q.subject, q.predicate, q.object))  # type: ignore[union-attr]
        if not self._read_only:
            for graph, triples in by_graph.items():
                for batch in _batches(triples):
                    self._update(_insert(ox.NamedNode(graph), batch))

    def delete(self, graph: str) -> None:
        self._update(f"DROP SILENT GRAPH {iri(graph)}")

    def graphs(self) -> list[str]:
        found = self.select("SELECT DISTINCT ?g WHERE { GRAPH ?g { ?s ?p ?o } }")
        return sorted(r["g"] for r in found if not str(r["g"]).startswith(_SYSTEM))

    def quads(self, graph: str | None = None) -> Iterator[ox.Quad]:
        for name in [graph] if graph is not None else self.graphs():
            node = iri(name)
            found = self.query(f"SELECT ?s ?p ?o WHERE {{ GRAPH {node} {{ ?s ?p ?o }} }}")
            for row in found:  # type: ignore[union-attr]
                yield ox.Quad(row["s"], row["p"], _canonical(row["o"]), node)

    def contains(self, graph: str) -> bool:
        return bool(self.query(f"ASK {{ GRAPH {iri(graph)} {{ ?s ?p ?o }} }}"))

    @property
    def version(self) -> str:
        # others may write there, too: what is remembered of it is good for five seconds
        return f"{self._run}-{self._count}-{int(time.monotonic() / 5)}"

    def _update(self, sparql: str) -> None:
        self._write("POST", self.update_url, data={"update": sparql})

    def _write(self, method: str, url: str, **more: Any) -> None:
        if self._read_only:
            raise StoreError(f"The store {_safe(self.query_url)} was opened for reading only.")
        self._send(method, url, **more)
        self._count = next(self._writes)

    def _send(self, method: str, url: str, **more: Any) -> httpx.Response:
        try:
            answer = self._http.request(method, url, **more)
        except httpx.ConnectError:
            raise Unreachable(f"Nothing answers at {_safe(url)}; is the server running?") from None
        except httpx.TimeoutException:
            raise StoreError(f"{_safe(url)} did not answer within {PATIENCE:.0f} seconds.") from None
        except httpx.HTTPError as error:
            raise Unreachable(f"{_safe(url)} could not be reached: {error}.") from None
        if answer.is_success:
            return answer
        said = " ".join(answer.text.split())[:300]
        match answer.status_code:
            case 400:
                raise BadQuery(f"The server refuses the query: {said}")
            case 401 | 403:
                raise StoreError(
                    f"{_safe(url)} wants credentials ({answer.status_code}): set IIBUN_STORE_USER and "
                    f"IIBUN_STORE_PASSWORD, or IIBUN_STORE_TOKEN. {said}".strip()
                )
            case 409:
                raise Failed(said)
            case 413 | 503:
                raise Refused(said or f"{_safe(url)} ended the query at a limit ({answer.status_code}).")
        raise StoreError(f"{_safe(url)} answered {answer.status_code}: {said}")

    def _parse(self, answer: httpx.Response) -> ox.QuerySolutions | ox.QueryTriples | ox.QueryBoolean:
        kind = answer.headers.get("content-type", "").split(";")[0].strip().lower()
        try:
            if kind in _ROWS:
                found = ox.parse_query_results(answer.content, format=_ROWS[kind])
                if isinstance(found, ox.QuerySolutions) and [v.value for v in found.variables] == ["__ASK_RETVAL"]:
                    yes = any(row[0].value in ("1", "true") for row in found)  # Virtuoso's answer to ASK
                    return ox.parse_query_results(_BOOLEAN[yes], format=ox.QueryResultsFormat.JSON)
                return found
            if kind in _TRIPLES:
                triples = [q.triple for q in ox.parse(answer.content, format=_TRIPLES[kind])]
                return _Triples(triples)  # type: ignore[return-value]
        except (SyntaxError, ValueError) as error:  # some servers put an error into a 200 that has begun
            raise StoreError(f"The answer of {_safe(self.query_url)} is cut short or not valid: {error}.") from None
        raise StoreError(f"{_safe(self.query_url)} is no SPARQL endpoint: it answers with {kind or 'nothing'}.")

    def construct(self, sparql: str, **bindings: Value) -> list[ox.Triple]:
        found = self._ask(sparql, bindings)
        if isinstance(found, _Triples):
            return list(found)
        raise BadQuery("The query gives rows, not triples; use CONSTRUCT or DESCRIBE here.")


class _Ours(RemoteStore):
    """Our own server."""

    @property
    def version(self) -> str:
        return str(self._send("GET", self.query_url + "/version").text)

    def replace(self, graph: str, quads: Iterable[ox.Quad], *, flush: bool = True) -> bool:
        body = ox.serialize(
            sorted({ox.Triple(q.subject, q.predicate, q.object) for q in quads}, key=str), format=ox.RdfFormat.N_TRIPLES
        )
        answer = self._send(
            "PUT",
            str(self.graphs_url),
            params={"graph": graph},
            content=body,
            headers={"Content-Type": "application/n-triples", **({} if flush else {LATER: "true"})},
        )
        return answer.headers.get("iibun-changed") != "false"

    def insert(self, quads: Iterable[ox.Quad]) -> None:
        body = ox.serialize(quads, format=ox.RdfFormat.N_QUADS)
        self._send(
            "POST", str(self.graphs_url) + "/quads", content=body, headers={"Content-Type": "application/n-quads"}
        )

    def flush(self) -> None:
        self.insert([])  # every other write flushes, one of nothing too

    def quads(self, graph: str | None = None) -> Iterator[ox.Quad]:
        params = {} if graph is None else {"graph": graph}
        answer = self._send("GET", str(self.graphs_url) + "/quads", params=params)
        yield from ox.parse(answer.content, format=ox.RdfFormat.N_QUADS)


class _Triples(list[ox.Triple]):
    """Triples that a server gave; stands where Oxigraph gives ``QueryTriples``."""


#: Graphs that Virtuoso has of its own.
_SYSTEM = (
    "http://www.openlinksw.com/", "http://localhost:8890/", "http://www.w3.org/2002/07/owl#", "http://www.w3.org/ns/ldp#",
    "urn:activitystreams-owl:map", "urn:core:services:sparql", "virtrdf",
)  # fmt: skip


def conventions(url: str) -> tuple[str, str | None, dict[str, str]]:
    """Update address, Graph Store address and query parameters that go with a query address.

    >>> conventions("http://127.0.0.1:7878/query")
    ('http://127.0.0.1:7878/update', 'http://127.0.0.1:7878/store', {'union-default-graph': 'true'})
    """
    scheme, host, path, query, _ = urlsplit(url)

    def at(p: str) -> str:
        return urlunsplit((scheme, host, p, query, ""))

    if path in ("/query", "/query/"):  # oxigraph serve
        return at("/update"), at("/store"), {"union-default-graph": "true"}
    if path.endswith(("/query", "/sparql")) and path.count("/") == 2:  # Fuseki: /dataset/query
        head = path.rsplit("/", 1)[0]
        return at(head + "/update"), at(head + "/data"), {}
    if path.startswith("/repositories/"):  # GraphDB, RDF4J
        return at(path.rstrip("/") + "/statements"), at(path.rstrip("/") + "/rdf-graphs/service"), {}
    return url, None, {}


def _canonical(term: Any) -> Any:
    """Virtuoso's booleans are 1 and 0."""
    if isinstance(term, ox.Literal) and term.datatype == XSD.boolean and term.value in ("0", "1"):
        return ox.Literal("true" if term.value == "1" else "false", datatype=XSD.boolean)
    return term


def _insert(graph: ox.NamedNode, triples: Iterable[ox.Triple]) -> str:
    data = " .\n".join(f"{t.subject} {t.predicate} {t.object}" for t in triples)
    return f"INSERT DATA {{ GRAPH {graph} {{\n{data}\n}} }}"


def _batches(triples: Iterable[ox.Triple]) -> Iterator[list[ox.Triple]]:
    it = iter(triples)
    while batch := list(itertools.islice(it, BATCH)):
        yield batch


def _safe(url: str) -> str:
    """An address without credentials or query, for messages."""
    scheme, host, path, _, _ = urlsplit(url)
    return urlunsplit((scheme, host.rsplit("@", 1)[-1], path, "", ""))
