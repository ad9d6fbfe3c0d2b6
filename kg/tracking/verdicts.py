"""Predictions and their verdicts: give a verdict or an estimate, and list predictions by state."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from pyoxigraph import NamedNode

from kg import prepared
from kg.rdf import boolean, day, number, string
from kg.store import Store
from kg.tracking.claims import ClaimRow, effective_claims, family
from kg.tracking.current import refresh
from kg.tracking.evidence import stated
from kg.tracking.judgements import judged
from kg.tracking.links import LinkRow, proposals
from kg.tracking.log import Judgement, Term, WrongJudgement, append, entries, in_force
from kg.vocab import PROV, VERDICTS

STATES = ("overdue", "due-soon", "open", "settled")
SOON = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class PredictionRow:
    """A prediction with its state and the verdict in force.

    Attributes:
        claim: the claim.
        state: one of :data:`STATES`.
        days: days until the due date, negative if it is past; None without a due date.
        verdict: the verdict's code; None without a verdict, as are the next three.
        judgement: the verdict's IRI.
        author: who gave it.
        decided: the day that settled it.
        note: why, in words.
        evidence: its web addresses and IRIs of extents; :func:`kg.tracking.evidence.shown` returns their text.
        without: why it has no evidence.
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
    """The present day, in local time."""
    return date.today()


def verdict(
    store: Store, claim: str, code: str, *, author: str, evidence: Sequence[str] = (), extents: Sequence[str] = (),
    without: str = "", on: date | None = None, note: str = "", illustration: bool = False,
) -> str:  # fmt: skip
    """Give a verdict on a claim; return the judgement's IRI. A second verdict revises the first, which stays in the log.

    A verdict needs evidence, or the reason why there is none (:mod:`kg.tracking.evidence`).

    Args:
        store: an open store.
        claim: IRI of a prediction, or of a claim of fact.
        code: came-true, partly, did-not, ambiguous, annulled or unresolvable.
        author: who decides.
        evidence: http(s) addresses, and IRIs of claims or extents, which mean sentences of articles in the store.
        extents: more IRIs of extents.
        without: why there is no evidence, in words.
        on: the day that settled it, not after today; today if None.
        note: why, in words.
        illustration: mark it as a sample (:mod:`kg.tracking.samples`).

    Raises:
        JudgementError: if there is no such claim, code or extent, the day is in the future, there is neither evidence nor a
            reason, or something given cannot be evidence, such as the claim itself.

    Example:
        ``verdict(store, claim, "came-true", author="佐藤", evidence=["https://ir.example/"], on=date(2026, 5, 13))``
    """
    if code not in VERDICTS:
        raise WrongJudgement(f"There is no verdict {code!r}; there are: {', '.join(VERDICTS)}.")
    now = today()
    if on and on > now:
        raise WrongJudgement(f"A verdict cannot be dated {on}: today is {now}.")
    about = judged(store, claim)
    if claim in (*evidence, *extents):
        raise WrongJudgement("A claim is no evidence of what became of it.")
    proof, quotes = stated(store, evidence, extents, without)
    details: list[tuple[str, Term]] = [
        *about,
        ("verdict", string(code)),
        ("decidedOn", day(on or now)),
        *proof,
        *([("illustration", boolean(True))] if illustration else []),
    ]
    before = last_verdicts(store, [claim]).get(claim)
    more: list[tuple[NamedNode, Term]] = [(PROV.wasRevisionOf, NamedNode(before.iri))] if before else []
    iri = append(store, "Verdict", author=author, reason=note, details=details, more=more, quads=quotes)
    refresh(store, [claim])
    return iri


def estimate(store: Store, claim: str, probability: float, *, author: str, reason: str = "") -> str:
    """Record a reader's estimate of a claim's probability; return the judgement's IRI.

    Estimates count for the reader's score (``scores(store, "reader")``), not for the source's. One that is given after a verdict
    is kept in the log but does not count.

    Args:
        store: an open store.
        claim: the claim's IRI.
        probability: in [0, 1].
        author: the reader.
        reason: why, in words.

    Raises:
        JudgementError: if the probability is not in [0, 1], or there is no such claim.
    """
    if not 0 <= probability <= 1:
        raise WrongJudgement(f"A probability is between 0 and 1, not {probability}.")
    details: list[tuple[str, Term]] = [*judged(store, claim), ("probability", number(probability))]
    iri = append(store, "Estimate", author=author, reason=reason, details=details)
    refresh(store, [claim])
    return iri


def last_verdicts(store: Store, claims: Sequence[str]) -> dict[str, Judgement]:
    """Claim IRI → its verdict in force; claims without one, or with one whose text has changed, are missing."""
    if not claims:
        return {}
    found = in_force(entries(store, subjects=claims, kinds=["Verdict"]))
    return {j.subject: j for j in found if not j.orphaned}  # oldest first, so the last stays


def _soon(on: date) -> date:
    """The last due date that counts as soon on the day ``on``."""
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
    """Predictions in the order in which they need a verdict: overdue first, then by due date, settled last.

    Args:
        store: an open store.
        on: the day that counts as today; today if None.
        state: only those in this state: open, due-soon, overdue or settled.
        source: only those of this entity (IRI) and of those merged with it.
        limit: most predictions; None for all.
        offset: predictions to skip.

    Raises:
        JudgementError: if there is no such state.
    """
    when = on or today()
    if state is not None and state not in STATES:
        raise WrongJudgement(f"There is no state {state!r}; there are: {', '.join(STATES)}.")
    now, soon = when, _soon(when)
    which: dict[str | None, dict[str, Any]] = {
        None: {}, "settled": {"settled": True}, "overdue": {"overdue": now}, "due-soon": {"soon": now, "until": soon},
        "open": {"later": soon},
    }  # fmt: skip
    sources = family(store, source) if source else None
    rows = prepared.rows(
        store, "predictions_in_order", sources=sources, limit=limit, offset=offset or None, **which[state]
    )
    chosen = list(dict.fromkeys(r["claim"] for r in rows))
    verdicts = last_verdicts(store, chosen)
    return [_row(c, verdicts.get(c.iri), when) for c in effective_claims(store, claims=chosen)]


def evidence_for(store: Store, claim: str, *, limit: int = 20) -> list[LinkRow]:
    """The proposed evidence for a prediction (IRI): links from later facts, best first."""
    found = proposals(store, type="evidence", claim=claim, limit=limit)
    return [x for x in found if x.earlier.claim == claim]


def evidence_of(store: Store, article: str, *, limit: int = 50) -> list[LinkRow]:
    """The open predictions that an article (IRI) may settle: links from its claims, best first."""
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
