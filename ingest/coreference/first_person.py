"""First person: 私 and 当社 in a quotation refer to its speaker, or to the speaker's organization.

This needs claims, so it is a component of its own that runs after they are read.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache
from typing import Any

from spacy.tokens import Doc

from ingest.coreference.anaphors import edges_of
from kg import lexicon
from kg.model import Claim, Entity, Extent, Mention, Relation


@cache
def _rows() -> dict[str, dict[str, Any]]:
    """Return the rows of ``first_person.jsonl`` by their text, longest text first."""
    return {r["text"]: r for r in sorted(lexicon.rows("first_person"), key=lambda r: -len(r["text"]))}


@cache
def _pattern() -> re.Pattern[str]:
    return re.compile("|".join(map(re.escape, _rows())))


def find(doc: Doc) -> list[Mention]:
    """Find first-person pronouns in quotations whose source is one entity of the article.

    私 refers to the source if it is a person. 我々 and 当社 refer to it if it has a type that the row of
    ``first_person.jsonl`` allows, or else to an organization or place in which the person holds a position.

    Args:
        doc: an article with entities, mentions, relations and claims.

    Returns:
        The new mentions, in order of the claims.
    """
    text = doc.text
    entities = {e.id: e for e in doc._.entities}
    taken = {i for m in doc._.mentions for i in range(m.extent.start, m.extent.end)}
    found: dict[Extent, Mention] = {}
    edges = edges_of(doc)
    for claim in doc._.claims:
        if len(claim.sources) != 1 or claim.sources[0] not in entities:
            continue
        source = entities[claim.sources[0]]
        for stretch in _quoted_extents(claim, doc):
            for hit in _pattern().finditer(text, stretch.start, stretch.end):
                extent = Extent(hit.start(), hit.end())
                if hit.start() in taken or extent in found or not edges.fit(*hit.span()):
                    continue
                if who := _antecedent(_rows()[hit.group()], source, entities, doc._.relations):
                    reason = f"{hit.group()}: spoken by {source.label}"
                    found[extent] = Mention(extent, who, True, (reason,))
    return list(found.values())


def _quoted_extents(claim: Claim, doc: Doc) -> list[Extent]:
    """Return what is quoted of a claim: its quotations, its content if it is direct, or the quotation around it."""
    if claim.quotes:
        return list(claim.quotes)
    if claim.speech == "direct":
        return [claim.content]
    inside = [q.inner for q in doc._.clean.quotations if q.kind == "quote" and q.outer.contains(claim.content)]
    return inside[:1]


def _antecedent(
    row: dict[str, Any], source: Entity, entities: dict[str, Entity], relations: Sequence[Relation]
) -> str | None:
    """Return the id of the antecedent of a first-person pronoun said by ``source``, or None."""
    if row["number"] == 1:
        return source.id if source.type == "Person" else None
    if source.type in row["types"]:
        return source.id
    if source.type != "Person":
        return None
    posts = [r.object for r in relations if r.predicate == "holdsPosition" and r.subject == source.id]
    posts = [p for p in posts if p in entities and entities[p].type in row["types"]]
    return posts[0] if posts else None


def iibun_speakers(doc: Doc) -> Doc:
    """Pipeline component: add first-person pronouns to ``doc._.mentions``."""
    doc._.mentions = sorted([*doc._.mentions, *find(doc)], key=lambda m: (m.extent, m.entity))
    return doc
