"""The default graph of a store: the RDF merge of its named graphs, a set, kept beside them.

A name that stands in six articles' graphs is one triple of the merge. Oxigraph can also take the union of all named
graphs while it answers, but it gives such a triple six times, and so do other servers; RDF 1.1 Semantics merges
graphs, which are sets. So the merge is kept: every write changes the named graphs and the merge in one request.

Here are the requests, as SPARQL text; ``embedded.py`` and ``remote.py`` send them. What somebody puts into the default
graph itself lives in a named graph, :data:`OWN`, and is part of the merge like every other.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass

import pyoxigraph as ox

#: What is written to the default graph itself: ``INSERT DATA { … }`` without ``GRAPH``, ``?default``.
OWN = "urn:iibun:graph:default"
#: Where the merge is, on a server whose default graph is none of its own.
MERGED = "urn:iibun:graph:merged"
#: Graphs without triples that tell what the default graph of an Oxigraph is: the merge of the others; or to be made
#: that, after a load that was killed. Neither: one of before there was a merge. They travel with every copy of the files.
IS_MERGE, TO_MERGE = ox.NamedNode("urn:iibun:store:merged"), ox.NamedNode("urn:iibun:store:to-merge")


@dataclass(frozen=True, slots=True)
class Merge:
    """The requests that keep a merge right.

    ``graph`` names the graph that holds it; None is the store's own default graph.
    """

    graph: str | None = None

    def took(self, graphs: Collection[str], pattern: str = "?s ?p ?o") -> str:
        """Take from the merge what no other graph says; to stand before what changes these graphs.

        ``pattern`` chooses among their triples.

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
        """Put into the merge what these graphs say; to stand after what changes them."""
        return " ;\n".join(
            f"INSERT {self._said} WHERE {{ GRAPH {ox.NamedNode(g)} {{ ?s ?p ?o }} }}" for g in sorted(graphs)
        )

    def lost(self, triples: Iterable[ox.Triple]) -> str:
        """Take triples from the merge that no graph says any more."""
        rows = " ".join(f"({t.subject} {t.predicate} {t.object})" for t in triples)
        return (
            f"DELETE {self._said} WHERE {{ VALUES (?s ?p ?o) {{ {rows} }}\n"
            f"  FILTER NOT EXISTS {{ {self._another(())} }} }}"
        )

    def shared(self, graph: str) -> str:
        """Which triples of a graph does another graph say, too?"""
        return (
            f"SELECT ?s ?p ?o WHERE {{ GRAPH {ox.NamedNode(graph)} {{ ?s ?p ?o }}\n"
            f"  FILTER EXISTS {{ {self._another([graph])} }} }}"
        )

    def data(self, triples: Iterable[ox.Triple]) -> str:
        """Triples as they stand in a block of data, for the merge."""
        text = " .\n".join(f"{t.subject} {t.predicate} {t.object}" for t in triples)
        return text if self.graph is None else f"GRAPH {ox.NamedNode(self.graph)} {{\n{text} }}"

    def anew(self) -> str:
        """Make the merge right, whatever it is now: takes as long as it takes to read the store."""
        return f"{self.pruned()} ;\nINSERT {self._said} WHERE {{ {self._another(())} FILTER NOT EXISTS {self._said} }}"

    def pruned(self) -> str:
        """Take from the merge what no graph says, whatever it is now."""
        return f"DELETE {self._said} WHERE {{ {self._held} FILTER NOT EXISTS {{ {self._another(())} }} }}"

    def exceeds(self) -> str:
        """Is there something in the merge that no graph says?"""
        return f"ASK {{ {self._held} FILTER NOT EXISTS {{ {self._another(())} }} }}"

    def lacks(self, graph: str) -> str:
        """Is there something in a graph that is not in the merge?"""
        return f"ASK {{ GRAPH {ox.NamedNode(graph)} {{ ?s ?p ?o }} FILTER NOT EXISTS {self._said} }}"

    @property
    def patterns(self) -> tuple[str, str]:
        """What matches if a graph holds something, and if the merge does."""
        return self._another(()), self._held

    @property
    def _held(self) -> str:
        return "?s ?p ?o" if self.graph is None else f"GRAPH {ox.NamedNode(self.graph)} {{ ?s ?p ?o }}"

    @property
    def _said(self) -> str:
        """The pattern of all triples, in the merge."""
        return f"{{ {self._held} }}"

    def _another(self, but: Collection[str]) -> str:
        """All triples of the named graphs but these, and but the merge's."""
        left = [*sorted(but), *([self.graph] if self.graph else [])]
        names = ", ".join(str(ox.NamedNode(g)) for g in left)
        return "GRAPH ?h { ?s ?p ?o }" + (f" FILTER(?h NOT IN ({names}))" if left else "")


class Unmerged(Merge):
    """No merge is kept: a server's default graph is what it is, and may hold a triple once for each graph that says it."""

    def took(self, graphs: Collection[str], pattern: str = "") -> str:
        return ""

    def gave(self, graphs: Collection[str]) -> str:
        return ""

    def lost(self, triples: Iterable[ox.Triple]) -> str:
        return ""

    def data(self, triples: Iterable[ox.Triple]) -> str:
        return ""

    def pruned(self) -> str:
        return ""


def is_merged(store: ox.Store) -> bool:
    """Whether the default graph of an Oxigraph is the merge of its named graphs."""
    return store.contains_named_graph(IS_MERGE)


def named(quad: ox.Quad) -> ox.Quad:
    """A quad with the name of its graph: one of the default graph is of :data:`OWN`."""
    if isinstance(quad.graph_name, ox.DefaultGraph):
        return ox.Quad(quad.subject, quad.predicate, quad.object, ox.NamedNode(OWN))
    return quad
