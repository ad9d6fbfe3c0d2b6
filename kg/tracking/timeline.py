"""The timeline of an entity: claims by it and about it, due dates and verdicts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from kg import prepared
from kg.store import Store
from kg.store.sparql import NotAnIri
from kg.tracking.claims import ClaimRow, effective_claims
from kg.tracking.log import JudgementError
from kg.tracking.verdicts import last_verdicts


@dataclass(frozen=True, slots=True)
class Event:
    """One event of a timeline: a claim was published, is due, or has got a verdict (``kind``: claim, due or verdict)."""

    date: date
    kind: str
    text: str
    source: str | None
    claim: str
    article: str
    url: str | None
    verdict: str | None = None


def timeline(store: Store, entity: str, *, limit: int | None = None) -> list[Event]:
    """The events of an entity, oldest first.

    Args:
        store: an open store.
        entity: the entity's IRI.
        limit: use only the most recent claims, so many by the entity and so many about it; all if None.
    """
    rows: dict[str, ClaimRow] = {}
    for found in (
        effective_claims(store, source=entity, limit=limit),
        effective_claims(store, about=entity, limit=limit),
    ):
        rows |= {c.iri: c for c in found}
    verdicts = last_verdicts(store, list(rows))
    events = []
    for c in rows.values():

        def event(day: date, kind: str, c: ClaimRow = c, code: str | None = None) -> Event:
            return Event(day, kind, c.text, c.source, c.iri, c.article, c.url, code)

        if c.published:
            events.append(event(c.published, "claim"))
        if c.prediction and c.due_end:
            events.append(event(c.due_end, "due"))
        if (j := verdicts.get(c.iri)) and isinstance(decided := j.one("decidedOn"), date):
            events.append(event(decided, "verdict", code=str(j.one("verdict"))))
    return sorted(events, key=lambda e: (e.date, ("claim", "due", "verdict").index(e.kind), e.claim))


def find_entity(store: Store, name: str) -> str:
    """The IRI of the entity that a name or IRI means.

    Raises:
        JudgementError: if there is none, or several; it lists these.
    """
    from kg.names import normal_name

    if ":" in name and " " not in name:
        try:
            if prepared.rows(store, "label_of_entity", entity=name):
                return name
        except NotAnIri:
            pass
    rows = prepared.rows(store, "entities_named", name=name)
    if not rows:
        every = prepared.rows(store, "names_of_all_entities")
        rows = [r for r in every if normal_name(r["l"]) == normal_name(name)]
    found = sorted({str(r["x"]) for r in rows})
    if not found:
        raise JudgementError(f"There is no entity {name!r} in the store.")
    if len(found) > 1:
        raise JudgementError(f"{name!r} is the name of several entities; give one of: {', '.join(found)}.")
    return found[0]
