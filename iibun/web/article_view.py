"""Loads an article for its page: text, highlights and claim cards. A long article is loaded in parts."""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from ingest.clean import clean
from ingest.sections import sections
from kg.errors import IibunError
from kg.model import Article, Extent
from kg.rdf import headline

Rows = list[dict[str, Any]]
Ask = Callable[..., Rows]


class NoArticle(IibunError):
    """The store has no article with that IRI."""


@dataclass(frozen=True, slots=True)
class Named:
    """IRI and name of an entity."""

    iri: str
    label: str


@dataclass(frozen=True, slots=True)
class Card:
    """A claim after review, with everything that its card shows. Offsets are in code points."""

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
    due_undated: bool
    criterion: str | None
    source_text: str | None
    sources: tuple[Named, ...]
    about: tuple[Named, ...]
    figures: tuple[str, ...]
    reasons: tuple[str, ...]
    review: str
    last: str = ""  # IRI of the last judgement on it
    parts: tuple[tuple[str, int, int], ...] = ()
    readers: tuple[str, ...] = ()  # who found it; empty if only our own reader read
    disputes: tuple[tuple[str, str, str], ...] = ()  # reader, aspect, what it says instead


@dataclass(frozen=True, slots=True)
class Second:
    """What reading the article with a language model took; see :class:`kg.model.SecondReading`."""

    model: str
    address: str
    pieces: int
    seconds: float
    prompt_tokens: int
    completion_tokens: int
    failures: tuple[str, ...]
    dropped: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Point:
    """A claim in the outline of its article: where it begins, and what was decided on it."""

    iri: str
    title: str
    start: int
    confidence: float | None
    review: str
    last: str


@dataclass(frozen=True, slots=True, eq=False)  # compared by identity, since it is used in cache keys
class Contents:
    """An overview of a whole article: its metadata and text, its parts and the outline of its claims.

    Most articles have one part. ``about`` is the row of the query ``article``; ``counts`` is how much was found, by kind
    (claim, mention, figure, date, relation).
    """

    about: Mapping[str, Any]
    parts: tuple[Extent, ...]
    outline: tuple[Point, ...]
    counts: Mapping[str, int]

    def part_of(self, at: int) -> int:
        """The number of the part that contains an offset of the text."""
        return max(0, bisect_right([p.start for p in self.parts], at) - 1)

    def part_with(self, claim: str | None) -> int:
        """The number of the part that a claim is in; the first part if there is no such claim."""
        return self.part_of(next((p.start for p in self.outline if p.iri == claim), 0))


@dataclass(frozen=True, slots=True)
class Reading:
    """One article, or one part of a long article: metadata, claim cards in order of the text, and rows of annotations.

    ``text`` and all offsets are those of the whole article. ``part`` is the number of this part, ``extent`` where it is,
    and ``contents`` the overview of the whole article.
    """

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
    contents: Contents
    part: int
    extent: Extent
    second: Second | None = None


def contents(ask: Ask, iri: str, last: Mapping[str, str] | None = None) -> Contents:
    """The overview of an article.

    Args:
        ask: ``ask(query_name, **bindings)``: ``kg.queries.ask`` with a store bound.
        iri: of the article.
        last: claim → the last judgement on it (see :func:`kg.tracking.log.last`).

    Raises:
        NoArticle: if the store has no text under that IRI.
    """
    found = ask("article", article=iri)
    if not found:
        raise NoArticle(f"There is no article {iri!r} in this store; the list of articles shows those that are.")
    points = (
        Point(
            r["claim"], r["title"] or "", r["start"], r["confidence"], r["state"] or "unreviewed",
            (last or {}).get(r["claim"], ""),
        )
        for r in ask("article_outline", article=iri)
    )  # fmt: skip
    return Contents(
        about=found[0],
        parts=tuple(section.extent for section in sections(found[0]["text"])),
        outline=tuple({p.iri: p for p in points}.values()),
        counts={r["kind"]: r["count"] for r in ask("article_counts", article=iri)},
    )


def reading(
    ask: Ask, iri: str, last: Mapping[str, str] | None = None, *, part: int = 0, known: Contents | None = None
) -> Reading:
    """Everything that the page of an article shows: the whole article, or one part of a long one.

    Args:
        ask: ``ask(query_name, **bindings)``: ``kg.queries.ask`` with a store bound.
        iri: of the article.
        last: claim → the last judgement on it (see :func:`kg.tracking.log.last`).
        part: number of the part, from 0; a number that is too large means the last.
        known: the result of :func:`contents`, if it is there already.

    Raises:
        NoArticle: if the store has no text under that IRI.
    """
    last = last or {}
    known = known or contents(ask, iri, last)
    about, text = known.about, known.about["text"]
    part = min(max(0, part), len(known.parts) - 1)
    here = known.parts[part]
    long = len(known.parts) > 1
    extents, claims, nodes = {}, {}, {}  # bindings that limit the queries to this part; none if there is only one
    if long:
        places = ask("article_places", article=iri, **{"from": here.start, "until": here.end})
        extents = {"extents": tuple(r["extent"] for r in places)}
        claims = {"claims": tuple(p.iri for p in known.outline if here.start <= p.start < here.end)}
    mentions = tuple(ask("article_mentions", article=iri, **extents))
    figures = tuple(ask("article_figures", article=iri, **extents))
    dates = tuple(ask("article_dates", article=iri, **extents))
    if long:
        found = ((mentions, "mention"), (figures, "figure"), (dates, "date"))
        nodes = {"nodes": (*claims["claims"], *(r[kind] for rows, kind in found for r in rows))}
    reasons = _grouped(ask("article_reasons", article=iri, **nodes), "node", "reason")
    second = _second(ask, iri)
    return Reading(
        iri=iri,
        text=text,
        title=headline(Article(text, title=about["headline"])),
        url=about["url"],
        published=about["date"],
        publisher=about["publisher"],
        source=about["source"],
        illustration=bool(about["illustration"]),
        extractor=about["extractor"],
        cards=_cards(ask, iri, reasons, last, claims, second is not None),
        mentions=mentions,
        figures=figures,
        dates=dates,
        relations=tuple(ask("article_relations", article=iri, **extents)),
        furniture=tuple((r["start"], r["end"]) for r in ask("article_furniture", article=iri)),
        reasons=reasons,
        contents=known,
        part=part,
        extent=here,
        second=second,
    )


def _second(ask: Ask, iri: str) -> Second | None:
    found = ask("article_second_reading", article=iri)
    if not found:
        return None
    row, lines = found[0], ask("article_second_refused", article=iri)
    failures, dropped = (tuple(r["line"] for r in lines if r["kind"] == kind) for kind in ("failure", "notInText"))
    return Second(
        row["model"], row["address"], int(row["pieces"]), float(row["seconds"]), int(row["promptTokens"]),
        int(row["completionTokens"]), failures, dropped,
    )  # fmt: skip


def _cards(
    ask: Ask,
    iri: str,
    reasons: Mapping[str, tuple[str, ...]],
    last: Mapping[str, str],
    of: Mapping[str, Any],
    two: bool,
) -> tuple[Card, ...]:
    """The cards of the claims that ``of`` selects; ``two`` if there was a second reader."""
    parts: dict[str, list[tuple[str, int, int]]] = defaultdict(list)
    for row in ask("article_extents", article=iri, **of):
        if row["role"] != "content":
            parts[row["claim"]].append((row["role"], row["start"], row["end"]))
    figures = _grouped(ask("article_claim_figures", article=iri, **of), "claim", "text")
    readers = _grouped(ask("article_readers", article=iri, **of), "claim", "reader") if two else {}
    disputes: dict[str, list[tuple[str, str, str]]] = defaultdict(list)
    for row in ask("article_disputes", article=iri, **of) if two else ():
        disputes[row["claim"]].append((row["reader"], row["aspect"], row["says"] or ""))
    found = []
    for row in ask("article_claims", article=iri, all=True, **of):
        if row["start"] is None:
            continue
        claim = row["claim"]
        found.append(
            Card(
                iri=claim, title=row["title"] or row["text"], text=row["text"], start=row["start"], end=row["end"],
                modality=row["modality"] or "asserted", negated=row["polarity"] == "negated", speech=row["speech"],
                confidence=row["confidence"], prediction=bool(row["prediction"]), due_start=row["dueStart"],
                due_end=row["dueEnd"], due_text=row["dueText"], due_undated=bool(row["dueUndated"]) and not (row["dueStart"] or row["dueEnd"]),
                criterion=row["criterion"],
                source_text=row["sourceText"], sources=tuple(Named(**n) for n in row["sources"]),
                about=tuple(Named(**n) for n in row["abouts"]), figures=figures.get(claim, ()),
                reasons=reasons.get(claim, ()), review=row["state"] or "unreviewed", last=last.get(claim, ""),
                parts=tuple(parts[claim]), readers=readers.get(claim, ()), disputes=tuple(disputes.get(claim, ())),
            )
        )  # fmt: skip
    return tuple(sorted(found, key=lambda c: (c.start, c.end, c.iri)))


def _grouped(rows: Iterable[Mapping[str, Any]], key: str, value: str) -> dict[str, tuple[str, ...]]:
    groups: dict[str, list[str]] = defaultdict(list)
    for row in rows:
        groups[row[key]].append(row[value])
    return {k: tuple(dict.fromkeys(v)) for k, v in groups.items()}


def sentences(text: str) -> list[Extent]:
    """The extents of a text's sentences, without the white space around them.

    >>> [s.of("　「上げる。必ずだ」と述べた。 3日だ。") for s in sentences("　「上げる。必ずだ」と述べた。 3日だ。")]
    ['「上げる。必ずだ」と述べた。', '3日だ。']
    """
    found = []
    for extent in clean(text).sentences:
        words = extent.of(text)
        if bare := words.strip():
            start = extent.start + words.index(bare)
            found.append(Extent(start, start + len(bare)))
    return found


def sentence_with(text: str, *words: str) -> Extent | None:
    """The extent of the first sentence that contains all the given words; None if there is none.

    >>> sentence_with("今日。A社はB社を買う。", "B社", "A社")
    Extent(start=3, end=12)
    """
    return next((s for s in sentences(text) if all(word in s.of(text) for word in words)), None)
