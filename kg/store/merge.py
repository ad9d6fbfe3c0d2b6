"""Maintain the default graph of a store as the RDF merge of its named graphs.

A merge is a set: a name that is in the graphs of six articles is one triple of it. Oxigraph and other servers can also take the
union of all named graphs while they answer, but then such a triple comes six times and counts are wrong. So the merge is
stored, and every write changes the named graphs and the merge in one request.

This module makes the requests as SPARQL text; ``embedded.py`` and ``remote.py`` send them. What somebody writes to the default
graph itself is kept in a named graph, :data:`OWN`, and is part of the merge like every other graph.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass

import pyoxigraph as ox

#: The graph of what is written to the default graph itself: ``INSERT DATA { … }`` without ``GRAPH``, ``?default``.
OWN = "urn:iibun:graph:default"
#: The graph of the merge, on a server whose default graph cannot be written.
MERGED = "urn:iibun:graph:merged"
#: Empty graphs that mark the state of an Oxigraph's default graph: it is the merge; or it must be made so, after a bulk load that
#: was interrupted. A store with neither is older than the merge. As graphs, the marks are part of every copy of the files.
IS_MERGE, TO_MERGE = ox.NamedNode("urn:iibun:store:merged"), ox.NamedNode("urn:iibun:store:to-merge")


@dataclass(frozen=True, slots=True)
class Merge:
    """Makes the SPARQL requests that keep the merge up to date.

    ``graph`` is the IRI of the graph that holds the merge; None for the store's own default graph.
    """

    graph: str | None = None

    def took(self, graphs: Collection[str], pattern: str = "?s ?p ?o") -> str:
        """Update that removes from the merge the triples of these graphs that no other graph has.

        It must come before the operation that changes the graphs.

        Args:
            graphs: IRIs of the graphs that will be changed.
            pattern: which of their triples to remove.

        >>> print(Merge().took(["urn:x:g"]))
        DELETE { ?s ?p ?o } WHERE { GRAPH <urn:x:g> { ?s ?p ?o }
          FILTER NOT EXISTS { GRAPH ?h { ?s ?p ?o } FILTER(?h NOT IN (<urn:x:g>)) } }
        """
        return " ;\n".join(
            f"DELETE {self._said} WHERE {{ GRAPH {ox.NamedNode(g)} {{ {pattern} }}\n"
            f"  FILTER NOT EXISTS {{ {self._another(graphs)} }} }}"
            for g in sorted(graphs)
        )

    def gave(self, graphs: Collection[str]) -> str:
        """Update that adds the triples of these graphs to the merge; it must come after the operation that changes them."""
        return " ;\n".join(
            f"INSERT {self._said} WHERE {{ GRAPH {ox.NamedNode(g)} {{ ?s ?p ?o }} }}" for g in sorted(graphs)
        )

    def lost(self, triples: Iterable[ox.Triple]) -> str:
        """Update that removes triples from the merge unless a graph still has them."""
        rows = " ".join(f"({t.subject} {t.predicate} {t.object})" for t in triples)
        return (
            f"DELETE {self._said} WHERE {{ VALUES (?s ?p ?o) {{ {rows} }}\n"
            f"  FILTER NOT EXISTS {{ {self._another(())} }} }}"
        )

    def shared(self, graph: str) -> str:
        """Query for the triples of a graph that another graph has, too."""
        return (
            f"SELECT ?s ?p ?o WHERE {{ GRAPH {ox.NamedNode(graph)} {{ ?s ?p ?o }}\n"
            f"  FILTER EXISTS {{ {self._another([graph])} }} }}"
        )

    def data(self, triples: Iterable[ox.Triple]) -> str:
        """Triples in the syntax of an ``INSERT DATA`` block for the merge."""
        text = " .\n".join(f"{t.subject} {t.predicate} {t.object}" for t in triples)
        return text if self.graph is None else f"GRAPH {ox.NamedNode(self.graph)} {{\n{text} }}"

    def anew(self) -> str:
        """Update that corrects the merge completely, whatever its state; it has to read the whole store."""
        return f"{self.pruned()} ;\nINSERT {self._said} WHERE {{ {self._another(())} FILTER NOT EXISTS {self._said} }}"

    def pruned(self) -> str:
        """Update that removes from the merge all triples that no graph has."""
        return f"DELETE {self._said} WHERE {{ {self._held} FILTER NOT EXISTS {{ {self._another(())} }} }}"

    def exceeds(self) -> str:
        """Query whether the merge has a triple that no graph has."""
        return f"ASK {{ {self._held} FILTER NOT EXISTS {{ {self._another(())} }} }}"

    def lacks(self, graph: str) -> str:
        """Query whether a graph has a triple that the merge lacks."""
        return f"ASK {{ GRAPH {ox.NamedNode(graph)} {{ ?s ?p ?o }} FILTER NOT EXISTS {self._said} }}"

    @property
    def patterns(self) -> tuple[str, str]:
        """Two patterns: one that matches if any graph has a triple, and one that matches if the merge has one."""
        return self._another(()), self._held

    @property
    def _held(self) -> str:
        return "?s ?p ?o" if self.graph is None else f"GRAPH {ox.NamedNode(self.graph)} {{ ?s ?p ?o }}"

    @property
    def _said(self) -> str:
        """Pattern of all triples of the merge, in braces."""
        return f"{{ {self._held} }}"

    def _another(self, but: Collection[str]) -> str:
        """Pattern of all triples of the named graphs except ``but`` and the merge's own graph."""
        left = [*sorted(but), *([self.graph] if self.graph else [])]
        names = ", ".join(str(ox.NamedNode(g)) for g in left)
        return "GRAPH ?h { ?s ?p ?o }" + (f" FILTER(?h NOT IN ({names}))" if left else "")


class Unmerged(Merge):
    """For a server where no merge is kept; its default graph may return a triple once for each graph that has it."""

    def took(self, graphs: Collection[str], pattern: str = "") -> str:
        """No request: there is no merge."""
        return ""

    def gave(self, graphs: Collection[str]) -> str:
        """No request: there is no merge."""
        return ""

    def lost(self, triples: Iterable[ox.Triple]) -> str:
        """No request: there is no merge."""
        return ""

    def data(self, triples: Iterable[ox.Triple]) -> str:
        """No data: there is no merge."""
        return ""

    def pruned(self) -> str:
        """No request: there is no merge."""
        return ""


def is_merged(store: ox.Store) -> bool:
    """Whether the default graph of an Oxigraph is marked as the merge of its named graphs."""
    return store.contains_named_graph(IS_MERGE)


def named(quad: ox.Quad) -> ox.Quad:
    """The quad in a named graph: a quad of the default graph is moved to :data:`OWN`."""
    if isinstance(quad.graph_name, ox.DefaultGraph):
        return ox.Quad(quad.subject, quad.predicate, quad.object, ox.NamedNode(OWN))
    return quad
