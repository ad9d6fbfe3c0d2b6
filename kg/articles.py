"""Articles as a whole: one is there or not, however large it is."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from typing import Any

from pyoxigraph import Literal, NamedNode, Quad

from kg.rdf import links_graph
from kg.store import Store, iri
from kg.vocab import (
    CURRENT_GRAPH,
    ENTITY_CLASSES,
    IIB,
    JUDGEMENTS_GRAPH,
    LEFTOVERS_GRAPH,
    PROV,
    RDF,
    SCHEMA,
    SKOS,
    XSD,
)  # fmt: skip

LARGE = 60_000  #: quads that are written or deleted in one transaction, at some 25 microseconds each
CHUNK = 20_000
_SINCE = Literal("2000-01-01T00:00:00Z", datatype=XSD.dateTime)  # that it is so counts, not since when
_clearing = threading.Lock()

#: What questions begin with; without these quads nothing leads to the rest of an article's or of its links' graph.
_LEADING = frozenset(
    [
        SCHEMA.appearance,
        SCHEMA.about,
        SKOS.prefLabel,
        RDF.predicate,
        IIB.entity,
        IIB.source,
        IIB.linkType,
        IIB["from"],
        IIB.to,
    ]
)
_LEADING_TYPES = frozenset(
    [
        *(IIB[name] for name in ("Prediction", "Mention", "Relation", "Figure", "DateExpression", "Link")),
        SCHEMA.Claim,
        *ENTITY_CLASSES.values(),
    ]
)


def forget(store: Store, article: str, *, judgements: bool = False, clear: bool = True) -> bool:
    """Delete an article and every link that its claims take part in.

    What people decided about it stays, as the log is never changed, unless ``judgements`` is given: then every
    judgement on the article or its claims goes as well, and what undid them, also those on an article that was
    deleted before; nothing of the article is left.

    Args:
        store: where it is.
        article: its IRI.
        judgements: delete the judgements on it, too.
        clear: clear a large graph before this returns; else nothing leads to it any more, and :func:`sweep` is to be called.

    Returns:
        Whether there was anything to delete.

    Example:
        ``forget(store, "urn:iibun:article:…")``
    """
    node = iri(article)
    there = store.contains(article)
    store.update(
        "DELETE { GRAPH ?g { ?link ?p ?o } } WHERE { GRAPH $article { ?claim schema:appearance $article } "
        "GRAPH ?g { ?link iib:from|iib:to ?claim ; ?p ?o } " + ("}" if judgements else "FILTER(?g != $log) }"),
        article=node,
        **({} if judgements else {"log": iri(JUDGEMENTS_GRAPH)}),
    )
    for graph in (CURRENT_GRAPH, JUDGEMENTS_GRAPH) if judgements else (CURRENT_GRAPH,):
        store.update(
            "DELETE { GRAPH $graph { ?claim ?p ?o } } WHERE { GRAPH $article { ?claim schema:appearance $article } "
            "GRAPH $graph { ?claim ?p ?o } }",
            article=node,
            graph=iri(graph),
        )
    if judgements:
        log = iri(JUDGEMENTS_GRAPH)
        there |= bool(
            store.select("ASK { GRAPH $log { ?j iib:judgedArticle $article } }", log=log, article=node)[0]["answer"]
        )
        store.update(
            "DELETE { GRAPH $log { ?u ?p ?o } } WHERE { GRAPH $log { ?j iib:judgedArticle $article . ?u iib:undoes+ ?j ; ?p ?o } }",
            log=log,
            article=node,
        )
        store.update(  # its sentences, kept as evidence for what others said
            "DELETE { GRAPH $log { ?quote ?p ?o } } WHERE { GRAPH $log { ?quote oa:hasSource $article ; ?p ?o } }",
            log=log,
            article=node,
        )
        for graph in (CURRENT_GRAPH, JUDGEMENTS_GRAPH):
            store.update(
                "DELETE { GRAPH $graph { ?j ?p ?o } } WHERE { GRAPH $log { ?j iib:judgedArticle $article } GRAPH $graph { ?j ?p ?o } }",
                article=node,
                graph=iri(graph),
                log=log,
            )
    for graph in (links_graph(article), article):
        if _size(store, graph) <= LARGE:
            store.delete(graph)
        else:
            _cut_off(store, graph)
    if clear:
        sweep(store)
    return there


def put(store: Store, article: str, quads: Sequence[Quad], check: Callable[[], None] = lambda: None) -> None:
    """Write an article's graph: whole or not at all for whoever asks, a large one in many small transactions.

    Of a large one that by which anything is found comes last, in one transaction; so it can be given up before, and other
    writers take their turns. The graph of an article that is there is replaced in one transaction.

    Args:
        store: where to write.
        article: its IRI, which is the graph's name.
        quads: the graph.
        check: raises to give up; then what was written is listed for :func:`sweep`.
    """
    if len(quads) <= LARGE or _stands(store, article):
        check()
        store.replace(article, quads, flush=False)
        return
    with _clearing:
        _clear(store, article)  # what an attempt before left
        node = NamedNode(article)
        store.insert([_leftover(article)])
        leading = [q for q in quads if q.subject == node or q.predicate in _LEADING or q.object in _LEADING_TYPES]
        rest = list(set(quads).difference(leading))
        for i in range(0, len(rest), CHUNK):
            check()
            store.insert(rest[i : i + CHUNK])
        check()
        store.insert(leading)
        store.update("DELETE DATA { GRAPH $g { $graph prov:invalidatedAtTime $at } }", **_terms(article))


def sweep(store: Store) -> None:
    """Clear the graphs that nothing leads to any more, some thousand quads at a time, so that others get their turns.

    One that was written whole meanwhile stays.
    """
    with _clearing:
        rows = store.select("SELECT ?graph { GRAPH $g { ?graph prov:invalidatedAtTime ?at } }", g=iri(LEFTOVERS_GRAPH))
        for graph in [row["graph"] for row in rows]:
            _clear(store, graph)
            store.update("DELETE DATA { GRAPH $g { $graph prov:invalidatedAtTime $at } }", **_terms(graph))
        if not _size(store, LEFTOVERS_GRAPH):
            store.delete(LEFTOVERS_GRAPH)


def _size(store: Store, graph: str) -> int:
    return int(store.select("SELECT (COUNT(*) AS ?n) { GRAPH $g { ?s ?p ?o } }", g=iri(graph))[0]["n"])


def _leftover(graph: str) -> Quad:
    return Quad(NamedNode(graph), PROV.invalidatedAtTime, _SINCE, NamedNode(LEFTOVERS_GRAPH))


def _terms(graph: str) -> dict[str, Any]:
    return {"graph": iri(graph), "g": iri(LEFTOVERS_GRAPH), "at": _SINCE}


def _cut_off(store: Store, graph: str) -> None:
    """Let nothing lead to a graph any more, and list it to be cleared; in one transaction."""
    named = " ".join(map(str, _LEADING))
    types = " ".join(map(str, _LEADING_TYPES))
    store.update(
        "DELETE { GRAPH $graph { ?s ?p ?o } } INSERT { GRAPH $g { $graph prov:invalidatedAtTime $at } } WHERE { "
        "{ GRAPH $graph { ?s ?p ?o } FILTER(?s = $graph) } "
        f"UNION {{ VALUES ?p {{ {named} }} GRAPH $graph {{ ?s ?p ?o }} }} "
        f"UNION {{ VALUES ?o {{ {types} }} GRAPH $graph {{ ?s ?p ?o }} }} }}",
        **_terms(graph),
    )


def _clear(store: Store, graph: str) -> None:
    """Delete what is left of a graph, unless it is an article's that was written again."""
    while not _stands(store, graph):
        if _size(store, graph) <= CHUNK:
            store.delete(graph)
            return
        store.update(
            "DELETE { GRAPH $graph { ?s ?p ?o } } WHERE { "
            f"{{ SELECT ?s ?p ?o {{ GRAPH $graph {{ ?s ?p ?o }} }} LIMIT {CHUNK} }} "
            "FILTER NOT EXISTS { GRAPH $graph { $graph a schema:NewsArticle } } }",
            graph=iri(graph),
        )


def _stands(store: Store, article: str) -> bool:
    """Whether an article is there whole."""
    return bool(store.select("ASK { GRAPH $g { $g a schema:NewsArticle } }", g=iri(article))[0]["answer"])
