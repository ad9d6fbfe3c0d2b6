"""The search of the home page: its field, the results (:mod:`iibun.web.pages.found`), and the saved searches."""

from __future__ import annotations

import streamlit as st

from iibun.i18n import t
from iibun.i18n.errors import explain
from iibun.web import cards, page_errors, saved, saved_searches, tables
from iibun.web.answers import remembered, store
from iibun.web.markdown import plain
from iibun.web.pages import found
from iibun.web.saved_searches import Search
from iibun.web.sitemap import href
from iibun.web.tables import Tables


@st.fragment
def show() -> None:
    """Show the search; a fragment, so that typing does not rerun the page."""
    with page_errors.shown("search"):
        query = st.text_input(
            t("home.search"), key="q", type="search", live="250ms", bind="query-params", icon=":material/search:",
            placeholder=t("home.search-placeholder"), label_visibility="collapsed",
        )  # fmt: skip
        query = (query or "").strip()
        data = tables.current()
        chips = st.container(key="saved-searches")
        fresh = _opened(data, query)
        if query:
            _keep(data, query)
        if kept := saved_searches.searches(store()):
            with chips:
                cards.show(_chips(data, kept))
        if query:
            cards.show(found.results(data, query, fresh))


def _keys(data: Tables, query: str) -> list[str]:
    return [entry.key for entry in data.search(query).entries]


def _opened(data: Tables, query: str) -> frozenset[str]:
    """The results that are new in the saved search of the address; it then counts as looked at.

    The session keeps them while the reader is there, since the page is drawn again by whatever they do.
    """
    name = st.query_params.get("saved", "")
    search = next((s for s in saved_searches.searches(store()) if s.name == name and s.query == query), None)
    if search is None:
        st.session_state.pop("search-opened", None)
        return frozenset()
    held = st.session_state.get("search-opened", ("", frozenset()))
    keys = _keys(data, query)
    new = search.fresh(keys)
    if new:
        try:
            saved_searches.save(store(), name, query, keys)
        except saved.NotSaved as error:  # what is new is shown all the same, and will be new again
            st.caption(plain(explain(error)))
    shown = (held[1] if held[0] == name else frozenset()) | new
    st.session_state["search-opened"] = (name, shown)
    return shown


def _chips(data: Tables, kept: list[Search]) -> str:
    """The saved searches as links, each with the number of its new results."""
    links = []
    for search in kept:
        n = remembered(("saved-search", data, search), lambda s=search: len(s.fresh(_keys(data, s.query))))
        new = f" <b>{cards.esc(t('home.fresh-n', n=f'{n:,}'))}</b>" if n else ""
        target = href("home", q=search.query, saved=search.name)
        links.append(f'<a class="ib-go ib-chip" href="{cards.esc(target)}">★ {cards.esc(search.name)}{new}</a>')
    return f'<nav class="ib-meta" aria-label="{cards.esc(t("home.saved-searches"))}">{"".join(links)}</nav>'


def _keep(data: Tables, query: str) -> None:
    """Show the menu to save and remove searches, and the link to the feed."""
    with st.container(horizontal=True, vertical_alignment="center", key="search-keep"):
        with st.popover(t("home.save-search"), icon=":material/star:", type="tertiary"):
            with st.form("save-search", border=False):
                name = st.text_input(t("home.save-name"), value=query, key=f"save-search-name-{query}", max_chars=80)
                if st.form_submit_button(t("common.save")) and name.strip():
                    saved_searches.save(store(), name.strip(), query, _keys(data, query))
                    st.toast(t("home.search-saved"), icon=":material/check:")
            if names := [search.name for search in saved_searches.searches(store())]:
                gone = st.selectbox(t("home.remove-search"), names, index=None, placeholder="", key="remove-search")
                if gone and st.button(t("home.remove-search-go"), key="remove-search-go"):
                    saved_searches.remove(store(), gone)
                    st.rerun(scope="fragment")
        address = cards.esc(href("feed", q=query))
        name = cards.esc(t("home.feed"))
        cards.show(f'<a href="{address}" target="_blank" rel="noopener" type="application/atom+xml">{name}</a>')
