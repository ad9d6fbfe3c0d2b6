"""Predictions and what became of them: verdicts with evidence, revisable, and the state that follows from them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from pyoxigraph import Literal, NamedNode

from kg.rdf import day, number, string
from kg.store import Store
from kg.tracking.claims import ClaimRow, effective_claims, family
from kg.tracking.current import refresh
from kg.tracking.judgements import judged
from kg.tracking.links import LinkRow, proposals
from kg.tracking.loading import CURRENT, PREFIX, iris
from kg.tracking.log import Judgement, JudgementError, Term, append, entries, in_force
from kg.vocab import PROV, VERDICTS

STATES = ("overdue", "due-soon", "open", "settled")
SOON = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class PredictionRow:
    """A prediction for a reader.

    ``days`` to the due date (negative if past, None without one); ``decided`` and ``note`` are of the verdict in
    force, ``evidence`` its URLs, articles and extents.
    """

    claim: ClaimRow
    state: str
    days: int | None
    verdict: str | None = None
    judgement: str | None = None
    author: str | None = None
    decided: date | None = None
    note: str = ""
    evidence: tuple[str, ...] = ()


def today() -> date:
    """The day it is here."""
    return date.today()


def verdict(
    store: Store, claim: str, code: str, *, author: str, evidence: Sequence[str] = (), extents: Sequence[str] = (),
    on: date | None = None, note: str = "",
) -> str:  # fmt: skip
    """Give a verdict on a claim; the judgement's IRI. A second verdict revises the first, which stays in the log.

    Args:
        claim: IRI of a prediction, or of a claim of fact.
        code: came-true, partly, did-not, ambiguous, annulled or unresolvable.
        author: who decides.
        evidence: URLs or IRIs of articles.
        extents: IRIs of extents of articles in the store.
        on: the day that settled it, which is not after today; today if None.
        note: why, in words.

    Raises:
        JudgementError: if there is no such claim, code or extent, the day is still to come, or evidence is no address.

    Example:
        ``verdict(store, claim, "came-true", author="佐藤", evidence=["https://ir.example/"], on=date(2026, 5, 13))``
    """
    if code not in VERDICTS:
        raise JudgementError(f"There is no verdict {code!r}; there are: {', '.join(VERDICTS)}.")
    now = today()
    if on and on > now:
        raise JudgementError(f"A verdict cannot be dated {on}: today is {now}.")
    details: list[tuple[str, Term]] = [
        *judged(store, claim),
        ("verdict", string(code)),
        ("decidedOn", day(on or now)),
    ]
    for name, addresses in (("evidence", evidence), ("evidenceExtent", extents)):
        for address in addresses:
            details.append((name, _address(address)))
    if missing := _without_extents(store, extents):
        raise JudgementError(f"There is no extent {missing[0]} in the store.")
    before = last_verdicts(store, [claim]).get(claim)
    more: list[tuple[NamedNode, Term]] = [(PROV.wasRevisionOf, NamedNode(before.iri))] if before else []
    iri = append(store, "Verdict", author=author, reason=note, details=details, more=more)
    refresh(store, [claim])
    return iri


def estimate(store: Store, claim: str, probability: float, *, author: str, reason: str = "") -> str:
    """Assign a probability to a claim; the judgement's IRI.

    Raises:
        JudgementError: if it is not within [0, 1], or there is no such claim.
    """
    if not 0 <= probability <= 1:
        raise JudgementError(f"A probability is between 0 and 1, not {probability}.")
    details: list[tuple[str, Term]] = [*judged(store, claim), ("probability", number(probability))]
    iri = append(store, "Estimate", author=author, reason=reason, details=details)
    refresh(store, [claim])
    return iri


def last_verdicts(store: Store, claims: Sequence[str]) -> dict[str, Judgement]:
    """Claim → the verdict in force, of those that have one and are not orphaned."""
    if not claims:
        return {}
    found = in_force(entries(store, subjects=claims, kinds=["Verdict"]))
    return {j.subject: j for j in found if not j.orphaned}  # oldest first, so the last stays


def _soon(on: date) -> date:
    """The last day that counts as soon, seen from a day."""
    return on + min(SOON, date.max - on)


def state_of(due_end: date | None, verdict: str | None, on: date) -> str:
    """The state of a prediction on a day.

    >>> state_of(date(2026, 3, 31), None, date(2026, 4, 1))
    'overdue'
    """
    if verdict:
        return "settled"
    if due_end is None:
        return "open"
    if due_end < on:
        return "overdue"
    return "due-soon" if due_end <= _soon(on) else "open"


def predictions(
    store: Store, *, on: date | None = None, state: str | None = None, source: str | None = None, limit: int | None = 100,
    offset: int = 0,
) -> list[PredictionRow]:  # fmt: skip
    """Predictions in the order in which they call for a verdict: overdue first, then by due date, settled last.

    Args:
        on: the day to look from; today if None.
        state: open, due-soon, overdue or settled.
        source: only those of this entity (and what is merged with it).

    Raises:
        JudgementError: if there is no such state.
    """
    when = on or today()
    if state is not None and state not in STATES:
        raise JudgementError(f"There is no state {state!r}; there are: {', '.join(STATES)}.")
    now, soon = day(when), day(_soon(when))
    which = {
        None: "", "settled": "FILTER(BOUND(?v))", "overdue": f"FILTER(!BOUND(?v) && ?due < {now})",
        "due-soon": f"FILTER(!BOUND(?v) && ?due >= {now} && ?due <= {soon})",
        "open": f"FILTER(!BOUND(?v) && (?due > {soon} || ?due = {_FAR}))",
    }[state]  # fmt: skip
    whose = ""
    if source:
        group = iris(family(store, source))
        whose = f"VALUES ?who {{ {group} }} GRAPH ?w {{ ?claim iib:source|iib:correctedSource ?who }} "
    rows = store.select(
        PREFIX
        + f"""SELECT DISTINCT ?claim ?due ?settled WHERE {{
            {{ GRAPH ?g {{ ?claim a iib:Prediction ; schema:text ?t }} FILTER NOT EXISTS {{ GRAPH {CURRENT} {{ ?claim iib:correctedPrediction false }} }} }}
            UNION {{ GRAPH {CURRENT} {{ ?claim iib:correctedPrediction true }} GRAPH ?g {{ ?claim a schema:Claim }} }}
            {whose}
            OPTIONAL {{ GRAPH ?g {{ ?claim iib:dueEnd ?d }} }} OPTIONAL {{ GRAPH {CURRENT} {{ ?claim iib:correctedDueEnd ?c }} }}
            OPTIONAL {{ GRAPH {CURRENT} {{ ?claim iib:currentVerdict ?v }} }}
            FILTER NOT EXISTS {{ GRAPH {CURRENT} {{ ?claim iib:reviewState "rejected" }} }}
            BIND(COALESCE(?c, ?d, {_FAR}) AS ?e) BIND(IF(ISIRI(?e), {_FAR}, ?e) AS ?due) BIND(BOUND(?v) AS ?settled)
            {which} }} ORDER BY ?settled ?due ?claim"""
        + (f" LIMIT {int(limit)}" if limit is not None else "")
        + (f" OFFSET {int(offset)}" if offset else "")
    )
    chosen = list(dict.fromkeys(r["claim"] for r in rows))
    verdicts = last_verdicts(store, chosen)
    return [_row(c, verdicts.get(c.iri), when) for c in effective_claims(store, claims=chosen)]


_FAR = Literal("9999-12-31", datatype=NamedNode("http://www.w3.org/2001/XMLSchema#date"))


def evidence_for(store: Store, claim: str, *, limit: int = 20) -> list[LinkRow]:
    """Later facts that bear on a prediction, proposed by the machine, best first."""
    found = proposals(store, type="evidence", claim=claim, limit=limit)
    return [x for x in found if x.earlier.claim == claim]


def evidence_of(store: Store, article: str, *, limit: int = 50) -> list[LinkRow]:
    """Open predictions that a newly ingested article bears on, best first."""
    found = proposals(store, type="evidence", article=article, limit=limit)
    return [x for x in found if x.later.article == article]


def _row(c: ClaimRow, j: Judgement | None, when: date) -> PredictionRow:
    days = (c.due_end - when).days if c.due_end else None
    if j is None:
        return PredictionRow(c, state_of(c.due_end, None, when), days)
    evidence = tuple(str(x) for name in ("evidence", "evidenceExtent") for x in j.details.get(name, ()))
    return PredictionRow(
        c, "settled", days, str(j.one("verdict")), j.iri, j.author, j.one("decidedOn"), j.reason, evidence
    )


def _without_extents(store: Store, wanted: Sequence[str]) -> list[str]:
    """Those of some IRIs that are no extents of an article in the store."""
    if not wanted:
        return []
    rows = store.select(
        PREFIX + f"SELECT ?x WHERE {{ VALUES ?x {{ {iris(wanted)} }} GRAPH ?g {{ ?x oa:hasSelector ?p }} }}"
    )
    known = {row["x"] for row in rows}
    return [x for x in wanted if x not in known]


def _address(address: str) -> NamedNode:
    if ":" in address:
        try:
            return NamedNode(address)
        except ValueError:
            pass
    raise JudgementError(f"Evidence must be an address (https://… or the IRI of an article), not {address!r}.")
