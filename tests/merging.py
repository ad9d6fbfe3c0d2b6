"""A store of three articles of a story, and what it exports."""

from __future__ import annotations

from typing import Any

import pyoxigraph as ox

from kg import export, rdf
from kg.store import Store
from kg.tracking import links
from kg.vocab import JUDGEMENTS_GRAPH
from tests import stories

REPORTS = stories.reports(stories.load("tram"))[:3]


def filled(store: Any, reports: Any = REPORTS) -> Any:
    for report in reports:
        article = rdf.article_iri(report.article)
        store.replace(article, rdf.quads(report))
        links.link_new(store, article)
    return store


def exported(store: Store, format: str) -> bytes:
    import io

    out = io.BytesIO()
    export.export(store, format, out)
    return out.getvalue()


def rdf_log(store: Any) -> bytes:
    return ox.serialize(store.quads(JUDGEMENTS_GRAPH), format=ox.RdfFormat.N_QUADS)
