"""An article's date, headline and outlet: the form to correct them, and warnings if the date is missing.

An article whose date was corrected is extracted again, since due dates are counted from it.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

import streamlit as st

from iibun import cards, pages, worker
from iibun.i18n import date_text, t
from iibun.i18n.errors import explain
from iibun.pages import decisions
from iibun.reading import Reading


def show(article: Reading) -> None:
    """Show the state of a new extraction, a warning about due dates that need a date, and the form."""
    _reading(article.iri)
    undated = [c.due_text for c in article.cards if c.due_undated and c.due_text]
    if undated:
        tell_undated(undated)
    wanted = bool(undated) or st.query_params.get("edit") == "date"
    with st.expander(t("article.metadata"), icon=":material/edit_calendar:", expanded=wanted):
        _form(article)
        _corrections(article.iri)


def undo(entry: Any) -> str:
    """Undo a judgement and return the IRI of the undo; an article whose date changes by it is extracted again."""
    from kg.tracking import judgements

    made = judgements.undo(pages.store(), entry.iri, author=pages.author())
    if entry.kind == "ArticleCorrection":
        read_again(entry.subject)
    return made


def read_again(article: str) -> None:
    """Start a job that extracts an article again, if its date is not the one with which it was extracted."""
    from kg.tracking import metadata

    if metadata.states(pages.store(), [article]).get(article, {}).get("outdated"):
        sources = [worker.Stored(article)]
        job = worker.submit(sources, pages.store(), author=pages.author(), label=t("article.read-again"))
        st.session_state.setdefault("read-again", {})[article] = job.id


def tell_undated(words: Iterable[str], article: str | None = None) -> None:
    """Show a warning that due dates cannot be resolved without the article's date.

    Args:
        words: the expressions of the due dates (来年).
        article: its IRI, for a link to the form.
    """
    some = t("common.between-quotes").join([*dict.fromkeys(words)][:3])
    with st.container(horizontal=True, vertical_alignment="center"):
        st.warning(pages.plain(t("predictions.undated-why", words=some)), icon=":material/event_busy:")
        if article:
            link = t("predictions.add-date")
            pages.page_link("article", link, icon=":material/edit_calendar:", iri=article, edit="date")


def _reading(article: str) -> None:
    """Show the progress of an extraction with a corrected date, or a button to start it."""
    from kg.tracking import metadata

    job = worker.job(st.session_state.get("read-again", {}).get(article, 0))
    if job is not None and job.running:
        _watch(job.id)
        return
    if job is not None:
        st.session_state["read-again"].pop(article)
        if not job.failures:
            st.toast(t("article.read-again-done"), icon=":material/check:")
    state = pages.remembered(("metadata", article), lambda: metadata.states(pages.store(), [article])).get(article, {})
    if state.get("outdated"):
        with st.container(horizontal=True, vertical_alignment="center"):
            st.warning(t("article.outdated"), icon=":material/update:")
            if st.button(t("article.read-again"), icon=":material/refresh:"):
                read_again(article)
                st.rerun()
    for failure in job.failures if job else ():
        st.error(pages.plain(explain(failure)), icon=":material/error:")


@st.fragment(run_every=0.6)
def _watch(id: int) -> None:
    job = worker.job(id)
    if job is None or not job.running:
        st.rerun()
        return
    with st.container(border=True):
        st.progress(min(job.share, 1.0), text=t("article.reading-again"))


def _form(article: Reading) -> None:
    """Show the form and record the correction."""
    last = decisions.last(article.iri)
    if not article.published:
        st.markdown(f":orange-badge[{t('article.no-date')}]")
    with st.form(f"metadata-{article.iri}-{last}", border=False):
        a, b = st.columns(2)
        day = a.date_input(
            t("articles.published"), article.published, format="YYYY/MM/DD", help=t("articles.published-help"),
            **pages.publication(article.published),
        )  # fmt: skip
        unknown = bool(article.published) and a.checkbox(t("article.date-unknown"))
        publisher = b.text_input(t("articles.publisher"), article.publisher or "")
        title = st.text_input(t("article.headline"), article.title)
        why = st.text_input(t("article.field-reason"))
        sent = st.form_submit_button(
            t("common.save"), type="primary", icon=":material/save:", on_click=decisions.saw, args=(article.iri, last)
        )
    if not sent:
        return
    given = {
        "published": day if isinstance(day, date) and not unknown else None,
        "publisher": publisher.strip() or None,
        "title": title,
    }
    now = {"published": article.published, "publisher": article.publisher, "title": article.title}
    changes = {name: value for name, value in given.items() if value != now[name]}
    if not changes:
        st.info(t("article.edited-nothing"))
        return

    def make() -> str:
        from kg.tracking import metadata

        made = metadata.correct(pages.store(), article.iri, author=pages.author(), changes=changes, reason=why)
        read_again(article.iri)
        return made

    if decisions.attempt(article.iri, decisions.seen(article.iri), make, words(changes)):
        st.session_state["said"] = t("claims.done")
    st.query_params.pop("edit", None)
    st.rerun()


def words(changes: dict[str, Any]) -> str:
    """A correction in few words: each field with its new value."""
    names = {"published": "articles.published", "title": "article.headline", "publisher": "articles.publisher"}
    parts = []
    for name, value in changes.items():
        said = date_text(value) if isinstance(value, date) else value
        parts.append(f"{t(names[name])}: {said or t('common.none')}")
    return cards.join_words(parts)


def _corrections(article: str) -> None:
    """Show the corrections of an article's metadata, each with a button to undo it."""
    from iibun.pages import claim_detail
    from kg.tracking import judgements

    found = pages.remembered(("history", article), lambda: judgements.history(pages.store(), claim=article))
    claim_detail.entries((j for j in found if j.kind in ("ArticleCorrection", "Undo")), judgements)
