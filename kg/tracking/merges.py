"""Entity merges, splits and separations: several entities are one, one entity is several, two are two. All can be undone."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pyoxigraph import NamedNode

from kg import prepared
from kg.names import is_short, normal_name
from kg.rdf import string
from kg.store import Store
from kg.tracking import identities
from kg.tracking.current import merged, rebuild
from kg.tracking.log import JudgementError, Term, WrongJudgement, append
from kg.vocab import BASE


@dataclass(frozen=True, slots=True)
class MergeProposal:
    """Entities that may be one.

    ``labels`` and ``types`` are in the order of ``entities`` (IRIs). ``name`` is the normal name that they share, or else that of
    the fuller one. ``reasons`` are what speaks for it and against it, as codes that ``iibun.i18n.reasons`` words.
    """

    entities: tuple[str, ...]
    labels: tuple[str, ...]
    types: tuple[str, ...]
    name: str
    reasons: tuple[str, ...] = ()


def merge(store: Store, entities: Sequence[str], *, author: str, into: str | None = None, reason: str = "") -> str:
    """Merge entities into one; return the judgement's IRI.

    Args:
        store: an open store.
        entities: two or more entity IRIs.
        author: who decides.
        into: IRI of the entity that stays; the first if None.
        reason: why, in words.

    Raises:
        JudgementError: if fewer than two different entities are named, or one is not in the store.
    """
    wanted = list(dict.fromkeys([*([into] if into else []), *entities]))
    if len(wanted) < 2:
        raise WrongJudgement("A merge needs at least two different entities.")
    names = _names(store, wanted)
    if missing := [e for e in wanted if e not in names]:
        raise JudgementError(f"There is no entity {missing[0]} in the store.")
    target, rest = wanted[0], wanted[1:]
    details: list[tuple[str, Term]] = [("into", NamedNode(target)), *(("merges", NamedNode(e)) for e in rest)]
    details += [("alias", string(n)) for n in sorted({n for e in wanted for n in names[e]})]
    iri = append(store, "Merge", author=author, reason=reason, details=details)
    rebuild(store)
    identities.refresh(store, wanted)
    return iri


def separate(store: Store, entity: str, other: str, *, author: str, reason: str = "") -> str:
    """Say that two entities are two, so that they are neither taken for one nor proposed; return the judgement's IRI.

    Args:
        store: an open store.
        entity, other: their IRIs.
        author: who decides.
        reason: why, in words.

    Raises:
        JudgementError: if they are the same entity, one is not in the store, or a person has merged them.
    """
    if entity == other:
        raise WrongJudgement("Two entities are needed to say that they are not one.")
    names = _names(store, [entity, other])
    if missing := [e for e in (entity, other) if e not in names]:
        raise JudgementError(f"There is no entity {missing[0]} in the store.")
    done = merged(store)
    if done.get(entity, entity) == done.get(other, other):
        raise JudgementError(f"A person has merged {entity} and {other}; undo that merge first.")
    details: list[tuple[str, Term]] = [("judges", NamedNode(entity)), ("apartFrom", NamedNode(other))]
    iri = append(store, "Separation", author=author, reason=reason, details=details)
    identities.refresh(store, [entity, other])
    return iri


def split(
    store: Store, entity: str, *, author: str, label: str, mentions: Sequence[str] = (), aliases: Sequence[str] = (),
    reason: str = "",
) -> str:  # fmt: skip
    """Give some mentions of an entity to a new entity; return the new entity's IRI.

    Args:
        store: an open store.
        entity: IRI of the entity to split.
        author: who decides.
        label: the new entity's name.
        mentions: IRIs of the mentions that mean the new entity.
        aliases: names that always mean the new entity.
        reason: why, in words.

    Raises:
        JudgementError: if neither mentions nor aliases are given, the label is blank, there is no such entity, or a mention is
            not its own.
    """
    if not mentions and not aliases:
        raise WrongJudgement("A split needs the mentions or the names that mean the other entity.")
    if not all(alias.strip() for alias in aliases):
        raise WrongJudgement("A name that means the other entity is empty.")
    if not label.strip():
        raise WrongJudgement("A split needs a name for the new entity.")
    if entity not in _names(store, [entity]):
        raise JudgementError(f"There is no entity {entity} in the store.")
    _check_mentions(store, entity, mentions)
    name = hashlib.sha256("\x1f".join((entity, label, *sorted(mentions), *sorted(aliases))).encode()).hexdigest()[:32]
    new = f"{BASE}entity:{name}"
    details: list[tuple[str, Term]] = [
        ("judges", NamedNode(entity)),
        ("into", NamedNode(new)),
        ("correctedLabel", string(label)),
    ]
    details += [("splitMention", NamedNode(m)) for m in mentions] + [("alias", string(a)) for a in aliases]
    append(store, "Split", author=author, reason=reason, details=details)
    rebuild(store)
    return new


def _check_mentions(store: Store, entity: str, mentions: Sequence[str]) -> None:
    """Refuse a mention that is not of the entity, with what was merged into it and what was split off before."""
    rows = prepared.rows(store, "mentions", mentions=sorted(set(mentions))) if mentions else []
    into, of = merged(store), {r["m"]: r["split"] or r["e"] for r in rows}
    for mention in mentions:
        whose = of.get(mention)
        if whose is None or into.get(whose, whose) != into.get(entity, entity):
            raise JudgementError(f"{mention} is no mention of {entity}; nothing was recorded.")


def same_name(store: Store, *, limit: int = 50) -> list[MergeProposal]:
    """Proposals to merge: groups of entities of one type that share a name, largest first, then pairs that may be one.

    What is merged or taken for one already, and what people have said is two, is left out.

    Args:
        store: an open store.
        limit: most proposals.
    """
    people = identities.decisions(store)
    decided = identities.decide_all(store, people)
    groups = _sharing(store, people, {e: target for e, (target, _) in decided.same.items()})
    seen = [frozenset(p.entities) for p in groups]
    for b in decided.proposals:
        if not any({b.short.entity, b.full.entity} <= group for group in seen):
            ends = (b.full, b.short)
            groups.append(
                MergeProposal(
                    tuple(p.entity for p in ends), tuple(p.label for p in ends), tuple(p.type for p in ends),
                    normal_name(b.full.label), b.reasons,
                )
            )  # fmt: skip
    return groups[:limit]


def _sharing(store: Store, people: identities.Decisions, same: Mapping[str, str]) -> list[MergeProposal]:
    """The groups of entities that share a name, without surnames: two people of one surname are two."""
    rows = prepared.rows(store, "names_by_class")
    labels: dict[str, str] = {}
    types: dict[str, str] = {}
    by_name: dict[str, set[str]] = defaultdict(set)
    for r in rows:
        types.setdefault(r["e"], r["type"].rsplit("/", 1)[-1])
        if len(normal_name(r["l"])) > 1 and not (types[r["e"]] == "Person" and is_short(r["l"])):
            root = people.united.get(r["e"], r["e"])
            by_name[normal_name(r["l"])].add(same.get(root, root))
        if r["main"]:
            labels[r["e"]] = min(r["l"], labels.get(r["e"], r["l"]))
    found = []
    for name, entities in by_name.items():
        group = tuple(sorted(e for e in entities if e in labels))
        if (
            len(group) > 1
            and len({types[e] for e in group}) == 1
            and not any(pair <= set(group) for pair in people.apart)
        ):
            found.append(
                MergeProposal(
                    group,
                    tuple(labels[e] for e in group),
                    tuple(types[e] for e in group),
                    name,
                    (f"share the name {name}",),
                )
            )
    unique = {p.entities: p for p in sorted(found, key=lambda p: p.name)}
    return sorted(unique.values(), key=lambda p: (-len(p.entities), p.name))


def _names(store: Store, entities: Sequence[str]) -> dict[str, set[str]]:
    found: dict[str, set[str]] = defaultdict(set)
    for r in prepared.rows(store, "all_names_of_entities", entities=entities):
        found[r["e"]].add(r["l"])
    return found
