"""Review of an article's claims: accept, edit, reject, undo, add, in bulk; and what else one does with an article."""

from __future__ import annotations

from datetime import date
from typing import Any

import streamlit as st

from iibun import pages
from iibun.i18n import MODALITY_CODES, label, t
from iibun.i18n.errors import explain
from iibun.pages import decisions
from iibun.reading import Card, Reading
from kg.errors import IibunError

#: Judgements that the reading view shows as the state of a claim, and takes back.
REVIEWS = ("Acceptance", "Rejection", "Correction", "Addition")


class NothingToUndo(IibunError):
    """An undo where nobody has decided."""


def decide(article: Reading, wanted: list[dict[str, Any]]) -> None:
    """Carry out what keys and buttons of the reading view ask for, each on the claim that it names, in their order."""
    made = [d["kind"] for d in wanted if _decide(article, d["kind"], d["id"], d["seen"])]
    if len(made) == 1:
        st.session_state["said"] = t(f"article.done-{made[0]}")
    elif made:
        st.session_state["said"] = t("article.done-many", n=len(made))


def _decide(article: Reading, kind: str, claim: str, seen: str) -> bool:
    from kg.tracking import judgements

    card = next((c for c in article.cards if c.iri == claim), None)
    if card is None or kind not in {"accept", "reject", "undo"}:
        return False

    def make() -> str:
        if kind != "undo":
            return judgements.judge(_log(), claim, kind, author=pages.author())
        found = judgements.history(_log(), claim=claim)
        undone = next((j for j in found if not j.undone and j.kind in REVIEWS), None)
        if undone is None:
            raise NothingToUndo(f"Nobody has decided on “{card.title[:40]}”; there is nothing to undo.")
        return judgements.undo(_log(), undone.iri, author=pages.author())

    words = f"{t(f'components.{kind}')}　{card.title}"
    try:
        return decisions.attempt(claim, seen, make, words)
    except IibunError as error:
        st.session_state["failed"] = explain(error)
        return False


def edit(article: Reading, claim: str) -> None:
    """Open the form that corrects a claim, as it stands now."""
    if card := next((c for c in article.cards if c.iri == claim), None):
        _edit(article, card)


def add(article: Reading, start: int, end: int) -> None:
    """Ask what the claim is that the machine missed at an extent."""
    if 0 <= start < end <= len(article.text):
        _add(article, start, end)


def say() -> None:
    """Tell what the run before has done, and what it could not do."""
    if said := st.session_state.pop("said", None):
        st.toast(said, icon=":material/check:")
    if failed := st.session_state.pop("failed", None):
        st.toast(pages.plain(failed), icon=":material/error:")


def menu(article: Reading) -> None:
    """Bulk acceptance, download, deletion."""
    say()
    turn = st.session_state.get("menu-turn", 0)  # another key is another menu: it closes once it has been used
    with st.popover(t("article.menu"), icon=":material/more_horiz:", key=f"article-menu-{turn}"):
        waiting = [c for c in article.cards if c.review == "unreviewed" and c.confidence is not None]
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
            _delete(article.iri)


def _log() -> Any:
    """The store as tracking wants it (its protocol is wider than our bindings)."""
    return pages.store()


def turtle(article: str) -> bytes:
    """An article's graph as Turtle."""
    import pyoxigraph as ox

    from kg.vocab import PREFIXES

    triples = (q.triple for q in pages.store().quads(article))
    return ox.serialize(triples, format=ox.RdfFormat.TURTLE, prefixes=PREFIXES) or b""


@st.dialog(" ", width="medium")
def _delete(article: str) -> None:
    st.subheader(t("article.delete"), anchor=False)
    st.write(t("article.delete-sure"))
    with st.container(horizontal=True):
        if st.button(t("article.delete-go"), type="primary"):
            from iibun.deletion import clear, delete

            delete(pages.store(), article)
            clear(pages.store())
            st.session_state["said"] = t("article.deleted")
            pages.go("articles")
        if st.button(t("common.cancel")):
            st.rerun()


@st.dialog(" ", width="large")
def _edit(article: Reading, card: Card) -> None:
    st.subheader(t("article.edit-title"), anchor=False)
    given = _form(article, card, card.start, card.end)
    if given is None:
        return
    changes, reason = given
    if not changes:
        st.info(t("article.edited-nothing"))
        return
    from kg.tracking import judgements

    judgements.judge(_log(), card.iri, "edit", author=pages.author(), reason=reason, changes=changes)
    st.session_state["said"] = t("article.done-edit")
    st.rerun()


@st.dialog(" ", width="large")
def _add(article: Reading, start: int, end: int) -> None:
    st.subheader(t("article.add-title"), anchor=False)
    given = _form(article, None, start, end)
    if given is None:
        return
    changes, reason = given
    changes.pop("start", None), changes.pop("end", None)
    from kg.tracking import judgements

    judgements.add(_log(), article.iri, start, end, author=pages.author(), changes=changes, reason=reason)
    st.session_state["said"] = t("article.done-add")
    st.rerun()


def _form(article: Reading, card: Card | None, start: int, end: int) -> tuple[dict[str, Any], str] | None:
    """The fields of a claim; what was changed and why once it is sent, else None."""
    names = {m["entity"]: m["label"] or m["entity"] for m in article.mentions}
    for c in article.cards:
        names |= {n.iri: n.label for n in (*c.sources, *c.about)}
    options = sorted(names, key=lambda iri: names[iri])
    before: dict[str, Any] = {
        "title": card.title if card else article.text[start:end],
        "sources": [s.iri for s in card.sources] if card else [],
        "source_text": (card.source_text if card else "") or "",
        "about": [a.iri for a in card.about] if card else [],
        "modality": card.modality if card else "asserted",
        "polarity": "negated" if card and card.negated else "affirmed",
        "prediction": bool(card and card.prediction),
        "due_start": card.due_start if card else None,
        "due_end": card.due_end if card else None,
        "content": article.text[start:end],
    }
    with st.form("claim-form", border=False):
        content = st.text_area(t("article.field-content"), before["content"], height=90, disabled=card is None)
        title = st.text_input(t("article.field-name"), before["title"])
        left, right = st.columns(2)
        with left:
            sources = st.multiselect(
                t("article.field-sources"), options, before["sources"], format_func=names.__getitem__,
                placeholder=t("article.choose"),
            )  # fmt: skip
            source_text = st.text_input(t("article.field-source-text"), before["source_text"])
            about = st.multiselect(
                t("article.field-about"), options, before["about"], format_func=names.__getitem__,
                placeholder=t("article.choose"),
            )  # fmt: skip
        with right:
            modality = st.selectbox(
                t("article.field-modality"), MODALITY_CODES, MODALITY_CODES.index(before["modality"]),
                format_func=lambda m: label("modality", m),
            )  # fmt: skip
            negated = st.checkbox(t("article.field-negated"), before["polarity"] == "negated")
            prediction = st.checkbox(t("article.field-prediction"), before["prediction"])
            due_start = _day(t("article.field-due-start"), before["due_start"])
            due_end = _day(t("article.field-due-end"), before["due_end"])
        reason = st.text_input(t("article.field-reason"))
        sent = st.form_submit_button(t("common.save"), type="primary")
    if not sent:
        return None
    after = {
        "title": title, "sources": sources, "source_text": source_text, "about": about, "modality": modality,
        "polarity": "negated" if negated else "affirmed", "prediction": prediction,
        "due_start": due_start, "due_end": due_end,
    }  # fmt: skip
    changes = {k: v for k, v in after.items() if card is None or v != before[k]}
    if card is not None and content.strip() != before["content"]:
        at = _nearest(article.text, content.strip(), start)
        if at is None:
            raise NotInText(f"“{content.strip()[:40]}” does not stand in the article; a claim must quote its text.")
        changes |= {"start": at, "end": at + len(content.strip())}
    return changes, reason


class NotInText(IibunError):
    """A corrected content that the article does not contain."""


def _nearest(text: str, words: str, near: int) -> int | None:
    """Where ``words`` stand closest to ``near``.

    >>> _nearest("あいあい", "あい", 3)
    2
    """
    if not words:
        return None
    places = [i for i in range(len(text)) if text.startswith(words, i)]
    return min(places, key=lambda i: abs(i - near), default=None)


def _day(name: str, value: date | None) -> date | None:
    chosen = st.date_input(name, value, format="YYYY/MM/DD", min_value=date(1900, 1, 1), max_value=date(2200, 12, 31))
    return chosen if isinstance(chosen, date) else None
