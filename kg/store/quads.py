"""Quads as the stores write them: in the merge too, with new blank nodes, by graph, as the data of an update."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator
from typing import Literal

import pyoxigraph as ox

from kg.store.merge import named


def stays(store: ox.Store, quad: ox.Quad, removed: set[ox.Quad]) -> bool:
    """Whether some named graph still has a quad's triple after the quads ``removed`` are gone.

    This is asked before the transaction, since lookups within it get slower with every removed quad.
    """
    said = store.quads_for_pattern(quad.subject, quad.predicate, quad.object)
    return any(q not in removed and isinstance(q.graph_name, ox.NamedNode) for q in said)


def twice(quads: Iterable[ox.Quad]) -> Iterator[ox.Quad]:
    """Each quad twice: in its graph and in the merge."""
    merge = ox.DefaultGraph()
    for quad in map(named, quads):
        yield quad
        yield ox.Quad(quad.subject, quad.predicate, quad.object, merge)


def names(quads: Iterable[ox.Quad]) -> set[str]:
    """The names of the graphs that quads are in."""
    return {q.graph_name.value for q in quads if isinstance(q.graph_name, ox.NamedNode)}


def block(quads: Iterable[ox.Quad]) -> str:
    """Quads in the syntax of an ``INSERT DATA`` block."""
    graphs: dict[str, list[str]] = {}
    for q in quads:
        graphs.setdefault(str(q.graph_name), []).append(f"{q.subject} {q.predicate} {q.object}")
    return "\n".join(f"GRAPH {g} {{\n" + " .\n".join(sorted(t)) + " }" for g, t in sorted(graphs.items()))


def renamed(quads: Iterable[ox.Quad]) -> Iterator[ox.Quad]:
    """Quads with new blank nodes, so that they cannot coincide with those of other graphs."""
    known: dict[ox.BlankNode, ox.BlankNode] = {}

    def new(term: object) -> object:
        return known.setdefault(term, ox.BlankNode()) if isinstance(term, ox.BlankNode) else term

    for q in quads:
        if isinstance(q.subject, ox.BlankNode) or isinstance(q.object, ox.BlankNode):
            q = ox.Quad(new(q.subject), q.predicate, new(q.object), q.graph_name)  # type: ignore[arg-type]
        yield q


def by_graph(quads: Iterable[ox.Quad]) -> list[tuple[ox.NamedNode, list[ox.Triple]]]:
    """The triples of quads by graph, both sorted."""
    found: dict[str, list[ox.Triple]] = {}
    for q in quads:
        found.setdefault(q.graph_name.value, []).append(q.triple)  # type: ignore[union-attr]
    return [(ox.NamedNode(g), sorted(t, key=str)) for g, t in sorted(found.items())]


def insertion(graph: ox.NamedNode, triples: Iterable[ox.Triple]) -> str:
    """``INSERT DATA`` of triples into a graph."""
    return data("INSERT", graph, triples)


def data(verb: Literal["INSERT", "DELETE"], graph: ox.NamedNode, triples: Iterable[ox.Triple]) -> str:
    """``INSERT DATA`` or ``DELETE DATA`` of triples of a graph."""
    lines = " .\n".join(f"{t.subject} {t.predicate} {t.object}" for t in triples)
    return f"{verb} DATA {{ GRAPH {graph} {{\n{lines}\n}} }}"


def batches(triples: Iterable[ox.Triple], size: int) -> Iterator[list[ox.Triple]]:
    """Triples in lists of at most ``size``."""
    it = iter(triples)
    while batch := list(itertools.islice(it, size)):
        yield batch
