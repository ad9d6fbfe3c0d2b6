"""Facts: sentences that tell what happened with nobody quoted for it, as evidence for earlier predictions.

The reader extracts what somebody says, and predictions. What an article tells as a fact of its own (湖東新線が10日、開業した) is no
claim, but it is what settles most predictions. So the sentences of later articles are compared with a prediction when somebody
asks for its evidence: :func:`told` makes their views, :func:`facts_for` finds those that bear on predictions in a store. Nothing
is stored, so facts follow every correction and deletion at once.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date

from kg import prepared
from kg.model import Claim, Extent, Report
from kg.rdf import extent_iri
from kg.store import Store
from kg.tracking.candidates import keys
from kg.tracking.comparison import compare
from kg.tracking.evidence import place
from kg.tracking.gold import report
from kg.tracking.loading import load
from kg.tracking.sentences import sentences
from kg.tracking.views import ClaimView, from_report
from kg.tracking.words import negated

ARTICLES = 30  #: later articles that are searched for one prediction
MOST = 8  #: facts for one prediction
SHORTEST = 8  #: characters of a sentence; a shorter one is a heading or a label


@dataclass(frozen=True, slots=True)
class Fact:
    """A sentence that may tell what became of a prediction.

    Attributes:
        view: the sentence as it was compared; its ``iri`` is that of the extent, which can be evidence of a verdict.
        headline: of its article.
        score: how probable it is that it bears on the prediction, in (0, 1].
        reason, reason_ja: why, in words.
    """

    view: ClaimView
    headline: str | None
    score: float
    reason: str
    reason_ja: str

    def document(self) -> dict[str, object]:
        """The object that ``iibun due --evidence --format json`` prints."""
        view = self.view
        return {
            "extent": view.iri, "article": view.url or view.article, "published": view.published, "text": view.text,
            "score": self.score, "reason": self.reason, "reason_ja": self.reason_ja,
        }  # fmt: skip


def told(found: Report, article: str) -> Iterator[ClaimView]:
    """Yield the views of the sentences of a report in which no claim stands.

    Args:
        found: what was read in an article, with corrections.
        article: the article's IRI.
    """
    claimed = [c.content for c in found.claims]
    facts = [
        _claim(found, sentence)
        for sentence in sentences(found.article.text)
        if len(sentence) >= SHORTEST and not any(map(sentence.overlaps, claimed))
    ]
    iris = {c.id: extent_iri(article, c.content) for c in facts}
    yield from from_report(replace(found, claims=tuple(facts)), lambda c: iris[c.id], article)


def _claim(found: Report, extent: Extent) -> Claim:
    """A sentence as a claim of the article itself."""
    return Claim(
        id=f"{extent.start}-{extent.end}",
        content=extent,
        sources=(),
        polarity="negated" if negated(extent.of(found.article.text)) else "affirmed",
        about=tuple(dict.fromkeys(m.entity for m in found.mentions if extent.contains(m.extent))),
        figures=tuple(i for i, figure in enumerate(found.figures) if extent.contains(figure.extent)),
    )


def is_fact(view: ClaimView) -> bool:
    """Whether a view is that of a fact, and not of a claim."""
    return place(view.iri) is not None


def facts_for(store: Store, claims: Sequence[str]) -> dict[str, list[Fact]]:
    """Prediction (IRI) → the facts that may bear on it, best first, at most :data:`MOST`; claims that are no predictions are left out.

    The :data:`ARTICLES` later articles are searched that name most of what the prediction's article names.

    Args:
        store: an open store.
        claims: IRIs of claims.

    Example:
        ``facts_for(store, [claim])[claim][0].view.text`` is 「湖東新線が10日、開業した」.
    """
    read: dict[str, tuple[list[tuple[ClaimView, frozenset[str]]], str | None]] = {}

    def facts(article: str) -> tuple[list[tuple[ClaimView, frozenset[str]]], str | None]:
        if article not in read:
            found = report(store, article)
            read[article] = [(v, frozenset(keys(v))) for v in told(found, article)], found.article.title
        return read[article]

    result = {}
    for view in load(store, dict.fromkeys(claims)):
        if view.prediction:
            best = [fact for article in _later(store, view) for fact in _bearing(view, *facts(article))]
            result[view.iri] = sorted(best, key=lambda f: (-f.score, f.view.published or date.min, f.view.iri))[:MOST]
    return result


def _bearing(
    prediction: ClaimView, facts: list[tuple[ClaimView, frozenset[str]]], headline: str | None
) -> Iterator[Fact]:
    wanted = keys(prediction)
    for fact, its in facts:
        if its.isdisjoint(wanted):
            continue
        link = compare(fact, prediction)
        if link and link.type == "evidence":
            yield Fact(fact, headline, link.score, link.reason, link.reason_ja)


def _later(store: Store, view: ClaimView) -> list[str]:
    """The later articles that name most of what a claim's article names, best first."""
    if view.published is None:
        return []
    rows = prepared.rows(
        store, "later_articles_with_names", article=view.article, published=view.published, limit=ARTICLES
    )
    return [r["other"] for r in rows]
