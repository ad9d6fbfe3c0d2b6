"""An article as the reading view shows it: text, highlights and cards, from the store's rows."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from kg.errors import IibunError

Rows = list[dict[str, Any]]
Ask = Callable[..., Rows]


class NoArticle(IibunError):
    """The store has no such article."""


@dataclass(frozen=True, slots=True)
class Named:
    """An entity by IRI and name."""

    iri: str
    label: str


@dataclass(frozen=True, slots=True)
class Card:
    """A claim as it stands after review, with everything that its card says. Offsets are code points."""

    iri: str
    title: str
    text: str
    start: int
    end: int
    modality: str
    negated: bool
    speech: str | None
    confidence: float | None
    prediction: bool
    due_start: date | None
    due_end: date | None
    due_text: str | None
    criterion: str | None
    source_text: str | None
    sources: tuple[Named, ...]
    about: tuple[Named, ...]
    figures: tuple[str, ...]
    reasons: tuple[str, ...]
    review: str
    last: str = ""  # the last judgement on it
    parts: tuple[tuple[str, int, int], ...] = ()


@dataclass(frozen=True, slots=True)
class Reading:
    """One article: what is known of it, its cards in order of the text, and the rows of what else was found."""

    iri: str
    text: str
    title: str
    url: str | None
    published: date | None
    publisher: str | None
    source: str | None
    illustration: bool
    extractor: str | None
    cards: tuple[Card, ...]
    mentions: tuple[Mapping[str, Any], ...]
    figures: tuple[Mapping[str, Any], ...]
    dates: tuple[Mapping[str, Any], ...]
    relations: tuple[Mapping[str, Any], ...]
    furniture: tuple[tuple[int, int], ...]
    reasons: Mapping[str, tuple[str, ...]]


def reading(ask: Ask, iri: str, last: Mapping[str, str] | None = None) -> Reading:
    """Everything that the reading view shows of one article.

    Args:
        ask: ``ask(query_name, **bindings)``, as in ``kg.queries`` with a store bound.
        iri: the article's.
        last: claim → the last judgement on it (see :func:`kg.tracking.log.last`).

    Raises:
        NoArticle: if the store has no text under that IRI.
    """
    found = ask("article", article=iri)
    if not found:
        raise NoArticle(f"There is no article {iri!r} in this store; the list of articles shows those that are.")
    about = found[0]
    reasons = _grouped(ask("article_reasons", article=iri), "node", "reason")
    return Reading(
        iri=iri,
        text=about["text"],
        title=about["headline"] or _first_line(about["text"]),
        url=about["url"],
        published=about["date"],
        publisher=about["publisher"],
        source=about["source"],
        illustration=bool(about["illustration"]),
        extractor=about["extractor"],
        cards=_cards(ask, iri, reasons, last or {}),
        mentions=tuple(ask("article_mentions", article=iri)),
        figures=tuple(ask("article_figures", article=iri)),
        dates=tuple(ask("article_dates", article=iri)),
        relations=tuple(ask("article_relations", article=iri)),
        furniture=tuple((r["start"], r["end"]) for r in ask("article_furniture", article=iri)),
        reasons=reasons,
    )


def _cards(ask: Ask, iri: str, reasons: Mapping[str, tuple[str, ...]], last: Mapping[str, str]) -> tuple[Card, ...]:
    parts: dict[str, list[tuple[str, int, int]]] = defaultdict(list)
    for row in ask("article_extents", article=iri):
        if row["role"] != "content":
            parts[row["claim"]].append((row["role"], row["start"], row["end"]))
    figures = _grouped(ask("article_claim_figures", article=iri), "claim", "text")
    found = []
    for row in ask("article_claims", article=iri, all=True):
        if row["start"] is None:
            continue
        claim = row["claim"]
        found.append(
            Card(
                iri=claim, title=row["title"] or row["text"], text=row["text"], start=row["start"], end=row["end"],
                modality=row["modality"] or "asserted", negated=row["polarity"] == "negated", speech=row["speech"],
                confidence=row["confidence"], prediction=bool(row["prediction"]), due_start=row["dueStart"],
                due_end=row["dueEnd"], due_text=row["dueText"], criterion=row["criterion"],
                source_text=row["sourceText"], sources=tuple(Named(**n) for n in row["sources"]),
                about=tuple(Named(**n) for n in row["abouts"]), figures=figures.get(claim, ()),
                reasons=reasons.get(claim, ()), review=row["state"] or "unreviewed", last=last.get(claim, ""),
                parts=tuple(parts[claim]),
            )
        )  # fmt: skip
    return tuple(sorted(found, key=lambda c: (c.start, c.end, c.iri)))


def _grouped(rows: Iterable[Mapping[str, Any]], key: str, value: str) -> dict[str, tuple[str, ...]]:
    groups: dict[str, list[str]] = defaultdict(list)
    for row in rows:
        groups[row[key]].append(row[value])
    return {k: tuple(dict.fromkeys(v)) for k, v in groups.items()}


def sentence_with(text: str, *words: str) -> tuple[int, int] | None:
    """Where the first sentence stands that has all of some words.

    >>> sentence_with("今日。A社はB社を買う。", "B社", "A社")
    (3, 12)
    """
    for found in re.finditer(r"[^。\n]+。?", text):
        if all(word in found[0] for word in words):
            return found.span()
    return None


def _first_line(text: str) -> str:
    return next((line.strip()[:80] for line in text.splitlines() if line.strip()), "")
