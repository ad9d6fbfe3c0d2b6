"""Which entities of different articles are one: rules over profiles, whatever the order of the articles.

An entity is taken for another without a person's decision only if exactly one fits and nothing speaks against it. What fits less
well is proposed, with reasons. Read :mod:`kg.tracking.bonds` first; :mod:`kg.tracking.identities` keeps the result in a store.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import combinations

from kg.names import is_short
from kg.tracking.bonds import FITS, PERHAPS, SURE, Bond, against, in_common, person_bond, rank, thing_bond
from kg.tracking.profiles import Profile, core, keys, merged

#: Most proposals for one entity.
_EACH = 3
#: A key that more entities share says nothing: of 田中 alone, people decide.
MOST = 50


@dataclass(slots=True)
class Identities:
    """The result: ``same`` is entity → (the entity that it is, reasons), by IRI; ``proposals`` are for people, best first."""

    same: dict[str, tuple[str, tuple[str, ...]]] = field(default_factory=dict)
    proposals: list[Bond] = field(default_factory=list)


def identities(
    profiles: Iterable[Profile], *, apart: Collection[frozenset[str]] = (), united: Mapping[str, str] | None = None,
    common: Collection[str] | None = None,
) -> Identities:  # fmt: skip
    """Decide which entities are one.

    Args:
        profiles: those of each entity, one for each article that names it.
        apart: pairs of entities (IRIs) that a person has said are two.
        united: entity → the entity that people have merged it into (IRIs).
        common: the keys that say nothing; if None, those that more than :data:`MOST` of these entities share.
    """
    united, profiles = united or {}, list(profiles)
    if common is None:
        common = too_common(sharing(profiles))
    known = _unite(profiles, united)
    pairs = list(_bonds(known, common))
    fixed = {frozenset(united.get(e, e) for e in pair) for pair in apart}
    pairs = [b for b in pairs if frozenset((b.short.entity, b.full.entity)) not in fixed]
    sure, unsure = _choose(pairs)
    short = [p for p in known.values() if is_short(p.label)]
    more, rest = _surnames(short, {b.short.entity for b in pairs}, fixed, common)
    classes, refused = _classes([*sure, *more], known, fixed, set(united.values()))
    found = Identities(proposals=_ordered([*unsure, *rest, *refused], classes, fixed))
    why = {b.short.entity: b.reasons for b in reversed([*sure, *more])}
    whole: dict[str, list[Profile]] = defaultdict(list)
    for entity, root in classes.items():
        whole[root].append(known[entity])
    for members in whole.values():
        target = _target(members, set(united.values()))
        for p in members:
            if p.entity != target.entity:
                found.same[p.entity] = (target.entity, why.get(p.entity) or why.get(target.entity, ()))
    return found


def sharing(profiles: Iterable[Profile]) -> dict[str, set[str]]:
    """Key → the entities that are found under it or look for it."""
    found: dict[str, set[str]] = defaultdict(set)
    for p in profiles:
        for key in set[str]().union(*keys(p)):
            found[key].add(p.entity)
    return found


def too_common(shared: Mapping[str, Collection[str]]) -> set[str]:
    """The keys that more than :data:`MOST` entities share."""
    return {key for key, entities in shared.items() if len(entities) > MOST}


def _unite(profiles: Iterable[Profile], united: Mapping[str, str]) -> dict[str, Profile]:
    """Entity → its profile; those that people have merged are one."""
    groups: dict[str, list[Profile]] = defaultdict(list)
    for p in sorted(profiles, key=lambda p: (p.entity, p.label)):
        groups[united.get(p.entity, p.entity)].append(p)
    return {entity: merged(entity, group) for entity, group in groups.items()}


def _bonds(known: Mapping[str, Profile], common: Collection[str]) -> Iterator[Bond]:
    """The pairs that share a key, without the common keys, and fit at least perhaps, each once."""
    holders: dict[str, list[Profile]] = defaultdict(list)
    wanted: list[tuple[Profile, set[str]]] = []
    for p in known.values():
        here, there = keys(p)
        for key in here.difference(common):
            holders[key].append(p)
        wanted.append((p, there))
    seen: set[frozenset[str]] = set()
    for p, there in wanted:
        for other in {o.entity: o for key in there for o in holders.get(key, ())}.values():
            pair = frozenset((p.entity, other.entity))
            if len(pair) == 2 and pair not in seen and not p.articles & other.articles:
                seen.add(pair)
                if bond := (person_bond if p.type == "Person" else thing_bond)(p, other):
                    yield bond


def _choose(pairs: list[Bond]) -> tuple[list[Bond], list[Bond]]:
    """The bonds that hold, and those for people: exactly one full name must fit a short one."""
    sure, unsure = _alone([b for b in pairs if b.of_whole_names], _Union())
    one = _Union()  # a surname may fit a name in both its scripts
    for b in sure:
        one.join(b.short.entity, b.full.entity)
    more, rest = _alone([b for b in pairs if not b.of_whole_names], one)
    unsure += rest
    return _one_in_each([*sure, *more], unsure), unsure


def _alone(pairs: list[Bond], one: _Union) -> tuple[list[Bond], list[Bond]]:
    by_short: dict[str, list[Bond]] = defaultdict(list)
    for b in pairs:
        by_short[b.short.entity].append(b)
    sure: list[Bond] = []
    unsure: list[Bond] = []
    for every in by_short.values():
        of: dict[str, Bond] = {}
        for b in sorted(every, key=lambda b: (-b.strength, b.full.entity)):
            of.setdefault(one.of(b.full.entity), b)
        found = list(of.values())
        best = max(b.strength for b in found)
        top = [b for b in found if b.strength == best]
        rivals = [b for b in found if b.strength < best]
        forms = {core(b.full.label)[1] for b in top} - {""}
        alike = found[0].short.type != "Person" and best == SURE and len(forms) < 2  # names equal but for their form
        alone = len(top) == 1 and (best == SURE or not any(_rival(b, top[0]) for b in rivals))
        if best >= FITS and (alone or alike):
            sure += top
            unsure += rivals
        else:
            more = ("several fit",) if len(found) > 1 else ()
            unsure += [Bond(b.short, b.full, PERHAPS, b.reasons + more) for b in found]
    return sure, unsure


def _rival(b: Bond, best: Bond) -> bool:
    """Whether a weaker bond makes a better one doubtful; one of another office does not, if the better one has the office."""
    return not (b.reasons[-1].startswith("other office") and best.reasons[0].startswith("same office"))


def _one_in_each(sure: list[Bond], unsure: list[Bond]) -> list[Bond]:
    """The bonds without those of two short names of one article with the same full name; these go to ``unsure``."""
    taken: dict[tuple[str, str], set[str]] = defaultdict(set)
    for b in sure:
        for article in b.short.articles:
            taken[b.full.entity, article].add(b.short.entity)
    kept = []
    for b in sure:
        if any(len(taken[b.full.entity, article]) > 1 for article in b.short.articles):
            unsure.append(Bond(b.short, b.full, PERHAPS, (*b.reasons, "two of one article")))
        else:
            kept.append(b)
    return kept


def _surnames(
    short: list[Profile], placed: set[str], apart: Collection[frozenset[str]], common: Collection[str]
) -> tuple[list[Bond], list[Bond]]:
    """Bonds between surnames of different articles that fit no full name: with one organization, or one office and company."""
    by_key: dict[str, list[Profile]] = defaultdict(list)
    for p in short:
        if p.type == "Person":
            for key in keys(p)[0].difference(common):
                if key.startswith("Person = "):
                    by_key[key].append(p)
    bonds: dict[frozenset[str], Bond] = {}
    for group in by_key.values():
        for a, b in combinations(sorted((p for p in group if p.entity not in placed), key=lambda p: p.entity), 2):
            pair = frozenset((a.entity, b.entity))
            if pair in bonds or pair in apart or a.articles & b.articles:
                continue
            strength, reasons = in_common(a, b)
            if strength:
                bonds[pair] = Bond(b, a, strength, reasons)
    sure: list[Bond] = []
    unsure = [b for b in bonds.values() if b.strength == PERHAPS]
    for part in _components([b for b in bonds.values() if b.strength >= FITS]):
        people = list({p.entity: p for b in part for p in (b.short, b.full)}.values())
        if any(against(a, b) for a, b in combinations(people, 2)):
            unsure += [Bond(b.short, b.full, PERHAPS, (*b.reasons, "several fit")) for b in part]
        else:
            sure += part
    return sure, unsure


def _components(bonds: list[Bond]) -> list[list[Bond]]:
    root = _Union()
    for b in bonds:
        root.join(b.short.entity, b.full.entity)
    found: dict[str, list[Bond]] = defaultdict(list)
    for b in bonds:
        found[root.of(b.short.entity)].append(b)
    return list(found.values())


class _Union:
    """Sets of entities that are joined."""

    def __init__(self) -> None:
        self._parent: dict[str, str] = {}

    def of(self, entity: str) -> str:
        """The smallest entity of the set."""
        while (up := self._parent.get(entity, entity)) != entity:
            entity = up
        return entity

    def join(self, a: str, b: str) -> None:
        """Make the sets of two entities one."""
        first, last = sorted((self.of(a), self.of(b)))
        self._parent[last] = first


def _classes(
    bonds: list[Bond], known: Mapping[str, Profile], apart: Collection[frozenset[str]], people: Collection[str]
) -> tuple[dict[str, str], list[Bond]]:
    """Entity → its class, and the bonds that were refused: they would join what is two by a person's word, or in an article."""
    sets, refused = _Union(), []
    members: dict[str, list[Profile]] = {}
    for b in sorted(bonds, key=lambda b: (-b.strength, *sorted((b.short.entity, b.full.entity)))):
        a, c = sets.of(b.short.entity), sets.of(b.full.entity)
        if a == c:
            continue
        left, right = members.get(a, [known[a]]), members.get(c, [known[c]])
        both = [*left, *right]
        clash = any(x.articles & y.articles for x in left for y in right)
        clash = clash or any(frozenset((x.entity, y.entity)) in apart for x in left for y in right)
        if clash or sum(p.entity in people for p in both) > 1:
            refused.append(
                Bond(b.short, b.full, PERHAPS, (*b.reasons, "two of one article" if clash else "several fit"))
            )
            continue
        sets.join(a, c)
        members[sets.of(a)] = both
    return {p.entity: root for root, group in members.items() if sets.of(root) == root for p in group}, refused


def _target(members: list[Profile], people: Collection[str]) -> Profile:
    """The member that stays: the one that people have merged others into, or else the one with the fullest name."""
    return next((p for p in members if p.entity in people), max(members, key=rank))


def _ordered(bonds: list[Bond], classes: Mapping[str, str], apart: Collection[frozenset[str]]) -> list[Bond]:
    """The proposals, best first, without pairs that are one by now."""
    count: dict[str, int] = defaultdict(int)
    seen: set[frozenset[str]] = set()
    found = []
    for b in sorted(bonds, key=lambda b: ("several fit" in b.reasons, -len(b.reasons), b.short.entity, b.full.entity)):
        ends = frozenset(classes.get(e, e) for e in (b.short.entity, b.full.entity))
        if len(ends) < 2 or ends in seen or ends in apart or count[b.short.entity] >= _EACH:
            continue
        seen.add(ends)
        count[b.short.entity] += 1
        found.append(b)
    return found
