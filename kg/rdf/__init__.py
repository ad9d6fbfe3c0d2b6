"""A report (:mod:`kg.model`) as quads.

IRIs are made of content (see ``docs/data-model.md``), so that two machines that read the same article mint the
same IRIs (:mod:`kg.rdf.iris`), and literals have one form (:mod:`kg.rdf.literals`).

>>> from kg.model import Article, Report
>>> article_iri(Article("本文", url="https://x.example/1")).startswith("urn:iibun:article:")
True
"""

from kg.rdf.iris import (
    article_iri,
    claim_iris,
    entity_iri,
    entity_iris,
    extent_iri,
    links_graph,
    local_name,
    wikidata_id,
)
from kg.rdf.literals import boolean, day, integer, number, string
from kg.rdf.writer import extent_quads, headline, quads

__all__ = [
    "article_iri", "boolean", "claim_iris", "day", "entity_iri", "entity_iris", "extent_iri", "extent_quads", "headline", "integer", "links_graph", "local_name",
    "number", "quads", "string", "wikidata_id",
]  # fmt: skip
