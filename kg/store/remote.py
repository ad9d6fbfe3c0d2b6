"""A store on a SPARQL 1.1 server.

Only portable SPARQL is sent: always ``GRAPH``, no blank nodes, canonical literals, no ``DROP ALL``.

The merge of all graphs (:mod:`kg.store.merge`) is kept in the server's default graph if that can be written. With
``IIBUN_STORE_MERGE=named`` it is kept in a named graph, and each query is rewritten to use that graph (:mod:`kg.store.wrapping`).
Otherwise there is no merge, and the default graph is what the server makes of it. Virtuoso, for example, returns a triple once
for each graph that has it, and crashes on the rewritten queries.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterable, Iterator
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import httpx
import pyoxigraph as ox

from kg import environment
from kg.store.base import Store, StoreError, Unreachable, prefixed
from kg.store.changes import Changes
from kg.store.merge import MERGED, Merge, Unmerged, named
from kg.store.parsing import parse
from kg.store.quads import batches, by_graph, data, insertion
from kg.store.sparql import BadQuery, Failed, Refused, Value, bind, form, iri, refuse
from kg.store.syntax import explained
from kg.store.updates import join, writing
from kg.store.wrapping import wrapped
from kg.vocab import XSD

#: Triples per ``INSERT DATA``; Virtuoso's compiler fails near 10,000 lines.
BATCH = 500
#: The same for servers like Oxigraph and Fuseki, which take a whole article in one transaction.
WHOLE = 200_000
#: Seconds to wait for a connection, and for an answer.
CONNECT, PATIENCE = 5.0, 130.0
#: Seconds for which what is remembered of a server is good, and after which all that others may have written is looked for.
_GOOD, _OTHERS = 5, 60

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
    """A SPARQL server with a query address and an update address, which may be the same.

    Args:
        query_url, update_url: the two addresses.
        auth: credentials, if any.
        headers: sent with each request.
        read_only: refuse writes.
        merge: where the merge is kept; :class:`~kg.store.merge.Unmerged` if None.
    """

    def __init__(
        self,
        query_url: str,
        update_url: str,
        *,
        auth: httpx.Auth | None = None,
        headers: dict[str, str] | None = None,
        read_only: bool = False,
        merge: Merge | None = None,
    ) -> None:
        self.query_url, self.update_url = query_url, update_url
        self._read_only = read_only
        self.merge = merge or Unmerged()
        self.ordered = self.merge.graph is None
        self._http = httpx.Client(
            auth=auth, headers=headers, timeout=httpx.Timeout(PATIENCE, connect=CONNECT), trust_env=False
        )
        self._count = 0
        self._run = f"{time.time_ns():x}"
        self._lock = threading.Lock()
        self._changes = Changes()

    @classmethod
    def at(cls, url: str, *, read_only: bool = False) -> RemoteStore:
        """The store at a query address.

        The update address is ``IIBUN_STORE_UPDATE``, or follows by convention from the query address. The credentials are
        ``IIBUN_STORE_USER`` with ``IIBUN_STORE_PASSWORD`` (basic, or digest with ``IIBUN_STORE_AUTH=digest``), or
        ``IIBUN_STORE_TOKEN`` (bearer).

        Raises:
            StoreError: if there is no SPARQL server at the address.
        """
        if urlsplit(url).username:
            raise StoreError(
                "Credentials do not belong into the address; set IIBUN_STORE_USER and IIBUN_STORE_PASSWORD."
            )
        update, own_default = conventions(url)
        user, token = environment.get("IIBUN_STORE_USER"), environment.get("IIBUN_STORE_TOKEN")
        auth: httpx.Auth | None = None
        if user:
            kind = httpx.DigestAuth if environment.get("IIBUN_STORE_AUTH") == "digest" else httpx.BasicAuth
            auth = kind(user, environment.get("IIBUN_STORE_PASSWORD"))
        store = cls(
            url,
            environment.get("IIBUN_STORE_UPDATE") or update,
            auth=auth,
            headers={"Authorization": f"Bearer {token}"} if token and not user else None,
            read_only=read_only,
            merge=_where(own_default),
        )
        store.ready()
        return store

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def ready(self) -> None:
        """Check that the server answers, and make the merge if there are graphs but no merge.

        Raises:
            StoreError: if there is no SPARQL server at the address, or the merge is missing and the store is read-only.
        """
        if isinstance(self.merge, Unmerged):
            self._answer("ASK { GRAPH ?g { ?s ?p ?o } }")
            return
        there, merged = (bool(self._answer(f"ASK {{ {pattern} }}")) for pattern in self.merge.patterns)
        if not there or merged:
            return
        if self._read_only:
            raise StoreError(
                f"The graphs at {safe(self.query_url)} were not merged yet; open it once for writing (`iibun links --rebuild`)."
            )
        self._gather()

    def _gather(self) -> None:
        """Add the triples of all graphs to the merge, except those of the server's system graphs."""
        for graph in self.graphs():
            self._update(self.merge.gave([graph]))

    def _plain(self, sparql: str) -> ox.QuerySolutions | ox.QueryTriples | ox.QueryBoolean:
        return self._answer(sparql)

    def query(self, sparql: str) -> ox.QuerySolutions | ox.QueryTriples | ox.QueryBoolean:
        """See :meth:`Store.query`."""
        try:
            return self._answer(sparql if self.merge.graph is None else wrapped(sparql, self.merge.graph))
        except (BadQuery, StoreError) as error:
            # prefer our own message: a server may list all tokens it knows, and Virtuoso answers 200 to an empty query
            raise (None if isinstance(error, Unreachable) else explained(sparql)) or error from None

    def _answer(self, sparql: str) -> ox.QuerySolutions | ox.QueryTriples | ox.QueryBoolean:
        rows = form(sparql) in ("SELECT", "ASK")  # accept one kind only: else Virtuoso answers a CONSTRUCT with rows
        accept = ", ".join(_ROWS) if rows else "application/n-triples, text/turtle;q=0.9, application/rdf+xml;q=0.5"
        return self._parse(self._send("POST", self.query_url, data={"query": sparql}, headers={"Accept": accept}))

    def update(self, sparql: str, **bindings: Value) -> None:
        """See :meth:`Store.update`."""
        whole = bind(prefixed(sparql), bindings)
        refuse(whole)
        declared, text, graphs = writing(whole)
        if graphs is None:
            self._update(declared + join((text, self.merge.pruned())))
            if not isinstance(self.merge, Unmerged):
                self._gather()
        else:
            self._update(declared + join((self.merge.took(graphs), text, self.merge.gave(graphs))), graphs)

    def replace(self, graph: str, quads: Iterable[ox.Quad], *, flush: bool = True) -> bool:
        """See :meth:`Store.replace`; always true, and a large graph takes several transactions."""
        node = iri(graph)
        new = sorted({ox.Triple(q.subject, q.predicate, q.object) for q in quads}, key=str)
        batches = list(self._batches(new))
        self._update(
            join(
                (
                    self.merge.took([graph]),
                    f"DROP SILENT GRAPH {node}",
                    *([insertion(node, batches[0]), self.merge.gave([graph])] if len(batches) == 1 else []),
                )
            ),
            [graph],
        )
        if len(batches) > 1:
            for batch in batches:
                self._update(insertion(node, batch), [graph])
            self._update(self.merge.gave([graph]), [])
        return True

    def edit(self, *, remove: Iterable[ox.Quad] = (), add: Iterable[ox.Quad] = ()) -> None:
        """See :meth:`Store.edit`; each graph and each batch is a transaction of its own."""
        added = {named(q) for q in add}
        for graph, triples in by_graph({named(q) for q in remove} - added):
            for batch in self._batches(triples):
                self._update(join((data("DELETE", graph, batch), self.merge.lost(batch))), [graph.value])
        for graph, triples in by_graph(added):
            for batch in self._batches(triples):
                merged = self.merge.data(batch)
                request = join((insertion(graph, batch), f"INSERT DATA {{ {merged} }}" if merged else ""))
                self._update(request, [graph.value])

    def delete(self, graph: str) -> None:
        """See :meth:`Store.delete`."""
        self._update(join((self.merge.took([graph]), f"DROP SILENT GRAPH {iri(graph)}")), [graph])

    def graphs(self) -> list[str]:
        """See :meth:`Store.graphs`; the server's system graphs and the graph of the merge are left out."""
        found = self.select("SELECT DISTINCT ?g WHERE { GRAPH ?g { ?s ?p ?o } }")
        return sorted(r["g"] for r in found if not str(r["g"]).startswith(_SYSTEM) and r["g"] != self.merge.graph)

    def faults(self) -> list[str]:
        """See :meth:`Store.faults`; without a merge, whether the default graph repeats triples."""
        if not isinstance(self.merge, Unmerged):
            return super().faults()
        twice = "SELECT ?s ?p ?o WHERE { ?s ?p ?o } GROUP BY ?s ?p ?o HAVING (COUNT(*) > 1) LIMIT 1"
        if not any(True for _ in self._answer(twice)):  # type: ignore[union-attr]
            return []
        return [
            "The default graph of this server repeats a triple for each graph that says it, so that counts over it may "
            "be too high; IIBUN_STORE_MERGE=named keeps the merge in a graph of its own, if the server bears it."
        ]

    def _batches(self, triples: Iterable[ox.Triple]) -> Iterator[list[ox.Triple]]:
        """The triples in batches, one per request; large batches if the server's default graph is the merge."""
        whole = self.merge.graph is None and not isinstance(self.merge, Unmerged)
        return batches(triples, WHOLE if whole else BATCH)

    def quads(self, graph: str | None = None) -> Iterator[ox.Quad]:
        """See :meth:`Store.quads`."""
        for name in [graph] if graph is not None else self.graphs():
            node = iri(name)
            found = self._answer(f"SELECT ?s ?p ?o WHERE {{ GRAPH {node} {{ ?s ?p ?o }} }}")
            for row in found:  # type: ignore[union-attr]
                yield ox.Quad(row["s"], row["p"], _canonical(row["o"]), node)

    def contains(self, graph: str) -> bool:
        """See :meth:`Store.contains`."""
        return bool(self._answer(f"ASK {{ GRAPH {iri(graph)} {{ ?s ?p ?o }} }}"))

    @property
    def version(self) -> str:
        """See :attr:`Store.version`.

        Other programs may write to the server unnoticed, so it also changes every five seconds.
        """
        return f"{self._own}-{int(time.monotonic() / _GOOD)}"

    def changed(self, since: str) -> frozenset[str] | None:
        """See :meth:`Store.changed`. What others write there is not known: once a minute it may be anything."""
        before, _, at = since.rpartition("-")
        if not at.isdigit() or int(at) * _GOOD // _OTHERS != time.monotonic() // _OTHERS:
            return None
        return self._changes.since(before, self._own)

    @property
    def _own(self) -> str:
        """The version as far as it follows from what was written here."""
        return f"{self._run}-{self._count}"

    def _update(self, sparql: str, graphs: Iterable[str] | None = None) -> None:
        if self._read_only:
            raise StoreError(f"The store {safe(self.query_url)} was opened for reading only.")
        self._send("POST", self.update_url, data={"update": sparql})
        with self._lock:
            before = self._own
            self._count += 1
            self._changes.note(before, self._own, graphs)

    def _send(self, method: str, url: str, **more: Any) -> httpx.Response:
        try:
            answer = self._http.request(method, url, **more)
        except httpx.ConnectError:
            raise Unreachable(f"Nothing answers at {safe(url)}; is the server running?") from None
        except httpx.TimeoutException:
            raise StoreError(f"{safe(url)} did not answer within {PATIENCE:.0f} seconds.") from None
        except httpx.HTTPError as error:
            raise Unreachable(f"{safe(url)} could not be reached: {error}.") from None
        if answer.is_success:
            return answer
        said = " ".join(answer.text.split())[:300]
        match answer.status_code:
            case 400:
                raise BadQuery(f"The server refuses the query: {said}")
            case 401 | 403:
                raise StoreError(
                    f"{safe(url)} wants credentials ({answer.status_code}): set IIBUN_STORE_USER and "
                    f"IIBUN_STORE_PASSWORD, or IIBUN_STORE_TOKEN. {said}".strip()
                )
            case 409:
                raise Failed(said)
            case 413 | 503:
                raise Refused(said or f"{safe(url)} ended the query at a limit ({answer.status_code}).")
        raise StoreError(f"{safe(url)} answered {answer.status_code}: {said}")

    def _parse(self, answer: httpx.Response) -> ox.QuerySolutions | ox.QueryTriples | ox.QueryBoolean:
        kind = answer.headers.get("content-type", "").split(";")[0].strip().lower()
        try:
            if kind in _ROWS:
                found = ox.parse_query_results(answer.content, format=_ROWS[kind])
                if isinstance(found, ox.QuerySolutions) and [v.value for v in found.variables] == ["__ASK_RETVAL"]:
                    yes = any(row[0].value in ("1", "true") for row in found)  # Virtuoso answers ASK with a row
                    return ox.parse_query_results(_BOOLEAN[yes], format=ox.QueryResultsFormat.JSON)
                return found
            if kind in _TRIPLES:
                triples = [
                    q.triple for q in parse(answer.content, _TRIPLES[kind], f"The answer of {safe(self.query_url)}")
                ]
                return _Triples(triples)  # type: ignore[return-value]
        except (SyntaxError, ValueError) as error:  # some servers report an error within an answer of status 200
            raise StoreError(f"The answer of {safe(self.query_url)} is cut short or not valid: {error}.") from None
        raise StoreError(f"{safe(self.query_url)} is no SPARQL endpoint: it answers with {kind or 'nothing'}.")

    def construct(self, sparql: str, **bindings: Value) -> list[ox.Triple]:
        """See :meth:`Store.construct`."""
        found = self._ask(sparql, bindings)
        if isinstance(found, _Triples):
            return list(found)
        raise BadQuery("The query gives rows, not triples; use CONSTRUCT or DESCRIBE here.")


class _Triples(list[ox.Triple]):
    """Triples of a server's answer, in place of Oxigraph's ``QueryTriples``."""


#: IRIs, or their beginnings, of Virtuoso's system graphs.
_SYSTEM = (
    "http://www.openlinksw.com/", "http://localhost:8890/", "http://www.w3.org/2002/07/owl#", "http://www.w3.org/ns/ldp#",
    "urn:activitystreams-owl:map", "urn:core:services:sparql", "virtrdf",
)  # fmt: skip


def conventions(url: str) -> tuple[str, bool]:
    """The update address that belongs to a query address, and whether the server's default graph can hold the merge.

    Both are known by the form of the address: Oxigraph, Fuseki, GraphDB and RDF4J each have their own. The default graph can hold
    the merge if it is separate from the named graphs.

    >>> conventions("http://127.0.0.1:7878/query")
    ('http://127.0.0.1:7878/update', True)
    """
    scheme, host, path, query, _ = urlsplit(url)

    def at(p: str) -> str:
        return urlunsplit((scheme, host, p, query, ""))

    if path in ("/query", "/query/"):  # oxigraph serve
        return at("/update"), True
    if path.endswith(("/query", "/sparql")) and path.count("/") == 2:  # Fuseki: /dataset/query
        return at(path.rsplit("/", 1)[0] + "/update"), True
    if path.startswith("/repositories/"):  # GraphDB, RDF4J
        return at(path.rstrip("/") + "/statements"), False
    return url, False


def _where(own_default: bool) -> Merge:
    """How a server's merge is kept: as ``IIBUN_STORE_MERGE`` says, or else by the kind of server."""
    said = environment.get("IIBUN_STORE_MERGE") or ("default" if own_default else "none")
    return {"default": Merge(), "named": Merge(MERGED), "none": Unmerged()}[said]


def _canonical(term: Any) -> Any:
    """The term with Virtuoso's booleans, 1 and 0, written true and false."""
    if isinstance(term, ox.Literal) and term.datatype == XSD.boolean and term.value in ("0", "1"):
        return ox.Literal("true" if term.value == "1" else "false", datatype=XSD.boolean)
    return term


def safe(url: str) -> str:
    """An address without credentials and query string, for error messages."""
    scheme, host, path, _, _ = urlsplit(url)
    return urlunsplit((scheme, host.rsplit("@", 1)[-1], path, "", ""))
