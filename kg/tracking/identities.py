"""Keeps in a store which entities of different articles are one (:mod:`kg.tracking.identity`).

The result is in a graph of its own, as ``iib:mergedInto`` with reasons, and can be derived again at any time. Merges by people
stay in the current graph and come first. Another graph holds the keys by which entities find each other, so that a new article is
compared with few others. Claims are linked without these identities: a link must not depend on the order of the articles.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from pyoxigraph import Literal, NamedNode, Quad

from kg import prepared
from kg.rdf import string
from kg.store import Store
from kg.tracking.current import merged_into
from kg.tracking.identity import MOST, Identities, identities
from kg.tracking.log import Judgement, entries, in_force, settled
from kg.tracking.profiles import Named, Profile, in_table, keys, of_article, titles_of
from kg.vocab import ENTITY_CLASSES, IDENTITIES_GRAPH, IIB, JUDGEMENTS_GRAPH, NAMES_GRAPH

HERE, NAMES = NamedNode(IDENTITIES_GRAPH), NamedNode(NAMES_GRAPH)
_BATCH = 500
_TYPES = {node.value: name for name, node in ENTITY_CLASSES.items()}


@dataclass(frozen=True, slots=True)
class Identity:
    """That an entity is taken for another one: both IRIs, and the reasons as codes."""

    entity: str
    same_as: str
    reasons: tuple[str, ...]


def refresh(store: Store, entities: Iterable[str]) -> None:
    """Decide again about these entities (IRIs) and all that they may be, after a judgement on them."""
    with settled():
        _decide_again(store, {e for e in entities if not in_table(e)}, {}, set(), set())


def refresh_article(store: Store, article: str) -> None:
    """Decide about the entities that an article (IRI) names, after it was written or deleted."""
    with settled():
        now = {p.entity: p for p in _of_articles(store, [article]).get(article, ())}
        rows = prepared.rows(store, "named_in_article", article=article)
        before = {q for r in rows for q in _article_quads(article, str(r["profile"]), [r["e"]] if r["e"] else [])}
        after = set(_article_quads(article, _packed(now.values()), now)) if now else set()
        _decide_again(store, {*now, *(r["e"] for r in rows if r["e"])}, now, before - after, after - before)


def refresh_all(store: Store) -> int:
    """Decide about all entities; return how many are taken for another one."""
    with settled():
        found = _every(store)
        keep = [q for a, some in found.items() for q in _article_quads(a, _packed(some), [p.entity for p in some])]
        every = [p for some in found.values() for p in some]
        store.replace(NAMES_GRAPH, [*keep, *(q for p in every for q in _key_quads(p))])
        decided = _decided(store, every)
        store.replace(IDENTITIES_GRAPH, list(_quads(decided)))
        return len(decided.same)


def decide_all(store: Store) -> Identities:
    """What :func:`refresh_all` would decide, with proposals for people; nothing is written."""
    return _decided(store, [p for some in _every(store).values() for p in some])


def in_store(store: Store) -> list[Identity]:
    """What is taken for one in the store, by the entity that is taken for another."""
    return _identities(prepared.rows(store, "identities"))


def of_entity(store: Store, entity: str) -> list[Identity]:
    """The identities of an entity (IRI): what it is taken for, and what is taken for it."""
    return _identities(prepared.rows(store, "identities", entities=[entity]))


def separations(store: Store) -> list[frozenset[str]]:
    """The pairs of entities (IRIs) that people have said are two."""
    return _separations(in_force(entries(store, kinds=["Separation"])))


def _separations(found: Iterable[Judgement]) -> list[frozenset[str]]:
    separated = (j for j in found if j.kind == "Separation")
    return [frozenset((j.subject, str(other))) for j in separated for other in j.details.get("apartFrom", ())]


def _decide_again(store: Store, start: set[str], new: Mapping[str, Profile], remove: set[Quad], add: set[Quad]) -> None:
    """Decide about some entities and all that they may be, and write it.

    Args:
        store: an open store.
        start: the entities (IRIs).
        new: those that an article has just named, with what it says of them.
        remove, add: quads of the graph of names to write in the same transaction.
    """
    keys_ = {q for p in new.values() for q in _key_quads(p)}
    family = _family(store, start, new)
    rows = prepared.rows(store, "identities", entities=sorted(family)) if family else []
    old = {q for i in _identities(r for r in rows if r["e"] in family) for q in _identity_quads(i)}
    found: set[Quad] = set()
    if old or family - new.keys():
        gone = {q.object.value for q in remove if q.predicate == IIB.profile and isinstance(q.object, Literal)}
        packed = {
            str(r["profile"]) for r in prepared.rows(store, "profiles_of_entities", entities=sorted(family))
        } - gone
        known = [p for one in sorted(packed) for p in _unpacked(one) if p.entity in family] + [*new.values()]
        found = set(_quads(_decided(store, known)))
        nowhere = start - {p.entity for p in known}
        rows = prepared.rows(store, "name_keys_of_entities", entities=sorted(nowhere)) if nowhere else []
        remove |= {
            Quad(NamedNode(r["e"]), p, string(r["k"]), NAMES) for r in rows for p in (IIB.nameKey, IIB.soughtKey)
        }
    remove, add = remove | (old - found), add | keys_ | (found - old)
    if remove or add:
        store.edit(remove=remove, add=add)


def _every(store: Store) -> dict[str, list[Profile]]:
    """Article → the profiles of what it names, for all articles."""
    articles = sorted({r["g"] for r in prepared.rows(store, "all_articles")})
    found: dict[str, list[Profile]] = {}
    for i in range(0, len(articles), _BATCH):
        found |= _of_articles(store, articles[i : i + _BATCH])
    return found


def _of_articles(store: Store, articles: list[str]) -> dict[str, list[Profile]]:
    """Article → the profiles of what it names."""
    names: dict[str, dict[str, list[tuple[bool, str, str]]]] = defaultdict(lambda: defaultdict(list))
    for r in prepared.rows(store, "all_names_in_articles", articles=articles):
        names[r["article"]][r["e"]].append((not r["main"], r["l"], _TYPES[r["type"]]))
    if not names:
        return {}
    held: dict[str, list[tuple[str, str, str]]] = defaultdict(list)
    for r in prepared.rows(store, "offices_in_articles", articles=articles):
        held[r["article"]].append((r["person"], r["body"], r["title"] or ""))
    behind: dict[tuple[str, str], set[str]] = defaultdict(set)
    for r in prepared.rows(store, "titles_in_articles", articles=articles):
        behind[r["article"], r["e"]].add(r["reason"])
    found = {}
    for article, of in names.items():
        entities = []
        for e, several in sorted(of.items()):
            _, label, type_ = min(several)
            others = frozenset(name for _, name, _ in several) - {label}
            entities.append(Named(e, type_, label, others, frozenset(titles_of(behind[article, e]))))
        found[article] = list(of_article(article, entities, held[article]))
    return found


def _packed(profiles: Iterable[Profile]) -> str:
    """The profiles of one article as JSON; what it names is said once."""
    some = list(profiles)
    rows = [
        [p.entity, p.type, p.label, sorted(p.aliases), sorted(p.offices), sorted(p.titles), sorted(p.officers)]
        for p in some
    ]
    shared = [sorted(x) for p in some[:1] for x in (p.articles, p.named, p.around)]
    return json.dumps([*shared, sorted(rows)], ensure_ascii=False, separators=(",", ":"))


@lru_cache(maxsize=2048)
def _unpacked(packed: str) -> tuple[Profile, ...]:
    articles, named, around, rows = json.loads(packed)
    shared = frozenset(articles), frozenset(named), frozenset(around)
    return tuple(
        Profile(
            entity, type_, label, frozenset(aliases), shared[0], frozenset((b, t) for b, t in offices), frozenset(titles),
            frozenset((n, t) for n, t in officers), shared[1], shared[2],
        )
        for entity, type_, label, aliases, offices, titles, officers in rows
    )  # fmt: skip


def _article_quads(article: str, packed: str, entities: Iterable[str]) -> Iterator[Quad]:
    node = NamedNode(article)
    yield Quad(node, IIB.profile, string(packed), NAMES)
    yield from (Quad(NamedNode(e), IIB.namedIn, node, NAMES) for e in entities)


def _family(store: Store, start: set[str], new: Mapping[str, Profile]) -> set[str]:
    """The entities that may have to do with some: those that share a key with them, with these again, and so on.

    A key that more than :data:`MOST` entities share says nothing; of these, only what is taken for one is looked at again.

    Args:
        store: an open store.
        start: the entities.
        new: those whose keys may not be in the store yet.
    """
    found, done = set(start), set[str]()
    sharing: dict[str, set[str]] = defaultdict(set)
    for p in new.values():
        for key in set[str]().union(*keys(p)):
            sharing[key].add(p.entity)
    rows = prepared.rows(store, "name_keys_of_entities", entities=sorted(start)) if start else []
    fresh = {*sharing, *(r["k"] for r in rows)}
    while fresh:
        done |= fresh
        wanted = sorted(fresh)
        for i in range(0, len(wanted), _BATCH):
            for r in prepared.rows(store, "entities_with_name_keys", keys=wanted[i : i + _BATCH]):
                sharing[r["k"]].add(r["e"])
        next_: set[str] = set()
        crowd: set[str] = set()
        for key in fresh:
            (next_ if len(sharing[key]) <= MOST else crowd).update(sharing[key])
        if crowd:
            next_ |= {i.entity for i in _identities(prepared.rows(store, "identities", entities=sorted(crowd)))} & crowd
        next_ -= found
        found |= next_
        fresh = set()
        if next_:
            fresh = {r["k"] for r in prepared.rows(store, "name_keys_of_entities", entities=sorted(next_))} - done
    rows = prepared.rows(store, "identities", entities=sorted(found)) if found else []
    return found | {r["e"] for r in rows} | {r["x"] for r in rows}


def _decided(store: Store, profiles: Iterable[Profile]) -> Identities:
    logged = store.contains(JUDGEMENTS_GRAPH)
    found = in_force(entries(store, kinds=["Merge", "Separation"])) if logged else []
    united = merged_into(j for j in found if j.kind == "Merge")
    return identities(profiles, apart=_separations(found), united=united)


def _quads(found: Identities) -> Iterable[Quad]:
    for entity, (target, reasons) in found.same.items():
        yield from _identity_quads(Identity(entity, target, reasons))


def _identity_quads(i: Identity) -> Iterable[Quad]:
    node = NamedNode(i.entity)
    yield Quad(node, IIB.mergedInto, NamedNode(i.same_as), HERE)
    for reason in i.reasons:
        yield Quad(node, IIB.reason, string(reason), HERE)


def _identities(rows: Iterable[Mapping[str, Any]]) -> list[Identity]:
    target: dict[str, str] = {}
    reasons: dict[str, set[str]] = defaultdict(set)
    for r in rows:
        target[r["e"]] = r["x"]
        reasons[r["e"]] |= {r["reason"]} - {None}
    return [Identity(e, x, tuple(sorted(reasons[e]))) for e, x in sorted(target.items())]


def _key_quads(p: Profile) -> Iterable[Quad]:
    node = NamedNode(p.entity)
    here, there = keys(p)
    yield from (Quad(node, IIB.nameKey, string(k), NAMES) for k in here)
    yield from (Quad(node, IIB.soughtKey, string(k), NAMES) for k in there)
