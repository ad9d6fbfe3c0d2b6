"""Evaluate a query over the dataset that it, or its caller, chooses, with a default graph that is always a set."""

from __future__ import annotations

from collections.abc import Sequence

import pyoxigraph as ox

from kg.store.merge import is_merged
from kg.store.sparql import tokens
from kg.store.updates import resolve


def answer(
    store: ox.Store,
    sparql: str,
    *,
    base: str | None = None,
    default: Sequence[str] | None = None,
    named: Sequence[str] | None = None,
) -> ox.QuerySolutions | ox.QueryTriples | ox.QueryBoolean:
    """The result of a query.

    If neither the caller nor the query chooses a dataset, the default graph is the store's, if that is the merge of the other
    graphs, and otherwise their union.

    Args:
        store: the Oxigraph to query.
        sparql: the query.
        base: the IRI against which relative IRIs are resolved.
        default: the graphs whose merge is the default graph; those of ``FROM`` if None.
        named: the graphs that ``GRAPH`` can see; those of ``FROM NAMED`` if None.

    Raises:
        SyntaxError: if the query is not valid SPARQL.
    """
    if default is None and named is None:
        default, named = chosen(sparql, base)
        if len(default) < 2:  # Oxigraph can handle the clauses itself
            union = not default and not named and not is_merged(store)
            return store.query(sparql, base_iri=base, use_default_graph_as_union=union)
    graphs = [ox.NamedNode(g) for g in dict.fromkeys(default or ())]
    others = [ox.NamedNode(g) for g in dict.fromkeys(named or ())]
    if len(graphs) < 2:
        return store.query(sparql, base_iri=base, default_graph=list(graphs), named_graphs=list(others))
    # Oxigraph would return a triple once for each of the graphs that have it (oxigraph#1919), so merge them first
    merged = ox.Store()
    merged.bulk_extend(
        ox.Quad(q.subject, q.predicate, q.object, ox.DefaultGraph())
        for g in graphs
        for q in store.quads_for_pattern(None, None, None, g)
    )
    merged.bulk_extend(q for g in others for q in store.quads_for_pattern(None, None, None, g))
    return merged.query(sparql, base_iri=base, default_graph=ox.DefaultGraph(), named_graphs=list(others))


def chosen(sparql: str, base: str | None = None) -> tuple[list[str], list[str]]:
    """The graphs of ``FROM`` and of ``FROM NAMED``; names that cannot be resolved are left out.

    >>> chosen("PREFIX x: <urn:x:> SELECT * FROM x:a FROM NAMED <urn:b> { ?s ?p ?o }")
    (['urn:x:a'], ['urn:b'])
    """
    default: list[str] = []
    named: list[str] = []
    if "FROM" not in sparql.upper():
        return default, named
    prologue = f"@base <{base}> .\n" if base else ""
    declaring, depth = True, 0
    before = ["", ""]
    for token in tokens(sparql):
        if token.kind in ("space", "comment"):
            continue
        depth += {"{": 1, "}": -1}.get(token.text, 0)
        word = token.text.upper() if token.kind == "word" else ""
        declaring = declaring and word not in ("SELECT", "ASK", "CONSTRUCT", "DESCRIBE")
        if declaring:
            prologue += token.text + " "
        elif depth == 0 and token.kind in ("iri", "name") and "FROM" in before:
            if found := resolve(token.text, prologue):
                (named if before[1] == "NAMED" else default).append(found)
        before = [before[1], word]
    return default, named
