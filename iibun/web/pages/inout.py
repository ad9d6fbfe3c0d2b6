"""In and out (入出力): export in each format, import of graphs, background jobs, and the log of judgements with undo."""

from __future__ import annotations

import json
import time
from functools import partial
from typing import TYPE_CHECKING, Any

import streamlit as st

from iibun.i18n import date_text, t
from iibun.i18n.errors import explain
from iibun.web import address, cards, downloads, tables
from iibun.web.account import author_words
from iibun.web.answers import remembered, store
from iibun.web.markdown import plain
from iibun.web.pages.history import entries
from iibun.web.sitemap import page_link
from kg.errors import IibunError

if TYPE_CHECKING:
    from kg.merging import Merged

SECTIONS = ("export", "import", "jobs", "log")
LOG_SHOWN = 50
JOB_SHOWN = 20  #: most articles and most failures that are shown of a job


def show() -> None:
    """Show the page."""
    cards.begin()
    st.title(t("common.page-inout"), anchor=False)
    section = st.segmented_control(
        t("common.page-inout"), SECTIONS, required=True, label_visibility="collapsed",
        key=address.key("section", valid=SECTIONS, many=False, default="export"),
        format_func=lambda s: t(f"inout.{s}"), on_change=address.write, args=("section",), kwargs={"default": "export"},
    )  # fmt: skip
    {"export": export, "import": import_, "jobs": jobs, "log": log}[str(section)]()


def export() -> None:
    """Show the downloads of the whole store; each is made when the reader clicks."""
    st.caption(t("inout.export-note"))
    for name, ending, mime, make in FORMATS:
        with st.container(horizontal=True, vertical_alignment="center", key=f"export-{ending}-{name}"):
            st.download_button(
                t(f"inout.format-{name}"), downloads.ready(make), f"iibun.{ending}", mime, icon=":material/download:",
                on_click="ignore", key=f"button-{name}", width=230,
            )  # fmt: skip
            st.caption(t(f"inout.about-{name}"))


def rdf(name: str) -> bytes:
    """The whole store in an RDF format: ``turtle`` (triples without graphs), ``trig``, ``nquads`` or ``jsonld``."""
    import pyoxigraph as ox

    from kg.vocab import PREFIXES

    quads = store().quads()
    if name == "turtle":
        triples = dict.fromkeys(q.triple for q in quads)
        return ox.serialize(triples, format=ox.RdfFormat.TURTLE, prefixes=PREFIXES) or b""
    form = {"trig": ox.RdfFormat.TRIG, "nquads": ox.RdfFormat.N_QUADS, "jsonld": ox.RdfFormat.JSON_LD}[name]
    return ox.serialize(quads, format=form, prefixes=PREFIXES) or b""


def claims_csv() -> bytes:
    """All claims as CSV."""
    data = tables.current()
    return downloads.claims_csv(data, data.claims)


def judgements_trig() -> bytes:
    """The log of judgements as TriG."""
    import pyoxigraph as ox

    from kg.vocab import JUDGEMENTS_GRAPH, PREFIXES

    return ox.serialize(store().quads(JUDGEMENTS_GRAPH), format=ox.RdfFormat.TRIG, prefixes=PREFIXES) or b""


def _feeds(name: str) -> bytes:
    """The result of a function of :mod:`kg.feeds`, as bytes."""
    from kg import feeds

    made = getattr(feeds, name)(store())
    if isinstance(made, bytes):
        return made
    return (
        made.encode() if isinstance(made, str) else json.dumps(made, ensure_ascii=False, indent=1, default=str).encode()
    )


FORMATS: tuple[tuple[str, str, str, Any], ...] = (
    ("turtle", "ttl", "text/turtle", partial(rdf, "turtle")),
    ("trig", "trig", "application/trig", partial(rdf, "trig")),
    ("nquads", "nq", "application/n-quads", partial(rdf, "nquads")),
    ("jsonld", "jsonld", "application/ld+json", partial(rdf, "jsonld")),
    ("csv", "csv", "text/csv", claims_csv),
    ("calendar", "ics", "text/calendar", partial(_feeds, "calendar")),
    ("reviews", "json", "application/ld+json", partial(_feeds, "claim_reviews")),
    ("judgements", "trig", "application/trig", judgements_trig),
)


def import_() -> None:
    """Show the form to import graphs that another Iibun exported, and a link to the page that adds articles."""
    page_link("articles", t("inout.import-articles"), icon=":material/article:", add="1")
    st.divider()
    st.header(t("inout.import-graph"), anchor=False)
    st.caption(t("inout.import-note"))
    with st.form("import", clear_on_submit=True):
        files = st.file_uploader(t("inout.files"), ["trig", "nq"], accept_multiple_files=True)
        sent = st.form_submit_button(t("inout.import"), type="primary", icon=":material/upload:")
    if not sent:
        return
    if not files:
        st.warning(t("inout.no-file"))
    for file in files or ():
        try:
            done = load(file.name, file.getvalue())
        except IibunError as error:
            st.error(plain(explain(error)), icon=":material/error:")
        else:
            counts = {"articles": len(done.articles), "judgements": done.judgements, "n": done.quads}
            said = t("inout.imported", name=plain(file.name), **{k: f"{n:,}" for k, n in counts.items()})
            st.success(said, icon=":material/check:")
            if done.conflicts:
                lines = [t("inout.conflicts", n=len(done.conflicts)), *(f"- `{j}`" for j in done.conflicts)]
                st.warning("\n".join(lines), icon=":material/warning:")


def load(name: str, content: bytes) -> Merged:
    """Import a TriG or N-Quads file as ``iibun load`` does, if all its graphs are Iibun's.

    Args:
        name: file name; its ending gives the format.
        content: of the file.

    Raises:
        IibunError: if the file is not valid or has other graphs; nothing is written then.
    """
    from iibun.archive.linker import Linker
    from kg.merging import MergeError, Source, merge

    linker = Linker(store(), getattr(store(), "folder", None))
    done = merge(store(), [Source.bytes(name, content)], ours=True)
    if done.failed:
        raise MergeError(done.failed[0])
    linker.adopt(done.articles, done.links)
    return done


@st.fragment(run_every=1.5)
def jobs() -> None:
    """Show the jobs since the server started, with progress; refreshes itself."""
    from iibun.batch import jobs
    from iibun.web.pages import progress

    found = jobs.jobs()
    if not found:
        cards.show(cards.empty(t("inout.no-jobs"), cards.link("articles", t("home.empty-add"))))
        return
    for job in found:
        with st.container(border=True, key=f"job-{job.id}"):
            started = time.strftime("%H:%M", time.localtime(job.started))
            who = " · ".join(filter(None, (job.label or f"#{job.id}", author_words(job.author), started)))
            st.markdown(f"**{plain(who)}** — {t(f'inout.job-{job.state}', done=job.done, total=job.total)}")
            if job.running:
                st.progress(min(1.0, job.share))
                if st.button(t("common.cancel"), key=f"cancel-{job.id}", icon=":material/stop_circle:"):
                    job.cancel()
            if job.results:
                cards.show(
                    '<ul class="ib-rows">',
                    *(
                        f'<li><span class="main">{cards.link("article", cards.clip(r.title, 60), iri=r.article)}</span>'
                        f'<span class="side">{cards.esc(t("home.n-claims", n=r.claims))}</span></li>'
                        for r in job.results[:JOB_SHOWN]
                    ),
                    "</ul>",
                )
                if len(job.results) > JOB_SHOWN:
                    st.caption(t("inout.job-more", n=f"{len(job.results) - JOB_SHOWN:,}"))
            for failure in job.failures[:JOB_SHOWN]:
                st.warning(plain(explain(failure)), icon=":material/error:")
            if len(job.failures) > JOB_SHOWN:
                st.warning(t("inout.job-more-failed", n=f"{len(job.failures) - JOB_SHOWN:,}"), icon=":material/error:")
            if left_out := sum(len(r.dropped) for r in job.results):
                st.caption(t("articles.dropped", n=f"{left_out:,}"))
            progress.passed_over(job)


def log() -> None:
    """Show the log of judgements, newest first, and those whose text has changed."""
    from kg.tracking import judgements

    names = remembered(("authors",), lambda: sorted({j.author for j in judgements.history(store(), limit=5000)}))
    if not names:
        cards.show(cards.empty(t("claims.no-log")))
        return
    st.selectbox(
        t("inout.author"), names, index=None, placeholder=t("common.all"), width=320, format_func=author_words,
        key=address.key("author-of", valid=names, many=False), on_change=address.write, args=("author-of",),
    )  # fmt: skip
    who = address.one("author-of") or None
    offset = (page_now() - 1) * LOG_SHOWN
    found = remembered(
        ("log", who, offset), lambda: judgements.history(store(), author=who, limit=LOG_SHOWN + 1, offset=offset)
    )
    entries(found[:LOG_SHOWN])
    with st.container(horizontal=True):
        if offset:
            page_link("inout", t("inout.newer"), icon=":material/arrow_back:", section="log", at=page_now() - 1)
        if len(found) > LOG_SHOWN:
            page_link("inout", t("inout.older"), icon=":material/arrow_forward:", section="log", at=page_now() + 1)
    orphaned = remembered(("orphans",), lambda: judgements.orphans(store()))
    if orphaned:
        with st.expander(t("inout.orphans", n=len(orphaned)), icon=":material/link_off:"):
            st.caption(t("inout.orphans-note"))
            cards.show(
                '<ul class="ib-rows">',
                *(
                    f"<li>{cards.esc(t(f'claims.kind-{j.kind}'))}: {cards.esc(j.text)} ({cards.esc(author_words(j.author))}, {cards.esc(date_text(j.time, short=True))})</li>"
                    for j in orphaned
                ),
                "</ul>",
            )


def page_now() -> int:
    """The page number of the log in the URL."""
    return max(1, address.number("at") or 1)
