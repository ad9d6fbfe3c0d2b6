"""Articles as a whole: what goes when one is deleted."""

from __future__ import annotations

from kg.rdf import links_graph
from kg.store import Store, iri
from kg.vocab import CURRENT_GRAPH, JUDGEMENTS_GRAPH


def forget(store: Store, article: str, *, judgements: bool = False) -> bool:
    """Delete an article and every link that its claims take part in.

    What people decided about it stays, as the log is never changed, unless ``judgements`` is given: then every
    judgement on the article or its claims goes as well, and what undid them, also those on an article that was
    deleted before; nothing of the article is left.

    Args:
        store: where it is.
        article: its IRI.
        judgements: delete the judgements on it, too.

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
    store.delete(links_graph(article))
    store.delete(article)
    return there
