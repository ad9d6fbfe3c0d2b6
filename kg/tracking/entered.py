"""Quads of the current graph about entities and relations: what people named, split, related or refused.

Read :mod:`kg.tracking.current` first, which derives the rest and writes all of it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import date
from typing import Any

from pyoxigraph import NamedNode, Quad

from kg import prepared
from kg.model import Extent
from kg.rdf import boolean, day, extent_iri, extent_quads, integer, number, string
from kg.store import Store
from kg.tracking.anchors import Anchor, find
from kg.tracking.log import Judgement, Term, entries, in_force
from kg.vocab import BASE, CURRENT_GRAPH, ENTITY_CLASSES, IIB, QUALIFIERS, RDF, SKOS

HERE = NamedNode(CURRENT_GRAPH)


def term(value: Any) -> Term:
    """A Python value as an RDF literal."""
    if isinstance(value, bool):
        return boolean(value)
    if isinstance(value, date):
        return day(value)
    if isinstance(value, int):
        return integer(value)
    if isinstance(value, float):
        return number(value)
    return string(str(value))


def judged(j: Judgement) -> Anchor:
    """The words that a judgement was about, as they were then."""
    return Anchor(j.text, int(j.one("judgedStart", 0)), str(j.one("judgedPrefix", "")), str(j.one("judgedSuffix", "")))


def relation_iri(judgement: str) -> str:
    """The IRI of the relation that a correction makes, from the judgement's IRI."""
    return f"{BASE}relation:{judgement.rpartition(':')[2]}"


def labels(store: Store, entities: Iterable[str]) -> dict[str, tuple[str, str]]:
    """Entity IRI → its class and its smallest label; entities that are not in the store are missing."""
    rows = prepared.rows(store, "classes_of_entities", entities=sorted(set(entities)))
    return {r["e"]: (r["type"], r["label"]) for r in rows if r["e"]}


def used(store: Store, entity: str) -> bool:
    """Whether a correction in force refers to this entity."""
    rows = prepared.rows(store, "corrections_with_entity", entity=entity)
    return bool(in_force(entries(store, judgements=[r["j"] for r in rows])) if rows else [])


def text_of(store: Store, article: str) -> str | None:
    """The text of an article (IRI); None if it is not in the store."""
    rows = prepared.rows(store, "text_of_article", article=article)
    return rows[0]["text"] if rows else None


def names(store: Store, found: list[Judgement]) -> Iterable[Quad]:
    """The entities that people entered by name, and their mentions."""
    for j in in_force(found):
        if j.kind != "Naming":
            continue
        node, label = NamedNode(j.subject), str(j.one("correctedLabel"))
        yield Quad(node, RDF.type, ENTITY_CLASSES[str(j.one("correctedType"))], HERE)
        yield Quad(node, SKOS.prefLabel, string(label), HERE)
        if article := j.one("judgedArticle"):
            yield from _mentions(store, node, label, str(article))


def _mentions(store: Store, entity: NamedNode, label: str, article: str) -> Iterable[Quad]:
    """The mentions of a name in an article: its occurrences that overlap no extracted mention."""
    body = text_of(store, article) or ""
    rows = prepared.rows(store, "extents_of_mentions", article=article)
    at = body.find(label)
    while at >= 0:
        extent = Extent(at, at + len(label))
        if not any(r["start"] < extent.end and extent.start < r["end"] for r in rows):
            place_ = extent_iri(article, extent).replace("extent", "mention", 1)
            node = NamedNode(f"{place_}-{entity.value.rpartition(':')[2]}")
            yield Quad(node, RDF.type, IIB.Mention, HERE)
            yield Quad(node, IIB.entity, entity, HERE)
            yield Quad(node, IIB.anaphor, boolean(False), HERE)
            yield Quad(node, IIB.extent, NamedNode(extent_iri(article, extent)), HERE)
            yield from extent_quads(article, body, extent, CURRENT_GRAPH)
        at = body.find(label, extent.end)


def relations(store: Store, found: list[Judgement]) -> Iterable[Quad]:
    """The relations that people added or corrected, and the states of those that they rejected."""
    last = {j.subject: j for j in in_force(found) if j.kind == "RelationDecision"}
    refused = {relation for relation, j in last.items() if j.one("decision") != "added"}
    for relation, j in last.items():
        article = str(j.one("judgedArticle"))
        body = text_of(store, article)
        at = None if body is None else find(body, judged(j))
        if body is None or at is None:
            yield Quad(NamedNode(j.iri), IIB.orphaned, boolean(True), HERE)
            continue
        if relation in refused:
            for node in _same_relations(store, article, j, at):
                yield Quad(node, IIB.reviewState, string("rejected"), HERE)
        made = relation if relation not in refused else relation_iri(j.iri)
        if j.one("decision") != "rejected" and made not in refused:
            yield from _relation(store, NamedNode(made), j, article, body, at)


def _same_relations(store: Store, article: str, j: Judgement, at: int) -> Iterable[NamedNode]:
    """The extracted relations with the judged subject, predicate, object and place."""
    judged = {part: str(j.one(f"judged{part.capitalize()}")) for part in ("subject", "predicate", "object")}
    rows = prepared.rows(store, "relations_at", article=article, start=at, **judged)
    return [NamedNode(r["r"]) for r in rows]


def _relation(store: Store, node: NamedNode, j: Judgement, article: str, body: str, at: int) -> Iterable[Quad]:
    """The quads of a relation that a person stated, the same as in an article's graph."""
    subject, predicate, object_ = (
        NamedNode(str(j.one(f"corrected{part}"))) for part in ("Subject", "Predicate", "Object")
    )
    named = labels(store, (subject.value, object_.value))
    for entity in (subject, object_):
        if entity.value in named:  # the entity may come from another article, so repeat its class and label here
            type_, label = named[entity.value]
            yield Quad(entity, RDF.type, NamedNode(type_), HERE)
            yield Quad(entity, SKOS.prefLabel, string(label), HERE)
    extent = Extent(at, at + len(j.text))
    yield Quad(subject, predicate, object_, HERE)
    yield Quad(node, RDF.type, IIB.Relation, HERE)
    yield Quad(node, RDF.subject, subject, HERE)
    yield Quad(node, RDF.predicate, predicate, HERE)
    yield Quad(node, RDF.object, object_, HERE)
    yield Quad(node, IIB.extent, NamedNode(extent_iri(article, extent)), HERE)
    yield from extent_quads(article, body, extent, CURRENT_GRAPH)
    for name in QUALIFIERS.values():
        if (value := j.one(name)) is not None:
            yield Quad(node, IIB[name], term(value), HERE)


def _split_mentions(store: Store, found: Iterable[Judgement]) -> dict[str, tuple[str, dict[str, Any]]]:
    """Mention → the entity that the last split in force gives it to, and its entity as extracted (e), article and extent (x).

    Those that a split lists may be of any entity that was merged with the one that is split, or of a former split. Its aliases
    mean mentions of the entity that are written so.
    """
    of: dict[str, tuple[str, dict[str, Any]]] = {}
    for j in in_force(found):
        if j.kind != "Split":
            continue
        listed, aliases = j.details.get("splitMention", ()), set(j.details.get("alias", ()))
        rows = prepared.rows(store, "mentions", mentions=listed) if listed else []
        if aliases:
            written = prepared.rows(store, "mentions_of_entity", entity=j.subject)
            rows += [{**r, "e": j.subject} for r in written if r["exact"] in aliases]
        of |= {r["m"]: (j.one("into"), r) for r in rows}
    return of


def splits(store: Store, found: list[Judgement]) -> Iterable[Quad]:
    """The entities that people split off, with their mentions."""
    of = {j.one("into"): j.subject for j in found if j.kind == "Split"}
    for j in in_force(found):
        if j.kind != "Split":
            continue
        new = NamedNode(j.one("into"))
        first, before = j.subject, dict(of)
        while first in before:  # it was split off itself, maybe by a split that is undone; in a forged log, in a circle
            first = before.pop(first)
        for row in prepared.rows(store, "classes_of_entity", entity=first):
            yield Quad(new, RDF.type, NamedNode(row["t"]), HERE)
        yield Quad(new, SKOS.prefLabel, string(str(j.one("correctedLabel"))), HERE)
    for mention, (into, _) in _split_mentions(store, found).items():
        yield Quad(NamedNode(mention), IIB.correctedEntity, NamedNode(into), HERE)


def split_claims(store: Store, claims: list[str] | None, corrected: Iterable[str] = ()) -> Iterable[Quad]:
    """Corrected sources for the claims of a split entity whose source is now the new entity.

    Args:
        claims: IRIs of the claims to consider; all if None.
        corrected: IRIs of the claims whose source a person corrected; these stay as they are.
    """
    done = set(corrected)
    moved: dict[tuple[str, str, str], set[str]] = defaultdict(set)
    for into, row in _split_mentions(store, entries(store, kinds=["Split"])).values():
        moved[row["article"], row["e"], into].add(row["x"])
    instead: dict[tuple[str, str], dict[str, str]] = defaultdict(dict)  # article and claim → source → new source
    for (article, entity, into), extents in moved.items():
        for row in prepared.rows(store, "claims_by_entity", article=article, entity=entity):
            own = row["x"] in extents if row["x"] else row["n"] == len(extents)
            if own and row["claim"] not in done and (claims is None or row["claim"] in claims):
                instead[article, row["claim"]][entity] = into
    for (article, claim), new in instead.items():
        for row in prepared.rows(store, "sources_of_claim", article=article, claim=claim):
            yield Quad(NamedNode(claim), IIB.correctedSource, NamedNode(new.get(row["s"], row["s"])), HERE)
