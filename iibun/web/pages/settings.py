"""Settings (設定): the reader's name and theme, and facts about the store and the models."""

from __future__ import annotations

import json
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import streamlit as st

from iibun.i18n import t
from iibun.web import cards, handing, sessions, tables
from iibun.web.account import author
from iibun.web.answers import remembered, store
from iibun.web.markdown import plain
from iibun.web.sitemap import PAGES
from kg import environment, prepared

if TYPE_CHECKING:
    from kg.store import Store

PACKAGES = ("iibun", "ginza", "ja-ginza", "spacy", "pyoxigraph", "streamlit")


def show() -> None:
    """Show the page."""
    cards.begin()
    st.title(t("common.page-settings"), anchor=False)
    left, right = st.columns(2, gap="large")
    with left:
        st.header(t("settings.you"), anchor=False)
        name()
        st.header(t("settings.look"), anchor=False)
        look()
        st.markdown(t("settings.language-note"))
        st.header(t("settings.hand"), anchor=False)
        hand()
        st.header(t("settings.keys"), anchor=False)
        cards.show(
            cards.facts(
                (k, cards.esc(t(f"settings.key-{i}"))) for i, k in enumerate(("j / k", "a", "e", "x", "u", "n"), 1)
            )
        )
    with right:
        st.header(t("settings.store"), anchor=False)
        cards.show(cards.facts(store_facts()))
        st.header(t("settings.models"), anchor=False)
        cards.show(cards.facts(model_facts()))


def name() -> None:
    """Show the field for the author of this reader's judgements, and a link to log out if there is a login."""
    if any(cookie.startswith(sessions.COOKIE) for cookie in st.context.cookies):
        st.html(f'<a href="/login" target="_self">{cards.esc(t("login.log-out"))}</a>')
    try:
        if st.user.is_logged_in:
            st.markdown(t("settings.logged-in", name=plain(author())))
            return
    except AttributeError:  # no login is configured in Streamlit
        pass
    given = st.text_input(
        t("settings.name"), value="" if author() == "anonymous" else author(), max_chars=80, help=t("settings.name-note"),
        placeholder=t("settings.name-placeholder"), key="settings-name",
    )  # fmt: skip
    if given.strip() and given.strip() != st.session_state.get("author"):
        st.session_state["author"] = given.strip()
        st.toast(t("claims.done"), icon=":material/check:")


def hand() -> None:
    """Show the bookmarklet with which other pages are read, to copy, and a link to the page from which it can be dragged."""
    st.markdown(t("settings.hand-note"))
    cards.show(f'<p><a href="{handing.PATH}" target="_self">{cards.esc(t("settings.hand-link"))}</a></p>')
    origin = "{0.scheme}://{0.netloc}".format(urlsplit(st.context.url or "http://localhost:8501"))
    with st.expander(t("settings.hand-code")):
        st.code(handing.bookmarklet(origin), language=None, wrap_lines=True)


#: Key in the browser's local storage under which Streamlit keeps the theme of a path (v2 is its CACHED_THEME_VERSION).
THEME_KEY = "stActiveTheme-%s-v2"
LOOKS = ("System", "Light", "Dark")
#: The cookie that tells the server the choice, which it can't read from the local storage.
LOOK = "iibun-look"


def look() -> None:
    """Show the choice of theme (light, dark, as the system); it applies to all pages in this browser, after a reload."""
    kept = st.context.cookies.get(LOOK)
    now = kept if kept in LOOKS else LOOKS[0]
    chosen = st.segmented_control(
        t("settings.theme"), LOOKS, default=now, required=True, key="settings-theme",
        format_func=lambda c: t(f"settings.theme-{c.lower()}"), help=t("settings.theme-note"),
    )  # fmt: skip
    if chosen != now:
        st.html(f"<script>{look_script(chosen)}</script>", unsafe_allow_javascript=True)


def look_script(chosen: str) -> str:
    """A script that sets Streamlit's theme for all pages and reloads."""
    keys = json.dumps([THEME_KEY % f"/{p.url_path}" for p in PAGES])
    return (
        f"for (const key of {keys}) localStorage.setItem(key, {json.dumps(json.dumps(chosen))});"
        f'document.cookie = "{LOOK}={chosen}; path=/; max-age=31536000; SameSite=Lax";location.reload();'
    )


def store_facts() -> list[tuple[str, str]]:
    """Address, kind and size of the store, as pairs of term and HTML."""
    data = tables.current()
    url = environment.get("IIBUN_STORE") or "data/store"
    # Don't show a user name or password in the URL of a remote store.
    if "@" in url and "://" in url:
        url = url.split("://", 1)[0] + "://" + url.rsplit("@", 1)[1]
    return [
        (t("settings.store-url"), f"<code>{cards.esc(url)}</code>"),
        (t("settings.store-kind"), cards.esc(kind())),
        (t("common.page-articles"), f"{len(data.articles):,}"),
        (t("common.page-claims"), f"{int((data.claims['review'] != 'rejected').sum()):,}"),
        (t("settings.links"), f"{len(data.links):,}"),
        (t("settings.endpoint"), '<a href="/sparql" target="_self">/sparql</a>'),
    ]


def kind() -> str:
    """The kind of the store, in words."""
    names = {"FolderStore": "folder", "EmbeddedStore": "memory"}
    return t(f"settings.kind-{names.get(type(store()).__name__, 'remote')}")


def readers_of(opened: Store) -> list[str]:
    """The names of the extractors of the store's articles."""
    return sorted({r["name"] for r in prepared.rows(opened, "names_of_extractors")})


def model_facts() -> list[tuple[str, str]]:
    """The extractors of the articles and the versions of installed packages, as pairs of term and HTML."""
    facts: list[tuple[str, str]] = []
    if readers := remembered(("readers",), lambda: readers_of(store())):
        facts.append((t("settings.read-by"), "<br>".join(map(cards.esc, readers))))
    for package in PACKAGES:
        try:
            facts.append((package, cards.esc(version(package))))
        except PackageNotFoundError:
            continue
    return facts
