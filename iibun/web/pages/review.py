"""Review of an article's claims: accept, reject, undo, one by one or in bulk; the article's menu."""

from __future__ import annotations

from functools import partial
from typing import Any

import streamlit as st

from iibun.i18n import t
from iibun.i18n.errors import explain
from iibun.web import account, answers, sitemap
from iibun.web.article_view import Reading
from iibun.web.pages import decisions, speaker
from kg.attribution import attribution
from kg.errors import IibunError

#: Kinds of judgements that decide the review state of a claim, and that the key for undo takes back.
REVIEWS = ("Acceptance", "Rejection", "Correction", "Addition")


class NothingToUndo(IibunError):
    """There is no judgement to undo."""


def decide(article: Reading, wanted: list[dict[str, Any]]) -> None:
    """Carry out the decisions of the evidence viewer, in order, and leave a message about them in the session.

    Args:
        article: the article.
        wanted: decisions as {kind, id, seen}: ``accept``, ``reject``, ``undo`` or ``speaker``, a claim's IRI, and the last
            judgement on it that was shown; for ``speaker`` also {speaker}, of one of the card's choices.
    """
    made = [d["kind"] for d in wanted if _decide(article, d["kind"], d["id"], d["seen"], d.get("speaker"))]
    if len(made) == 1:
        st.session_state["said"] = t(f"article.done-{made[0]}")
    elif made:
        st.session_state["said"] = t("article.done-many", n=len(made))


def _decide(article: Reading, kind: str, claim: str, seen: str, chosen: str | None = None) -> bool:
    from kg.tracking import judgements

    if kind == "speaker":
        return _correct_speaker(article, claim, seen, chosen)

    card = next((c for c in article.contents.outline if c.iri == claim), None)
    if card is None or kind not in {"accept", "reject", "undo"}:
        return False

    def make() -> str:
        if kind != "undo":
            return judgements.judge(answers.store(), claim, kind, author=account.author())
        found = judgements.history(answers.store(), claim=claim)
        undone = next((j for j in found if not j.undone and j.kind in REVIEWS), None)
        if undone is None:
            raise NothingToUndo(f"Nobody has decided on “{card.title[:40]}”; there is nothing to undo.")
        return judgements.undo(answers.store(), undone.iri, author=account.author())

    words = f"{t(f'components.{kind}')}　{card.title}"
    try:
        return decisions.attempt(claim, seen, make, words)
    except IibunError as error:
        st.session_state["failed"] = explain(error)
        return False


def _correct_speaker(article: Reading, claim: str, seen: str, chosen: str | None) -> bool:
    card = next((c for c in article.cards if c.iri == claim), None)
    offered = speaker.choices(attribution(card.reasons), article.iri) if card else []
    choice = next((c for c in offered if c.entity is not None and c.entity == chosen), None)
    if card is None or choice is None:
        return False

    def make() -> str:
        return speaker.correct(claim, str(choice.entity), card.source_text)

    words = f"{t('claims.source')}: {choice.words}　{card.title}"
    try:
        return decisions.attempt(claim, seen, make, words)
    except IibunError as error:
        st.session_state["failed"] = explain(error)
        return False


def menu(article: Reading) -> None:
    """Show the article's menu: accept claims in bulk, download, delete."""
    turn = st.session_state.get("menu-turn", 0)  # a new key makes a new popover, so the menu closes after use
    with st.popover(t("article.menu"), icon=":material/more_horiz:", key=f"article-menu-{turn}"):
        waiting = [c for c in article.contents.outline if c.review == "unreviewed" and c.confidence is not None]
        st.markdown(f"**{t('article.bulk')}**")
        least = st.slider(
            t("components.confidence"), 0.5, 1.0, 0.9, 0.05, help=t("article.bulk-help"), key="bulk-confidence"
        )
        chosen = [c for c in waiting if (c.confidence or 0) >= least]
        if st.button(
            t("article.bulk-go", n=len(chosen)), disabled=not chosen, icon=":material/done_all:", key="bulk-go"
        ):
            made = [_decide(article, "accept", c.iri, c.last) for c in chosen]
            st.session_state["said"] = t("article.bulk-done", n=sum(made))
            st.session_state["menu-turn"] = turn + 1
            st.rerun()
        st.divider()
        st.download_button(
            t("article.turtle"), lambda: turtle(article.iri), file_name=f"{article.iri.rpartition(':')[2][:12]}.ttl",
            mime="text/turtle", icon=":material/download:", on_click="ignore",
        )  # fmt: skip
        if st.button(t("article.delete"), icon=":material/delete:"):
            decisions.confirm(
                t("article.delete"), t("article.delete-sure"), t("article.delete-go"), partial(_delete, article.iri)
            )


def turtle(article: str) -> bytes:
    """An article's graph as Turtle."""
    import pyoxigraph as ox

    from kg.vocab import PREFIXES

    triples = (q.triple for q in answers.store().quads(article))
    return ox.serialize(triples, format=ox.RdfFormat.TURTLE, prefixes=PREFIXES) or b""


def _delete(article: str) -> None:
    from iibun.archive.deletion import clear, delete

    delete(answers.store(), article)
    clear(answers.store())
    st.session_state["said"] = t("article.deleted")
    sitemap.go("articles")
