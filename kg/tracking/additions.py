"""What a person enters beside claims: names that the machine missed, and how two names stand to each other."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

from pyoxigraph import NamedNode

from kg.model import Article, Entity
from kg.rdf import boolean, entity_iri, string
from kg.store import Store
from kg.tracking import current
from kg.tracking.anchors import anchor
from kg.tracking.judgements import anchor_details
from kg.tracking.loading import PREFIX, iris
from kg.tracking.log import JudgementError, Term, WrongJudgement, append
from kg.vocab import BASE, ENTITY_CLASSES, IIB, PREDICATES, QUALIFIERS

#: So many characters has a name at most.
LONGEST = 200


def name(
    store: Store, label: str, type: str, *, author: str, article: str | None = None, reason: str = ""
) -> str:  # fmt: skip
    """Enter a name; the entity's IRI, which is the one that an article with that name would give it.

    Where the name stands in the article, it counts as a mention, unless the machine found another name there. What is
    known in the article already (in the store, without one) is left as it is.

    Args:
        label: the name, as in the text or not.
        type: Person, Organization, Product, Place or Event.
        author: who enters it.
        article: the article that it is for.

    Raises:
        JudgementError: if the name is empty or long, or there is no such type or article.

    Example:
        ``name(store, "北辰海運", "Organization", author="佐藤", article=iri)``
    """
    label = " ".join(label.split())
    if not 0 < len(label) <= LONGEST:
        raise WrongJudgement(f"A name has 1 to {LONGEST} characters, not {len(label)}.")
    if type not in ENTITY_CLASSES:
        raise WrongJudgement(f"There is no type {type!r}; there are: {', '.join(ENTITY_CLASSES)}.")
    read = _article(store, article) if article else None
    entity = entity_iri(Entity("e1", type, label), read)  # type: ignore[arg-type]
    where = f"GRAPH {iris([article])}" if article else "GRAPH ?g"
    if store.select(PREFIX + f"SELECT ?l WHERE {{ {where} {{ {iris([entity])} skos:prefLabel ?l }} }} LIMIT 1"):
        return entity
    details: list[tuple[str, Term]] = [
        ("judges", NamedNode(entity)), ("correctedLabel", string(label)), ("correctedType", string(type)),
    ]  # fmt: skip
    if article:
        details.append(("judgedArticle", NamedNode(article)))
    append(store, "Naming", author=author, reason=reason, details=details)
    current.refresh_names(store, [entity])
    return entity


def relate(
    store: Store, article: str, subject: str, predicate: str, object: str, start: int, end: int, *, author: str,
    qualifiers: Mapping[str, str | bool] | None = None, replaces: str | None = None, reason: str = "",
) -> str:  # fmt: skip
    """State a relation between two entities, or what one that was read should be; the relation's IRI.

    Args:
        article: IRI of the article that says so.
        subject, object: IRIs of entities in the store.
        predicate: the local name of one of our relation properties (``holdsPosition``).
        start, end: where the article says so.
        author: who decides.
        qualifiers: what else is said, by the keys of :data:`kg.vocab.QUALIFIERS` (``{"title": "社長"}``).
        replaces: IRI of the relation that this one is put in the place of.

    Raises:
        JudgementError: if there is no such article, entity, predicate or relation, the extent is outside the text, or
            both ends are one.

    Example:
        ``relate(store, article, person, "holdsPosition", company, 0, 24, author="佐藤", qualifiers={"title": "社長"})``
    """
    if predicate not in PREDICATES:
        raise WrongJudgement(f"There is no relation {predicate!r}; there are: {', '.join(sorted(PREDICATES))}.")
    if subject == object:
        raise WrongJudgement("A relation is between two different names.")
    for entity in (subject, object):
        if entity not in current.labels(store, [entity]):
            raise JudgementError(f"There is no entity {entity} in the store.")
    body = _article(store, article).text
    if not 0 <= start < end <= len(body):
        raise JudgementError(f"Extent {start}–{end} is not within the article's text of {len(body)} characters.")
    details: list[tuple[str, Term]]
    if replaces:
        details = [*_judged(store, replaces), ("decision", string("corrected"))]
    else:
        parts = (article, str(start), str(end), subject, predicate, object, author)
        hashed = hashlib.sha256("\x1f".join(parts).encode("utf-8", "surrogatepass")).hexdigest()[:32]
        then = anchor(body, start, end)
        node = NamedNode(f"{BASE}relation:{hashed}")
        details = [("judges", node), *anchor_details(article, then), ("decision", string("added"))]
    details += [
        ("correctedSubject", NamedNode(subject)), ("correctedPredicate", IIB[predicate]), ("correctedObject", NamedNode(object)),
    ]  # fmt: skip
    for key, value in (qualifiers or {}).items():
        if key not in QUALIFIERS:
            raise WrongJudgement(f"A relation has no {key!r}; it may have: {', '.join(QUALIFIERS)}.")
        details.append((QUALIFIERS[key], boolean(value) if isinstance(value, bool) else string(value)))
    made = append(store, "RelationDecision", author=author, reason=reason, details=details)
    current.rebuild(store)
    return current.relation_iri(made) if replaces else str(details[0][1].value)


def refuse(store: Store, relation: str, *, author: str, reason: str = "") -> str:
    """Say that a relation is not what its article states; the judgement's IRI.

    Raises:
        JudgementError: if there is no such relation.
    """
    details = [*_judged(store, relation), ("decision", string("rejected"))]
    iri = append(store, "RelationDecision", author=author, reason=reason, details=details)
    current.rebuild(store)
    return iri


def _article(store: Store, article: str) -> Article:
    rows = store.select(
        PREFIX
        + f"""SELECT ?text ?url WHERE {{ GRAPH {iris([article])} {{ {iris([article])} schema:articleBody ?text
            OPTIONAL {{ {iris([article])} schema:url ?url }} }} }}"""
    )
    if not rows:
        raise JudgementError(f"There is no article {article} in the store.")
    return Article(rows[0]["text"], url=rows[0]["url"])


def _judged(store: Store, relation: str) -> list[tuple[str, Term]]:
    """The details that tie a decision to a relation as it is stated now."""
    rows: list[dict[str, Any]] = store.select(
        PREFIX
        + f"""SELECT ?s ?p ?o ?article ?start ?end ?body WHERE {{
            GRAPH ?g {{ {iris([relation])} a iib:Relation ; rdf:subject ?s ; rdf:predicate ?p ; rdf:object ?o ; iib:extent ?x .
                ?x oa:hasSource ?article ; oa:hasSelector ?q . ?q oa:start ?start ; oa:end ?end }}
            GRAPH ?article {{ ?article schema:articleBody ?body }} }} LIMIT 1"""
    )
    if not rows:
        raise JudgementError(f"There is no relation {relation} in the store.")
    r = rows[0]
    return [
        ("judges", NamedNode(relation)), *anchor_details(r["article"], anchor(r["body"], r["start"], r["end"])),
        ("judgedSubject", NamedNode(r["s"])), ("judgedPredicate", NamedNode(r["p"])), ("judgedObject", NamedNode(r["o"])),
    ]  # fmt: skip
