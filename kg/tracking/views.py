"""What linking needs to know of a claim, apart from where it came from (a report or the graph)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from urllib.parse import urlsplit

from kg.model import Claim, DateExpression, Extent, Figure, Interval, Report
from kg.names import entity_key, normal_name
from kg.rdf import entity_iri
from kg.tracking import figures as numbers
from kg.tracking.figures import FigureView
from kg.tracking.surroundings import Surroundings, near, surroundings
from kg.tracking.words import Words, analyse, anonymous, speaks_for, unchanged


@dataclass(frozen=True, slots=True)
class ClaimView:
    """A claim as linking sees it.

    Entities are compared by key (:func:`kg.names.entity_key`), so that 同じ名 of two articles meet.

    Attributes:
        iri, article, url, published, publisher: where it stands.
        text: the content; ``start`` its offset (order within one article).
        sources: keys of those committed to it; ``source`` their words for display.
        inferred: of a claim without a source, keys of the source (and its side) that the article quotes just before.
        side: keys of whom the sources speak for or are (社長 → the company).
        about: keys of the entities it is about; ``agents`` those that are persons or organizations.
        context: keys of all entities of the article (of a long one, of those near); ``places`` those that are places, which tie articles but weakly.
        setting: words of the sentence outside the content (路面電車の延伸について).
        dates: intervals that the content names, with the due date first; ``due`` the due date alone.
    """

    iri: str
    article: str
    text: str
    url: str | None = None
    published: date | None = None
    publisher: str | None = None
    start: int = 0
    end: int = 0
    source: str | None = None
    sources: frozenset[str] = frozenset()
    side: frozenset[str] = frozenset()
    inferred: frozenset[str] = frozenset()
    about: frozenset[str] = frozenset()
    agents: frozenset[str] = frozenset()
    context: frozenset[str] = frozenset()
    places: frozenset[str] = frozenset()
    figures: tuple[FigureView, ...] = ()
    dates: tuple[Interval, ...] = ()
    due: Interval | None = None
    prediction: bool = False
    polarity: str = "affirmed"
    modality: str = "asserted"
    topics: frozenset[str] = frozenset()
    words: Words = field(default_factory=Words)
    setting: frozenset[str] = frozenset()
    names: Mapping[str, str] = field(default_factory=dict)

    @property
    def voice(self) -> str | None:
        """Who tells a claim without a named source: the publisher, or the host of the URL."""
        return self.publisher or (urlsplit(self.url).hostname if self.url else None)

    @property
    def future(self) -> bool:
        """Whether it is about a time after the article: a prediction, an intention, or a date that is still to come."""
        if self.prediction or self.words.forecasts or (self.words.coming and self.polarity == "affirmed"):
            return True
        if self.modality in ("intended", "hoped") and not self.words.past:
            return True
        ends = [d.end for d in self.dates if d.end]
        return bool(self.published and ends and min(ends) > self.published and not self.words.past)


def from_report(report: Report, claim_iri: Callable[[Claim], str], article_iri: str) -> Iterator[ClaimView]:
    """The views of a report's claims, without a store.

    Args:
        report: what was extracted.
        claim_iri: names a claim.
        article_iri: names the article.
    """
    article = report.article
    keys = {e.id: entity_key(entity_iri(e), e.label) for e in report.entities}
    labels = {keys[e.id]: e.label for e in report.entities}
    agents = frozenset(keys[e.id] for e in report.entities if e.type in ("Person", "Organization"))
    positions: dict[str, set[str]] = {}
    for r in report.relations:
        organization = keys.get(r.object, "")
        if r.predicate == "holdsPosition" and speaks_for(str(r.qualifiers.get("title") or ""), organization):
            positions.setdefault(keys.get(r.subject, ""), set()).add(organization)

    @cache
    def around(stretch: Extent) -> Surroundings:
        named = {m.entity for m in report.mentions if stretch.overlaps(m.extent)}
        whole = len(stretch) == len(article.text)
        return surroundings(
            stretch.of(article.text),
            [(keys[e.id], e.label, e.type) for e in report.entities if whole or e.id in named],
            positions,
            [d for d in report.dates if stretch.overlaps(d.extent)],
        )

    before = inferences(
        (c.content.start, claim_iri(c), frozenset(keys[s] for s in c.sources if s in keys), own_words(c.source_text))
        for c in report.claims
    )
    for claim in report.claims:
        figures = [report.figures[i] for i in claim.figures if i < len(report.figures)]
        sources = frozenset(keys[s] for s in claim.sources if s in keys)
        here = around(near(len(article.text), claim.content.start))
        named = sources or called(claim.source_text, here.people)
        yield view(
            iri=claim_iri(claim),
            article=article_iri,
            url=article.url,
            published=article.published,
            publisher=article.publisher,
            text=claim.content.of(article.text),
            extent=claim.content,
            sentence=sentence(article.text, claim.content),
            source=claim.source_text or "、".join(labels[s] for s in sorted(sources)) or None,
            sources=named or unnamed(claim.source_text, article_iri),
            side=frozenset(o for s in named for o in (here.speaks if sources else here.told).get(s, ())),
            inferred=frozenset(x for s in before.get(claim_iri(claim), ()) for x in (s, *here.speaks.get(s, ()))),
            about=frozenset(keys[a] for a in claim.about if a in keys),
            agents=agents,
            context=here.context,
            places=here.places,
            figures=[(f, frozenset(keys[a] for a in f.about if a in keys), f.extent.of(article.text)) for f in figures],
            dates=[(d, d.extent.of(article.text)) for d in here.dates if claim.content.contains(d.extent)],
            due=claim.prediction.due if claim.prediction else None,
            due_text=claim.prediction.text if claim.prediction else None,
            prediction=claim.prediction is not None,
            polarity=claim.polarity,
            modality=claim.modality,
            topics=frozenset(claim.topics),
            names=labels,
            people=sorted(here.people.values()),
        )


def view(
    *,
    iri: str,
    article: str,
    url: str | None,
    published: date | None,
    publisher: str | None,
    text: str,
    extent: Extent,
    sentence: str,
    source: str | None,
    sources: frozenset[str],
    side: frozenset[str],
    inferred: frozenset[str],
    about: frozenset[str],
    agents: Iterable[str],
    context: frozenset[str],
    places: frozenset[str],
    figures: Iterable[tuple[Figure, frozenset[str], str]],
    dates: Iterable[tuple[DateExpression, str]],
    due: Interval | None,
    due_text: str | None,
    prediction: bool,
    polarity: str,
    modality: str,
    topics: frozenset[str],
    names: Mapping[str, str],
    people: Iterable[str] = (),
) -> ClaimView:
    """One view from what a report or the graph tells; works out the words, so that both give the same."""
    figures, dates = list(figures), list(dates)
    agents = frozenset(agents)
    blanks = [t for _, _, t in figures] + [t for _, t in dates] + ([due_text] if due_text else [])
    around = sentence.replace(text, " ")
    for name in sorted((n for k, n in names.items() if k in sources), key=len, reverse=True):
        around = around.replace(name, " ")  # who says it is compared as such
    valued, bound = numbers.views(figures, text, extent.start, sources | side)
    blanks += [f.text for f in valued]
    if published and due and due.start == due.end == published:
        due = None  # 3日、…と発表した: the day of the report is no date of what is reported
    dates = [(d, t) for d, t in dates if not d.interval.start == d.interval.end == published or published is None]
    due = due if due and (due.start or due.end) else None
    intervals = [due] if due else []
    intervals += [d.interval for d, _ in dates if d.interval not in intervals and (d.interval.start or d.interval.end)]
    people = list(people)
    words = analyse(text, blanks, [f.measure for f, _, _ in figures if f.measure], people)
    return ClaimView(
        iri=iri, article=article, text=text, url=url, published=published, publisher=publisher,
        start=extent.start, end=extent.end, source=source, sources=sources, side=side, inferred=inferred,
        about=about, agents=frozenset(a for a in about if a in agents), context=context, places=places,
        figures=valued,
        dates=tuple(intervals), due=due, prediction=prediction,
        polarity="affirmed" if words.denies or bound or unchanged(text) else polarity, modality=modality, topics=topics,
        words=words, setting=analyse(around, blanks, (), people).tokens, names=names,
    )  # fmt: skip


def inferences(claims: Iterable[tuple[int, str, frozenset[str], bool]]) -> dict[str, frozenset[str]]:
    """Claim without a source → the sources of the claim before it in the article.

    Args:
        claims: (offset, claim, its sources, whether an unnamed one says it) of one article, in any order.
    """
    found: dict[str, frozenset[str]] = {}
    last: frozenset[str] = frozenset()
    for _, claim, sources, is_unnamed in sorted(claims, key=lambda c: c[:2]):
        if sources:
            last = sources
        elif is_unnamed:
            last = frozenset()
        elif last:
            found[claim] = last
    return found


def unnamed(source: str | None, article: str) -> frozenset[str]:
    """The key of a source without a name: its words, within its article alone where they tell nothing (関係者).

    同社 and its like have none: who is meant is inferred from the claim before.
    """
    if not source or source.startswith("同"):
        return frozenset()
    return frozenset([f"{normal_name(source)} {article}" if anonymous(source) else normal_name(source)])


def called(source: str | None, people: Mapping[str, str]) -> frozenset[str]:
    """The key of the one person of the article whom the words of a source call by the surname.

    >>> called("大野市長", {"大野真紀": "大野真紀", "谷口洋介": "谷口洋介"}), called("大阪府", {"大野真紀": "大野真紀"})
    (frozenset({'大野真紀'}), frozenset())
    """
    found = [k for k, label in people.items() if source and len(label) > 2 and source.startswith(label[:2])]
    return frozenset(found) if len(found) == 1 and speaks_for(source) else frozenset()


def own_words(source: str | None) -> bool:
    """Whether a source without a name is one of its own, not one named before (同社)."""
    return bool(source) and not str(source).startswith("同")


def sentence(text: str, extent: Extent) -> str:
    """The line-bound sentence around an extent, found by its marks."""
    start = max(text.rfind(mark, 0, extent.start) for mark in "。\n") + 1
    ends = [i for i in (text.find(mark, extent.end) for mark in "。\n") if i >= 0]
    return text[start : min(ends, default=len(text))]
