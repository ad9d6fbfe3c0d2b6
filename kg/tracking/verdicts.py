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
from kg.tracking.evidence import stated
from kg.tracking.judgements import judged
from kg.tracking.links import LinkRow, proposals
from kg.tracking.loading import CURRENT, PREFIX, iris
from kg.tracking.log import Judgement, Term, WrongJudgement, append, entries, in_force
from kg.vocab import PROV, VERDICTS

STATES = ("overdue", "due-soon", "open", "settled")
SOON = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class PredictionRow:
    """A prediction for a reader.

    ``days`` to the due date (negative if past, None without one); ``decided`` and ``note`` are of the verdict in
    force, ``evidence`` its addresses and extents (:func:`kg.tracking.evidence.shown` gives their words), ``without``
    why it has none.
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
    without: str = ""


def today() -> date:
    """The day it is here."""
    return date.today()


def verdict(
    store: Store, claim: str, code: str, *, author: str, evidence: Sequence[str] = (), extents: Sequence[str] = (),
    without: str = "", on: date | None = None, note: str = "",
) -> str:  # fmt: skip
    """Give a verdict on a claim; the judgement's IRI. A second verdict revises the first, which stays in the log.

    It stands on evidence, or says why there is none (:mod:`kg.tracking.evidence`).

    Args:
        claim: IRI of a prediction, or of a claim of fact.
        code: came-true, partly, did-not, ambiguous, annulled or unresolvable.
        author: who decides.
        evidence: http(s) addresses, and IRIs of claims or extents: sentences of articles in the store.
        extents: more IRIs of extents.
        without: why there is no evidence, in words, where there is none.
        on: the day that settled it, which is not after today; today if None.
        note: why, in words.

    Raises:
        JudgementError: if there is no such claim, code or extent, the day is still to come, or there is neither
            evidence nor a reason for its lack, or something else than an http(s) address or a sentence.

    Example:
        ``verdict(store, claim, "came-true", author="佐藤", evidence=["https://ir.example/"], on=date(2026, 5, 13))``
    """
    if code not in VERDICTS:
        raise WrongJudgement(f"There is no verdict {code!r}; there are: {', '.join(VERDICTS)}.")
    now = today()
    if on and on > now:
        raise WrongJudgement(f"A verdict cannot be dated {on}: today is {now}.")
    about = judged(store, claim)
    proof, quotes = stated(store, evidence, extents, without)
    details: list[tuple[str, Term]] = [
        *about,
        ("verdict", string(code)),
        ("decidedOn", day(on or now)),
        *proof,
    ]
    before = last_verdicts(store, [claim]).get(claim)
    more: list[tuple[NamedNode, Term]] = [(PROV.wasRevisionOf, NamedNode(before.iri))] if before else []
    iri = append(store, "Verdict", author=author, reason=note, details=details, more=more, quads=quotes)
    refresh(store, [claim])
    return iri


def estimate(store: Store, claim: str, probability: float, *, author: str, reason: str = "") -> str:
    """Assign a probability to a claim; the judgement's IRI.

    It is the record of who gives it (``scores(store, "reader")``), never of who made the claim; one that is given once
    the claim has a verdict is kept in the log and counts nowhere.

    Raises:
        JudgementError: if it is not within [0, 1], or there is no such claim.
    """
    if not 0 <= probability <= 1:
        raise WrongJudgement(f"A probability is between 0 and 1, not {probability}.")
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
        raise WrongJudgement(f"There is no state {state!r}; there are: {', '.join(STATES)}.")
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
        c, "settled", days, str(j.one("verdict")), j.iri, j.author, j.one("decidedOn"), j.reason, evidence,
        str(j.one("withoutEvidence", "")),
    )  # fmt: skip
