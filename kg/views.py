"""Reports without a store: as pandas DataFrames, and as a networkx graph.

Columns that a named query has too have its names, and the IRIs are those of the store, so that both can be joined
(:mod:`kg.frames` has the tables of a store).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any, NamedTuple

from kg import given
from kg.characters import visible
from kg.model import Claim, Report
from kg.rdf import article_iri, claim_iris, entity_iris, wikidata_id
from kg.vocab import QUALIFIERS

if TYPE_CHECKING:
    import networkx
    import pandas

Row = dict[str, Any]

_ARTICLE = ("article", "headline", "url", "publisher", "date")
_CLAIM = (
    "claim", "title", "text", "start", "end", "sources", "sources_iris", "sourceText", "cue", "speech", "modality",
    "polarity", "abouts", "abouts_iris", "topics", "confidence", "prediction", "dueStart", "dueEnd",
)  # fmt: skip
_COLUMNS = {
    "claims": (*_CLAIM, *_ARTICLE),
    "predictions": (*_CLAIM, "dueText", "condition", "criterion", "resolvable", *_ARTICLE),
    "relations": (
        "subject", "subjectLabel", "subjectType", "predicate", "object", "objectLabel", "objectType", "exact", "start",
        "end", *QUALIFIERS.values(), *_ARTICLE,
    ),
    "mentions": ("text", "start", "end", "entity", "label", "type", "anaphor", *_ARTICLE),
    "entities": ("entity", "label", "type", "aliases", "mentions", "wikidata", *_ARTICLE),
}  # fmt: skip
_DATES = ("date", "dueStart", "dueEnd")


class Tables(NamedTuple):
    """The tables of some reports; ``entities`` has a row for each entity of each article."""

    claims: pandas.DataFrame
    predictions: pandas.DataFrame
    relations: pandas.DataFrame
    mentions: pandas.DataFrame
    entities: pandas.DataFrame


def to_pandas(reports: Report | Iterable[Report]) -> Tables:
    """Reports as DataFrames: ``claims``, ``predictions``, ``relations``, ``mentions``, ``entities``.

    Dates are ``datetime64``. ``sources``, ``abouts`` and ``aliases`` hold lists of labels, and ``sources_iris``,
    ``abouts_iris`` the IRIs. ``start`` and ``end`` are offsets into the article's text.

    Args:
        reports: a report, or several.

    Raises:
        UsageError: if ``reports`` holds something else.

    Example:
        ``iibun.to_pandas(reports).claims.groupby("modality").size()``
    """
    import pandas

    rows: dict[str, list[Row]] = {name: [] for name in _COLUMNS}
    for report in given.reports(reports, "to_pandas"):
        for name, row in _rows(report):
            rows[name].append(row)
    frames = {name: pandas.DataFrame(rows[name], columns=list(columns)) for name, columns in _COLUMNS.items()}
    for table in frames.values():
        for column in set(_DATES) & set(table.columns):
            table[column] = pandas.to_datetime(table[column], errors="coerce")
    return Tables(**frames)


def to_networkx(reports: Report | Iterable[Report]) -> networkx.MultiDiGraph:
    """Entities and their relations as a networkx graph.

    A node is an entity's IRI, with ``label``, ``kind`` and the number of its ``mentions``; entities that several reports name
    are one node. An edge is a relation, with ``kind``, the sentence that states it as ``evidence``, ``article`` and ``date``. All
    values are text or numbers, so that every writer of networkx takes them. ``kg.open(store).networkx()`` has claims, too.

    Args:
        reports: a report, or several.

    Raises:
        UsageError: if ``reports`` holds something else.

    Example:
        ``networkx.write_gexf(iibun.to_networkx(reports), "relations.gexf")``
    """
    import networkx

    graph = networkx.MultiDiGraph()
    for report in given.reports(reports, "to_networkx"):
        iris, article = entity_iris(report), article_iri(report.article)
        for e in report.entities:
            if iris[e.id] not in graph:
                graph.add_node(iris[e.id], label=visible(e.label), kind=e.type, mentions=0)
        for m in report.mentions:
            graph.nodes[iris[m.entity]]["mentions"] += 1
        for r in report.relations:
            graph.add_edge(
                iris[r.subject], iris[r.object], key=f"{r.predicate} {article} {r.extent.start}", kind=r.predicate,
                evidence=visible(r.extent.of(report.article.text)), article=article,
                date=str(report.article.published or ""),
            )  # fmt: skip
    return graph


def _rows(report: Report) -> Iterator[tuple[str, Row]]:
    """The rows of a report, each with the name of its table."""
    a, text = report.article, report.article.text
    iris = entity_iris(report)
    entities = {e.id: e for e in report.entities}
    source = {
        "article": article_iri(a), "headline": a.title, "url": a.url, "publisher": a.publisher, "date": a.published,
    }  # fmt: skip
    counts = dict.fromkeys(entities, 0)
    for m in report.mentions:
        e = entities[m.entity]
        counts[e.id] += 1
        row = {"text": m.extent.of(text), "start": m.extent.start, "end": m.extent.end, "anaphor": m.anaphor}
        yield "mentions", {**row, "entity": iris[e.id], "label": e.label, "type": e.type, **source}
    for e in report.entities:
        row = {"entity": iris[e.id], "label": e.label, "type": e.type, "aliases": list(e.aliases)}
        known = next((q for same in e.same_as if (q := wikidata_id(same))), None)
        yield "entities", {**row, "mentions": counts[e.id], "wikidata": known, **source}
    for r in report.relations:
        ends = {
            f"{end}{part}": value
            for end, e in (("subject", entities[r.subject]), ("object", entities[r.object]))
            for part, value in (("", iris[e.id]), ("Label", e.label), ("Type", e.type))
        }
        place = {"exact": r.extent.of(text), "start": r.extent.start, "end": r.extent.end}
        details = {QUALIFIERS[key]: value for key, value in r.qualifiers.items()}
        yield "relations", {**ends, "predicate": r.predicate, **place, **details, **source}
    named = claim_iris(report)
    for c in report.claims:
        row = {"claim": named[c.id], **_claim(c, text), **source}
        for column, ids in (("sources", c.sources), ("abouts", c.about)):
            row |= {column: [entities[i].label for i in ids], f"{column}_iris": [iris[i] for i in ids]}
        yield "claims", row
        if p := c.prediction:
            more = {"dueText": p.text, "criterion": p.criterion, "resolvable": p.resolvable}
            yield "predictions", row | more | {"condition": p.condition and p.condition.of(text)}


def _claim(c: Claim, text: str) -> Row:
    due = c.prediction.due if c.prediction else None
    return {
        "title": c.title, "text": c.content.of(text), "start": c.content.start, "end": c.content.end,
        "sourceText": c.source_text, "cue": c.cue and c.cue.of(text), "speech": c.speech, "modality": c.modality,
        "polarity": c.polarity, "topics": list(c.topics), "confidence": c.confidence,
        "prediction": c.prediction is not None, "dueStart": due and due.start, "dueEnd": due and due.end,
    }  # fmt: skip
