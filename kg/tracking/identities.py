"""Keeps in a store which entities of different articles are one (:mod:`kg.tracking.identity`).

The result is in a graph of its own, as ``iib:mergedInto`` with reasons, and can be derived again at any time. Merges by people
stay in the current graph and come first. Another graph holds the keys by which entities find each other, so that a new article is
compared with few others. Claims are linked without these identities: a link must not depend on the order of the articles.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from pyoxigraph import Literal, NamedNode, Quad

from kg import prepared
from kg.rdf import string
from kg.store import Store
from kg.tracking.current import merged
from kg.tracking.identity import Identities, identities, sharing, too_common
from kg.tracking.log import entries, in_force, settled
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
        _decide_again(store, {e for e in entities if not in_table(e)})


def refresh_articles(store: Store, articles: Iterable[str]) -> None:
    """Decide about the entities that articles (IRIs) name, after these were written or deleted."""
    wanted = sorted(set(articles))
    with settled():
        now = _of_articles(store, wanted)
        rows = [(a, r) for a in wanted for r in prepared.rows(store, "named_in_article", article=a)]
        before = {q for a, r in rows for q in _article_quads(a, str(r["profile"]), [r["e"]] if r["e"] else [])}
        after = {q for a, some in now.items() for q in _article_quads(a, _packed(some), [p.entity for p in some])}
        new = [p for some in now.values() for p in some]
        named = {p.entity for p in new} | {r["e"] for _, r in rows if r["e"]}
        _decide_again(store, named, new, before - after, after - before)


def refresh_all(store: Store) -> int:
    """Decide about all entities; return how many are taken for another one."""
    with settled():
        found = _read(store, _articles(store))
        keep = [q for a, some in found.items() for q in _article_quads(a, _packed(some), [p.entity for p in some])]
        every = [p for some in found.values() for p in some]
        store.replace(NAMES_GRAPH, [*keep, *(q for p in every for q in _key_quads(p))])
        decided = _decided(every, decisions(store))
        store.replace(IDENTITIES_GRAPH, list(_quads(decided)))
        return len(decided.same)


def decide_all(store: Store, people: Decisions) -> Identities:
    """What is one by itself in a store, with proposals for people; nothing is written.

    Only articles that nobody has decided about yet are read; of the others, what was kept then is used.

    Args:
        store: an open store.
        people: as :func:`decisions` returns them.
    """
    kept = {r["article"]: _unpacked(str(r["profile"])) for r in prepared.rows(store, "profiles")}
    new = _read(store, [a for a in _articles(store) if a not in kept])
    return _decided([p for some in (*kept.values(), *new.values()) for p in some], people)


def in_store(store: Store) -> list[Identity]:
    """What is taken for one in the store, by the entity that is taken for another."""
    return _identities(prepared.rows(store, "identities"))


def of_entity(store: Store, entity: str) -> list[Identity]:
    """The identities of an entity (IRI): what it is taken for, and what is taken for it."""
    return _of(store, [entity])


@dataclass(frozen=True, slots=True)
class Decisions:
    """What people have said of entities (IRIs): entity → the one that it is merged into, and the pairs that are two."""

    united: Mapping[str, str] = field(default_factory=dict)
    apart: Sequence[frozenset[str]] = ()


def decisions(store: Store) -> Decisions:
    """The merges and separations in force."""
    if not store.contains(JUDGEMENTS_GRAPH):
        return Decisions()
    found = in_force(entries(store, kinds=["Merge", "Separation"]))
    separated = [j for j in found if j.kind == "Separation"]
    return Decisions(
        merged(store) if any(j.kind == "Merge" for j in found) else {},
        [frozenset((j.subject, str(other))) for j in separated for other in j.details.get("apartFrom", ())],
    )


def _decide_again(
    store: Store, start: set[str], new: Sequence[Profile] = (), remove: Iterable[Quad] = (), add: Iterable[Quad] = ()
) -> None:
    """Decide about some entities and all that they may be, and write it.

    Args:
        store: an open store.
        start: the entities (IRIs).
        new: what articles say now that were written or deleted.
        remove, add: quads of the graph of names to write in the same transaction.
    """
    people, gone, added = decisions(store), set(remove), set(add)
    family, shared = _family(store, start, new, people.united)
    old = {q for i in _of(store, family) if i.entity in family for q in _identity_quads(i)}
    lost = {q.object.value for q in gone if q.predicate == IIB.profile and isinstance(q.object, Literal)}
    rows = prepared.rows(store, "profiles_of_entities", entities=sorted(family)) if family else []
    packed = {str(r["profile"]) for r in rows} - lost
    known = [p for one in sorted(packed) for p in _unpacked(one) if p.entity in family] + [*new]
    if lost:  # only then can a key be left that no article gives
        having = {(p.entity, key) for p in known if p.entity in start for key in set[str]().union(*keys(p))}
        for key, entities in shared.items():
            for e in [e for e in entities if e in start and (e, key) not in having]:
                entities.remove(e)
                gone |= {Quad(NamedNode(e), p, string(key), NAMES) for p in (IIB.nameKey, IIB.soughtKey)}
    found = set(_quads(_decided(known, people, too_common(shared))))
    keys_ = {q for p in new for q in _key_quads(p)}
    gone, added = gone | (old - found), added | keys_ | (found - old)
    if gone or added:
        store.edit(remove=gone, add=added)


def _articles(store: Store) -> list[str]:
    return [r["g"] for r in prepared.rows(store, "all_articles")]


def _read(store: Store, articles: Sequence[str]) -> dict[str, list[Profile]]:
    """Article → the profiles of what it names, for any number of articles."""
    found: dict[str, list[Profile]] = {}
    for i in range(0, len(articles), _BATCH):
        found |= _of_articles(store, articles[i : i + _BATCH])
    return found


def _of_articles(store: Store, articles: Sequence[str]) -> dict[str, list[Profile]]:
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


def _family(
    store: Store, start: set[str], new: Iterable[Profile], united: Mapping[str, str]
) -> tuple[set[str], dict[str, set[str]]]:
    """The entities that may have to do with some: those that share a key with them, with these again, and so on.

    A key that more than :data:`kg.tracking.identity.MOST` entities share says nothing, unless those of ``start`` make the difference.

    Args:
        store: an open store.
        start: the entities.
        new: profiles whose keys may not be in the store yet.
        united: entity → the entity that people have merged it into.

    Returns:
        The entities, and all their keys with the entities that share each.
    """
    groups: dict[str, set[str]] = defaultdict(set)
    for entity, target in united.items():
        groups[target] |= {entity, target}
    shared: dict[str, set[str]] = defaultdict(set, sharing(new))
    found: set[str] = set()
    done: set[str] = set()
    next_, fresh = set(start), set(shared)
    while next_ or fresh:
        next_ |= {e for i in _of(store, next_) for e in (i.entity, i.same_as)}
        next_ |= {e for one in next_ for e in groups.get(united.get(one, one), ())}
        found |= next_
        rows = prepared.rows(store, "name_keys_of_entities", entities=sorted(next_)) if next_ else []
        wanted = sorted(({r["k"] for r in rows} | fresh) - done)
        done |= set(wanted)
        for i in range(0, len(wanted), _BATCH):
            for r in prepared.rows(store, "entities_with_name_keys", keys=wanted[i : i + _BATCH]):
                shared[r["k"]].add(r["e"])
        common = too_common({key: shared[key] - start for key in wanted})
        next_ = {e for key in wanted if key not in common for e in shared[key]} - found
        fresh = set()
    return found, shared


def _of(store: Store, entities: Collection[str]) -> list[Identity]:
    """The identities of these entities."""
    return _identities(prepared.rows(store, "identities", entities=sorted(entities))) if entities else []


def _decided(profiles: Iterable[Profile], people: Decisions, common: Collection[str] | None = None) -> Identities:
    return identities(profiles, apart=people.apart, united=people.united, common=common)


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
