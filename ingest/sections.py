"""A long article is read in sections: memory stays bounded, several processes share it, and it can be told how far it is.

An article of ordinary length is one section, and read as a whole. A longer one is cut between sentences. Each section is
read together with the sentences before it, so that what its first sentences refer to is known; what was found there is
the section before's. Things that have one name in several sections, or a short form of it, become one.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate

from ingest.clean import LONGEST, clean
from ingest.language import UNREAD, note
from kg.model import Article, Entity, Extent, Mention, Prediction, Report

SIZE = 12_000  #: characters of a section at most, and up to which an article is one
LEAD = 800  #: characters before a section that are read with it


@dataclass(frozen=True, slots=True)
class Section:
    """A stretch of an article that is read at one time.

    Attributes:
        lead: where in the article its reading begins.
        extent: the characters whose mentions, claims and so on are this section's.
    """

    lead: int
    extent: Extent

    def of(self, article: Article) -> Article:
        """What is read of the article: its lead and the section."""
        return replace(article, text=article.text[self.lead : self.extent.end])


def sections(text: str) -> list[Section]:
    """The sections of a text, even but for the length of a sentence, cut between sentences and outside quotations.

    >>> [s.extent for s in sections("雨だ。")]
    [Extent(start=0, end=3)]
    """
    size = len(text)
    if size <= SIZE:
        return [Section(0, Extent(0, size))]
    ends = [s.end for s in clean(text).sentences]
    count = -(-size // (SIZE - LEAD - LONGEST))  # what is read of a section is then never above SIZE
    cuts = [ends[bisect_left(ends, size * k // count)] for k in range(1, count)]
    starts = [0, *ends]
    leads = [starts[bisect_left(starts, cut - LEAD)] for cut in cuts]
    return [
        Section(lead, Extent(start, end))
        for lead, start, end in zip([0, *leads], [0, *cuts], [*cuts, size], strict=True)
    ]


def joined(article: Article, parts: Sequence[Section], reports: Sequence[Report]) -> Report:
    """The report of an article from those of its sections.

    Args:
        article: the whole.
        parts: its :func:`sections`.
        reports: what was found in each (in :meth:`Section.of`), in their order.
    """
    if len(parts) == 1:
        return reports[0]
    read = [_moved(r, s.lead, f"s{n} ") for n, (s, r) in enumerate(zip(parts, reports, strict=True))]
    own = [_own(r, s.extent, n) for n, (s, r) in enumerate(zip(parts, read, strict=True))]
    mentions = [m for r in own for m in r.mentions]
    used = {m.entity for m in mentions} | {e for r in own for e in _referred(r)}
    entities, called = _united(
        [e for r in read for e in r.entities if e.id in used], [m for r in read for m in r.mentions], article.text
    )

    def names(ids: Sequence[str]) -> tuple[str, ...]:
        return tuple(dict.fromkeys(called[i] for i in ids))

    before = [0, *accumulate(len(r.figures) for r in own)]
    return Report(
        article=article,
        entities=entities,
        mentions=tuple(replace(m, entity=called[m.entity]) for m in mentions),
        figures=tuple(replace(f, about=names(f.about)) for r in own for f in r.figures),
        dates=tuple(d for r in own for d in r.dates),
        relations=tuple(
            replace(x, subject=called[x.subject], object=called[x.object])
            for r in own
            for x in r.relations
            if called[x.subject] != called[x.object]
        ),
        claims=tuple(
            replace(
                c, id=f"c{number}", sources=names(c.sources), reporters=names(c.reporters), about=names(c.about),
                figures=tuple(first + i for i in c.figures),
            )
            for number, (first, c) in enumerate(((f, c) for f, r in zip(before, own, strict=False) for c in r.claims), 1)
        ),
        furniture=tuple(e for r in own for e in r.furniture),
        extractor=reports[0].extractor,
        dropped=tuple(filter(None, [note(article.text), *(d for r in own for d in r.dropped)])),
    )  # fmt: skip


def _moved(report: Report, by: int, prefix: str) -> Report:
    """A section's report with offsets into the whole article, and names of entities that no other section has."""

    def at(extent: Extent) -> Extent:
        return Extent(extent.start + by, extent.end + by)

    def maybe(extent: Extent | None) -> Extent | None:
        return extent and at(extent)

    def ids(entities: Sequence[str]) -> tuple[str, ...]:
        return tuple(prefix + e for e in entities)

    def due(p: Prediction | None) -> Prediction | None:
        return p and replace(p, due_extent=maybe(p.due_extent), condition=maybe(p.condition))

    return replace(
        report,
        entities=tuple(replace(e, id=prefix + e.id) for e in report.entities),
        mentions=tuple(replace(m, extent=at(m.extent), entity=prefix + m.entity) for m in report.mentions),
        figures=tuple(replace(f, extent=at(f.extent), about=ids(f.about)) for f in report.figures),
        dates=tuple(replace(d, extent=at(d.extent)) for d in report.dates),
        relations=tuple(
            replace(r, extent=at(r.extent), subject=prefix + r.subject, object=prefix + r.object)
            for r in report.relations
        ),
        claims=tuple(
            replace(
                c, content=at(c.content), source_extent=maybe(c.source_extent), cue=maybe(c.cue),
                quotes=tuple(map(at, c.quotes)), sources=ids(c.sources), reporters=ids(c.reporters), about=ids(c.about),
                prediction=due(c.prediction),
            )
            for c in report.claims
        ),
        furniture=tuple(map(at, report.furniture)),
    )  # fmt: skip


def _own(report: Report, extent: Extent, number: int) -> Report:
    """What begins in a section itself, not in its lead; figures of claims are numbered anew."""
    start = extent.start
    kept = [i for i, f in enumerate(report.figures) if f.extent.start >= start]
    place = {i: n for n, i in enumerate(kept)}
    return replace(
        report,
        mentions=tuple(m for m in report.mentions if m.extent.start >= start),
        figures=tuple(report.figures[i] for i in kept),
        dates=tuple(d for d in report.dates if d.extent.start >= start),
        relations=tuple(r for r in report.relations if r.extent.start >= start),
        claims=tuple(
            replace(c, figures=tuple(place[i] for i in c.figures if i in place))
            for c in report.claims
            if c.content.start >= start
        ),
        furniture=tuple(e for e in report.furniture if e.start >= start),
        dropped=tuple(f"in section {number + 1}: {d}" for d in report.dropped if not d.startswith(UNREAD)),
    )


def _referred(report: Report) -> Iterator[str]:
    """The entities that a report speaks of, apart from its mentions."""
    for c in report.claims:
        yield from (*c.sources, *c.reporters, *c.about)
    for f in report.figures:
        yield from f.about
    for r in report.relations:
        yield from (r.subject, r.object)


def _united(
    entities: Sequence[Entity], mentions: Sequence[Mention], text: str
) -> tuple[tuple[Entity, ...], dict[str, str]]:
    """The things of all sections, each once and in order of first mention, and what each section's is called among them.

    They are grouped as the names of one article are, each section's thing by its label: a thing that a section has only a
    short form of is the last before it that the form fits.
    """
    from ingest.entities.forms import fullest
    from ingest.entities.groups import group
    from ingest.entities.name import Name

    place: dict[str, Extent] = {}
    for m in mentions:
        if not m.anaphor:
            place.setdefault(m.entity, m.extent)
    nowhere = Extent(len(text), len(text))
    ordered = sorted(entities, key=lambda e: place.get(e.id, nowhere))
    found = [Name(place.get(e.id, nowhere), e.type, 1.0, e.label) for e in ordered]
    united: list[Entity] = []
    called: dict[str, str] = {}
    for number, indexes in enumerate(group(found, text), 1):
        members = [ordered[i] for i in indexes]
        label = fullest(e.label for e in members)
        forms = dict.fromkeys(f for e in members for f in (e.label, *e.aliases))
        known = {e.same_as for e in members if e.same_as}
        reasons = dict.fromkeys(r for i in indexes for r in (*ordered[i].reasons, *found[i].reasons))
        called |= dict.fromkeys((e.id for e in members), f"e{number}")
        united.append(
            Entity(
                f"e{number}", members[0].type, label, tuple(f for f in forms if f != label),
                next(iter(known)) if len(known) == 1 else (), tuple(reasons)[:12],
            )
        )  # fmt: skip
    return tuple(united), called
