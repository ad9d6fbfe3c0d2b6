"""Articles read again: which, and what changes by it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from iibun.archive.held import NoArticle
from ingest.version import covers
from kg.model import Article, Report
from kg.rdf import article_iri
from kg.store.sparql import iri as checked

if TYPE_CHECKING:
    from iibun.archive.held import Held
    from kg.store import Store


def stale(held: Held, extractor: str, articles: Sequence[str] = (), *, every: bool = False) -> Iterator[Article]:
    """The articles that another extractor read, or whose date was corrected since; copies have nothing to be read.

    Args:
        held: the articles of a store.
        extractor: the one that reads now.
        articles: the IRIs of those that are meant, whoever read them; else all are looked at.
        every: also those that this extractor read.

    Raises:
        NoArticle: for the first of ``articles`` that the store does not have.
    """
    for iri in articles or held.articles():
        article = held.article(checked(iri).value)
        if article is None:
            raise NoArticle(f"There is no article {iri} in the store; `iibun status` counts them.")
        state = held.state(article) or {}
        if state.get("original") and not articles:
            continue
        if every or articles or state.get("outdated") or not covers(state.get("extractor"), extractor):
            yield article


@dataclass(frozen=True, slots=True)
class ClaimChange:
    """A claim that a new extraction of an article no longer finds, newly finds, or finds elsewhere in the text.

    ``before`` and ``after`` are the offsets of its content.
    """

    change: Literal["appears", "disappears", "moves"]
    claim: str
    text: str
    before: tuple[int, int] | None
    after: tuple[int, int] | None


def changes(store: Store, report: Report) -> list[ClaimChange]:
    """The claims in which a new report differs from what the store has for its article, in order of the text."""
    from kg import prepared
    from kg.rdf import claim_iris

    iri = article_iri(report.article)
    rows = prepared.rows(store, "claims_with_extents", article=iri)
    before = {r["claim"]: (r["text"], (r["start"], r["end"])) for r in rows}
    names = claim_iris(report)
    after = {names[c.id]: (c.content.of(report.article.text), (c.content.start, c.content.end)) for c in report.claims}
    found: list[ClaimChange] = []
    for claim, (text, place) in before.items():
        if claim not in after:
            found.append(ClaimChange("disappears", claim, text, place, None))
        elif after[claim][1] != place:
            found.append(ClaimChange("moves", claim, text, place, after[claim][1]))
    found += [
        ClaimChange("appears", claim, text, None, place)
        for claim, (text, place) in after.items()
        if claim not in before
    ]
    return sorted(found, key=lambda c: (c.before or c.after or (0, 0), c.change))
