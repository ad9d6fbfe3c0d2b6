"""Time series of one measure of one entity, with the source of each value: OpenAIの売上高, 130億ドル by A, 200億ドル by B."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date

from kg import prepared
from kg.model import DateExpression, Extent, Interval
from kg.store import Store
from kg.tracking.claims import effective_claims, family
from kg.tracking.figures import FigureView, agree
from kg.tracking.loading import _dates, names
from kg.tracking.periods import meet, same_period
from kg.tracking.sentences import sentence
from kg.tracking.words import measure as words_of


@dataclass(frozen=True, slots=True)
class Point:
    """One value of a series.

    Attributes:
        value, comparator: as in :class:`kg.model.Figure`.
        start, end: the period of the value; None if the text gives none.
        forecast: whether the claim is a prediction.
        source: names of the claim's sources.
        claim: the claim's IRI, if the figure is in a claim.
        article, url, published: the article's IRI, address and date.
        text: the figure's words.
        differs: whether another value of the series contradicts it for the same period.
    """

    value: float
    comparator: str
    start: date | None
    end: date | None
    forecast: bool
    source: str | None
    claim: str | None
    article: str
    url: str | None
    published: date | None
    text: str
    differs: bool = False


@dataclass(frozen=True, slots=True)
class Series:
    """The values of one measure of one entity (IRI) in one unit, sorted by period, then by publication."""

    entity: str
    label: str
    measure: str
    unit: str
    points: tuple[Point, ...]


def observations(
    store: Store, *, entity: str | None = None, measure: str | None = None, least: int = 1
) -> list[Series]:
    """The series of all measures of all entities, the longest first.

    Args:
        store: an open store.
        entity: only of this entity (IRI) and those merged with it.
        measure: only of this measure, under any of its names (売上高, 売り上げ).
        least: leave out series with fewer points.
    """
    rows = prepared.rows(store, "measured_figures", entities=family(store, entity) if entity else None)
    wanted = _measure(measure) if measure else None
    known = names(store, {r["entity"] for r in rows})
    articles = {r["article"] for r in rows}
    dates, texts = _dates(store, articles), _bodies(store, articles)
    claims = {
        c.iri: c for c in effective_claims(store, claims=sorted({r["claim"] for r in rows if r["claim"]}), limit=None)
    }
    groups: dict[tuple[str, str, str], dict[str, Point]] = defaultdict(dict)
    labels: dict[tuple[str, str, str], tuple[str, str]] = {}
    for r in rows:
        if r["entity"] not in known or (wanted is not None and _measure(r["measure"]) != wanted):
            continue
        if r["claim"] and r["claim"] not in claims:
            continue  # rejected
        key = (known[r["entity"]][0], _measure(r["measure"]), r["currency"] or r["unit"] or "")
        labels.setdefault(key, (r["entity"], r["measure"]))
        body = texts.get(r["article"], "")
        extent = Extent(r["start"], r["end"])
        period = _period(extent, body, dates.get(r["article"], ()))
        claim = claims.get(r["claim"])
        if claim and claim.prediction and not (period.start or period.end):
            period = Interval(claim.due_start, claim.due_end)
        point = Point(
            float(r["value"]), r["comparator"], period.start, period.end, bool(claim and claim.prediction),
            claim.source if claim else None, claim.iri if claim else None, r["article"], r["url"], r["published"],
            extent.of(body),
        )  # fmt: skip
        at = f"{r['article']} {r['start']}"
        if at not in groups[key] or groups[key][at].claim is None:
            groups[key][at] = point
    found = [
        Series(labels[k][0], known[labels[k][0]][1], labels[k][1], k[2], _mark(points.values()))
        for k, points in groups.items()
        if len(points) >= least
    ]
    return sorted(found, key=lambda s: (-len(s.points), s.label, s.measure, s.unit))


def _measure(name: str) -> str:
    return " ".join(sorted(words_of(name))) or name


def _period(figure: Extent, body: str, dates: Iterable[DateExpression]) -> Interval:
    """The period of a figure: the nearest date before it in its sentence, or else the first date in the sentence."""
    at = body.find(sentence(body, figure), max(0, figure.start - 2000))
    inside = [d for d in dates if at <= d.extent.start and d.extent.end <= at + len(sentence(body, figure))]
    # a day (10日) is when something was said, not the period of a measure
    inside = [d for d in inside if d.granularity != "day"]
    before = [d for d in inside if d.extent.end <= figure.start]
    chosen = before[-1:] or inside[:1]
    return chosen[0].interval if chosen else Interval(None, None)


def _mark(points: Iterable[Point]) -> tuple[Point, ...]:
    ordered = sorted(
        points, key=lambda p: (p.start or p.end or p.published or date.min, p.published or date.min, p.value)
    )
    marked = []
    for p in ordered:
        others = (q for q in ordered if q is not p and _same_period(p, q))
        differs = any(not agree(_view(p), _view(q)) for q in others)
        marked.append(replace(p, differs=differs))
    return tuple(marked)


def _same_period(p: Point, q: Point) -> bool:
    if not (p.start or p.end) or not (q.start or q.end):
        return not (p.start or p.end) and not (q.start or q.end) and p.published == q.published
    x, y = Interval(p.start, p.end), Interval(q.start, q.end)
    return meet(x, y) and same_period(x, y)


def _view(p: Point) -> FigureView:
    return FigureView("", p.value, "", p.comparator)


def _bodies(store: Store, articles: set[str]) -> dict[str, str]:
    if not articles:
        return {}
    rows = prepared.rows(store, "texts_of_articles", articles=sorted(articles))
    return {r["a"]: r["b"] for r in rows}
