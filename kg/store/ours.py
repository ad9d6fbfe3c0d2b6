"""A store that one of our own servers has open."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import pyoxigraph as ox

from kg.store.base import LATER, prefixed
from kg.store.merge import Merge, named
from kg.store.parsing import parse
from kg.store.remote import RemoteStore, safe
from kg.store.sparql import Value, bind, iri, refuse


class OurServer(RemoteStore):
    """One of our own servers. Each request is one transaction; the server maintains the merge and the versions.

    It has routes beyond those of the SPARQL protocols (:mod:`kg.endpoint.graphs`).

    Args:
        url: the address of its endpoint.
        token: the token that allows writing.
    """

    def __init__(self, url: str, token: str) -> None:
        super().__init__(url, url, headers={"Authorization": f"Bearer {token}"}, merge=Merge())

    def update(self, sparql: str, **bindings: Value) -> None:
        whole = bind(prefixed(sparql), bindings)
        refuse(whole)
        self._update(whole)

    @property
    def _graphs_url(self) -> str:
        return self.query_url + "/graphs"

    @property
    def version(self) -> str:
        return str(self._send("GET", self.query_url + "/version").text)

    def changed(self, since: str) -> frozenset[str] | None:
        now, *graphs = str(self._send("GET", self.query_url + "/version", params={"since": since}).text).split("\n")
        return frozenset(graphs) if graphs or now == since else None

    def replace(self, graph: str, quads: Iterable[ox.Quad], *, flush: bool = True) -> bool:
        body = ox.serialize(
            sorted({ox.Triple(q.subject, q.predicate, q.object) for q in quads}, key=str), format=ox.RdfFormat.N_TRIPLES
        )
        answer = self._send(
            "PUT",
            self._graphs_url,
            params={"graph": graph},
            content=body,
            headers={"Content-Type": "application/n-triples", **({} if flush else {LATER: "true"})},
        )
        return bool(answer.headers.get("iibun-changed") != "false")

    def edit(self, *, remove: Iterable[ox.Quad] = (), add: Iterable[ox.Quad] = ()) -> None:
        old, new = (ox.serialize(map(named, q), format=ox.RdfFormat.N_QUADS) or b"" for q in (remove, add))
        if old:
            parts = {"remove": old.decode(), "add": new.decode()}
            self._send("PATCH", self._graphs_url + "/quads", json=parts)
        else:
            self._send(
                "POST", self._graphs_url + "/quads", content=new, headers={"Content-Type": "application/n-quads"}
            )

    def delete(self, graph: str) -> None:
        self._update(f"DROP SILENT GRAPH {iri(graph)}")

    def flush(self) -> None:
        self.insert([])  # every write without flush=False flushes, even one of nothing

    def quads(self, graph: str | None = None) -> Iterator[ox.Quad]:
        params = {} if graph is None else {"graph": graph}
        answer = self._send("GET", self._graphs_url + "/quads", params=params)
        yield from parse(answer.content, ox.RdfFormat.N_QUADS, f"The answer of {safe(self.query_url)}")
