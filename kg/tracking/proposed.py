"""Proposed verdicts: what later claims and facts that bear on a prediction say became of it, with the reason in words.

A proposal is only shown; a verdict is what a person gives (:mod:`kg.tracking.verdicts`). :func:`propose` is pure and asks
:mod:`kg.tracking.events` and :mod:`kg.tracking.measured`; read :mod:`kg.tracking.outcomes` first. :func:`proposed_verdicts` does it for
predictions in a store.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache

from kg.lexicon import rows
from kg.store import Store
from kg.tracking import links
from kg.tracking.comparison import LINK_TYPES
from kg.tracking.events import read
from kg.tracking.facts import Fact, facts_for
from kg.tracking.loading import load
from kg.tracking.measured import measured
from kg.tracking.outcomes import Outcome
from kg.tracking.views import ClaimView

MOST = 20  #: links of one prediction that are looked at
FIGURES = 0.5  #: least score of a link to compare figures
_SHOWN = 60  # characters of a quoted claim
#: What a link other than evidence can say of a prediction: its own speaker, or somebody else, changes the plan.
PLANS = frozenset({"withdrawn", "postponed"})


@dataclass(frozen=True, slots=True)
class Proposal:
    """A proposed verdict on a prediction, or the reason why there is none.

    Attributes:
        claim: the prediction's IRI.
        verdict: came-true, partly or did-not; None if the evidence does not tell.
        reason, reason_ja: why, in words.
        evidence: IRIs of the later claims, and of the extents of facts, that say so; empty without a verdict.
        day: the day that settled it, the due date at the latest; None if no article has a date.
    """

    claim: str
    verdict: str | None
    reason: str
    reason_ja: str
    evidence: tuple[str, ...] = ()
    day: date | None = None

    def document(self) -> dict[str, object]:
        """The object that ``iibun due --evidence --format json`` prints, and what agents get."""
        return {
            "verdict": self.verdict, "reason": self.reason, "reason_ja": self.reason_ja,
            "evidence": list(self.evidence), "on": self.day,
        }  # fmt: skip


def propose(prediction: ClaimView, bearing: Sequence[tuple[str, ClaimView, float]]) -> Proposal:
    """The verdict that later claims and facts suggest; none if they do not tell, or say different things.

    Args:
        prediction: the prediction.
        bearing: for each later claim or fact, best first, the type of its link to the prediction, the claim, and the link's score.

    Example:
        An article of 20 April with 「新工場を稼働させた」 on 「新工場を4月に稼働させる」: ``came-true``.
    """
    evidence = [(later, score) for kind, later, score in bearing if kind == "evidence"]
    figures = measured(prediction, [later for later, score in evidence if score >= FIGURES])
    found = [figures] if figures else []
    for kind, later, score in bearing:
        outcome = read(prediction, later, score)
        if outcome and (kind == "evidence" or outcome.reason in PLANS):
            found.append(outcome)
    verdicts = {x.verdict for x in found}
    if not verdicts:
        return _without(prediction, "untold" if evidence else "nothing")
    if len(verdicts) > 1 or "ambiguous" in verdicts:
        return _without(prediction, "conflict")
    best = found[0]
    used = tuple(dict.fromkeys(iri for x in found if x.reason == best.reason for iri in x.evidence))
    due = prediction.due.end if prediction.due else None
    day = min(best.day, due) if best.day and due else best.day
    return Proposal(prediction.iri, best.verdict, *_why(best, due), used, day)


def proposed_verdicts(
    store: Store, claims: Sequence[str], facts: Mapping[str, Sequence[Fact]] | None = None
) -> dict[str, Proposal]:
    """Prediction (IRI) → the verdict proposed for it; claims that are no predictions, or not in the store, are left out.

    Args:
        store: an open store.
        claims: IRIs of predictions, settled or not.
        facts: what :func:`kg.tracking.facts.facts_for` found for them; it is asked if this is not given.
    """
    linked: dict[str, list[links.LinkRow]] = {}
    for claim in dict.fromkeys(claims):
        found = [x for kind in ("evidence", None) for x in links.proposals(store, type=kind, claim=claim, limit=MOST)]
        linked[claim] = [x for x in found if x.earlier.claim == claim and x.type in _BEARING]
    wanted = {*linked, *(x.later.claim for found in linked.values() for x in found)}
    views = {view.iri: view for view in load(store, wanted)}
    told = facts_for(store, list(linked)) if facts is None else facts
    proposals = {}
    for claim, found in linked.items():
        if claim in views and views[claim].prediction:
            bearing = [(x.type, views[x.later.claim], x.score) for x in found if x.later.claim in views]
            bearing += [("evidence", fact.view, fact.score) for fact in told.get(claim, ())]
            bearing.sort(key=lambda x: (x[0] != "evidence", -x[2], x[1].iri))
            proposals[claim] = propose(views[claim], bearing)
    return proposals


_BEARING = frozenset({"evidence", *LINK_TYPES} - {"restates"})


@cache
def _reasons() -> Mapping[str, Mapping[str, str]]:
    return {str(row["reason"]): {"en": str(row["en"]), "ja": str(row["ja"])} for row in rows("verdict_reasons")}


def _without(prediction: ClaimView, reason: str) -> Proposal:
    return Proposal(prediction.iri, None, _reasons()[reason]["en"], _reasons()[reason]["ja"])


def _why(found: Outcome, due: date | None) -> tuple[str, str]:
    """The reason in English and in Japanese."""

    def say(language: str) -> str:
        def day(of: date | None) -> str:
            return _reasons()["date"][language].format(of) if of else "?"

        words = {name: _clip(text) for name, text in found.words.items()}
        said = _reasons()[found.reason][language].format(**words, day=day(found.day), due=day(due))
        return _reasons()["negative"][language].format(reason=said) if found.negative else said

    return say("en"), say("ja")


def _clip(text: str) -> str:
    return text if len(text) <= _SHOWN else f"{text[: _SHOWN - 1]}…"
