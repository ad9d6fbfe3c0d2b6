"""What a store publishes: claims, predictions with verdicts, who said them, and in which articles, as plain rows.

Left out are rejected claims, articles' texts, and what readers keep for themselves (estimates, reasons of their decisions,
saved searches). Quotations, those in verdicts' evidence too, are cut to :data:`QUOTED` characters.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from iibun.web import predicted, tables
from iibun.web.speakers import CONFIRMED
from kg import feeds
from kg.characters import one_line, quoted, visible
from kg.document import Json
from kg.rdf import local_name
from kg.store import Store
from kg.tracking import scores as tracked
from kg.tracking.verdicts import state_of
from kg.web import is_web_address

QUOTED = 200  #: characters that a quotation of an article has at most


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of a prediction, who says so and why."""

    iri: str
    code: str
    author: str
    day: str
    note: str
    evidence: tuple[tuple[str, str], ...]  # words, address (may be empty)


@dataclass(frozen=True, slots=True)
class Said:
    """A claim.

    Attributes:
        id: the last part of its IRI, which is its anchor in the page of its article.
        iri: its IRI.
        quote: its words in the article, cut to :data:`QUOTED` characters.
        title: the claim in short.
        sources: ids of those who say it; ``source`` are their names, or the words of the text; empty for the article itself.
        about: ids of the entities that it is about.
        article: id of its article.
        published: ISO date; empty if unknown.
        modality, negated, prediction: as in the data model.
        due_start, due_end, criterion: of a prediction; empty if there is none.
        state: open, due-soon, overdue or settled; empty if it is no prediction.
        review: accepted, corrected, added, or unreviewed.
        doubtful: whether the source is doubtful.
        verdict: None if nobody has given one.
    """

    id: str
    iri: str
    quote: str
    title: str
    sources: tuple[str, ...]
    source: str
    about: tuple[str, ...]
    article: str
    published: str
    modality: str
    negated: bool
    prediction: bool
    due_start: str
    due_end: str
    criterion: str
    state: str
    review: str
    doubtful: bool
    verdict: Verdict | None


@dataclass(frozen=True, slots=True)
class Named:
    """An entity; ``said`` and ``about`` count the published claims."""

    id: str
    iri: str
    type: str
    name: str
    names: tuple[str, ...]
    wikidata: str
    said: int
    about: int


@dataclass(frozen=True, slots=True)
class Source:
    """An article, without its text."""

    id: str
    iri: str
    title: str
    publisher: str
    url: str
    published: str
    illustration: bool
    claims: int


@dataclass(frozen=True, slots=True, order=True)
class Link:
    """A link from a later to an earlier claim (ids); ``confirmed`` if a person says so, else the program proposes it."""

    later: str
    earlier: str
    type: str
    iri: str
    confirmed: bool


@dataclass(frozen=True)
class Content:
    """All that is published, on a day; ``reviews`` are the verdicts as ``ClaimReview``."""

    on: date
    claims: tuple[Said, ...]
    people: dict[str, Named]
    articles: dict[str, Source]
    links: tuple[Link, ...]
    scores: tuple[tracked.Score, ...]
    overall: tracked.Score | None
    reviews: tuple[Json, ...]
    data: tables.Tables

    def predictions(self) -> list[Said]:
        """The predictions by due date, those without one last."""
        return sorted((c for c in self.claims if c.prediction), key=lambda c: (c.due_end or "9999", c.id))


def content(store: Store, *, on: date | None = None, confirmed: bool = False) -> Content:
    """What a store publishes.

    Args:
        store: an open store.
        on: the day with which due dates are compared; today if None.
        confirmed: only claims that people have accepted, corrected, added or given a verdict.
    """
    today = on or tables.today()
    data = tables.of(store)
    reviews = {r["itemReviewed"]["@id"]: r for r in feeds.claim_reviews(store, most=QUOTED)}
    verdicts = {iri: _verdict(r) for iri, r in reviews.items()}
    claims = tuple(
        _said(data, iri, row, verdicts.get(iri), today)
        for iri, row in zip(data.claims.index, data.claims.to_dict("records"), strict=True)
        if row["review"] != "rejected" and (not confirmed or row["review"] in CONFIRMED or iri in verdicts)
    )
    ids = {c.id for c in claims}
    said, about = Counter(e for c in claims for e in c.sources), Counter(e for c in claims for e in c.about)
    people = {
        p.id: p for p in (_named(iri, e, said, about) for iri, e in data.entities.iterrows()) if p.said or p.about
    }
    per_article = Counter(c.article for c in claims)
    articles = {
        a.id: a for a in (_source(iri, a, per_article) for iri, a in data.articles.iterrows()) if a.claims
    }  # fmt: skip
    links = tuple(
        sorted(
            Link(local_name(link.later), local_name(link.earlier), link.type, link.link, link.state != "proposed")
            for link in data.links.itertuples()
            if link.state != "rejected" and {local_name(link.later), local_name(link.earlier)} <= ids
        )
    )
    rows = [r for r in predicted.rows(store, data, today) if local_name(r.claim.iri) in ids]
    overall = tracked.scores(store, "all", on=today, rows=rows)
    return Content(
        today, claims, people, articles, links, tuple(replace(s, label=visible(s.label)) for s in tracked.scores(store, "source", on=today, rows=rows)),
        overall[0] if overall else None, tuple(r for iri, r in reviews.items() if local_name(iri) in ids), data,
    )  # fmt: skip


def _verdict(review: Mapping[str, Any]) -> Verdict:
    """The verdict of a ``ClaimReview``."""
    cited = tuple(
        (one_line(e.get("text") or e.get("url") or ""), e.get("url") or "") for e in review.get("citation", ())
    )
    return Verdict(
        review["@id"], review["reviewRating"]["alternateName"], review["author"]["name"], review["datePublished"], review.get("reviewBody", ""), cited
    )  # fmt: skip


def _said(data: tables.Tables, iri: str, row: dict[str, Any], verdict: Verdict | None, today: date) -> Said:
    end = _day(row["due_end"])
    return Said(
        id=local_name(iri), iri=iri, quote=quoted(row["text"], QUOTED), title=quoted(row["title"] or row["text"], QUOTED),
        sources=tuple(map(local_name, row["sources"])), source=visible(data.who(row)), about=tuple(map(local_name, row["about"])),
        article=local_name(row["article"]), published=_iso(row["published"]), modality=row["modality"] or "asserted",
        negated=row["polarity"] == "negated", prediction=bool(row["prediction"]), due_start=_iso(row["due_start"]),
        due_end=_iso(row["due_end"]), criterion=quoted(_text(row["criterion"]), QUOTED),
        state=state_of(end, verdict.code if verdict else None, today) if row["prediction"] else "",
        review=row["review"] or "unreviewed", doubtful=row["doubt"] is not None, verdict=verdict,
    )  # fmt: skip


def _named(iri: str, e: Any, said: Counter[str], about: Counter[str]) -> Named:
    name = local_name(iri)
    return Named(
        name, iri, e["type"] or "", visible(e["label"]), tuple(sorted(map(visible, e["names"]))), _text(e["wikidata"]), said[name], about[name]
    )  # fmt: skip


def _source(iri: str, a: Any, claims: Counter[str]) -> Source:
    url = _text(a["url"])
    return Source(
        local_name(iri), iri, visible(_text(a["title"])), visible(_text(a["publisher"])), url if is_web_address(url) else "",
        _iso(a["published"]), bool(a["illustration"]), claims[local_name(iri)],
    )  # fmt: skip


def _text(value: Any) -> str:
    return str(value) if value is not None and value == value else ""


def _day(value: Any) -> date | None:
    return value if isinstance(value, date) and value == value else None


def _iso(value: Any) -> str:
    day = _day(value)
    return day.isoformat() if day else ""


def by_state(predictions: Iterable[Said]) -> dict[str, list[Said]]:
    """Predictions by state: overdue, due-soon, open, settled (the latest first)."""
    found: dict[str, list[Said]] = {state: [] for state in ("overdue", "due-soon", "open", "settled")}
    for claim in predictions:
        found[claim.state].append(claim)
    found["settled"].reverse()
    return found
