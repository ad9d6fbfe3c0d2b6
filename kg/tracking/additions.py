"""Enter what the extraction missed apart from claims: entities by name, and relations; also correct or reject relations."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

from pyoxigraph import NamedNode

from kg import prepared
from kg.model import Article, Entity
from kg.predicates import PREDICATES
from kg.rdf import boolean, entity_iri, string
from kg.store import Store
from kg.tracking import current, entered
from kg.tracking.anchors import anchor
from kg.tracking.judgements import anchor_details
from kg.tracking.log import JudgementError, Term, WrongJudgement, append
from kg.vocab import BASE, ENTITY_CLASSES, IIB, QUALIFIERS

#: Most characters of a name.
LONGEST = 200


def name(
    store: Store, label: str, type: str, *, author: str, article: str | None = None, reason: str = ""
) -> str:  # fmt: skip
    """Enter an entity by its name; return its IRI, the same that extraction would give it.

    Each occurrence of the name in the article becomes a mention, unless extraction found another name there. If the entity is
    already known in the article (without an article: in the store), nothing is written.

    Args:
        store: an open store.
        label: the name; it need not occur in the text.
        type: Person, Organization, Product, Place or Event.
        author: who enters it.
        article: IRI of the article for which it is entered.
        reason: why, in words.

    Raises:
        JudgementError: if the name is empty or too long, or there is no such type or article.

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
    if prepared.rows(store, "label_of_entity", entity=entity, article=article or None):
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
    """Add a relation between two entities, or correct an extracted one; return the relation's IRI.

    Args:
        store: an open store.
        article: IRI of the article that states it.
        subject, object: IRIs of entities in the store.
        predicate: the local name of one of our relation properties (``holdsPosition``).
        start, end: offsets of the sentence that states it.
        author: who decides.
        qualifiers: details, by the keys of :data:`kg.vocab.QUALIFIERS` (``{"title": "社長"}``).
        replaces: IRI of the relation that this one corrects.
        reason: why, in words.

    Raises:
        JudgementError: if there is no such article, entity, predicate, qualifier or relation, the extent is outside the text,
            or subject and object are the same.

    Example:
        ``relate(store, article, person, "holdsPosition", company, 0, 24, author="佐藤", qualifiers={"title": "社長"})``
    """
    if predicate not in PREDICATES:
        raise WrongJudgement(f"There is no relation {predicate!r}; there are: {', '.join(sorted(PREDICATES))}.")
    if subject == object:
        raise WrongJudgement("A relation is between two different names.")
    for entity in (subject, object):
        if entity not in entered.labels(store, [entity]):
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
    return entered.relation_iri(made) if replaces else str(details[0][1].value)


def refuse(store: Store, relation: str, *, author: str, reason: str = "") -> str:
    """Reject a relation that its article does not state; return the judgement's IRI.

    Raises:
        JudgementError: if there is no such relation.
    """
    details = [*_judged(store, relation), ("decision", string("rejected"))]
    iri = append(store, "RelationDecision", author=author, reason=reason, details=details)
    current.rebuild(store)
    return iri


def _article(store: Store, article: str) -> Article:
    rows = prepared.rows(store, "text_of_article", article=article)
    if not rows:
        raise JudgementError(f"There is no article {article} in the store.")
    return Article(rows[0]["text"], url=rows[0]["url"])


def _judged(store: Store, relation: str) -> list[tuple[str, Term]]:
    """The details that tie a decision to a relation and to the text that states it now."""
    rows = prepared.rows(store, "relation_with_text", relation=relation)
    if not rows:
        raise JudgementError(f"There is no relation {relation} in the store.")
    r = rows[0]
    return [
        ("judges", NamedNode(relation)), *anchor_details(r["article"], anchor(r["body"], r["start"], r["end"])),
        ("judgedSubject", NamedNode(r["s"])), ("judgedPredicate", NamedNode(r["p"])), ("judgedObject", NamedNode(r["o"])),
    ]  # fmt: skip
