"""One run of Streamlit's script: settings of the page, language, navigation, and the page itself.

A page is a module ``iibun/web/pages/NAME.py`` with a function ``show()``; it is imported at the first visit. A new page
needs an entry in :data:`iibun.web.sitemap.PAGES`, strings in ``iibun/i18n/NAME.json`` and ``page-NAME`` in ``common.json``.
"""

from __future__ import annotations

import importlib
from typing import Any

from iibun.i18n import LANGUAGES, browser_language, language, t
from iibun.i18n.errors import explain
from iibun.web import account, answers
from iibun.web.forms import keep_param
from iibun.web.page_errors import shown
from iibun.web.sitemap import PAGES, PageEntry


def run() -> None:
    """Run the script once: configure the page, set the language, draw the navigation, then the page itself."""
    import streamlit as st

    from iibun.web import theme

    st.set_page_config(page_title="Iibun 言い分", page_icon="📰", layout="wide", initial_sidebar_state=264)
    st.logo(str(theme.LOGO), size="large", link=None)
    if "lang" not in st.session_state:
        given = st.query_params.get("lang")
        st.session_state["lang"] = given if given in LANGUAGES else browser_language()
    pages = {entry.name: _page(entry, default=entry.name == "home") for entry in PAGES}
    st.session_state["_pages"] = pages
    sections: dict[str, list[Any]] = {}
    for entry in PAGES:
        sections.setdefault(t(f"common.{entry.section or 'nav-read'}"), []).append(pages[entry.name])
    current = st.navigation(sections, position="sidebar")
    theme.apply(language())
    st.html(f'<i hidden data-saved-drafts="{" ".join(st.session_state.pop("saved-drafts", []))}"></i>')
    with st.sidebar:
        chosen = st.segmented_control(
            t("common.language"), LANGUAGES, key="lang", required=True, label_visibility="collapsed",
            format_func=lambda code: t(f"common.language-{code}"),
        )  # fmt: skip
        account.show()
    keep_param("lang", chosen if chosen != browser_language() else None)
    current.run()


def _page(entry: PageEntry, default: bool) -> Any:
    """The ``st.Page`` of an entry; its function imports the page's module and handles errors."""
    import streamlit as st

    def show() -> None:
        from iibun.web import tables
        from iibun.web.pages import decisions

        with shown(entry.name):
            decisions.say()
            if why := getattr(answers.store(), "unwritable", None):
                st.info(t("common.read-only", why=explain(why)), icon=":material/lock:")
            if not tables.ready():
                with st.spinner(t("common.warming")):
                    tables.current()
            importlib.import_module(f"iibun.web.pages.{entry.name}").show()
            decisions.ask()

    show.__name__ = show.__qualname__ = entry.name
    return st.Page(
        show,
        title=t(f"common.page-{entry.name}"),
        icon=entry.icon,
        url_path=entry.url_path,
        default=default,
        visibility="visible" if entry.section else "hidden",
    )
