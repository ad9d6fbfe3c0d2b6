"""Articles (記事): the list with filters, and adding by paste, file or address; extraction runs in the background."""

from __future__ import annotations

from datetime import date
from typing import Any

import streamlit as st

from iibun.batch import jobs
from iibun.i18n import date_text, t
from iibun.web import cards, forms, markdown, marking, sitemap, tables
from iibun.web.pages import progress, second
from iibun.web.search import Word

PAGE = 25
ORDERS = ("newest", "claims", "title")
SHOWS = ("unreviewed", "reviewed", "predictions")


def show() -> None:
    """Show the page."""
    st.title(t("articles.title"), anchor=False)
    data = tables.current()
    empty = not len(data.articles)
    with st.expander(t("articles.add"), icon=":material/add:", expanded=empty or "add" in st.query_params):
        _add()
    progress.show()
    if empty:
        st.info(t("articles.empty"), icon=":material/info:")
        return
    _list(data)


def _add() -> None:
    """Show the forms to add articles."""
    paste, file, address = st.tabs([t("articles.paste"), t("articles.file"), t("articles.address")])
    with paste, st.form("paste", border=False):
        forms.take_back("paste")
        text = st.text_area(t("articles.text"), height=200, placeholder=t("articles.text-hint"), key="draft-paste-text")
        a, b, c = st.columns(3)
        title = a.text_input(t("articles.headline"), key="draft-paste-headline")
        forms.given_day("day", key="paste-day")
        published = b.date_input(
            t("articles.published"), None, format="YYYY/MM/DD", help=t("articles.published-help"), key="paste-day",
            **forms.publication(),
        )  # fmt: skip
        publisher = c.text_input(t("articles.publisher"), key="draft-paste-publisher")
        url = st.text_input(t("articles.url"), placeholder="https://", key="draft-paste-url")
        readers = second.choice("paste-readers")
        if st.form_submit_button(t("articles.read"), type="primary", icon=":material/auto_stories:"):
            fields = forms.held(
                *(f"draft-paste-{name}" for name in ("text", "headline", "publisher", "url")),
                "paste-day",
            )
            if text.strip():
                pasted = jobs.Pasted(text, title or None, _day(published), publisher or None, url.strip() or None)
                forms.forget_draft("draft-paste")
                label = title or cards.clip(text.strip(), 30)
                progress.start(
                    [pasted],
                    label,
                    form="paste",
                    fields=fields,
                    open_article="handed" in st.query_params,
                    readers=readers,
                )
            else:
                st.warning(t("articles.nothing"))
    with file, st.form("file", border=False):
        forms.take_back("file")
        sent = st.session_state.setdefault("files-sent", 0)  # a field for files is emptied by another key alone
        files = st.file_uploader(
            t("articles.files"), accept_multiple_files=True, help=t("articles.files-help"), key=f"files-{sent}"
        )
        published = st.date_input(
            t("articles.published"), None, format="YYYY/MM/DD", help=t("articles.published-help"), key="file-day",
            **forms.publication(),
        )  # fmt: skip
        readers = second.choice("file-readers")
        if st.form_submit_button(t("articles.read"), type="primary", icon=":material/auto_stories:"):
            fields = forms.held("file-day")
            if files:
                uploads = [jobs.Uploaded(f.name, f.getvalue(), _day(published)) for f in files]
                label = cards.join_words(f.name for f in files[:3]) + ("…" if len(files) > 3 else "")
                st.session_state["files-sent"] += 1
                progress.start(uploads, label, form="file", fields=fields, readers=readers)
            else:
                st.warning(t("articles.nothing"))
    with address, st.form("address", border=False):
        forms.take_back("address")
        url = st.text_input(
            t("articles.page"), placeholder="https://", help=t("articles.page-help"), key="draft-page-address"
        )
        readers = second.choice("address-readers")
        if st.form_submit_button(t("articles.read"), type="primary", icon=":material/auto_stories:"):
            fields = forms.held("draft-page-address")
            if url.strip():
                forms.forget_draft("draft-page")
                progress.start([jobs.Address(url.strip())], url.strip(), form="address", fields=fields, readers=readers)
            else:
                st.warning(t("articles.nothing"))


def _list(data: tables.Tables) -> None:
    """Show the filters and the articles that match."""
    frame = data.articles
    outlets = sorted({p for p in frame["publisher"] if p})
    a, b, c, d = st.columns([3, 2, 2, 2])
    words = a.text_input(
        t("articles.find"), key="q", bind="query-params", placeholder=t("articles.find-hint"), icon=":material/search:"
    )
    outlet = b.selectbox(
        t("articles.publisher"), outlets, index=None, key="publisher", bind="query-params", placeholder=t("common.all")
    )
    forms.given_code("show", SHOWS)
    show = c.selectbox(
        t("articles.show"), SHOWS, index=None, key="show", format_func=lambda s: t(f"articles.show-{s}"),
        placeholder=t("common.all"),
    )  # fmt: skip
    forms.keep_param("show", show)
    forms.given_code("order", ORDERS)
    order = d.selectbox(t("articles.order"), ORDERS, key="order", format_func=lambda o: t(f"articles.order-{o}"))
    forms.keep_param("order", order if order != ORDERS[0] else None)
    found = matching(data, words or "", outlet, show, order)
    if not len(found):
        st.info(t("articles.no-match"), icon=":material/search_off:")
        return
    st.caption(t("articles.count", n=f"{len(found):,}"))
    last = max(1, -(-len(found) // PAGE))
    page = 1
    if last > 1:
        page = st.pagination(last, key="page", bind="query-params")
    waiting = data.unreviewed
    asked = data.search(words).words if words and words.strip() else ()
    if asked:
        cards.begin()
    for number, (iri, r) in enumerate(found.iloc[(page - 1) * PAGE : page * PAGE].iterrows()):
        _row(number, str(iri), r, data.predicted.get(iri, 0), waiting.get(iri, 0), asked)


def matching(data: tables.Tables, words: str, outlet: str | None, show: str | None, order: str) -> Any:
    """The articles that match the filters, as a frame.

    Args:
        data: the tables.
        words: a search of headlines, outlets and addresses; empty for all.
        outlet: None for all.
        show: of :data:`SHOWS`; None for all.
        order: of :data:`ORDERS`.
    """
    frame = data.articles
    wanted = {e.key for e in data.search(words).of("article")} if words.strip() else frame.index
    keep = [
        iri in wanted and (not outlet or publisher == outlet) and (not show or _shown(data, iri, show))
        for iri, publisher in zip(frame.index, frame["publisher"], strict=True)
    ]
    found = frame[keep]
    if order == "claims":
        return found.sort_values("claims", ascending=False, kind="stable")
    if order == "title":
        return found.iloc[sorted(range(len(found)), key=[t or "" for t in found["title"]].__getitem__)]
    days = [day.toordinal() if cards.present(day) else 0 for day in found["published"]]
    return found.iloc[sorted(range(len(found)), key=days.__getitem__, reverse=True)]


def _shown(data: tables.Tables, article: str, show: str) -> bool:
    waiting = data.unreviewed.get(article, 0)
    return {"unreviewed": waiting > 0, "reviewed": waiting == 0, "predictions": data.predicted.get(article, 0) > 0}[
        show
    ]


def _row(number: int, iri: str, r: Any, predictions: int, waiting: int, asked: tuple[Word, ...]) -> None:
    with st.container(border=True, gap=None, key=f"article-row-{number}"):
        title = r["title"] or r["url"] or t("claims.untitled")
        if asked:
            cards.show(f'<p class="ib-what">{cards.anchor("article", marking.html(title, asked), iri=iri)}</p>')
            cards.show(f'<p class="ib-note">{marking.html(r["publisher"] or "", asked)}</p>')
        else:
            sitemap.page_link("article", title, iri=iri)
        day = date_text(r["published"] if cards.present(r["published"]) else None)
        facts = [day] if asked else [r["publisher"] or "", day]
        counts = t("articles.counts", claims=r["claims"], predictions=predictions)
        line = "　".join([*(markdown.plain(f) for f in facts if f), counts])
        if r["claims"]:
            line += "　" + (t("articles.waiting", n=waiting) if waiting else t("articles.all-reviewed"))
        st.caption(line + (f"　:gray-badge[{t('common.sample')}]" if r["illustration"] else ""))


def _day(value: Any) -> date | None:
    return value if isinstance(value, date) else None
