"""The progress and the result of a session's last job, on every page that starts one (home, articles)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import streamlit as st

from iibun.batch import jobs
from iibun.i18n import t
from iibun.i18n.errors import explain
from iibun.web import account, answers, forms, markdown, sitemap
from iibun.web.pages import metadata
from kg.characters import visible

if TYPE_CHECKING:
    from ingest.second.reading import Readers
    from kg.model import SecondReading


def start(
    sources: Sequence[jobs.Source],
    label: str,
    *,
    form: str = "",
    fields: Mapping[str, Any] | None = None,
    open_article: bool = False,
    readers: Readers = "local",
) -> None:
    """Start a job and remember it in the session.

    Args:
        sources: what to read.
        label: a title to show for the job.
        form: name of the form that was sent, if one was; it is cleared, and gets back what it held if nothing could be read.
        fields: what it held (:func:`iibun.web.forms.held`).
        readers: who reads.
        open_article: whether to go to the article when it has been read, if it is the only one and nothing failed.
    """
    job = jobs.submit(sources, answers.store(), author=account.author(), label=label, readers=readers)
    st.session_state["job"] = job.id
    st.session_state["job-form"] = (form, dict(fields or {}))
    st.session_state["job-opens"] = job.id if open_article else None
    if form:
        forms.clear(form, fields or {})
        st.rerun()


def show() -> None:
    """Show the progress or the result of this session's last job; go to the article that was to be opened."""
    job = jobs.job(st.session_state.get("job", 0))
    if job is None:
        return
    if job.running:
        _watch()
        return
    sent = st.session_state.pop("job-form", None)
    if sent and sent[0] and not job.results:
        forms.refuse(*sent)
        st.rerun()
    if st.session_state.pop("job-opens", None) == job.id and _one_article(job):
        st.session_state.pop("job", None)
        sitemap.go("article", iri=job.results[0].article)
    _outcome(job)


def _one_article(job: jobs.Job) -> bool:
    """Whether a job read one article, and there is nothing else to say about it."""
    alone = len(job.results) == 1 and not job.failures and not job.skipped and job.state == "done"
    return alone and job.results[0].fate in ("new", "updated", "unchanged") and not job.results[0].dropped


@st.fragment(run_every=0.6)
def _watch() -> None:
    job = jobs.job(st.session_state.get("job", 0))
    if job is None or not job.running:
        st.rerun()
        return
    with st.container(border=True, horizontal=True, vertical_alignment="center"):
        words = t(f"articles.state-{job.state}", done=job.done, total=job.total)
        if job.state == "reading" and job.length:
            words += t("articles.characters", read=job.read, length=job.length)
        st.progress(min(job.share, 1.0), text=f"{markdown.plain(job.label)}　{words}")
        if st.button(t("common.cancel"), key="cancel-job", disabled=job.cancelled):
            job.cancel()


def _outcome(job: jobs.Job) -> None:
    """Show the result of a job."""
    with st.container(border=True):
        for r in job.results:
            said = t(
                "articles.result",
                claims=r.claims,
                predictions=r.predictions,
                entities=r.entities,
                relations=r.relations,
            )
            if r.fate != "new":
                said = t(f"articles.fate-{r.fate}") + said
            with st.container(horizontal=True, vertical_alignment="center"):
                st.markdown(f":material/check_circle: **{markdown.plain(r.title)}**　{said}")
                sitemap.page_link("article", t("articles.open"), icon=":material/arrow_forward:", iri=r.article)
            if r.original:
                sitemap.page_link("article", t("articles.original"), icon=":material/content_copy:", iri=r.original)
            if r.second:
                st.caption(markdown.plain(_took(r.second)))
                for line in r.second.failures:
                    st.error(markdown.plain(explain(line)), icon=":material/error:")
            if r.undated:
                metadata.tell_undated(r.undated, r.article)
            if r.links:
                st.caption(t("articles.links", n=r.links))
            if r.dropped:
                with st.expander(t("articles.dropped", n=len(r.dropped))):
                    for line in r.dropped:
                        st.text(visible(line))
        for failure in job.failures:
            st.error(markdown.plain(explain(failure)), icon=":material/error:")
        passed_over(job)
        if job.state == "cancelled":
            st.warning(t("articles.cancelled", done=job.done, total=job.total))
        if st.button(t("articles.dismiss"), type="tertiary"):
            st.session_state.pop("job", None)
            st.rerun()


def _took(reading: SecondReading) -> str:
    told = {"model": reading.model, "address": reading.address, "pieces": reading.pieces, "seconds": reading.seconds}
    return t("second.took", **told, prompt=reading.prompt_tokens, completion=reading.completion_tokens)


def passed_over(job: jobs.Job) -> None:
    """Show how many entries a job skipped on purpose, and which."""
    if not job.skipped:
        return
    with st.expander(t("articles.passed-over", n=f"{job.skipped:,}"), icon=":material/info:"):
        for line in job.passed_over:
            st.text(visible(explain(line)))
