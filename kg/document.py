"""The extract document: a report as JSON that anyone can read (schema ``extract/1``)."""

from __future__ import annotations

from dataclasses import asdict, fields
from datetime import date
from typing import Any, Protocol

from kg.model import (
    Article,
    Claim,
    DateExpression,
    Dispute,
    Entity,
    Extent,
    Figure,
    Interval,
    Mention,
    Prediction,
    Reader,
    Relation,
    Report,
    SecondReading,
)  # fmt: skip

SCHEMA = "extract/1"
#: An object of JSON.
Json = dict[str, Any]


class _Explained(Protocol):
    @property
    def reasons(self) -> tuple[str, ...]: ...


class _Found(Protocol):
    @property
    def readers(self) -> tuple[Reader, ...]: ...


def to_document(report: Report, *, explain: bool = False) -> Json:
    """The extract document of a report, ready for ``json.dumps``.

    Args:
        report: what was extracted.
        explain: keep the ``reasons`` of each result: the rules, rows and models that produced it.
    """
    article = report.article

    def why(item: _Explained) -> Json:
        return {"reasons": list(item.reasons)} if explain else {}

    return {
        "schema": SCHEMA,
        "extractor": report.extractor,
        "text": article.text,
        "title": article.title,
        "url": article.url,
        "published": _iso(article.published),
        "publisher": article.publisher,
        "entities": [
            {"id": e.id, "type": e.type, "label": e.label, "aliases": list(e.aliases), "same_as": list(e.same_as)}
            | why(e)
            for e in report.entities
        ],
        "mentions": [
            _span(m.extent) | {"entity": m.entity, "anaphor": m.anaphor} | _readers(m) | why(m) for m in report.mentions
        ],
        "figures": [
            _span(f.extent)
            | {"kind": f.kind, "value": _number(f.value), "unit": f.unit, "comparator": f.comparator}
            | {"about": list(f.about), "measure": f.measure}
            | why(f)
            for f in report.figures
        ],
        "dates": [
            _span(d.extent)
            | {"earliest": _iso(d.interval.start), "latest": _iso(d.interval.end)}
            | {"granularity": d.granularity, "deadline": d.deadline}
            | why(d)
            for d in report.dates
        ],
        "relations": [
            {"subject": r.subject, "predicate": r.predicate, "object": r.object}
            | _span(r.extent)
            | {"qualifiers": dict(r.qualifiers)}
            | _readers(r)
            | why(r)
            for r in report.relations
        ],
        "claims": [_claim(c) | why(c) for c in report.claims],
        "furniture": [_span(x) for x in report.furniture],
        "dropped": list(report.dropped),
    } | ({"second": asdict(report.second)} if report.second else {})


def from_document(document: Json) -> Report:
    """The report that an extract document describes; keys that the schema does not define are ignored.

    Raises:
        ValueError: if the document is not of schema ``extract/1``.
    """
    if document.get("schema") != SCHEMA:
        raise ValueError(f"schema {document.get('schema')!r} is not {SCHEMA!r}")
    d = document

    def why(x: Json) -> tuple[str, ...]:
        return tuple(x.get("reasons", ()))

    return Report(
        article=Article(
            text=d["text"], title=d.get("title"), url=d.get("url"),
            published=_date(d.get("published")), publisher=d.get("publisher"),
        ),
        entities=tuple(
            Entity(e["id"], e["type"], e["label"], tuple(e.get("aliases", ())), tuple(e.get("same_as", ())), why(e))
            for e in d["entities"]
        ),
        mentions=tuple(Mention(_extent(m), m["entity"], m.get("anaphor", False), why(m), tuple(m.get("readers", ()))) for m in d["mentions"]),
        figures=tuple(
            Figure(
                _extent(f), f["kind"], f["value"], f["unit"], f.get("comparator", "="),
                tuple(f.get("about") or ()), f.get("measure"), why(f),
            )
            for f in d["figures"]
        ),
        dates=tuple(
            DateExpression(
                _extent(x), Interval(_date(x.get("earliest")), _date(x.get("latest"))),
                x["granularity"], x.get("deadline", False), why(x),
            )
            for x in d.get("dates", ())
        ),
        relations=tuple(
            Relation(r["subject"], r["predicate"], r["object"], _extent(r), dict(r.get("qualifiers", {})), why(r), tuple(r.get("readers", ())))
            for r in d["relations"]
        ),
        claims=tuple(_read_claim(c) for c in d["claims"]),
        furniture=tuple(_extent(x) for x in d.get("furniture", ())),
        extractor=d.get("extractor", "iibun"),
        dropped=tuple(d.get("dropped", ())),
        second=_read_second(d["second"]) if d.get("second") else None,
    )  # fmt: skip


def _claim(c: Claim) -> Json:
    p = c.prediction
    return (
        {
            "id": c.id,
            "sources": list(c.sources),
            "source_text": c.source_text,
            "source_extent": _span_or_none(c.source_extent),
            "reporters": list(c.reporters),
            "cue": _span_or_none(c.cue),
            "content": _span(c.content),
            "quotes": [_span(q) for q in c.quotes],
            "speech": c.speech,
            "modality": c.modality,
            "polarity": c.polarity,
            "about": list(c.about),
            "topics": list(c.topics),
            "figures": list(c.figures),
            "prediction": p
            and {
                "due": p.due and {"start": _iso(p.due.start), "end": _iso(p.due.end)},
                "text": p.text,
                "due_extent": _span_or_none(p.due_extent),
                "condition": _span_or_none(p.condition),
                "criterion": p.criterion,
                "resolvable": p.resolvable,
                "undated": p.undated,
            },
            "title": c.title,
            "confidence": round(c.confidence, 4),
        }
        | _readers(c)
        | ({"disputes": [asdict(x) for x in c.disputes]} if c.disputes else {})
    )


def _readers(item: _Found) -> Json:
    """Who found something; absent where only our own reader read."""
    return {"readers": list(item.readers)} if item.readers else {}


def _read_second(s: Json) -> SecondReading:
    return SecondReading(**{f.name: _plain(s[f.name]) for f in fields(SecondReading) if f.name in s})


def _plain(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


def _read_claim(c: Json) -> Claim:
    p = c.get("prediction")
    return Claim(
        id=c["id"],
        content=_extent(c["content"]),
        sources=tuple(c["sources"]),
        source_text=c.get("source_text"),
        source_extent=_extent_or_none(c.get("source_extent")),
        reporters=tuple(c.get("reporters", ())),
        cue=_extent_or_none(c.get("cue")),
        quotes=tuple(_extent(q) for q in c.get("quotes", ())),
        speech=c.get("speech", "indirect"),
        modality=c["modality"],
        polarity=c["polarity"],
        about=tuple(c.get("about", ())),
        topics=tuple(c.get("topics", ())),
        figures=tuple(c.get("figures", ())),
        prediction=None
        if p is None
        else Prediction(
            due=p.get("due") and Interval(_date(p["due"].get("start")), _date(p["due"].get("end"))),
            text=p.get("text"),
            due_extent=_extent_or_none(p.get("due_extent")),
            condition=_extent_or_none(p.get("condition")),
            criterion=p.get("criterion", ""),
            resolvable=p.get("resolvable", True),
            undated=p.get("undated", False),
        ),
        title=c.get("title", ""),
        confidence=c.get("confidence", 1.0),
        reasons=tuple(c.get("reasons", ())),
        readers=tuple(c.get("readers", ())),
        disputes=tuple(Dispute(x["reader"], x["aspect"], x.get("says", "")) for x in c.get("disputes", ())),
    )


def _span(e: Extent) -> Json:
    return {"start": e.start, "end": e.end}


def _span_or_none(e: Extent | None) -> Json | None:
    return _span(e) if e else None


def _extent(x: Json) -> Extent:
    return Extent(x["start"], x["end"])


def _extent_or_none(x: Json | None) -> Extent | None:
    return _extent(x) if x else None


def _iso(d: date | None) -> str | None:
    return d.isoformat() if d else None


def _date(s: str | None) -> date | None:
    return date.fromisoformat(s) if s else None


def _number(value: float) -> float | int:
    return int(value) if float(value).is_integer() else value
