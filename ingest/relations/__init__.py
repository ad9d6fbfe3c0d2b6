"""Relations between named things.

Two voices: patterns (:mod:`ingest.relations.patterns`, rows of ``data/lexicon/relations.jsonl``), and a small model
over pairs of mentions (:mod:`ingest.relations.pairs`) that finds what no pattern covers. Both read the
*outline* of a sentence (:mod:`ingest.relations.outlines`), in which every mention is one character.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from ingest.relations.outlines import Outline, Topics, outline
from ingest.relations.pairs import judged
from ingest.relations.patterns import bare_titles, explained, known_makers, stated
from kg.model import SYMMETRIC, Extent, Relation

if TYPE_CHECKING:
    from spacy.tokens import Doc


def find_relations(doc: Doc) -> list[Relation]:
    """The relations that an article states, each once, at the first sentence that states it."""
    sentences, proposals = proposed(doc)
    if not any(s.slots for s in sentences):
        return []
    stated_ = [r for found in proposals for r in found]
    return _unique([*stated_, *_unrivalled(stated_, judged(sentences))])


def proposed(doc: Doc) -> tuple[list[Outline], list[list[Relation]]]:
    """The outlines of an article's sentences and what the patterns propose for each."""
    entities = {e.id: e for e in doc._.entities}
    mentions = [m for m in sorted(doc._.mentions, key=lambda m: m.extent) if m.entity in entities]
    figures = doc._.figures or []
    sentences: list[Outline] = []
    at = 0
    for extent in (Extent(s.start_char, s.end_char) for s in doc.sents):
        while at < len(mentions) and mentions[at].extent.start < extent.start:
            at += 1
        end = at
        while end < len(mentions) and mentions[end].extent.start < extent.end:
            end += 1
        inside = [m for m in mentions[at:end] if extent.contains(m.extent)]
        near = [f for f in figures if extent.contains(f.extent)] if inside else []
        sentences.append(outline(doc.text, extent, inside, entities, near))
    return sentences, list(_proposals(sentences))


def _proposals(sentences: Sequence[Outline]) -> Iterator[list[Relation]]:
    topics = Topics(Counter(e for o in sentences for slot in o.slots.values() for e in slot.entities))
    placed: set[str] = set()  # persons whose position is known
    before: Outline | None = None
    for sentence in sentences:
        found: list[Relation] = []
        if sentence.slots:
            found = [explained(r, sentence, before) for r in stated(sentence, topics)] + [*known_makers(sentence)]
            placed.update(r.subject for r in found if r.predicate == "holdsPosition")
            bare = list(bare_titles(sentence, topics, placed))
            placed.update(r.subject for r in bare)
            found += bare
        yield found
        topics.hear(sentence)
        before = sentence


def _unrivalled(stated_: Iterable[Relation], judged_: Iterable[tuple[float, Relation]]) -> Iterator[Relation]:
    """The model's relations, the likeliest first, that no other already stands against.

    A person has one employer by the model, a product one maker, a thing one place; what a pattern states goes before.
    """
    settled = {k for r in stated_ for k in _single(r)}
    for _, relation in sorted(judged_, key=lambda x: (-x[0], x[1].extent, x[1].subject, x[1].object)):
        keys = _single(relation)
        if any(k in settled for k in keys):
            continue
        settled.update(keys)
        yield relation


def _single(r: Relation) -> tuple[tuple[str, str], ...]:
    if r.predicate in ("holdsPosition", "locatedIn", "subsidiaryOf"):
        return ((r.predicate, r.subject),)
    return ((r.predicate, r.object),) if r.predicate == "develops" else ()


def _unique(relations: Iterable[Relation]) -> list[Relation]:
    kept: dict[tuple[str, str, str], Relation] = {}
    for r in relations:
        if r.subject == r.object:
            continue
        pair = tuple(sorted((r.subject, r.object))) if r.predicate in SYMMETRIC else (r.subject, r.object)
        key = (pair[0], r.predicate, pair[1])
        if key not in kept or (r.qualifiers and not kept[key].qualifiers):
            kept[key] = r
    return sorted(kept.values(), key=lambda r: (r.extent, r.predicate, r.subject, r.object))


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
