"""Two reports of one article as one: what both readers found, what only one did, and where they disagree.

What our own reader found stays as it is. A language model confirms it, disputes it, or adds to it. A claim that only one reader
found is disputed by the other, if the other read that place.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from ingest.second.places import PART, shared
from kg.model import Claim, Dispute, Entity, Extent, Mention, Reader, Relation, Report
from kg.names import normal_name
from kg.predicates import SYMMETRIC

SAME = 0.5  #: least overlap of two contents that are one claim, as in scoring
BOTH: tuple[Reader, ...] = ("local", "llm")


def joined(local: Report, llm: Report, read: Sequence[Extent]) -> Report:
    """What both readers say of an article.

    Args:
        local: the report of our own reader.
        llm: the report of the language model.
        read: the stretches of the text that the language model read.
    """
    entities, ids = _entities(local, llm)
    mentions = _mentions(local, llm, ids, read)
    names = {e.id: e.label for e in entities}
    theirs = [_renamed(c, ids) for c in llm.claims]
    pairs = dict(_pairs(local.claims, theirs))
    used = set(pairs.values())
    left = [c for j, c in enumerate(theirs) if j not in used]
    claims = []
    for i, c in enumerate(local.claims):
        if i in pairs:
            claims.append(_compared(c, theirs[pairs[i]], names))
        elif parts := [x for x in left if shared(c.content, x.content) >= PART]:
            cut = Dispute("llm", "content", " / ".join(x.content.of(local.article.text) for x in parts))
            claims.append(replace(c, readers=BOTH, disputes=(cut, *_disputes(c, parts[0], names))))
        elif _within(c.content, read):
            claims.append(replace(c, readers=("local",), disputes=(Dispute("llm", "claim"),)))
        else:
            claims.append(c)
    for c in left:
        if not any(shared(c.content, ours.content) >= PART for ours in local.claims):
            claims.append(
                replace(
                    c, id=f"c{len(claims) + 1}", disputes=(Dispute("local", "claim"),),
                    figures=tuple(i for i, f in enumerate(local.figures) if c.content.contains(f.extent)),
                    about=tuple(dict.fromkeys(m.entity for m in mentions if c.content.contains(m.extent))),
                )
            )  # fmt: skip
    return replace(
        local, entities=entities, mentions=mentions, relations=_relations(local, llm, ids, read), claims=tuple(claims)
    )


def _within(extent: Extent, read: Sequence[Extent]) -> bool:
    """Whether an extent begins in a stretch that was read."""
    return any(r.start <= extent.start < r.end for r in read)


def _entities(local: Report, llm: Report) -> tuple[tuple[Entity, ...], dict[str, str]]:
    """The entities of both, and the id of each of the language model's.

    One of theirs is ours if most of its mentions that touch ours are of it, or if it has its type and one of its names. It
    keeps our type and label.
    """
    names = {(e.type, normal_name(n)): e.id for e in reversed(local.entities) for n in (e.label, *e.aliases)}
    at: dict[int, str] = {}
    for m in local.mentions:
        if not m.anaphor:
            at.update(dict.fromkeys(range(m.extent.start, m.extent.end), m.entity))
    votes: dict[str, Counter[str]] = {}
    for m in llm.mentions:
        for id in {at[i] for i in range(m.extent.start, m.extent.end) if i in at}:
            votes.setdefault(m.entity, Counter())[id] += 1
    merged, ids = list(local.entities), {}
    for e in llm.entities:
        same = next((names[key] for n in (e.label, *e.aliases) if (key := (e.type, normal_name(n))) in names), None)
        if same is None and e.id in votes:
            same = votes[e.id].most_common(1)[0][0]
        if same is None:
            same = f"e{len(merged) + 1}"
            merged.append(replace(e, id=same))
        ids[e.id] = same
    return tuple(merged), ids


def _mentions(local: Report, llm: Report, ids: Mapping[str, str], read: Sequence[Extent]) -> tuple[Mention, ...]:
    """The mentions of both; one of the language model's that overlaps another of ours is left out."""
    theirs = {(m.extent, ids[m.entity]): m for m in llm.mentions}
    taken = {i for m in local.mentions for i in range(m.extent.start, m.extent.end)}
    found = [
        replace(m, readers=BOTH) if theirs.pop((m.extent, m.entity), None)
        else replace(m, readers=("local",)) if _within(m.extent, read) and not m.anaphor
        else m
        for m in local.mentions
    ]  # fmt: skip
    for (extent, entity), m in theirs.items():
        if taken.isdisjoint(range(extent.start, extent.end)):
            found.append(replace(m, entity=entity))
    return tuple(sorted(found, key=lambda m: (m.extent.start, -m.extent.end, m.entity)))


def _relations(local: Report, llm: Report, ids: Mapping[str, str], read: Sequence[Extent]) -> tuple[Relation, ...]:
    theirs = {_key(r): r for x in llm.relations if (r := _moved(x, ids)).subject != r.object}
    said = {_key(r) for r in local.relations}
    found = [
        replace(r, readers=BOTH) if _key(r) in theirs
        else replace(r, readers=("local",)) if _within(r.extent, read)
        else r
        for r in local.relations
    ]  # fmt: skip
    return (*found, *(r for key, r in theirs.items() if key not in said))


def _moved(r: Relation, ids: Mapping[str, str]) -> Relation:
    return replace(r, subject=ids[r.subject], object=ids[r.object])


def _key(r: Relation) -> tuple[str, str, str]:
    subject, object_ = sorted((r.subject, r.object)) if r.predicate in SYMMETRIC else (r.subject, r.object)
    return subject, r.predicate, object_


def _renamed(c: Claim, ids: Mapping[str, str]) -> Claim:
    """A claim of the language model's with the ids of the joined entities."""
    sources, reporters, about = (
        tuple(dict.fromkeys(ids[e] for e in named)) for named in (c.sources, c.reporters, c.about)
    )
    return replace(c, sources=sources, reporters=reporters, about=about)


def _pairs(ours: Sequence[Claim], theirs: Sequence[Claim]) -> Iterator[tuple[int, int]]:
    """Pairs of claims whose contents overlap most, one to one."""
    ranked = sorted(
        ((_overlap(a.content, b.content), -i, -j) for i, a in enumerate(ours) for j, b in enumerate(theirs)),
        reverse=True,
    )
    used_i, used_j = set(), set()
    for value, i, j in ranked:
        if value < SAME:
            return
        if i not in used_i and j not in used_j:
            used_i.add(i)
            used_j.add(j)
            yield -i, -j


def _compared(ours: Claim, theirs: Claim, names: Mapping[str, str]) -> Claim:
    """Our claim, confirmed by the language model, with what it says otherwise."""
    return replace(ours, readers=BOTH, disputes=tuple(_disputes(ours, theirs, names)))


def _disputes(ours: Claim, theirs: Claim, names: Mapping[str, str]) -> Iterator[Dispute]:
    if set(ours.sources) != set(theirs.sources):
        yield Dispute("llm", "source", "、".join(names[s] for s in theirs.sources) or theirs.source_text or "")
    if ours.modality != theirs.modality:
        yield Dispute("llm", "modality", theirs.modality)
    if ours.polarity != theirs.polarity:
        yield Dispute("llm", "polarity", theirs.polarity)
    if (ours.prediction is None) != (theirs.prediction is None):
        yield Dispute("llm", "prediction", "prediction" if theirs.prediction else "")
    elif ours.prediction and theirs.prediction and ours.prediction.due != theirs.prediction.due:
        due = theirs.prediction.due
        yield Dispute("llm", "due", str((due.end or due.start or "") if due else ""))


def _overlap(a: Extent, b: Extent) -> float:
    """Characters in both extents over characters in either."""
    inside = min(a.end, b.end) - max(a.start, b.start)
    return inside / (max(a.end, b.end) - min(a.start, b.start)) if inside > 0 else 0.0
