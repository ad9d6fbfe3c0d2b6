"""Settle (予測の判定): predictions that are due, one by one, with what bears on each, a proposal, and a key for each verdict."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from functools import partial
from typing import TYPE_CHECKING, Any
from urllib.parse import quote_plus

import streamlit as st

from iibun.i18n import date_text, label, t
from iibun.web import address, cards, speakers, tables
from iibun.web.account import author
from iibun.web.answers import store
from iibun.web.forms import draft_key, forget_draft
from iibun.web.markdown import plain
from iibun.web.pages import claim_detail, decisions, prediction, proposed, queue
from kg.vocab import VERDICTS

if TYPE_CHECKING:
    from kg.tracking.facts import Fact

FOUND = 8  #: most claims that the search for evidence shows
#: Where to look for evidence outside; a link that is followed only if the reader clicks it.
OUTSIDE = "https://www.google.com/search?q={words}"


def show() -> None:
    """Show the next prediction."""
    cards.begin()
    st.title(t("common.page-settle"), anchor=False)
    data = tables.current()
    due = data.by_due[data.by_due["state"] == "overdue"]
    wanted = address.one("iri")

    def one(left: list[str]) -> None:
        iri = wanted if wanted in left else left[0]
        _one(data, iri, due.loc[iri].to_dict())

    queue.show("settle", list(due.index), one, cards.link("predictions", t("home.all-predictions")))


def _one(data: tables.Tables, iri: str, row: dict[str, Any]) -> None:
    """Show a prediction, what bears on it, and the verdicts."""
    left, right = st.columns([1, 1], gap="large")
    with left:
        st.header(plain(row["title"] or cards.clip(row["text"], 60)), anchor=False)
        claim_detail.head(data, iri, row)
        claim_detail.quotation(iri, row)
        cards.show(cards.facts(prediction.settling(iri, row)))
        cards.show(cards.link("prediction", t("settle.open"), iri=iri))
    found = proposed.find(iri)
    with right:
        if found and (found.verdict or proposed.bearing(iri) or proposed.facts(iri)):
            number = str(VERDICTS.index(found.verdict) + 1) if found.verdict else ""
            proposed.show(found, t("settle.proposed-key", number=number))
        offered = _evidence(data, iri, row, found.evidence if found else ())
        draft = draft_key(f"settle-{iri}")
        st.text_input(t("predictions.evidence-url"), placeholder="https://", key=f"{draft}-url")
        st.text_input(t("predictions.without"), help=t("predictions.without-help"), key=f"{draft}-without")
        st.date_input(
            t("predictions.decided"), _day(found.day if found else None, prediction.settling_day(iri, row)), format="YYYY/MM/DD",
            max_value=tables.today(), key=f"settle-day-{iri}",
        )  # fmt: skip
    with st.container(horizontal=True, key="verdict-buttons"):
        last = decisions.last(iri)
        for k, code in enumerate(VERDICTS, 1):
            decisions.button(
                label("verdict", code), partial(_press, iri, code, offered, found),
                thing=iri, last=last, shortcut=str(k), key=f"settle-{code}-{iri}", help=t(f"predictions.verdict-{code}"),
                type="primary" if found and found.verdict == code else "secondary",
            )  # fmt: skip
        queue.later("settle", iri)


def _press(iri: str, code: str, offered: Sequence[str], found: proposed.Proposal | None) -> str:
    """Give a verdict with what the fields hold now: whoever presses from within a field has not seen the page drawn again."""
    now, draft = st.session_state, draft_key(f"settle-{iri}")
    evidence = [claim for claim in offered if now.get(_proof_key(iri, claim))]
    note = proposed.note(found, code, evidence)
    evidence += (now.get(f"{draft}-url") or "").split()
    return give(iri, code, evidence, now.get(f"{draft}-without") or "", now.get(f"settle-day-{iri}"), note)


def _proof_key(iri: str, claim: str) -> str:
    return f"settle-proof-{iri}-{claim}"


def _day(settled: date | None, otherwise: date) -> date:
    """The initial day: that of the proposal if it has one."""
    return min(settled, tables.today()) if settled else otherwise


def _evidence(data: tables.Tables, iri: str, row: dict[str, Any], proof: Sequence[str]) -> list[str]:
    """Show the sentences that may bear on a prediction, and a search for others; return the IRIs of all that are shown.

    Args:
        data: the tables.
        iri: of the prediction.
        row: its row.
        proof: claims and extents (IRIs) that the proposed verdict rests on; they come first and are ticked. The best one is
            ticked if there is no proposal.
    """
    st.header(t("predictions.evidence"), anchor=False)
    links, facts = proposed.bearing(iri), {x.view.iri: x for x in proposed.facts(iri)}
    best = sorted([*((x.score, x.later.claim) for x in links), *((x.score, k) for k, x in facts.items())], reverse=True)
    bearing = list(dict.fromkeys([*proof, *(key for _, key in best[:FOUND])]))
    ticked = set(proof or bearing[:1])
    shown = [key for key in bearing if key in data.claims.index or key in facts]
    for key in shown:
        _choice(data, iri, key, key in ticked, facts.get(key))
    if not bearing:
        st.caption(t("predictions.no-evidence"))
    words = st.text_input(t("settle.search"), key=f"settle-search-{iri}", icon=":material/search:")
    if words.strip():
        known = {iri, *proof, *(link.later.claim for link in links)}
        others = [e.key for e in data.search(words).of("claim", "prediction") if e.key not in known][:FOUND]
        for claim in others:
            _choice(data, iri, claim, False)
        shown += others
        if not others:
            st.caption(t("settle.nothing"))
    query = quote_plus(f"{data.who(row) or ''} {row['title'] or row['text']}".strip())
    cards.show(f'<p class="ib-note">{cards.outside(OUTSIDE.format(words=query), t("settle.outside"))}</p>')
    return shown


def _choice(data: tables.Tables, iri: str, key: str, first: bool, fact: Fact | None = None) -> None:
    """Show a sentence that can be chosen as evidence, with its article: a claim, or a fact that no claim states."""
    if fact:
        text, article, by, day = fact.view.text, fact.view.article, None, fact.view.published
    else:
        row = data.claims.loc[key]
        text, article, by, day = row["text"], row["article"], speakers.words(data, row), row["published"]
    st.checkbox(f"「{plain(cards.clip(text, 120))}」", value=first, key=_proof_key(iri, key))
    note = " · ".join(filter(None, (by, date_text(day, short=True))))
    where = cards.article_link(data, article, **({} if fact else {"claim": key}))
    cards.show(f'<p class="ib-note">{where} {cards.esc(note)}</p>')


def give(iri: str, code: str, evidence: Sequence[str], without: str, on: Any, note: str = "") -> str:
    """Record a verdict; return the judgement's IRI.

    Args:
        iri: of the prediction.
        code: of the verdict.
        evidence: IRIs of claims, and addresses.
        without: why there is no evidence.
        on: the day on which it was settled.
        note: why, in words.

    Raises:
        IibunError: if there is neither evidence nor a reason, or both, or something given cannot be evidence.
    """
    from kg.tracking import verdicts

    made = verdicts.verdict(
        store(), iri, code, author=author(), evidence=evidence, without=without,
        on=on if isinstance(on, date) else None, note=note,
    )  # fmt: skip
    forget_draft(draft_key(f"settle-{iri}"))
    queue.decided("settle", [made])
    return made
