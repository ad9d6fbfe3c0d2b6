"""The quads of a report (:mod:`kg.model`): pure, deterministic, without blank nodes.

What fails a check is not written but listed as ``iib:dropped`` of its article.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator

from pyoxigraph import Literal, NamedNode, Quad

from kg.model import (
    Article,
    Claim,
    DateExpression,
    Dispute,
    Entity,
    Extent,
    Figure,
    Mention,
    Prediction,
    Relation,
    Report,
    SecondReading,
)
from kg.rdf.iris import article_iri, claim_iris, entity_iris, extent_iri, hashed, mint, wikidata_id
from kg.rdf.literals import boolean, day, decimal, integer, number, string
from kg.vocab import BASE, DC, ENTITY_CLASSES, IIB, OA, PROV, QUALIFIERS, RDF, SCHEMA, SKOS

#: Characters of context that a quote selector keeps on each side.
CONTEXT = 32

_A = RDF.type


def quads(report: Report, *, base: str = BASE) -> Iterator[Quad]:
    """Yield the quads of a report, all in its article's named graph.

    Args:
        report: what was extracted.
        base: the beginning of the IRIs that are minted; ends in ``:``, ``/`` or ``#``.

    Example:
        ``store.replace(article_iri(report.article), quads(report))``
    """
    return _Writer(report, base).run()


def extent_quads(article: str, text: str, extent: Extent, graph: str | None = None) -> Iterator[Quad]:
    """Yield an extent as ``oa:SpecificResource`` with a position and a quote selector.

    Args:
        article: IRI of the article.
        text: the article's text.
        extent: offsets into the text.
        graph: IRI of the graph to write to; the article's own if None.
    """
    iri = extent_iri(article, extent)
    g, node = NamedNode(graph or article), NamedNode(iri)
    position, quote = NamedNode(iri + "-position"), NamedNode(iri + "-quote")
    yield Quad(node, _A, OA.SpecificResource, g)
    yield Quad(node, OA.hasSource, NamedNode(article), g)
    yield Quad(node, OA.hasSelector, position, g)
    yield Quad(node, OA.hasSelector, quote, g)
    yield Quad(position, _A, OA.TextPositionSelector, g)
    yield Quad(position, OA.start, integer(extent.start), g)
    yield Quad(position, OA.end, integer(extent.end), g)
    yield Quad(quote, _A, OA.TextQuoteSelector, g)
    yield Quad(quote, OA.exact, string(extent.of(text)), g)
    yield Quad(quote, OA.prefix, string(text[max(0, extent.start - CONTEXT) : extent.start]), g)
    yield Quad(quote, OA.suffix, string(text[extent.end : extent.end + CONTEXT]), g)


class _Writer:
    """Turns one report into the quads of one graph; lists what fails a check in ``dropped``."""

    def __init__(self, report: Report, base: str) -> None:
        self.report, self.base = report, base
        self.text = report.article.text
        self.article = article_iri(report.article, base=base)
        self.node = NamedNode(self.article)
        self.out: set[Quad] = set()
        self.fresh: list[Quad] = []  # quads that run() has not yielded yet
        self.dropped = list(report.dropped)
        self.extents: set[Extent] = set()
        self.entities = {id: NamedNode(iri) for id, iri in entity_iris(report, base=base).items()}
        self.figures: list[NamedNode | None] = []

    def run(self) -> Iterator[Quad]:
        """Yield the quads while they are made, so that the writer of a long article can stop in between."""
        for _ in self._steps():
            yield from self.fresh
            self.fresh.clear()

    def _steps(self) -> Iterator[None]:
        r = self.report
        self._article(r)
        for e in r.entities:
            self._entity(e)
            yield
        for m in r.mentions:
            self._mention(m)
            yield
        for f in r.figures:
            self.figures.append(self._figure(f))
            yield
        for d in r.dates:
            self._date(d)
            yield
        for relation in r.relations:
            self._relation(relation)
            yield
        iris = claim_iris(r, base=self.base)
        for c in r.claims:
            self._claim(c, NamedNode(iris[c.id]))
            yield
        for line in self.dropped:
            self.add(self.node, IIB.dropped, string(line))
        yield

    # helpers of the parts below

    def add(self, s: NamedNode, p: NamedNode, o: NamedNode | Literal) -> None:
        self._put(Quad(s, p, o, self.node))

    def _put(self, quad: Quad) -> None:
        if quad not in self.out:
            self.out.add(quad)
            self.fresh.append(quad)

    def refuse(self, why: str) -> None:
        self.dropped.append(why)

    def holds(self, extent: Extent, what: str) -> bool:
        """Whether an extent lies in the text and is not empty; if not, it is listed as dropped."""
        if 0 <= extent.start < extent.end <= len(self.text):
            return True
        self.refuse(f"{what}: extent {extent.start}–{extent.end} is not within the text of {len(self.text)} characters")
        return False

    def extent(self, s: NamedNode, p: NamedNode, extent: Extent | None, what: str) -> None:
        if extent is None or not self.holds(extent, what):
            return
        self.add(s, p, NamedNode(extent_iri(self.article, extent)))
        if extent not in self.extents:
            self.extents.add(extent)
            for quad in extent_quads(self.article, self.text, extent):
                self._put(quad)

    def refer(self, s: NamedNode, p: NamedNode, ids: Iterable[str], what: str) -> None:
        for id in ids:
            if id in self.entities:
                self.add(s, p, self.entities[id])
            else:
                self.refuse(f"{what}: there is no entity {id!r}")

    def reasons(self, s: NamedNode, reasons: Iterable[str]) -> None:
        for reason in reasons:
            self.add(s, IIB.reason, string(reason))

    def readers(self, s: NamedNode, readers: Iterable[str]) -> None:
        for reader in readers:
            self.add(s, IIB.reader, string(reader))

    def part(self, kind: str, *names: str) -> NamedNode:
        return NamedNode(mint(self.base, kind, hashed(self.article, *names)))

    # the parts

    def _article(self, r: Report) -> None:
        a, node = r.article, self.node
        self.add(node, _A, SCHEMA.NewsArticle)
        self.add(node, SCHEMA.articleBody, string(a.text))
        self.add(node, SCHEMA.headline, string(headline(a)))
        self.add(node, SCHEMA.inLanguage, string(a.language))
        self.add(node, IIB.textHash, string(a.text_hash))
        self.add(node, IIB.illustration, boolean(a.illustration))
        if a.url:
            self.add(node, SCHEMA.url, string(a.url))
        if a.published:
            self.add(node, SCHEMA.datePublished, day(a.published))
        for p, value in (
            (DC.publisher, a.publisher), (DC.source, a.source), (DC.format, a.media_type), (IIB.originalHash, a.original),
        ):  # fmt: skip
            if value:
                self.add(node, p, string(value))
        if r.second:
            self._second(r.second)
        for extent in r.furniture:
            self.extent(node, IIB.furniture, extent, "furniture")
        activity, agent = self.part("extraction", r.extractor), NamedNode(mint(self.base, "agent", hashed(r.extractor)))
        self.add(node, PROV.wasGeneratedBy, activity)
        self.add(activity, _A, PROV.Activity)
        self.add(activity, PROV.wasAssociatedWith, agent)
        self.add(agent, _A, PROV.SoftwareAgent)
        self.add(agent, SCHEMA.name, string(r.extractor))

    def _entity(self, e: Entity) -> None:
        node = self.entities[e.id]
        self.add(node, _A, ENTITY_CLASSES[e.type])
        self.add(node, SKOS.prefLabel, string(e.label))
        for alias in e.aliases:
            if alias != e.label:
                self.add(node, SKOS.altLabel, string(alias))
        for same in e.same_as:
            q = wikidata_id(same)
            try:
                self.add(node, SKOS.exactMatch, NamedNode(f"http://www.wikidata.org/entity/{q}" if q else same))
            except ValueError:
                self.refuse(f"entity {e.label}: {same!r} is not an IRI")
        self.reasons(node, e.reasons)

    def _mention(self, m: Mention) -> None:
        if not self.holds(m.extent, "mention") or m.entity not in self.entities:
            if m.entity not in self.entities:
                self.refuse(f"mention {m.extent.of(self.text)}: there is no entity {m.entity!r}")
            return
        entity = self.entities[m.entity]
        node = self.part("mention", str(m.extent.start), str(m.extent.end), entity.value)
        self.add(node, _A, IIB.Mention)
        self.add(node, IIB.entity, entity)
        self.add(node, IIB.anaphor, boolean(m.anaphor))
        self.extent(node, IIB.extent, m.extent, "mention")
        self.readers(node, m.readers)
        self.reasons(node, m.reasons)

    def _figure(self, f: Figure) -> NamedNode | None:
        if not self.holds(f.extent, "figure"):
            return None
        if not math.isfinite(f.value):
            self.refuse(f"figure {f.extent.of(self.text)}: {f.value} is not a finite number")
            return None
        node = self.part("figure", str(f.extent.start), str(f.extent.end), f.kind, f.comparator, repr(f.value))
        self.add(node, _A, IIB.Figure)
        self.add(node, _A, SCHEMA.MonetaryAmount if f.kind == "money" else SCHEMA.QuantitativeValue)
        self.add(node, SCHEMA.value, number(f.value))
        self.add(node, SCHEMA.currency if f.kind == "money" else SCHEMA.unitText, string(f.unit))
        self.add(node, IIB.kind, string(f.kind))
        self.add(node, IIB.comparator, string(f.comparator))
        self.add(node, SCHEMA.text, string(f.extent.of(self.text)))
        if f.measure:
            self.add(node, IIB.measure, string(f.measure))
        self.refer(node, SCHEMA.about, f.about, f"figure {f.extent.of(self.text)}")
        self.extent(node, IIB.extent, f.extent, "figure")
        self.reasons(node, f.reasons)
        return node

    def _date(self, d: DateExpression) -> None:
        if not self.holds(d.extent, "date"):
            return
        node = self.part("date", str(d.extent.start), str(d.extent.end))
        self.add(node, _A, IIB.DateExpression)
        self.add(node, SCHEMA.text, string(d.extent.of(self.text)))
        if d.interval.start:
            self.add(node, IIB.earliest, day(d.interval.start))
        if d.interval.end:
            self.add(node, IIB.latest, day(d.interval.end))
        self.add(node, IIB.granularity, string(d.granularity))
        self.add(node, IIB.deadline, boolean(d.deadline))
        self.extent(node, IIB.extent, d.extent, "date")
        self.reasons(node, d.reasons)

    def _relation(self, r: Relation) -> None:
        what = f"relation {r.subject} {r.predicate} {r.object}"
        if missing := [x for x in (r.subject, r.object) if x not in self.entities]:
            self.refuse(f"{what}: there is no entity {missing[0]!r}")
            return
        if not self.holds(r.extent, what):
            return
        s, p, o = self.entities[r.subject], IIB[r.predicate], self.entities[r.object]
        node = self.part("relation", s.value, r.predicate, o.value, str(r.extent.start), str(r.extent.end))
        self.add(s, p, o)
        self.add(node, _A, IIB.Relation)
        self.add(node, RDF.subject, s)
        self.add(node, RDF.predicate, p)
        self.add(node, RDF.object, o)
        self.extent(node, IIB.extent, r.extent, what)
        for key, value in r.qualifiers.items():
            literal = boolean(value) if isinstance(value, bool) else string(str(value))
            if key in QUALIFIERS:
                self.add(node, IIB[QUALIFIERS[key]], literal)
            else:
                self.add(node, IIB.qualifier, string(f"{key}={value}"))
        self.readers(node, r.readers)
        self.reasons(node, r.reasons)

    def _claim(self, c: Claim, node: NamedNode) -> None:
        what = f"claim {c.id}"
        if not self.holds(c.content, what):
            return
        self.add(node, _A, SCHEMA.Claim)
        self.add(node, SCHEMA.name, string(c.title or c.content.of(self.text)))
        self.add(node, SCHEMA.text, string(c.content.of(self.text)))
        self.add(node, SCHEMA.appearance, self.node)
        if self.report.article.published:
            self.add(node, SCHEMA.datePublished, day(self.report.article.published))
        self.extent(node, IIB.content, c.content, what)
        self.extent(node, IIB.cue, c.cue, f"cue of {what}")
        for quote in c.quotes:
            self.extent(node, IIB.quote, quote, f"quote of {what}")
        self.refer(node, IIB.source, c.sources, f"source of {what}")
        self.refer(node, IIB.reporter, c.reporters, f"reporter of {what}")
        self.refer(node, SCHEMA.about, c.about, f"about of {what}")
        if c.source_text:
            self.add(node, IIB.sourceText, string(c.source_text))
        self.extent(node, IIB.sourceExtent, c.source_extent, f"source of {what}")
        for topic in c.topics:
            self.add(node, IIB.topic, string(topic))
        for i in c.figures:
            figure = self.figures[i] if 0 <= i < len(self.figures) else None
            if figure is None:
                self.refuse(f"figure of {what}: there is no figure {i}")
            else:
                self.add(node, IIB.figure, figure)
        self.add(node, IIB.speech, string(c.speech))
        self.add(node, IIB.modality, string(c.modality))
        self.add(node, IIB.polarity, string(c.polarity))
        self.add(node, IIB.confidence, decimal(c.confidence))
        self.reasons(node, c.reasons)
        self.readers(node, c.readers)
        for dispute in c.disputes:
            self._dispute(node, dispute)
        if c.prediction:
            self._prediction(node, c.prediction, f"prediction of {what}")

    def _dispute(self, claim: NamedNode, d: Dispute) -> None:
        node = self.part("dispute", claim.value, d.reader, d.aspect)
        self.add(claim, IIB.dispute, node)
        self.add(node, _A, IIB.Dispute)
        self.add(node, IIB.reader, string(d.reader))
        self.add(node, IIB.aspect, string(d.aspect))
        if d.says:
            self.add(node, IIB.says, string(d.says))

    def _second(self, s: SecondReading) -> None:
        node = self.part("second-reading")
        self.add(self.node, IIB.secondReading, node)
        self.add(node, _A, IIB.SecondReading)
        self.add(node, IIB.model, string(s.model))
        self.add(node, IIB.sentTo, string(s.address))
        self.add(node, IIB.pieces, integer(s.pieces))
        self.add(node, IIB.seconds, decimal(s.seconds))
        self.add(node, IIB.promptTokens, integer(s.prompt_tokens))
        self.add(node, IIB.completionTokens, integer(s.completion_tokens))
        for p, lines in ((IIB.failure, s.failures), (IIB.notInText, s.dropped)):
            for line in lines:
                self.add(node, p, string(line))

    def _prediction(self, node: NamedNode, p: Prediction, what: str) -> None:
        self.add(node, _A, IIB.Prediction)
        if p.due and p.due.start:
            self.add(node, IIB.dueStart, day(p.due.start))
        if p.due and p.due.end:
            self.add(node, IIB.dueEnd, day(p.due.end))
        if p.text:
            self.add(node, IIB.dueText, string(p.text))
        self.extent(node, IIB.dueExtent, p.due_extent, what)
        self.extent(node, IIB.condition, p.condition, what)
        if p.criterion:
            self.add(node, IIB.criterion, string(p.criterion))
        self.add(node, IIB.resolvable, boolean(p.resolvable))
        if p.undated:
            self.add(node, IIB.dueUndated, boolean(True))


def headline(article: Article) -> str:
    """An article's headline, or the first line of its text (80 characters) if it has none."""
    return article.title or next((line.strip()[:80] for line in article.text.splitlines() if line.strip()), "")
