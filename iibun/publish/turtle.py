"""The published graph as Turtle: the claims as people left them, in the vocabulary of the store, without articles' texts."""

from __future__ import annotations

from collections.abc import Iterator

import pyoxigraph as ox
from pyoxigraph import Literal, NamedNode, Triple

from iibun.publish.content import Content, Named, Said, Source
from kg.vocab import ENTITY_CLASSES, IIB, PREFIXES, RDF, SCHEMA, SKOS, XSD


def turtle(content: Content) -> bytes:
    """The graph of what is published."""
    triples = sorted(set(_triples(content)), key=str)
    return ox.serialize(triples, format=ox.RdfFormat.TURTLE, prefixes=PREFIXES) or b""


def _triples(content: Content) -> Iterator[Triple]:
    for article in content.articles.values():
        yield from _article(article)
    for entity in content.people.values():
        yield from _entity(entity)
    for claim in content.claims:
        yield from _claim(content, claim)
    claims = {c.id: c.iri for c in content.claims}
    for link in content.links:
        iri = NamedNode(link.iri)
        yield Triple(iri, RDF.type, IIB.Link)
        yield Triple(iri, IIB.linkType, Literal(link.type))
        yield Triple(iri, IIB["from"], NamedNode(claims[link.later]))
        yield Triple(iri, IIB.to, NamedNode(claims[link.earlier]))


def _article(a: Source) -> Iterator[Triple]:
    iri = NamedNode(a.iri)
    yield Triple(iri, RDF.type, SCHEMA.NewsArticle)
    for predicate, value in ((SCHEMA.headline, a.title), (SCHEMA.publisher, a.publisher), (SCHEMA.url, a.url)):
        if value:
            yield Triple(iri, predicate, Literal(value))
    if a.published:
        yield Triple(iri, SCHEMA.datePublished, _day(a.published))


def _entity(e: Named) -> Iterator[Triple]:
    iri = NamedNode(e.iri)
    if e.type in ENTITY_CLASSES:
        yield Triple(iri, RDF.type, ENTITY_CLASSES[e.type])
    yield Triple(iri, SKOS.prefLabel, Literal(e.name))
    for name in e.names:
        if name != e.name:
            yield Triple(iri, SKOS.altLabel, Literal(name))
    if e.wikidata:
        yield Triple(iri, SCHEMA.sameAs, NamedNode(e.wikidata))


def _claim(content: Content, c: Said) -> Iterator[Triple]:
    iri = NamedNode(c.iri)
    yield Triple(iri, RDF.type, SCHEMA.Claim)
    if c.prediction:
        yield Triple(iri, RDF.type, IIB.Prediction)
    yield Triple(iri, SCHEMA.name, Literal(c.title))
    yield Triple(iri, SCHEMA.text, Literal(c.quote))
    yield Triple(iri, SCHEMA.appearance, NamedNode(content.articles[c.article].iri))
    yield Triple(iri, IIB.modality, Literal(c.modality))
    yield Triple(iri, IIB.polarity, Literal("negated" if c.negated else "affirmed"))
    for role, entities in ((IIB.source, c.sources), (SCHEMA.about, c.about)):
        for entity in entities:
            if entity in content.people:
                yield Triple(iri, role, NamedNode(content.people[entity].iri))
    if c.source and not c.sources:
        yield Triple(iri, IIB.sourceText, Literal(c.source))
    if c.criterion:
        yield Triple(iri, IIB.criterion, Literal(c.criterion))
    for predicate, day in ((IIB.dueStart, c.due_start), (IIB.dueEnd, c.due_end)):
        if day:
            yield Triple(iri, predicate, _day(day))
    if c.review != "unreviewed":
        yield Triple(iri, IIB.reviewState, Literal(c.review))
    if c.verdict:
        verdict = NamedNode(c.verdict.iri)
        yield Triple(verdict, RDF.type, IIB.Verdict)
        yield Triple(verdict, IIB.judges, iri)
        yield Triple(verdict, IIB.verdict, Literal(c.verdict.code))
        yield Triple(verdict, IIB.decidedOn, _day(c.verdict.day[:10]))


def _day(iso: str) -> Literal:
    return Literal(iso, datatype=XSD.date)
