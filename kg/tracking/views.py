"""The view of a claim that linking compares, independent of whether it comes from a report or from the graph.

:func:`from_report` makes the views of a report; :func:`kg.tracking.loading.load` those of claims in a store.
"""

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
from kg.tracking.sentences import sentence
from kg.tracking.surroundings import Surroundings, near, surroundings
from kg.tracking.words import Words, analyse, anonymous, speaks_for, unchanged


@dataclass(frozen=True, slots=True)
class ClaimView:
    """A claim as linking compares it.

    Entities are given by their keys (:func:`kg.names.entity_key`), so that those of two articles can be compared.

    Attributes:
        iri, article: IRIs of the claim and its article.
        text: the content.
        url, published, publisher: of the article.
        start, end: offsets of the content.
        source: the sources' names, or the words for an unnamed source, for display.
        sources: keys of the sources.
        side: keys of the organizations for which the sources speak (社長 → the company).
        inferred: for a claim without a source, keys of the sources of the claim before it and of their organizations.
        about: keys of the entities that it is about.
        agents: those of ``about`` that are persons or organizations.
        context: keys of all entities in the article, or near the claim in a long article.
        places: those of ``context`` that are places, which connect articles only weakly.
        figures: the figures in the content.
        dates: the intervals that the content names, the due date first.
        due: the due date.
        prediction: whether it is a prediction.
        polarity, modality, topics: as in :class:`kg.model.Claim`.
        words: the words of the content.
        setting: the words of the sentence outside the content (路面電車の延伸について).
        names: key → name of entities, for the reason of a link.
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
        """The outlet, as the source of a claim that names none: the publisher, or else the host of the URL."""
        return self.publisher or (urlsplit(self.url).hostname if self.url else None)

    @property
    def future(self) -> bool:
        """Whether it is about a time after the article: a prediction, an intention, or a date after publication."""
        if self.prediction or self.words.forecasts or (self.words.coming and self.polarity == "affirmed"):
            return True
        if self.modality in ("intended", "hoped") and not self.words.past:
            return True
        ends = [d.end for d in self.dates if d.end]
        return bool(self.published and ends and min(ends) > self.published and not self.words.past)


def from_report(report: Report, claim_iri: Callable[[Claim], str], article_iri: str) -> Iterator[ClaimView]:
    """Yield the views of a report's claims, without a store.

    Args:
        report: what was extracted.
        claim_iri: returns the IRI of a claim.
        article_iri: the article's IRI.
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
    """Make one view from the data of a report or of the graph.

    What is computed from these data is computed here, so that both give the same view. The arguments are those of
    :class:`ClaimView`, and:

    Args:
        extent: offsets of the content.
        sentence: the sentence around the content.
        agents: keys of all persons and organizations.
        figures: the figures of the content, each with the keys of what it is about and its words.
        dates: the dates in the content, each with its words.
        due_text: the words that give the due date.
        people: names of persons in the context.
    """
    figures, dates = list(figures), list(dates)
    agents = frozenset(agents)
    blanks = [t for _, _, t in figures] + [t for _, t in dates] + ([due_text] if due_text else [])
    around = sentence.replace(text, " ")
    for name in sorted((n for k, n in names.items() if k in sources), key=len, reverse=True):
        around = around.replace(name, " ")  # sources are compared by key, not as words
    valued, bound = numbers.views(figures, text, extent.start, sources | side)
    blanks += [f.text for f in valued]
    if published and due and due.start == due.end == published:
        due = None  # 3日、…と発表した: the day of the announcement is not the date of what is announced
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
    """Claim without a source → the sources of the last claim before it that has any.

    An unnamed source in between (関係者) ends this: then nothing is inferred.

    Args:
        claims: for each claim of one article, in any order: offset, claim IRI, its sources, and whether it has an unnamed source.
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
    """The key of an unnamed source: its words; with the article's IRI if they do not identify anybody (関係者).

    An anaphor such as 同社 has no key; it is resolved by :func:`inferences`.
    """
    if not source or source.startswith("同"):
        return frozenset()
    return frozenset([f"{normal_name(source)} {article}" if anonymous(source) else normal_name(source)])


def called(source: str | None, people: Mapping[str, str]) -> frozenset[str]:
    """The key of the person whom the words of a source mean by surname and title; none unless exactly one person fits.

    >>> called("大野市長", {"大野真紀": "大野真紀", "谷口洋介": "谷口洋介"}), called("大阪府", {"大野真紀": "大野真紀"})
    (frozenset({'大野真紀'}), frozenset())
    """
    found = [k for k, label in people.items() if source and len(label) > 2 and source.startswith(label[:2])]
    return frozenset(found) if len(found) == 1 and speaks_for(source) else frozenset()


def own_words(source: str | None) -> bool:
    """Whether the words of an unnamed source mean a source of their own, and not one named before (同社)."""
    return bool(source) and not str(source).startswith("同")
