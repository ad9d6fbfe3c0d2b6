"""An article's date, headline and outlet: the form to correct them, and warnings if the date is missing.

An article whose date was corrected is extracted again, since due dates are counted from it.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

import streamlit as st

from iibun.batch import jobs
from iibun.i18n import t
from iibun.i18n.errors import explain
from iibun.web import account, answers, forms, markdown, sitemap
from iibun.web.article_view import Reading
from iibun.web.pages import decisions
from iibun.web.pages.decisions import correction_words
from iibun.web.pages.history import entries, read_again


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


def tell_undated(words: Iterable[str], article: str | None = None) -> None:
    """Show a warning that due dates cannot be resolved without the article's date.

    Args:
        words: the expressions of the due dates (来年).
        article: its IRI, for a link to the form.
    """
    some = t("common.between-quotes").join([*dict.fromkeys(words)][:3])
    with st.container(horizontal=True, vertical_alignment="center"):
        st.warning(markdown.plain(t("predictions.undated-why", words=some)), icon=":material/event_busy:")
        if article:
            link = t("predictions.add-date")
            sitemap.page_link("article", link, icon=":material/edit_calendar:", iri=article, edit="date")


def _reading(article: str) -> None:
    """Show the progress of an extraction with a corrected date, or a button to start it."""
    from kg.tracking import metadata

    job = jobs.job(st.session_state.get("read-again", {}).get(article, 0))
    if job is not None and job.running:
        _watch(job.id)
        return
    if job is not None:
        st.session_state["read-again"].pop(article)
        if not job.failures:
            st.toast(t("article.read-again-done"), icon=":material/check:")
    state = answers.remembered(("metadata", article), lambda: metadata.states(answers.store(), [article])).get(
        article, {}
    )
    if state.get("outdated"):
        with st.container(horizontal=True, vertical_alignment="center"):
            st.warning(t("article.outdated"), icon=":material/update:")
            if st.button(t("article.read-again"), icon=":material/refresh:"):
                read_again(article)
                st.rerun()
    for failure in job.failures if job else ():
        st.error(markdown.plain(explain(failure)), icon=":material/error:")


@st.fragment(run_every=0.6)
def _watch(id: int) -> None:
    job = jobs.job(id)
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
    draft = forms.draft_key(f"metadata-{article.iri}")
    with st.form(f"metadata-{article.iri}-{last}", border=False):
        a, b = st.columns(2)
        day = a.date_input(
            t("articles.published"), article.published, format="YYYY/MM/DD", help=t("articles.published-help"),
            **forms.publication(article.published),
        )  # fmt: skip
        unknown = bool(article.published) and a.checkbox(t("article.date-unknown"))
        publisher = b.text_input(t("articles.publisher"), article.publisher or "", key=f"{draft}-publisher")
        title = st.text_input(t("article.headline"), article.title, key=f"{draft}-title")
        why = st.text_input(t("article.field-reason"), key=f"{draft}-reason")
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

        made = metadata.correct(answers.store(), article.iri, author=account.author(), changes=changes, reason=why)
        read_again(article.iri)
        return made

    if decisions.attempt(article.iri, decisions.seen(article.iri), make, correction_words(changes)):
        forms.forget_draft(draft)
        st.session_state["said"] = t("claims.done")
    st.query_params.pop("edit", None)
    st.rerun()


def _corrections(article: str) -> None:
    """Show the corrections of an article's metadata, each with a button to undo it."""
    from kg.tracking import judgements

    found = answers.remembered(("history", article), lambda: judgements.history(answers.store(), claim=article))
    entries(j for j in found if j.kind in ("ArticleCorrection", "Undo"))
