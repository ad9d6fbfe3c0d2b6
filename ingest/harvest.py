"""From a spaCy document to a report; nothing after this module uses spaCy.

Every offset and every reference is checked. What fails is left out and listed in ``Report.dropped``.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import TYPE_CHECKING

from ingest.language import note
from ingest.version import extractor
from kg.model import Article, Claim, Extent, Mention, Report

if TYPE_CHECKING:
    from spacy.tokens import Doc


def harvest(article: Article, doc: Doc) -> Report:
    """The report of a document, from what the components set on it.

    Args:
        article: the article whose text the document was made from.
        doc: the document that :func:`ingest.pipeline.parse` returned.

    Raises:
        ValueError: if the document is not of this article's text.
    """
    if len(doc.text) != len(article.text):
        raise ValueError("the document is not of this article")
    dropped: list[str] = []
    size = len(article.text)
    if unread := note(article.text):
        dropped.append(unread)

    def fits(extent: Extent | None, what: str) -> bool:
        if extent is None or 0 <= extent.start < extent.end <= size:
            return True
        dropped.append(f"{what} at {extent.start}–{extent.end}: outside the text of {size} characters")
        return False

    entities = tuple(doc._.entities)
    known = {e.id for e in entities}

    def named(ids: Iterable[str], what: str) -> bool:
        unknown = [i for i in ids if i not in known]
        if unknown:
            dropped.append(f"{what}: unknown entity {unknown[0]}")
        return not unknown

    mentions = tuple(
        m
        for m in _unique(sorted(doc._.mentions, key=_by_place))
        if fits(m.extent, "mention") and named((m.entity,), "mention")
    )

    def only_known(ids: tuple[str, ...], what: str) -> tuple[str, ...]:
        named(ids, what)
        return tuple(i for i in ids if i in known)

    kept = [n for n, f in enumerate(doc._.figures) if fits(f.extent, "figure")]
    places = {n: place for place, n in enumerate(kept)}
    figures = tuple(
        replace(f, about=only_known(f.about, "figure's about")) for f in map(doc._.figures.__getitem__, kept)
    )
    dates = tuple(d for d in doc._.dates if fits(d.extent, "date"))
    relations = tuple(
        r for r in doc._.relations if fits(r.extent, "relation") and named((r.subject, r.object), "relation")
    )

    def checked(claim: Claim) -> Claim:
        """A claim without references to what does not exist; those are noted."""
        dropped.extend(f"claim's figure {i}: there is none" for i in claim.figures if i not in places)
        return replace(
            claim,
            quotes=tuple(q for q in claim.quotes if fits(q, "quote")),
            about=only_known(claim.about, "claim's about"),
            reporters=only_known(claim.reporters, "reporter"),
            figures=tuple(places[i] for i in claim.figures if i in places),
        )

    claims = tuple(
        checked(c)
        for c in doc._.claims
        if fits(c.content, "claim") and fits(c.cue, "cue") and named(c.sources, "claim")
    )
    return Report(
        article=article,
        entities=entities,
        mentions=mentions,
        figures=figures,
        dates=dates,
        relations=relations,
        claims=claims,
        furniture=doc._.clean.furniture,
        extractor=extractor(),
        dropped=tuple(dropped),
    )


def _by_place(mention: Mention) -> tuple[int, int, str]:
    """The order of mentions: by start, then the longest, then by entity."""
    return mention.extent.start, -mention.extent.end, mention.entity


def _unique(mentions: Iterable[Mention]) -> Iterable[Mention]:
    """The mentions without repetitions of one entity at one place."""
    seen: set[tuple[Extent, str]] = set()
    for m in mentions:
        if (m.extent, m.entity) not in seen:
            seen.add((m.extent, m.entity))
            yield m
