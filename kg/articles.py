"""Articles as a whole: one is there or not, however large it is."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Sequence
from itertools import islice

from pyoxigraph import BlankNode, Literal, NamedNode, Quad

from kg.rdf import links_graph
from kg.store import Store, iri
from kg.vocab import (
    BASE,
    CURRENT_GRAPH,
    ENTITY_CLASSES,
    IIB,
    JUDGEMENTS_GRAPH,
    LEFTOVERS_GRAPH,
    LINKS_GRAPH,
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
    there = store.contains(article)
    node, log, current = iri(article), iri(JUDGEMENTS_GRAPH), iri(CURRENT_GRAPH)
    own = "GRAPH $article { ?claim schema:appearance $article }"
    mine = iri(links_graph(article))  # its own links go as a whole, with their graph
    ends = f"{own} GRAPH ?g {{ ?s iib:from|iib:to ?claim }} FILTER(?g != $mine{'' if judgements else ' && ?g != $log'})"
    links = f"{{ SELECT DISTINCT ?g ?s {{ {ends} }} }} GRAPH ?g {{ ?s ?p ?o }}"
    claims = f"{own} BIND($graph AS ?g) GRAPH $graph {{ ?claim ?p ?o }} BIND(?claim AS ?s)"
    gone = store.matching(claims, article=node, graph=current)
    gone += store.matching(links, article=node, mine=mine, **({} if judgements else {"log": log}))
    if judgements:
        on = "GRAPH $log { ?j iib:judgedArticle $article }"
        there |= bool(store.select(f"ASK {{ {on} }}", log=log, article=node)[0]["answer"])
        gone += store.matching(claims, article=node, graph=log)
        gone += store.matching(
            f"{on} BIND($log AS ?g) GRAPH $log {{ ?s iib:undoes+ ?j ; ?p ?o }}", article=node, log=log
        )
        gone += store.matching(  # its sentences, kept as evidence for what others said
            "BIND($log AS ?g) GRAPH $log { ?s oa:hasSource $article ; ?p ?o }", article=node, log=log
        )
        stated = f"{on} BIND($graph AS ?g) GRAPH $graph {{ ?j ?p ?o }} BIND(?j AS ?s)"
        for place in (current, log):
            gone += store.matching(stated, article=node, log=log, graph=place)
    links = links_graph(article)
    listed = [_leftover(links)] if store.contains(links) else []
    store.insert(listed)  # if this is cut short, a sweep clears them, as their article does not stand
    _drop(store, article)
    if not _drop(store, links):
        gone += listed
    store.edit(remove=gone)
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
    with _clearing, store.alone():  # another process would clear what is listed as a leftover
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
        store.edit(remove=[_leftover(article)])


def sweep(store: Store) -> None:
    """Clear the graphs that nothing leads to any more, some thousand quads at a time, so that others get their turns.

    One that was written whole meanwhile stays.
    """
    with _clearing, store.alone():
        rows = store.select("SELECT ?graph { GRAPH $g { ?graph prov:invalidatedAtTime ?at } }", g=iri(LEFTOVERS_GRAPH))
        for graph in [row["graph"] for row in rows]:
            _clear(store, graph)
            store.edit(remove=[_leftover(graph)])
        if not store.contains(LEFTOVERS_GRAPH):
            store.delete(LEFTOVERS_GRAPH)


def _exceeds(store: Store, graph: str, size: int) -> bool:
    """Whether a graph has more quads than that."""
    return bool(store.select(f"SELECT * {{ GRAPH $g {{ ?s ?p ?o }} }} OFFSET {size} LIMIT 1", g=iri(graph)))


def _leftover(graph: str) -> Quad:
    return Quad(NamedNode(graph), PROV.invalidatedAtTime, _SINCE, NamedNode(LEFTOVERS_GRAPH))


def _drop(store: Store, graph: str) -> bool:
    """Delete a graph; of a large one only what leads to the rest, which is listed to be cleared. In one transaction.

    Returns:
        Whether there is such a rest.
    """
    if not _exceeds(store, graph, LARGE):
        store.delete(graph)
        return False
    leading = (("?s", [iri(graph)]), ("?p", _LEADING), ("?o", _LEADING_TYPES))
    store.cut(graph, " UNION ".join(f"{{ {_among(*some)} }}" for some in leading), add=[_leftover(graph)])
    return True


def _clear(store: Store, graph: str) -> None:
    """Delete what is left of a graph; not if its article was written again, be it while this runs.

    The links of an article that stands are its new ones, and whoever wrote them replaced what was left.
    """
    article = f"{BASE}article:{graph.removeprefix(LINKS_GRAPH)}" if graph.startswith(LINKS_GRAPH) else graph
    gone = f"FILTER NOT EXISTS {{ GRAPH {iri(article)} {{ {iri(article)} a schema:NewsArticle }} }}"
    while not _stands(store, article):
        some = [q.subject for q in islice(store.quads(graph), CHUNK)]
        if len(some) < CHUNK or any(isinstance(s, BlankNode) for s in some):
            store.cut(graph, f"?s ?p ?o {gone}")
            return
        store.cut(graph, f"{_among('?s', set(some))} {gone}")


def _among(name: str, terms: Iterable[object]) -> str:
    """The pattern of the triples that have one of these terms in one place."""
    return f"VALUES {name} {{ {' '.join(map(str, terms))} }} ?s ?p ?o"


def _stands(store: Store, article: str) -> bool:
    """Whether an article is there whole."""
    return bool(store.select("ASK { GRAPH $g { $g a schema:NewsArticle } }", g=iri(article))[0]["answer"])
