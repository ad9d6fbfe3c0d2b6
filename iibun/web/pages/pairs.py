"""Pairs (つながりの確認): proposed links between claims one by one, both sentences side by side, decided by one key."""

from __future__ import annotations

from functools import partial
from typing import Any

import streamlit as st

from iibun.i18n import label, language, t
from iibun.web import cards, speakers, tables
from iibun.web.account import author
from iibun.web.answers import ask, store
from iibun.web.pages import claim_detail, decisions, queue

#: What a reader can say of a pair, with the key of each. ``agrees`` stands for the types restates and supports.
ANSWERS = {"agrees": "1", "contradicts": "2", "revises": "3", "unrelated": "0"}


def show() -> None:
    """Show the next pair."""
    cards.begin()
    st.title(t("common.page-pairs"), anchor=False)
    data = tables.current()
    links = waiting(data).set_index("link", drop=False)
    queue.show(
        "pairs", list(links.index), lambda left: _pair(data, links.loc[left[0]].to_dict()),
        cards.link("claims", t("home.all-claims")),
    )  # fmt: skip


def waiting(data: tables.Tables) -> Any:
    """The links between claims on which nobody has decided: contradictions and revisions first, then by score."""
    links = data.links
    found = links[(links["state"] == "proposed") & (links["type"] != "evidence")]
    first = found.assign(_agrees=~found["type"].isin(tables.OPPOSING))
    return first.sort_values(["_agrees", "score"], ascending=[True, False], kind="stable")


def _pair(data: tables.Tables, link: dict[str, Any]) -> None:
    """Show one pair with its differences and the buttons that decide on it."""
    ends = [(link[end], data.claims.loc[link[end]].to_dict()) for end in ("earlier", "later")]
    figures = [ask("claim_figures", claim=iri) for iri, _ in ends]
    for column, name, (iri, row), own, others in zip(
        st.columns(2, gap="large"), ("earlier", "later-claim"), ends, figures, reversed(figures), strict=True
    ):
        with column:
            cards.show(f'<h2 class="ib-small">{cards.esc(t(f"pairs.{name}"))}</h2>')
            claim_detail.head(data, iri, row)
            claim_detail.quotation(iri, row, marked=differing(own, others))
    cards.show(differences(data, *(row for _, row in ends), *figures))
    known = next((k for k in claim_detail.links_of(link["later"]) if k.iri == link["link"]), None)
    if known is not None:
        reason = known.reason_ja if language() == "ja" else known.reason
        kind = t(f"claims.link-{link['type']}")
        cards.show(
            f'<p class="ib-note">{cards.esc(t("pairs.proposed", kind=kind, reason=reason, score=f"{known.score:.2f}"))}</p>'
        )
    with st.container(horizontal=True, key="pair-answers"):
        last = decisions.last(link["link"])
        for answer, key in ANSWERS.items():
            decisions.button(
                t(f"pairs.{answer}"), partial(decide, link, type_of(answer, link, data)), thing=link["link"], last=last,
                shortcut=key, key=f"pair-{answer}-{link['link']}", type="primary" if _proposed(answer, link) else "secondary",
            )  # fmt: skip
        queue.later("pairs", link["link"])


def _proposed(answer: str, link: dict[str, Any]) -> bool:
    return answer == link["type"] or (answer == "agrees" and link["type"] in ("restates", "supports"))


def type_of(answer: str, link: dict[str, Any], data: tables.Tables) -> str | None:
    """The type of link that an answer means; None if there is none.

    Args:
        answer: of :data:`ANSWERS`.
        link: the proposed link.
        data: says who made the claims: somebody who says the same again restates, others support.
    """
    if answer == "unrelated":
        return None
    if answer != "agrees":
        return answer
    if link["type"] in ("restates", "supports"):
        return str(link["type"])
    sources = [set(data.claims.loc[link[end]]["sources"]) for end in ("earlier", "later")]
    return "restates" if sources[0] & sources[1] else "supports"


def decide(link: dict[str, Any], type: str | None) -> str:
    """Record what a reader says of a pair; return the IRI of the last judgement.

    Another type than the proposed one is a link of its own; the proposed one is rejected.

    Args:
        link: the proposed link.
        type: the type that the reader chose; None for no link.
    """
    from kg.tracking import links

    made = []
    if type not in (None, link["type"]):
        made.append(links.assert_link(store(), link["later"], link["earlier"], str(type), author=author()))
    decision = "confirmed" if type == link["type"] else "rejected"
    made.append(links.decide(store(), link["link"], decision, author=author()))
    queue.decided("pairs", made)
    return made[-1]


def differing(own: list[dict[str, Any]], others: list[dict[str, Any]]) -> list[str]:
    """The texts of the figures of a claim that the other claim does not have."""
    there = {(f["value"], f["unit"]) for f in others}
    return [f["text"] for f in own if f["text"] and (f["value"], f["unit"]) not in there]


def differences(
    data: tables.Tables, earlier: dict[str, Any], later: dict[str, Any],
    figures: list[dict[str, Any]], later_figures: list[dict[str, Any]],
) -> str:  # fmt: skip
    """In what two claims differ, as an HTML table with a row for each property; empty if they do not.

    Args:
        data: the tables.
        earlier, later: the rows of the claims.
        figures, later_figures: theirs.
    """

    def words(row: dict[str, Any], own: list[dict[str, Any]], others: list[dict[str, Any]]) -> list[str]:
        return [
            speakers.who(data, row),
            cards.join_words(differing(own, others)),
            cards.due_text(row) if row["prediction"] else "",
            label("polarity", row["polarity"]),
            label("modality", row["modality"]),
        ]

    names = ("claims.source", "claims.figures", "predictions.due", "claims.polarity", "claims.modality")
    both = zip(names, words(earlier, figures, later_figures), words(later, later_figures, figures), strict=True)
    rows = [[cards.esc(t(name)), cards.esc(a) or "–", cards.esc(b) or "–"] for name, a, b in both if a != b]
    if not rows:
        return ""
    head = [(t("pairs.differs"), False), (t("pairs.earlier"), False), (t("pairs.later-claim"), False)]
    return cards.table(head, rows)
