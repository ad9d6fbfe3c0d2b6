"""The form to correct a relation or to add one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import streamlit as st

from iibun.i18n import label, t
from iibun.web import account, answers, forms, page_errors
from iibun.web.article_view import Reading, sentence_with
from iibun.web.pages import decisions, dialogs, naming
from kg.errors import IibunError
from kg.predicates import PREDICATES
from kg.tracking.log import JudgementError

#: Qualifiers of a relation that are text: their name in the log → column of ``article_relations``.
DETAILS = {
    "title": "positionTitle", "share": "share", "amount": "amount", "duration": "duration", "until": "until", "product": "product",
}  # fmt: skip


class Incomplete(IibunError):
    """A required field of a form is empty."""


def relation(article: Reading, row: Mapping[str, Any] | None) -> None:
    """Open the form of a relation; ``row`` is the relation to correct, None to add one."""
    st.session_state["form"] = {"seen": decisions.seen(row["relation"])} if row else {}
    _relation(article, row)


@st.dialog(" ", width="large", on_dismiss=dialogs.closed)
def _relation(article: Reading, row: Mapping[str, Any] | None) -> None:
    """Show the form of a relation and record it."""
    from kg.tracking import additions

    state = st.session_state.setdefault("form", {})
    known, key = naming.names(article), forms.draft_key(row["relation"] if row else f"{article.iri}-relation")
    old = row or {}
    with page_errors.shown("relation form"):
        st.header(t("article.relation-edit" if row else "article.relation-add"), anchor=False)
        if row:
            dialogs.tell_overtaken(state, row["relation"], state["seen"])
        with st.form(f"{key}-form", border=False):
            left, middle, right = st.columns(3)
            with left:
                subject = naming.choose_one(t("article.relation-subject"), known, old.get("subject"), f"{key}-subject")
            codes = sorted(PREDICATES)
            stated = str(old.get("predicate", "")).rpartition("#")[2]
            predicate = middle.selectbox(
                t("article.relation-predicate"), codes, codes.index(stated) if stated in codes else None,
                format_func=lambda p: label("predicate", p), placeholder=t("article.choose"), key=f"{key}-predicate",
            )  # fmt: skip
            with right:
                object_ = naming.choose_one(t("article.relation-object"), known, old.get("object"), f"{key}-object")
            sentence = st.text_area(
                t("article.relation-sentence"), old.get("exact") or "", height=90, key=f"{key}-sentence",
                help=t("article.relation-sentence-help"),
            )  # fmt: skip
            boxes = st.columns(len(DETAILS))
            said = {
                name: box.text_input(t(f"article.relation-{name}"), old.get(column) or "", key=f"{key}-{name}")
                for box, (name, column) in zip(boxes, DETAILS.items(), strict=True)
            }
            reason = st.text_input(t("article.field-reason"), key=f"{key}-reason")
            kinds = naming.types(state.get("new", ()), key)
            sent = st.form_submit_button(
                t("article.save-anyway" if "overtaken" in state else "common.save"), type="primary"
            )
        if not sent:
            return
        if not (subject and predicate and object_):
            raise Incomplete("A relation needs both names and what one is to the other; choose or type them.")
        if subject == object_:
            raise JudgementError("A relation is between two different names.")
        if sentence.strip():
            start, end = dialogs.quoted(article.text, sentence, old.get("start") or 0)
        elif (found := sentence_with(article.text, known.words(subject), known.words(object_))) is not None:
            start, end = found.start, found.end
        else:
            raise Incomplete("No sentence of the article has both names; quote the words that state the relation.")
        dialogs.ask_types(state, naming.unknown(known, (subject, object_)), kinds)
        qualifiers: dict[str, str | bool] = {k: v.strip() for k, v in said.items() if v.strip()}
        if old.get("exclusive") and predicate == stated:
            qualifiers["exclusive"] = True

        def make() -> str:
            entity = naming.enter(article, known, kinds)
            return additions.relate(
                answers.store(), article.iri, entity(subject), predicate, entity(object_), start, end, author=account.author(),
                qualifiers=qualifiers, replaces=row["relation"] if row else None, reason=reason,
            )  # fmt: skip

        if row:
            dialogs.record(state, row["relation"], state["seen"], make)
        else:
            make()
        dialogs.done(key, t("article.done-relation"))
