"""Sections: a long article is read in parts, so that memory is bounded, processes share it, and progress can be shown.

An article of ordinary length is one section. A longer one is cut between sentences. Each section is read together with
the sentences before it, its lead, so that anaphors in its first sentences can be resolved. What is found in the lead
belongs to the section before. Entities of several sections that have the same name, or a short form of it, become one.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate

from ingest.clean import LONGEST, clean
from ingest.language import UNREAD, note
from kg.model import Article, Entity, Extent, Mention, Prediction, Report

SIZE = 12_000  #: most characters of a section with its lead; an article up to this length is one section
LEAD = 800  #: most characters of a lead


@dataclass(frozen=True, slots=True)
class Section:
    """A part of an article that is read at one time.

    Attributes:
        lead: where its lead begins in the article.
        extent: the characters whose mentions, claims and so on belong to it.
    """

    lead: int
    extent: Extent

    def of(self, article: Article) -> Article:
        """The lead and the section as an article of their own."""
        return replace(article, text=article.text[self.lead : self.extent.end])


def sections(text: str) -> list[Section]:
    """The sections of a text, of about equal length, cut between sentences and outside quotations.

    >>> [s.extent for s in sections("雨だ。")]
    [Extent(start=0, end=3)]
    """
    size = len(text)
    if size <= SIZE:
        return [Section(0, Extent(0, size))]
    ends = [s.end for s in clean(text).sentences]
    count = -(-size // (SIZE - LEAD - LONGEST))  # so that a section with its lead never exceeds SIZE
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
        article: the whole article.
        parts: its :func:`sections`.
        reports: the report of each :meth:`Section.of`, in their order.
    """
    if len(parts) == 1:
        return reports[0]
    read = [_shifted(r, s.lead, f"s{n} ") for n, (s, r) in enumerate(zip(parts, reports, strict=True))]
    own = [_without_lead(r, s.extent, n) for n, (s, r) in enumerate(zip(parts, read, strict=True))]
    mentions = [m for r in own for m in r.mentions]
    used = {m.entity for m in mentions} | {e for r in own for e in _referenced(r)}
    entities, new_ids = _merged(
        [e for r in read for e in r.entities if e.id in used], [m for r in read for m in r.mentions], article.text
    )

    def names(ids: Sequence[str]) -> tuple[str, ...]:
        """The ids in the whole article of entities of a section, each once."""
        return tuple(dict.fromkeys(new_ids[i] for i in ids))

    before = [0, *accumulate(len(r.figures) for r in own)]
    return Report(
        article=article,
        entities=entities,
        mentions=tuple(replace(m, entity=new_ids[m.entity]) for m in mentions),
        figures=tuple(replace(f, about=names(f.about)) for r in own for f in r.figures),
        dates=tuple(d for r in own for d in r.dates),
        relations=tuple(
            replace(x, subject=new_ids[x.subject], object=new_ids[x.object])
            for r in own
            for x in r.relations
            if new_ids[x.subject] != new_ids[x.object]
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


def _shifted(report: Report, by: int, prefix: str) -> Report:
    """A section's report with offsets into the whole article and with entity ids that no other section has.

    Args:
        report: of the section with its lead.
        by: where the lead begins in the article.
        prefix: for the ids.
    """

    def at(extent: Extent) -> Extent:
        """The extent in the whole article."""
        return Extent(extent.start + by, extent.end + by)

    def maybe(extent: Extent | None) -> Extent | None:
        """The same if there is one."""
        return extent and at(extent)

    def ids(entities: Sequence[str]) -> tuple[str, ...]:
        """The ids with the prefix."""
        return tuple(prefix + e for e in entities)

    def due(p: Prediction | None) -> Prediction | None:
        """A prediction with extents in the whole article."""
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


def _without_lead(report: Report, extent: Extent, number: int) -> Report:
    """The part of a report that begins in the section itself, not in its lead.

    Args:
        report: with offsets into the whole article.
        extent: of the section.
        number: of the section, from 0, for messages.
    """
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


def _referenced(report: Report) -> Iterator[str]:
    """The entities that claims, figures and relations of a report refer to."""
    for c in report.claims:
        yield from (*c.sources, *c.reporters, *c.about)
    for f in report.figures:
        yield from f.about
    for r in report.relations:
        yield from (r.subject, r.object)


def _merged(
    entities: Sequence[Entity], mentions: Sequence[Mention], text: str
) -> tuple[tuple[Entity, ...], dict[str, str]]:
    """Merge the entities of all sections.

    They are grouped as the names of one article are, by their labels; a short form joins the last entity before it
    that it fits.

    Args:
        entities: of all sections.
        mentions: of all sections.
        text: the whole article.

    Returns:
        The entities in order of first mention, and the new id of each old one.
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
    new_ids: dict[str, str] = {}
    for number, indexes in enumerate(group(found, text), 1):
        members = [ordered[i] for i in indexes]
        label = fullest(e.label for e in members)
        forms = dict.fromkeys(f for e in members for f in (e.label, *e.aliases))
        known = {e.same_as for e in members if e.same_as}
        reasons = dict.fromkeys(r for i in indexes for r in (*ordered[i].reasons, *found[i].reasons))
        new_ids |= dict.fromkeys((e.id for e in members), f"e{number}")
        united.append(
            Entity(
                f"e{number}", members[0].type, label, tuple(f for f in forms if f != label),
                next(iter(known)) if len(known) == 1 else (), tuple(reasons)[:12],
            )
        )  # fmt: skip
    return tuple(united), new_ids
