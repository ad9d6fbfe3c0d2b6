"""The proposed verdict on a prediction, as the pages show it; a person gives it or another one."""

from __future__ import annotations

from collections.abc import Collection
from functools import partial
from typing import TYPE_CHECKING, Any

import streamlit as st

from iibun.i18n import label, language, t
from iibun.web import tables
from iibun.web.account import author
from iibun.web.answers import remembered, store
from iibun.web.markdown import plain
from iibun.web.pages import decisions

if TYPE_CHECKING:
    from kg.tracking.facts import Fact
    from kg.tracking.proposed import Proposal


def find(iri: str) -> Proposal | None:
    """What is proposed for a prediction; None if the claim is no prediction."""
    from kg.tracking.proposed import proposed_verdicts

    return remembered(("proposed", iri), lambda: proposed_verdicts(store(), [iri], {iri: facts(iri)})).get(iri)  # type: ignore[no-any-return]


def bearing(iri: str) -> list[Any]:
    """The links from claims that may bear on a prediction, best first."""
    from kg.tracking import verdicts

    return remembered(("evidence", iri), lambda: verdicts.evidence_for(store(), iri))  # type: ignore[no-any-return]


def facts(iri: str) -> list[Fact]:
    """The sentences of later articles, without a claim, that may bear on a prediction, best first."""
    from kg.tracking.facts import facts_for

    return remembered(("facts", iri), lambda: facts_for(store(), [iri]).get(iri, []))  # type: ignore[no-any-return]


def why(found: Proposal) -> str:
    """The reason in the reader's language."""
    return found.reason_ja if language() == "ja" else found.reason


def show(found: Proposal, more: str = "") -> None:
    """Show the proposed verdict with its reason, or the reason why there is none.

    Args:
        found: the proposal.
        more: a last sentence, such as which key gives this verdict.
    """
    if found.verdict is None:
        st.info(f"{t('settle.proposed-none')}  \n{plain(why(found))}", icon=":material/help:")
        return
    words = [
        f"**{plain(t('settle.proposed', verdict=label('verdict', found.verdict)))}**",
        plain(why(found)),
        plain(more),
    ]
    st.info("  \n".join(filter(None, words)), icon=":material/balance:")


def note(found: Proposal | None, code: str, evidence: Collection[str]) -> str:
    """The reason to record with a verdict: that of the proposal if it is accepted with its evidence, else none.

    Args:
        found: what was proposed.
        code: the verdict that is given.
        evidence: the evidence that is given.
    """
    return why(found) if found and found.verdict == code and set(found.evidence) <= set(evidence) else ""


def accept(iri: str, found: Proposal) -> None:
    """Show a button that gives the proposed verdict with its evidence; nothing if none is proposed."""
    if found.verdict is None:
        return
    decisions.button(
        t("settle.accept"), partial(_give, iri, found, why(found)), thing=iri, last=decisions.last(iri),
        icon=":material/gavel:", key=f"accept-{iri}",
    )  # fmt: skip


def _give(iri: str, found: Proposal, reason: str) -> str:
    from kg.tracking import verdicts

    day = min(found.day, tables.today()) if found.day else None
    return verdicts.verdict(
        store(), iri, str(found.verdict), author=author(), evidence=found.evidence, on=day, note=reason
    )  # fmt: skip
