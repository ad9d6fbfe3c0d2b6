"""The forms to correct a claim and to add one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

import streamlit as st

from iibun.i18n import MODALITY_CODES, label, t
from iibun.web import account, answers, forms, page_errors
from iibun.web.article_view import Card, Reading
from iibun.web.pages import dialogs, naming


def edit(article: Reading, claim: str) -> None:
    """Open the form to correct a claim."""
    if card := next((c for c in article.cards if c.iri == claim), None):
        st.session_state["form"] = {}
        _edit(article, card)


def add(article: Reading, start: int, end: int) -> None:
    """Open the form to add a claim whose content is at these offsets."""
    if 0 <= start < end <= len(article.text):
        st.session_state["form"] = {}
        _add(article, start, end)


@st.dialog(" ", width="large", on_dismiss=dialogs.closed)
def _edit(article: Reading, card: Card) -> None:
    """Show the form to correct a claim; ``card`` is the claim as it was when the form was opened."""
    from kg.tracking import judgements

    state = st.session_state.setdefault("form", {})
    with page_errors.shown("claim form"):
        st.header(t("article.edit-title"), anchor=False)
        dialogs.tell_overtaken(state, card.iri, card.last)
        given = _form(article, card, card.start, card.end, state)
        if given is None:
            return
        if not given.changes:
            st.info(t("article.edited-nothing"))
            return

        def make() -> str:
            return judgements.judge(
                answers.store(), card.iri, "edit", author=account.author(), reason=given.reason, changes=given.entered()
            )

        dialogs.record(state, card.iri, card.last, make)
        dialogs.done(forms.draft_key(card.iri), t("article.done-edit"))


@st.dialog(" ", width="large", on_dismiss=dialogs.closed)
def _add(article: Reading, start: int, end: int) -> None:
    """Show the form to add a claim."""
    from kg.tracking import judgements

    state = st.session_state.setdefault("form", {})
    with page_errors.shown("claim form"):
        st.header(t("article.add-title"), anchor=False)
        given = _form(article, None, start, end, state)
        if given is None:
            return
        new = judgements.add(
            answers.store(),
            article.iri,
            start,
            end,
            author=account.author(),
            changes=given.entered(),
            reason=given.reason,
        )
        choice = st.session_state.get(f"choice-{article.iri}", {})
        st.session_state[f"choice-{article.iri}"] = {"id": new, "n": choice.get("n", 0)}  # select the new claim
        dialogs.done(forms.draft_key(f"{article.iri}-{start}-{end}"), t("article.done-add"))


@dataclass(frozen=True)
class Given:
    """The content of a claim's form.

    Args:
        changes: the changed fields, with names as chosen or typed.
        reason: why.
        enter: records new names and returns a function from names to entities.
    """

    changes: dict[str, Any]
    reason: str
    enter: Callable[[], Callable[[str], str]]

    def entered(self) -> dict[str, Any]:
        """The changes with IRIs in place of names; records new names in the log."""
        entity = self.enter()
        return {
            k: list(dict.fromkeys(map(entity, v))) if k in {"sources", "about"} else v for k, v in self.changes.items()
        }


def _form(article: Reading, card: Card | None, start: int, end: int, state: dict[str, Any]) -> Given | None:
    """Show the form of a claim.

    Args:
        article: the article.
        card: the claim to correct; None to add one.
        start: offset of the content.
        end: its end.
        state: of the form between reruns.

    Returns:
        What was entered, once the form is sent and no type of a new name must be asked for; else None.

    Raises:
        IibunError: if something entered is not valid.
    """
    from kg.tracking import judgements

    known, key = naming.names(article), forms.draft_key(card.iri if card else f"{article.iri}-{start}-{end}")
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
    with st.form(f"{key}-form", border=False):
        content = st.text_area(
            t("article.field-content"), before["content"], height=90, disabled=card is None, key=f"{key}-content",
            help=t("article.field-content-help"),
        )  # fmt: skip
        title = st.text_input(t("article.field-name"), before["title"], key=f"{key}-title")
        left, right = st.columns(2)
        with left:
            sources = naming.choose_many(t("article.field-sources"), known, before["sources"], f"{key}-sources")
            source_text = st.text_input(t("article.field-source-text"), before["source_text"], key=f"{key}-source-text")
            about = naming.choose_many(t("article.field-about"), known, before["about"], f"{key}-about")
        with right:
            modality = st.selectbox(
                t("article.field-modality"), MODALITY_CODES, MODALITY_CODES.index(before["modality"]),
                format_func=lambda m: label("modality", m), key=f"{key}-modality",
            )  # fmt: skip
            negated = st.checkbox(t("article.field-negated"), before["polarity"] == "negated", key=f"{key}-negated")
            prediction = st.checkbox(t("article.field-prediction"), before["prediction"], key=f"{key}-prediction")
            due_start = _day(t("article.field-due-start"), before["due_start"], f"{key}-due-start")
            due_end = _day(t("article.field-due-end"), before["due_end"], f"{key}-due-end")
        reason = st.text_input(t("article.field-reason"), key=f"{key}-reason")
        kinds = naming.types(state.get("new", ()), key)
        sent = st.form_submit_button(
            t("article.save-anyway" if "overtaken" in state else "common.save"), type="primary"
        )
    if not sent:
        return None
    after = {
        "title": title, "sources": sources, "source_text": source_text, "about": about, "modality": modality,
        "polarity": "negated" if negated else "affirmed", "prediction": prediction,
        "due_start": due_start, "due_end": due_end,
    }  # fmt: skip
    changes = {k: v for k, v in after.items() if card is None or v != before[k]}
    if card is not None and content.strip() != before["content"]:
        start, end = dialogs.quoted(article.text, content, start)
        changes |= {"start": start, "end": end}
    judgements.check({k: v for k, v in changes.items() if k not in {"sources", "about"}}, article.text)
    dialogs.ask_types(state, naming.unknown(known, (*sources, *about)), kinds)
    return Given(changes, reason, lambda: naming.enter(article, known, kinds))


def _day(name: str, value: date | None, key: str) -> date | None:
    """Show a field for a date."""
    bounds = forms.between(date(1900, 1, 1), date(2200, 12, 31), value)
    chosen = st.date_input(name, value, format="YYYY/MM/DD", key=key, **bounds)
    return chosen if isinstance(chosen, date) else None
