"""Relations between named things.

Two voices and one decision: patterns (:mod:`ingest.relations.patterns`, rows of ``data/lexicon/relations.jsonl``)
propose, and a model over pairs of mentions (:mod:`ingest.relations.pairs`) that hears them weighs each pair. Both read
the *outline* of a sentence (:mod:`ingest.relations.outlines`), in which every mention is one character.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from ingest.relations.nominals import named_parts
from ingest.relations.outlines import Outline, Topics, outline
from ingest.relations.pairs import Judged, Key, judged, key
from ingest.relations.patterns import bare_titles, explained, known_makers, stated
from kg.model import Extent, Relation

if TYPE_CHECKING:
    from spacy.tokens import Doc


def find_relations(doc: Doc) -> list[Relation]:
    """The relations that an article states, each once, at the sentence that states it most clearly."""
    sentences, proposals = proposed(doc)
    if not any(s.slots for s in sentences):
        return []
    by_pattern: dict[tuple[Key, Extent], Relation] = {}
    for r in (r for found in proposals for r in found if r.subject != r.object):
        at = key(r.subject, r.predicate, r.object), r.extent
        if at not in by_pattern or (r.qualifiers and not by_pattern[at].qualifiers):
            by_pattern[at] = r
    best: dict[Key, Judged] = {}
    for j in judged(sentences, proposals):
        if j.key not in best or j.probability > best[j.key].probability:
            best[j.key] = j
    relations = [_relation(j, by_pattern.get((j.key, j.extent))) for j in unrivalled(best.values())]
    return sorted(relations, key=lambda r: (r.extent, r.predicate, r.subject, r.object))


#: A person has one employer, a product one maker: one that is much less likely than the likeliest gives way.
_SINGLE: dict[str, int] = {"holdsPosition": 0, "develops": 2}
_RIVAL = 0.7


def unrivalled(found: Iterable[Judged]) -> Iterator[Judged]:
    """What no far likelier relation stands against."""
    kept = list(found)
    highest: dict[tuple[str, str], float] = {}
    for j in kept:
        if (end := _SINGLE.get(j.key[1])) is not None:
            at = j.key[1], j.key[end]
            highest[at] = max(highest.get(at, 0.0), j.probability)
    for j in kept:
        end = _SINGLE.get(j.key[1])
        if end is None or j.probability >= _RIVAL * highest[j.key[1], j.key[end]]:
            yield j


def _relation(judged_: Judged, pattern: Relation | None) -> Relation:
    """What the model holds likely, with the words of the pattern that says so too."""
    reason = f"pair model {judged_.probability:.2f}"
    if pattern is not None:
        return replace(pattern, reasons=(*pattern.reasons, reason))
    subject, predicate, object_ = judged_.key
    return Relation(subject, predicate, object_, judged_.extent, {}, (reason,))


def proposed(doc: Doc) -> tuple[list[Outline], list[list[Relation]]]:
    """The outlines of an article's sentences and what the patterns propose for each."""
    entities = {e.id: e for e in doc._.entities}
    mentions = [m for m in sorted(doc._.mentions, key=lambda m: m.extent) if m.entity in entities]
    figures = sorted(doc._.figures or [], key=lambda f: f.extent)
    starts = [f.extent.start for f in figures]
    text = doc.text  # put together anew at each access
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
    return sentences, list(_proposals(sentences))


def _proposals(sentences: Sequence[Outline]) -> Iterator[list[Relation]]:
    topics = Topics(Counter(e for o in sentences for slot in o.slots.values() for e in slot.entities))
    placed: set[str] = set()  # persons whose position is known
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
        topics.hear(sentence)
        before = sentence


def _register() -> None:
    from spacy.language import Language
    from spacy.tokens import Doc

    if not Doc.has_extension("relations"):
        Doc.set_extension("relations", default=[])

    @Language.component("iibun_relations")
    def iibun_relations(doc: Doc) -> Doc:
        doc._.relations = find_relations(doc)
        return doc


_register()
