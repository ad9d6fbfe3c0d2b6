"""Relation extraction: typed relations between the entities of an article, each with the sentence that states it.

Patterns propose relations (:mod:`.patterns`, rows of ``data/lexicon/relations.jsonl``). A log-linear model scores
every pair of mentions for every predicate (:mod:`.pairs`), with the patterns that matched among its features, and
decides. Both take a sentence as an outline, in which each mention is one character; read :mod:`.outlines` first.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Container, Iterable, Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from ingest.relations.nominals import named_parts
from ingest.relations.outlines import Outline, Topics, outline
from ingest.relations.pairs import Judged, Key, judged, key
from ingest.relations.patterns import bare_titles, explained, known_makers, stated
from kg.model import Extent, Predicate, Relation

if TYPE_CHECKING:
    from spacy.tokens import Doc


def find_relations(doc: Doc) -> list[Relation]:
    """Return the relations that an article states, each once, with the sentence where it is most probable.

    Args:
        doc: an article with ``doc._.entities``, ``doc._.mentions``, ``doc._.figures`` and, for the reader's scores,
            ``doc._.encoded``.

    Returns:
        Relations in order of the text. Qualifiers come from the pattern that proposed the relation, if one did.
    """
    sentences, proposals = proposed(doc)
    if not any(s.slots for s in sentences):
        return []
    by_pattern: dict[tuple[Key, Extent], Relation] = {}
    for r in (r for found in proposals for r in found if r.subject != r.object):
        at = key(r.subject, r.predicate, r.object), r.extent
        if at not in by_pattern or (r.qualifiers and not by_pattern[at].qualifiers):
            by_pattern[at] = r
    said = {k for k, _ in by_pattern}
    best: dict[Key, Judged] = {}
    for j in judged(sentences, proposals, doc._.encoded):
        if j.key not in best or j.probability > best[j.key].probability:
            best[j.key] = j
    relations = [_relation(j, by_pattern.get((j.key, j.extent))) for j in unrivalled(best.values(), said)]
    return sorted(relations, key=lambda r: (r.extent, r.predicate, r.subject, r.object))


#: Predicates of which an entity mostly has one (a person one employer, a product one maker), with the entity's place
#: in the relation's key. One much less probable than the best is dropped.
_SINGLE: dict[str, int] = {"holdsPosition": 0, "develops": 2}
_LEAST_SHARE = 0.7  # share of the best probability that a relation needs to be kept beside it
_LEAST_BESIDE = 0.9  # the same for a maker that no pattern proposes, beside one that a pattern does

#: Predicates that never hold in both directions: a company's subsidiary does not own it.
_ONE_WAY = frozenset({"subsidiaryOf", "acquires", "ownsStakeIn", "locatedIn"})
#: Predicates that never hold for the same subject and object: who acquires a company is no part of it.
_EXCLUDES: dict[str, Predicate] = {"acquires": "subsidiaryOf", "subsidiaryOf": "acquires"}


def unrivalled(found: Iterable[Judged], said: Container[Key] = frozenset()) -> Iterator[Judged]:
    """Conflict resolution: yield the relations without those that a much more probable one excludes.

    A relation that a pattern proposes counts for more than one that only the model sees: of two that contradict each
    other it stays, and a product that a pattern gives to its maker goes to nobody less probable.

    Args:
        found: relations of one article, each key once.
        said: the keys that a pattern proposed.
    """
    kept = list(_consistent(found, said))
    made: dict[str, float] = {}  # the best probability of what a pattern says, by product
    for j in kept:
        if j.key[1] == "develops" and j.key in said:
            made[j.key[2]] = max(made.get(j.key[2], 0.0), j.probability)
    kept = [
        j
        for j in kept
        if j.key[1] != "develops" or j.key in said or j.probability >= _LEAST_BESIDE * made.get(j.key[2], 0.0)
    ]
    highest: dict[tuple[str, str], float] = {}
    for j in kept:
        if (end := _SINGLE.get(j.key[1])) is not None:
            at = j.key[1], j.key[end]
            highest[at] = max(highest.get(at, 0.0), j.probability)
    for j in kept:
        end = _SINGLE.get(j.key[1])
        if end is None or j.probability >= _LEAST_SHARE * highest[j.key[1], j.key[end]]:
            yield j


def _consistent(found: Iterable[Judged], said: Container[Key]) -> Iterator[Judged]:
    """Yield the relations without those that contradict a better one (:data:`_ONE_WAY`, :data:`_EXCLUDES`)."""
    by_key = {j.key: j for j in found}
    rank = {k: (k in said, j.probability) for k, j in by_key.items()}
    for (subject, predicate, object_), j in by_key.items():
        against = [(object_, predicate, subject)] if predicate in _ONE_WAY else []
        if other := _EXCLUDES.get(predicate):
            against.append((subject, other, object_))
        if all(rank[j.key] >= rank[k] for k in against if k in rank):
            yield j


def _relation(judged_: Judged, pattern: Relation | None) -> Relation:
    """Return a relation that the model accepted, with qualifiers and reasons of the pattern, if one proposed it."""
    reason = f"pair model {judged_.probability:.2f}"
    if pattern is not None:
        return replace(pattern, reasons=(*pattern.reasons, reason))
    subject, predicate, object_ = judged_.key
    return Relation(subject, predicate, object_, judged_.extent, {}, (reason,))


def proposed(doc: Doc) -> tuple[list[Outline], list[list[Relation]]]:
    """Return the outlines of an article's sentences, and the relations that patterns propose for each.

    Args:
        doc: as for :func:`find_relations`.
    """
    entities = {e.id: e for e in doc._.entities}
    mentions = [m for m in sorted(doc._.mentions, key=lambda m: m.extent) if m.entity in entities]
    figures = sorted(doc._.figures or [], key=lambda f: f.extent)
    starts = [f.extent.start for f in figures]
    text = doc.text  # spaCy puts it together at each access
    sentences: list[Outline] = []
    at = 0
    for extent in (Extent(s.start_char, s.end_char) for s in doc.sents):
        while at < len(mentions) and mentions[at].extent.start < extent.start:
            at += 1
        end = at
        while end < len(mentions) and mentions[end].extent.start < extent.end:
            end += 1
        inside = [m for m in mentions[at:end] if extent.contains(m.extent)]
        own = slice(bisect_left(starts, extent.start), bisect_left(starts, extent.end))
        near = [f for f in figures[own] if extent.contains(f.extent)] if inside else []
        sentences.append(outline(text, extent, inside, entities, near))
    return sentences, list(_proposals([s.unpadded() for s in sentences]))


def _proposals(sentences: Sequence[Outline]) -> Iterator[list[Relation]]:
    """Yield for each sentence the relations that patterns, names and known makers propose."""
    topics = Topics(Counter(e for o in sentences for slot in o.slots.values() for e in slot.entities))
    placed: set[str] = set()  # persons with a position so far
    before: Outline | None = None
    by_name: dict[int, list[Relation]] = {}
    for n, relation in named_parts(sentences):
        by_name.setdefault(n, []).append(relation)
    for n, sentence in enumerate(sentences):
        found: list[Relation] = []
        if sentence.slots:
            found = [explained(r, sentence, before) for r in stated(sentence, topics)] + [*known_makers(sentence)]
            placed.update(r.subject for r in found if r.predicate == "holdsPosition")
            bare = list(bare_titles(sentence, topics, placed))
            placed.update(r.subject for r in bare)
            found += bare + by_name.get(n, [])
        yield found
        topics.follow(sentence)
        before = sentence


def iibun_relations(doc: Doc) -> Doc:
    """Set ``doc._.relations``."""
    doc._.relations = find_relations(doc)
    return doc
