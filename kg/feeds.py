"""Verdicts, due dates and searches for other programs: ClaimReview, iCalendar, Atom, nanopublications.

The output is deterministic: the same store gives the same bytes, and what stays the same keeps its identifier.
"""

from __future__ import annotations

import hashlib
from collections.abc import Container, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from xml.etree import ElementTree

import pyoxigraph as ox
from pyoxigraph import Literal, NamedNode, Quad

from kg.characters import one_line, quoted, visible
from kg.document import Json
from kg.rdf import day, string
from kg.store import Store
from kg.tracking.evidence import Evidence, shown
from kg.tracking.log import Judgement, entries, in_force
from kg.tracking.verdicts import SOON, PredictionRow, last_verdicts, predictions
from kg.vocab import BASE, DCTERMS, IIB, PREFIXES, PROV, RDF, SCHEMA, XSD
from kg.web import is_web_address

#: Verdict → rating from 1 (false) to 5 (true); the other verdicts have a name but no number.
RATINGS = {"came-true": 5, "partly": 3, "did-not": 1}
_NAMES = {
    "came-true": "当たった", "partly": "一部当たった", "did-not": "外れた", "ambiguous": "判定が分かれる",
    "annulled": "前提が失われた", "unresolvable": "判定できない",
}  # fmt: skip
_NP = "http://www.nanopub.org/nschema#"
_ATOM = "http://www.w3.org/2005/Atom"


def claim_reviews(store: Store, *, most: int | None = None) -> list[Json]:
    """All verdicts in force as schema.org ``ClaimReview`` objects (JSON-LD), ready for ``json.dumps``.

    Args:
        store: an open store.
        most: cut each quotation of an article to so many characters; None for whole ones.
    """
    reviews = []
    for row, j in _settled(store):
        c = _cut(row, most).claim
        rating: Json = {
            "@type": "Rating",
            "alternateName": str(row.verdict),
            "name": _NAMES[str(row.verdict)],
        }
        if row.verdict in RATINGS:
            rating |= {"ratingValue": RATINGS[row.verdict], "bestRating": 5, "worstRating": 1}
        article: Json = {"@type": "NewsArticle", "@id": c.article}
        article |= {
            k: v
            for k, v in (("url", _link(c.url)), ("headline", c.headline), ("datePublished", _iso(c.published)))
            if v
        }
        claim: Json = {"@type": "Claim", "@id": c.iri, "text": c.text, "appearance": article}
        if c.published:
            claim["datePublished"] = _iso(c.published)
        if c.sources:
            claim["author"] = {"name": c.source} | ({"@id": c.sources[0]} if len(c.sources) == 1 else {})
        elif c.source:
            claim["creditText"] = c.source  # words such as 関係者 are nobody's name
        review: Json = {
            "@context": "https://schema.org", "@type": "ClaimReview", "@id": j.iri, "claimReviewed": c.title or c.text,
            "itemReviewed": claim, "reviewRating": rating, "author": {"@type": "Person", "name": j.author},
            "datePublished": _iso(row.decided) or j.time.date().isoformat(),
        }  # fmt: skip
        if body := "\n".join(filter(None, (row.note, f"根拠なし：{row.without}" if row.without else ""))):
            review["reviewBody"] = body
        if cited := [found for e in shown(store, j) if (found := _citation(e, most))]:
            review["citation"] = cited
        reviews.append(_visible(review))
    return reviews


def calendar(store: Store, *, claims: Container[str] | None = None, most: int | None = None) -> bytes:
    """The due dates of predictions as an iCalendar file: one all-day event on the last day of each due date.

    An event's UID is made of the claim's IRI, so that a calendar program updates an event instead of adding it again.

    Args:
        store: an open store.
        claims: only predictions among these (IRIs); all if None.
        most: cut each quotation of an article to so many characters; None for whole ones.
    """
    from icalendar import Calendar, Event

    found = Calendar()
    found.add("prodid", "-//Iibun//due dates//JA")
    found.add("version", "2.0")
    found.add("x-wr-calname", "言い分：予測の期限")
    for row in sorted(
        predictions(store, on=date.max, limit=None), key=lambda r: (r.claim.due_end or date.max, r.claim.iri)
    ):
        c = _cut(row, most).claim
        if claims is not None and c.iri not in claims:
            continue
        if c.due_end is None or c.due_end >= date.max - timedelta(days=1):
            continue
        event = Event()
        event.add("uid", f"{c.iri.rsplit(':', 1)[-1].rsplit('/', 1)[-1]}@iibun")
        event.add("dtstamp", datetime.combine(c.published or date(1970, 1, 1), time(), UTC))
        event.add("dtstart", c.due_end)
        event.add("dtend", c.due_end + timedelta(days=1))
        event.add("summary", one_line(f"{c.source or '（発言者なし）'}：{c.title or c.text}"))
        lines = [c.criterion or c.text, f"判定：{_NAMES[row.verdict]}" if row.verdict else "", c.headline or "", c.iri]
        event.add("description", visible("\n".join(x for x in lines if x)))
        if is_web_address(c.url):
            event.add("url", c.url)
        event.add("transp", "TRANSPARENT")
        found.add_component(event)
    return bytes(found.to_ical())


def atom(
    store: Store,
    *,
    on: date | None = None,
    url: str = "urn:iibun:feed",
    limit: int = 200,
    claims: Container[str] | None = None,
    most: int | None = None,
) -> bytes:
    """An Atom feed of the predictions that are due (within 30 days, or overdue) and of the verdicts given.

    Args:
        store: an open store.
        on: the day that counts as today; today if None.
        url: the feed's own address, which is also its id.
        limit: at most this many entries, the latest.
        claims: only predictions among these (IRIs); all if None.
        most: cut each quotation of an article to so many characters; None for whole ones.
    """
    today = on or date.today()
    items: list[tuple[datetime, str, str, PredictionRow, str]] = []
    for state in ("overdue", "due-soon"):
        for row in predictions(store, on=today, state=state, limit=limit if claims is None else None):
            due = row.claim.due_end or today
            word = "期限を過ぎた" if state == "overdue" else "もうすぐ期限"
            items.append((_noon(due - SOON if state == "due-soon" else due), f"{row.claim.iri}#{state}", word, row, ""))
    for row, j in _settled(store):
        items.append((j.time, j.iri, _NAMES[str(row.verdict)], row, j.author))
    items = [item for item in items if claims is None or item[3].claim.iri in claims]
    items.sort(key=lambda x: (x[0], x[1]), reverse=True)
    del items[limit:]
    feed = _feed("言い分：期限の来た予測と判定", url, items[0][0] if items else None)
    for when, name, word, row, author in items:
        c = _cut(row, most).claim
        entry = _element(feed, "entry", None)
        _element(entry, "id", name)
        _element(entry, "title", f"［{word}］{c.source or '（発言者なし）'}：{c.title or c.text}")
        _element(entry, "updated", _stamp(when))
        if is_web_address(c.url):
            _element(entry, "link", None, rel="alternate", href=c.url)
        for address in filter(is_web_address, row.evidence):
            _element(entry, "link", None, rel="related", href=address)
        if author:
            _element(_element(entry, "author", None), "name", author)
        _element(entry, "category", None, term=row.verdict or row.state)
        why = f"根拠なし：{row.without}" if row.without else ""
        text = [c.criterion or c.text, f"期限：{c.due_end}" if c.due_end else "", row.note, why]
        _element(entry, "summary", "\n".join(x for x in text if x))
    return _written(feed)


@dataclass(frozen=True, slots=True)
class Item:
    """An entry of :func:`feed`.

    Args:
        id: its IRI, by which a reader of feeds knows it again.
        title: one line.
        published: the day of its article; None if it is not known.
        link: where it can be read; left out unless it is a web address.
        related: the article's own address, in the same way.
        summary: its text.
        kind: its category.
    """

    id: str
    title: str
    published: date | None = None
    link: str | None = None
    related: str | None = None
    summary: str = ""
    kind: str = ""


def feed(items: Iterable[Item], *, title: str, url: str = "urn:iibun:feed", limit: int = 200) -> bytes:
    """An Atom feed of what a search has found, the latest first.

    Args:
        items: the entries, in any order.
        title: of the feed.
        url: the feed's own address, which is also its id.
        limit: at most this many entries, the latest.

    Example:
        ``feed([Item("urn:iibun:claim:1", "三条望：新工場を稼働させる", date(2026, 3, 1))], title="新工場")``
    """
    latest = sorted(items, key=lambda item: (item.published or date.min, item.id), reverse=True)[:limit]
    never = date(1970, 1, 1)
    whole = _feed(title, url, _noon(latest[0].published or never) if latest else None)
    for item in latest:
        entry = _element(whole, "entry", None)
        _element(entry, "id", item.id)
        _element(entry, "title", item.title)
        _element(entry, "updated", _stamp(_noon(item.published or never)))
        for relation, address in (("alternate", item.link), ("related", item.related)):
            if address is not None and is_web_address(address):
                _element(entry, "link", None, rel=relation, href=address)
        if item.kind:
            _element(entry, "category", None, term=item.kind)
        _element(entry, "summary", item.summary)
    return _written(whole)


def _feed(title: str, url: str, updated: datetime | None) -> ElementTree.Element:
    """A feed without entries."""
    ElementTree.register_namespace("", _ATOM)
    found = ElementTree.Element(f"{{{_ATOM}}}feed")
    _element(found, "id", url)
    _element(found, "title", title)
    _element(found, "updated", _stamp(updated or _noon(date(1970, 1, 1))))
    _element(found, "link", None, rel="self", href=url)
    _element(_element(found, "author", None), "name", "Iibun")
    return found


def _written(element: ElementTree.Element) -> bytes:
    body: bytes = ElementTree.tostring(element, "utf-8")
    return b'<?xml version="1.0" encoding="utf-8"?>\n' + body


def nanopublications(store: Store) -> str:
    """All claims with a verdict as nanopublications in TriG: assertion, provenance and publication information."""
    quads = [q for row, j in _settled(store) for q in _nanopublication(row, j)]
    prefixes = {k: PREFIXES[k] for k in ("schema", "prov", "dcterms", "xsd", "iib")} | {"np": _NP}
    found = ox.serialize(quads, format=ox.RdfFormat.TRIG, prefixes=prefixes) if quads else b""
    return (found or b"").decode()


def _nanopublication(row: PredictionRow, j: Judgement) -> Iterator[Quad]:
    c = row.claim
    name = hashlib.sha256(j.iri.encode()).hexdigest()[:32]
    this = NamedNode(f"{BASE}nanopub:{name}")
    head, assertion, provenance, info = (
        NamedNode(f"{this.value}#{p}") for p in ("Head", "assertion", "provenance", "pubinfo")
    )
    yield Quad(this, RDF.type, NamedNode(_NP + "Nanopublication"), head)
    yield Quad(this, NamedNode(_NP + "hasAssertion"), assertion, head)
    yield Quad(this, NamedNode(_NP + "hasProvenance"), provenance, head)
    yield Quad(this, NamedNode(_NP + "hasPublicationInfo"), info, head)
    claim = NamedNode(c.iri)
    yield Quad(claim, RDF.type, SCHEMA.Claim, assertion)
    yield Quad(claim, SCHEMA.text, string(c.text), assertion)
    yield Quad(claim, IIB.currentVerdict, string(str(row.verdict)), assertion)
    yield Quad(claim, IIB.modality, string(c.modality), assertion)
    for source in c.sources:
        yield Quad(claim, IIB.source, NamedNode(source), assertion)
    if c.source and not c.sources:
        yield Quad(claim, IIB.sourceText, string(c.source), assertion)
    if c.due_end:
        yield Quad(claim, IIB.dueEnd, day(c.due_end), assertion)
    if row.decided:
        yield Quad(claim, IIB.decidedOn, day(row.decided), assertion)
    person = NamedNode(f"{BASE}agent:{hashlib.sha256(j.author.encode('utf-8', 'surrogatepass')).hexdigest()[:32]}")
    yield Quad(assertion, PROV.wasAttributedTo, person, provenance)
    yield Quad(assertion, PROV.wasDerivedFrom, NamedNode(c.article), provenance)
    for address in filter(_citable, row.evidence):
        yield Quad(assertion, PROV.wasDerivedFrom, NamedNode(address), provenance)
    yield Quad(this, DCTERMS.created, Literal(_stamp(j.time), datatype=XSD.dateTime), info)
    yield Quad(this, DCTERMS.creator, person, info)
    yield Quad(person, SCHEMA.name, string(j.author), info)


def _settled(store: Store) -> list[tuple[PredictionRow, Judgement]]:
    """The claims with a verdict in force, predictions and facts, each with the judgement that gives it."""
    from kg.tracking.claims import effective_claims
    from kg.tracking.verdicts import _row

    judged = sorted({j.subject for j in in_force(entries(store, kinds=["Verdict"])) if not j.orphaned})
    last = last_verdicts(store, judged)
    rows = effective_claims(store, claims=judged, limit=None)
    found = [(_row(c, last[c.iri], date.min), last[c.iri]) for c in rows if c.iri in last]
    return sorted(found, key=lambda x: x[1].iri)


def _cut(row: PredictionRow, most: int | None) -> PredictionRow:
    """A row with the article's words cut to so many characters; as it is if None."""
    if most is None:
        return row
    c = row.claim
    text, title, criterion = (quoted(words or "", most) for words in (c.text, c.title, c.criterion))
    return replace(row, claim=replace(c, text=text, title=title, criterion=criterion))


def _visible(value: Any) -> Any:
    """A JSON value with :func:`kg.characters.visible` applied to all its texts."""
    if isinstance(value, dict):
        return {k: _visible(v) for k, v in value.items()}
    if isinstance(value, list):
        return [_visible(v) for v in value]
    return visible(value) if isinstance(value, str) else value


def _citable(address: str) -> bool:
    """Whether evidence may be exported: a web address or an IRI of ours. Older versions stored any text as evidence."""
    return is_web_address(address) or address.startswith(BASE)


def _citation(e: Evidence, most: int | None) -> dict[str, str] | None:
    if not _citable(e.address):
        return None
    if e.text is None:
        return {"@type": "CreativeWork", "@id": e.address} | ({"url": e.address} if is_web_address(e.address) else {})
    text = e.text if most is None else quoted(e.text, most)
    return {"@type": "Quotation", "@id": e.address, "text": text} | ({"isPartOf": e.article} if e.article else {})


def _link(address: str | None) -> str | None:
    return address if is_web_address(address) else None


def _element(parent: ElementTree.Element, name: str, text: str | None, **attributes: str) -> ElementTree.Element:
    child = ElementTree.SubElement(parent, f"{{{_ATOM}}}{name}", {k: one_line(v) for k, v in attributes.items()})
    if text is not None:
        child.text = visible(text)
    return child


def _noon(day: date) -> datetime:
    return datetime.combine(day, time(12), UTC)


def _stamp(when: datetime) -> str:
    there = (when if when.tzinfo else when.replace(tzinfo=UTC)).astimezone(UTC)
    return there.replace(microsecond=0, tzinfo=None).isoformat() + "Z"


def _iso(day: date | None) -> str | None:
    return day.isoformat() if day else None
