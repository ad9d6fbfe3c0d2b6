"""What became of an entity's claims: predictions kept and broken with their evidence, revisions, contradictions with others."""

from __future__ import annotations

from typing import Any

import streamlit as st

from iibun.i18n import t
from iibun.web import cards, tables
from iibun.web.answers import remembered, store
from iibun.web.pages import prediction, record

SHOWN = 8  #: most predictions of each outcome, and most pairs
#: The verdicts of each list of settled predictions.
OUTCOMES = {"kept": ("came-true",), "in-part": ("partly",), "broken": ("did-not",)}


def show(data: tables.Tables, iri: str, said: Any) -> None:
    """Show the record of an entity; nothing if none of its claims was settled, revised or contradicted.

    Args:
        data: the tables.
        iri: of the entity.
        said: its claims, as a frame.
    """
    scores = [s for s in record.scores("source") if s.key == iri]
    settled = {name: said[said["verdict"].isin(verdicts)] for name, verdicts in OUTCOMES.items()}
    pairs = opposed(data, said)
    if not (pairs or any(map(len, settled.values()))):
        return
    st.header(t("entities.record"), anchor=False)
    if scores and scores[0].n:
        cards.show(record.score_table(scores, "source"))
    for name, frame in settled.items():
        if len(frame):
            cards.show(f'<h3 class="ib-small">{cards.esc(t(f"entities.{name}", n=len(frame)))}</h3>')
            cards.show(
                "".join(_settled(data, str(claim), row.to_dict()) for claim, row in frame.head(SHOWN).iterrows())
            )
    if pairs:
        cards.show(f'<h3 class="ib-small">{cards.esc(t("entities.opposed", n=len(pairs)))}</h3>')
        cards.show('<ul class="ib-rows">', *(_pair(data, link) for link in pairs[:SHOWN]), "</ul>")


def _settled(data: tables.Tables, iri: str, row: dict[str, Any]) -> str:
    """A settled prediction as HTML, with the first piece of its evidence."""
    from kg.tracking import evidence

    found = prediction.last_verdict(iri)
    given = remembered(("proof", found.iri), lambda: evidence.shown(store(), found)) if found else []
    extra = (
        f"<p>{cards.esc(t('predictions.evidence-of'))}: {prediction.proof_text(data, given[0])}</p>" if given else ""
    )
    return cards.claim(data, iri, row, extra=extra)


def opposed(data: tables.Tables, said: Any) -> list[dict[str, Any]]:
    """The links by which claims of an entity revise or contradict others, confirmed ones first, then by score.

    Args:
        data: the tables.
        said: the claims, as a frame.
    """
    links = data.links
    ours = links["later"].isin(said.index) | links["earlier"].isin(said.index)
    found = links[(links["state"] != "rejected") & links["type"].isin(tables.OPPOSING) & ours]
    found = found.assign(_open=found["state"] != "confirmed")
    rows: list[dict[str, Any]] = found.sort_values(["_open", "score"], ascending=[True, False], kind="stable").to_dict(
        "records"
    )
    return rows


def _pair(data: tables.Tables, link: dict[str, Any]) -> str:
    """Two linked claims as an entry of an HTML list, the earlier one first."""
    both = "<br>".join(cards.said(data, link[end]) for end in ("earlier", "later"))
    parts = [cards.chip(t(f"claims.link-{link['type']}"), "bad")]
    if link["state"] != "confirmed":
        parts.append(cards.chip(t("claims.link-state-proposed"), "muted"))
    return f'<li><span class="main">{both}</span><span class="side">{"".join(parts)}</span></li>'
