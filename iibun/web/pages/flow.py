"""The review from claim to claim: how many wait for a decision elsewhere, and where to go on.

Within the part of an article that is shown, the browser chooses the next claim (``components/src/flow.js``). Beyond it,
the order is: the rest of the article, then the other articles from the newest to the oldest, and round again.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

from iibun.web import answers, tables
from iibun.web.article_view import Contents, Point, Reading, contents
from iibun.web.pages import decisions


def overview(article: str) -> Contents:
    """The overview of an article (IRI) in its present state."""
    found: Contents = answers.remembered(
        ("contents", article), lambda: contents(answers.ask, article, decisions.lasts(article))
    )
    return found


def others(article: str) -> int | None:
    """The number of claims of other articles on which nobody has decided; None if the tables have not been read yet."""
    if not tables.ready():
        return None
    waiting = tables.current().unreviewed
    return waiting.total() - waiting.get(article, 0)


def waiting(points: Iterable[Point]) -> list[Point]:
    """The claims of an outline on which nobody has decided."""
    return [p for p in points if p.review == "unreviewed"]


def beyond(article: Reading) -> list[Point]:
    """The claims on which nobody has decided in the other parts of a long article: those after the part come first."""
    found = waiting(article.contents.outline)
    return [p for p in found if p.start >= article.extent.end] + [p for p in found if p.start < article.extent.start]


def onward(article: Reading) -> dict[str, Any] | None:
    """Parameters of the page on which the review goes on after the part of an article that is shown; None at its end."""
    now = replace(article, contents=overview(article.iri))
    if rest := beyond(now):
        return {"iri": article.iri, "part": now.contents.part_of(rest[0].start) + 1, "claim": rest[0].iri}
    for iri in after(article.iri, tables.current()):
        if rest := waiting(overview(iri).outline):
            return {"iri": iri, "claim": rest[0].iri}
    return None


def after(article: str, data: tables.Tables) -> list[str]:
    """The other articles with claims on which nobody has decided, beginning with the next older one.

    Args:
        article: IRI of the one where the reader is.
        data: the tables.
    """
    days = data.articles["published"].to_dict()
    newest = sorted(days, key=lambda iri: (days[iri] if isinstance(days[iri], date) else date.min, iri), reverse=True)
    at = newest.index(article) + 1 if article in days else 0
    return [iri for iri in newest[at:] + newest[:at] if iri != article and data.unreviewed.get(iri)]


def destination(article: Reading, wanted: Sequence[Mapping[str, Any]]) -> dict[str, Any] | None:
    """Where the decisions that were just carried out lead: parameters of the page, or None to stay.

    Args:
        article: what is shown.
        wanted: the decisions: ``onward`` leads to what waits elsewhere, an undo to its claim.
    """
    shown = {c.iri for c in article.cards}
    for decision in reversed(wanted):
        if decision["kind"] == "onward":
            return onward(article)
        if decision["kind"] == "undo" and decision.get("article") and decision["id"] not in shown:
            return {"iri": decision["article"], "claim": decision["id"]}
    return None
