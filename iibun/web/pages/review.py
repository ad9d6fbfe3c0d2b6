"""Review of an article's claims: accept, reject, undo, one by one or in bulk; the article's menu."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

import streamlit as st

from iibun.i18n import t
from iibun.web import account, answers, downloads, sitemap
from iibun.web.article_view import Reading
from iibun.web.pages import claim_form, decisions, flow, speaker
from kg.attribution import attribution
from kg.errors import IibunError

#: Kinds of judgements that decide the review state of a claim, and that the key for undo takes back.
REVIEWS = ("Acceptance", "Rejection", "Correction", "Addition")


class NothingToUndo(IibunError):
    """There is no judgement to undo."""


def decide(article: Reading, wanted: list[dict[str, Any]]) -> dict[str, Any] | None:
    """Carry out the decisions of the evidence viewer, in order, and leave a message about them in the session.

    Args:
        article: the article.
        wanted: decisions as :func:`iibun.web.components.evidence` describes them.

    Returns:
        The answer to the last form among them (see :func:`iibun.web.pages.claim_form.save`) with its number ``n``; None if
        there is none.
    """
    made: list[str] = []
    answer = None
    for d in wanted:
        if d["kind"] in {"edit", "add"}:
            answer = claim_form.save(article, d) | {"n": d["n"]}
            done = "saved" in answer
        else:
            done = _decide(article, d) if "id" in d else False
        made += [d["kind"]] * done
    if len(made) == 1:
        st.session_state["said"] = t(f"article.done-{made[0]}")
    elif made:
        st.session_state["said"] = t("article.done-many", n=len(made))
    return answer


def _decide(article: Reading, wanted: Mapping[str, Any]) -> bool:
    """Record a decision; return whether it was recorded.

    Args:
        article: what is shown.
        wanted: the decision, as :func:`decide` gets it.
    """
    from kg.tracking import judgements

    kind, claim, seen, own = wanted["kind"], wanted["id"], wanted["seen"], wanted.get("article")
    if kind == "speaker":
        return _correct_speaker(article, claim, seen, wanted.get("speaker"))
    found = [*article.contents.outline, *(flow.overview(own).outline if own else ())]
    card = next((c for c in found if c.iri == claim), None)
    if card is None or kind not in {"accept", "reject", "undo"}:
        return False

    def make() -> str:
        if kind != "undo":
            return judgements.judge(answers.store(), claim, kind, author=account.author())
        mine = st.session_state.get("mine", ()) if own else None
        made = judgements.history(answers.store(), claim=claim)
        undone = next((j for j in made if not j.undone and j.kind in REVIEWS and (mine is None or j.iri in mine)), None)
        if undone is None:
            raise NothingToUndo(f"Nobody has decided on “{card.title[:40]}”; there is nothing to undo.")
        return judgements.undo(answers.store(), undone.iri, author=account.author())

    words = f"{t(f'components.{kind}')}　{card.title}"
    return decisions.attempt_and_tell(claim, seen, make, words)


def _correct_speaker(article: Reading, claim: str, seen: str, chosen: str | None) -> bool:
    card = next((c for c in article.cards if c.iri == claim), None)
    offered = speaker.choices(attribution(card.reasons), article.iri) if card else []
    choice = next((c for c in offered if c.entity is not None and c.entity == chosen), None)
    if card is None or choice is None:
        return False

    def make() -> str:
        return speaker.correct(claim, str(choice.entity), card.source_text)

    words = f"{t('claims.source')}: {choice.words}　{card.title}"
    return decisions.attempt_and_tell(claim, seen, make, words)


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
            made = [_decide(article, {"kind": "accept", "id": c.iri, "seen": c.last}) for c in chosen]
            st.session_state["said"] = t("article.bulk-done", n=sum(made))
            st.session_state["menu-turn"] = turn + 1
            st.rerun()
        st.divider()
        st.download_button(
            t("article.turtle"), downloads.ready(lambda: turtle(article.iri)), file_name=f"{article.iri.rpartition(':')[2][:12]}.ttl",
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
