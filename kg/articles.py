"""Write and delete whole articles. For a reader an article exists completely or not at all, however large it is.

A large graph does not fit into one short transaction. Its key triples are therefore written last and deleted first: without
them no query finds the rest. What is left of a deleted graph is listed in the leftovers graph until it is cleared.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Sequence
from itertools import islice

from pyoxigraph import BlankNode, Literal, NamedNode, Quad

from kg import prepared
from kg.rdf import links_graph
from kg.store import Store, iri
from kg.store.base import CHUNK, LARGE
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

#: A placeholder date for listed leftovers: only the presence of the triple matters.
_SINCE = Literal("2000-01-01T00:00:00Z", datatype=XSD.dateTime)
_clearing = threading.Lock()
#: How the IRIs of graphs begin that no deletion clears, such as the log, whatever the list of leftovers says; but for links.
_OTHERS = f"{BASE}graph:"

#: Predicates (and types, below) by which queries find the nodes of an article's graph or of its links' graph.
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
    """Delete an article and every link of its claims.

    Judgements on the article stay in the log unless ``judgements`` is true. Then the judgements on the article and its claims
    are deleted too, with their undos. This also works for an article that was deleted before.

    Args:
        store: the store that holds it.
        article: its IRI.
        judgements: delete the judgements on it, too.
        clear: clear a large graph before this returns. Otherwise the graph can no longer be found, and :func:`sweep` must be
            called to clear it.

    Returns:
        Whether there was anything to delete.

    Example:
        ``forget(store, "urn:iibun:article:…")``
    """
    from kg.tracking import identities

    there = store.contains(article)
    links = links_graph(article)  # dropped as a whole below
    gone = prepared.quads(store, "quads_of_claims", article=article, graph=CURRENT_GRAPH)
    gone += prepared.quads(store, "quads_of_links", article=article, mine=links, log=judgements or None)
    if judgements:
        there |= prepared.holds(store, "article_is_judged", article=article)
        gone += prepared.quads(store, "quads_of_claims", article=article, graph=JUDGEMENTS_GRAPH)
        gone += prepared.quads(store, "quads_of_undos", article=article)
        gone += prepared.quads(store, "quads_of_quotes", article=article)  # they may back verdicts on other claims
        for place in (CURRENT_GRAPH, JUDGEMENTS_GRAPH):
            gone += prepared.quads(store, "quads_of_judgements", article=article, graph=place)
    listed = [_leftover(links)] if store.contains(links) else []
    store.insert(listed)  # if the process ends here, a later sweep clears them, since their article is gone
    _drop(store, article)
    if not _drop(store, links):
        gone += listed
    store.edit(remove=gone)
    identities.refresh_articles(store, [article])
    if clear:
        sweep(store)
    return there


def put(store: Store, article: str, quads: Sequence[Quad], check: Callable[[], None] = lambda: None) -> None:
    """Write an article's graph so that readers see all of it or nothing.

    A large graph is written in many small transactions, its key triples last, in one. Until then the write can be given up,
    and other writers get their turns. The graph of an article that already exists is replaced in one transaction.

    Args:
        store: where to write.
        article: the article's IRI, which is the graph's name.
        quads: the graph's quads.
        check: called between transactions; raises to give up. What was written by then stays listed for :func:`sweep`.
    """
    if len(quads) <= LARGE or _stands(store, article):
        check()
        store.replace(article, quads, flush=False)
        return
    # until it is complete, the graph is listed as a leftover, and another process might clear it
    with _clearing, store.alone():
        _clear(store, article)  # remains of an earlier attempt
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
    """Clear the graphs listed as leftovers, some thousand quads at a time, so that other writers get their turns.

    A graph whose article has been written again meanwhile stays.
    """
    with _clearing, store.alone():
        for graph in [row["graph"] for row in prepared.rows(store, "leftovers")]:
            if graph.startswith(LINKS_GRAPH) or not graph.startswith(_OTHERS):
                _clear(store, graph)
            store.edit(remove=[_leftover(graph)])
        if not store.contains(LEFTOVERS_GRAPH):
            store.delete(LEFTOVERS_GRAPH)


def _exceeds(store: Store, graph: str, size: int) -> bool:
    """Whether a graph has more than ``size`` quads."""
    return bool(prepared.rows(store, "quad_at", graph=graph, offset=size))


def _leftover(graph: str) -> Quad:
    return Quad(NamedNode(graph), PROV.invalidatedAtTime, _SINCE, NamedNode(LEFTOVERS_GRAPH))


def _drop(store: Store, graph: str) -> bool:
    """Delete a graph in one transaction; of a large one only the key triples, and list the rest to be cleared.

    Returns:
        Whether a rest is left.
    """
    if not _exceeds(store, graph, LARGE):
        store.delete(graph)
        return False
    leading = (("?s", [iri(graph)]), ("?p", _LEADING), ("?o", _LEADING_TYPES))
    store.cut(graph, " UNION ".join(f"{{ {_among(*some)} }}" for some in leading), add=[_leftover(graph)])
    return True


def _clear(store: Store, graph: str) -> None:
    """Delete what is left of a graph, unless its article is written again, even while this runs.

    If the article of a links graph exists, the links are its new ones: writing them replaced the old graph.
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
    """SPARQL pattern of the triples in which the variable ``name`` is one of ``terms``."""
    return f"VALUES {name} {{ {' '.join(map(str, terms))} }} ?s ?p ?o"


def _stands(store: Store, article: str) -> bool:
    """Whether an article is in the store, completely written."""
    return prepared.holds(store, "article_is_complete", article=article)
