"""The pages: their registry, the navigation, and what every page needs (the store, links, the reader's name).

A page is a module ``iibun/pages/NAME.py`` with one function ``show()``; it is imported when first visited. Register
it in :data:`PAGES`, give it strings in ``iibun/i18n/NAME.json`` and a ``page-NAME`` in ``common.json``.

>>> href("entity", iri="urn:iibun:entity:1")
'/entity?iri=urn%3Aiibun%3Aentity%3A1'
"""

from __future__ import annotations

import hashlib
import importlib
import logging
import re
import threading
from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any
from urllib.parse import quote_plus, urlencode

from iibun.i18n import LANGUAGES, browser_language, language, t
from iibun.i18n.errors import explain
from kg.characters import one_line
from kg.errors import IibunError

if TYPE_CHECKING:
    from kg.store import Store

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class PageEntry:
    """A page: its module, icon, section of the navigation (None: reached by links alone), URL path if not the name."""

    name: str
    icon: str
    section: str | None
    path: str = ""

    @property
    def url_path(self) -> str:
        return "" if self.name == "home" else self.path or self.name


PAGES = (
    PageEntry("home", ":material/home:", "nav-read"),
    PageEntry("articles", ":material/article:", "nav-read"),
    PageEntry("article", ":material/article:", None),
    PageEntry("claims", ":material/format_quote:", "nav-follow"),
    PageEntry("predictions", ":material/event_upcoming:", "nav-follow"),
    PageEntry("prediction", ":material/event_upcoming:", None),
    PageEntry("entities", ":material/groups:", "nav-follow"),
    PageEntry("entity", ":material/person:", None),
    PageEntry("record", ":material/monitoring:", "nav-follow"),
    PageEntry("graph", ":material/hub:", "nav-ask"),
    PageEntry("sparql", ":material/terminal:", "nav-ask", path="query"),  # /sparql is the endpoint
    PageEntry("inout", ":material/swap_horiz:", "nav-keep"),
    PageEntry("settings", ":material/settings:", "nav-keep"),
)

_store: Store | None = None
_lock = threading.Lock()


class NoStore(IibunError):
    """A page was asked for before the server opened its store."""


def open_store() -> Store:
    """The process's one store, opened at the first call (``IIBUN_STORE`` names it)."""
    global _store
    with _lock:
        if _store is None:
            import kg.store
            from kg.store.folder import FolderStore

            opened = kg.store.open()
            if isinstance(opened, FolderStore):
                opened.hold()
            _store = opened
        return _store


def use_store(store: Store | None) -> None:
    """Make ``store`` the one that pages see (tests; the server on closing)."""
    global _store
    _store = store


@contextmanager
def owned_store() -> Iterator[Store]:
    """The store for as long as the server runs; closed at its end."""
    from iibun import deletion, worker

    opened = open_store()
    try:
        deletion.go_on(opened)
        yield opened
    finally:
        worker.stop()
        use_store(None)
        opened.close()


def store() -> Store:
    """The store that this process serves."""
    return open_store()


def ask(name: str, **bindings: Any) -> list[dict[str, Any]]:
    """The rows of a named query (``data/queries/NAME.rq``), remembered until the store changes.

    The rows are shared between sessions: don't change them.
    """
    from kg import queries

    return _remembered(("ask", name, *sorted(bindings.items())), lambda: queries.ask(store(), name, **bindings))


def remembered(key: tuple[Any, ...], make: Any) -> Any:
    """``make()``, remembered under ``key`` (hashable) until the store changes. Shared: don't change the result.

    The key names all that the result is made of and that was there before ``make`` was called, as the tables: the store
    may have changed since they were read, and what is made of them is then no answer for those who ask anew.
    """
    return _remembered(("own", *key), make)


#: So many results are kept, those asked for last.
KEPT = 1000


class _Making:
    """A result that a thread is making, for which others who want the same wait."""

    def __init__(self) -> None:
        self.done = threading.Event()
        self.result: tuple[Any, ...] = ()  # the result, if there is one


_memory: dict[tuple[Any, ...], Any] = {}
_making: dict[tuple[Any, ...], _Making] = {}
_memory_version: Any = None
_lock_memory = threading.Lock()


def _remembered(key: tuple[Any, ...], make: Any) -> Any:
    global _memory_version
    version = (id(store()), store().version)
    with _lock_memory:
        if version != _memory_version:
            _memory.clear()
            _making.clear()
            _memory_version = version
        if key in _memory:
            _memory[key] = _memory.pop(key)  # asked for last
            return _memory[key]
        others = _making.get(key)
        mine = _Making()
        if others is None:
            _making[key] = mine
    if others is not None:
        others.done.wait()
        return others.result[0] if others.result else make()  # who made it was stopped or failed
    try:
        result = make()
        mine.result = (result,)
    finally:
        with _lock_memory:
            if _making.get(key) is mine:
                del _making[key]
                if mine.result and version == _memory_version:
                    while len(_memory) >= KEPT:
                        _memory.pop(next(iter(_memory)))
                    _memory[key] = mine.result[0]
        mine.done.set()
    return result


def href(page: str, /, **params: Any) -> str:
    """A relative link to a page; keeps a language that the reader has chosen. None and "" are left out."""
    chosen = _chosen_language()
    values = {k: v for k, v in params.items() if v not in (None, "")}
    query = urlencode(values | ({"lang": chosen} if chosen else {}), doseq=True)
    path = "/" + next((p.url_path for p in PAGES if p.name == page), page)
    return f"{path}?{query}" if query else path


def hrefs(page: str, iris: Iterable[str]) -> list[str]:
    """Links to a page about each of many things (``iri``)."""
    before, _, after = href(page, iri="IRI").partition("IRI")
    heads: dict[str, str] = {}  # what their names begin with is quoted once
    found = []
    for iri in iris:
        head, colon, tail = iri.rpartition(":")
        if head not in heads:
            heads[head] = quote_plus(head + colon)
        found.append(f"{before}{heads[head]}{tail if tail.isalnum() and tail.isascii() else quote_plus(tail)}{after}")
    return found


def go(page: str, **params: Any) -> None:
    """Leave for another page, within the session (keeps a chosen language)."""
    import streamlit as st

    chosen = _chosen_language()
    values = {k: str(v) for k, v in params.items() if v not in (None, "")}
    st.switch_page(registered(page), query_params=values | ({"lang": chosen} if chosen else {}))


def page_link(page: str, label: str, *, icon: str | None = None, help: str | None = None, **params: Any) -> None:
    """``st.page_link`` to one of our pages with query parameters; ``label`` is shown as text, not as Markdown."""
    import streamlit as st

    chosen = _chosen_language()
    values = {k: str(v) for k, v in params.items() if v not in (None, "")}
    st.page_link(
        registered(page), label=plain(label), icon=icon, help=help,
        query_params=values | ({"lang": chosen} if chosen else {}),
    )  # fmt: skip


_MARKUP = str.maketrans({c: "\\" + c for c in "\\`*_{}[]()#+-.!|~<>$:&"})
# Streamlit looks for these once the escapes are gone, and makes links, pictures and arrows of them: addresses, mail
# addresses, :names:, ASCII arrows and signs. A word joiner, which nobody sees, is put where a match begins here.
_FOUND = re.compile(
    r"(?:(?<=http:)|(?<=https:))(?=//)|(?<=www)(?=\.)|(?=@)|(?<=:)(?=[+\w-]+:|material/)|(?<=[<>~-])(?=[=>-])",
    re.I | re.A,
)


def between(first: date, last: date, given: date | None = None) -> dict[str, Any]:
    """The bounds of a field for a date, wide enough for the one that is given: Streamlit shows no field for another."""
    return {"min_value": min(first, given or first), "max_value": max(last, given or last)}


def publication(given: date | None = None) -> dict[str, Any]:
    """The bounds of a field for the day of a publication: from the first newspapers to next year."""
    return between(date(1868, 1, 1), date(date.today().year + 1, 12, 31), given)


def plain(text: str) -> str:
    """Text of an article, a name or a value, escaped so that Streamlit's Markdown shows it as it is, without any link.

    What cannot be seen, and direction controls, which can make a text read as another, become visible.

    >>> plain("*見よ* http://a.example")
    '\\\\*見よ\\\\* http\\\\:\u2060//a\\\\.example'
    """
    return _FOUND.sub("\u2060", one_line(text)).translate(_MARKUP)


def iri_href(iri: str) -> str | None:
    """Our page about an IRI of the store, or None if it is not a thing that has one."""
    for kind, page in (("article", "article"), ("claim", "claims"), ("entity", "entity")):
        if f":{kind}:" in iri or f"/{kind}/" in iri:
            return href(page, iri=iri)
    return None


def given_codes(name: str, choices: Collection[str], *, key: str | None = None) -> None:
    """Before a choice widget of key ``name``: start it from the query parameter, if that holds codes that exist.

    Streamlit's own ``bind`` writes labels, which differ by language; a link should open the same in both.
    """
    import streamlit as st

    key = key or name
    if key not in st.session_state and name in st.query_params:
        st.session_state[key] = [c for c in st.query_params[name].split(",") if c in choices]


def given_code(name: str, choices: Collection[Any], *, key: str | None = None) -> None:
    """As :func:`given_codes`, for a widget with one choice."""
    import streamlit as st

    key = key or name
    if key not in st.session_state and name in st.query_params:
        found = next((c for c in choices if str(c) == st.query_params[name]), None)
        if found is not None:
            st.session_state[key] = found


def keep_param(name: str, value: Any) -> None:
    """After a widget: keep its value in the address, or take it out if it is empty."""
    import streamlit as st

    text = ",".join(map(str, value)) if isinstance(value, (list, tuple)) else "" if value is None else str(value)
    if text and st.query_params.get(name) != text:
        st.query_params[name] = text
    elif not text and name in st.query_params:
        del st.query_params[name]


def draft_key(name: str) -> str:
    """What the keys of a form's fields begin with, so that the browser keeps their text until it is saved.

    A digest of the name, since an IRI holds characters that Streamlit replaces in the class that it makes of a key.

    Args:
        name: which form, of what: ``"merge-urn:iibun:entity:1"``.
    """
    return f"draft-{hashlib.sha256(name.encode()).hexdigest()[:16]}"


def forget_draft(key: str) -> None:
    """Tell the browser that the text of fields whose keys begin so has been saved.

    What is typed into a field of a key ``draft-…`` is kept by the reader's browser (``iibun/static/drafts.js``) when the
    page is left, until this is called.
    """
    import streamlit as st

    st.session_state.setdefault("saved-drafts", []).append(key)


def author() -> str:
    """The name that this reader's judgements carry: who is logged in, else the name given in settings."""
    import streamlit as st

    try:
        if st.user.is_logged_in:
            return str(st.user.get("name") or st.user.get("email"))
    except AttributeError:  # no login is configured
        pass
    return st.session_state.get("author") or st.query_params.get("author") or "anonymous"


def author_words(name: str) -> str:
    """The name under which somebody decided, as the page says it: one without a name is told in the reader's language."""
    return t("common.anonymous") if name == "anonymous" else name


def account() -> None:
    """Log in or out, where the operator has set up a login (``[auth]`` in Streamlit's secrets); nothing otherwise."""
    import streamlit as st

    try:
        known = st.user.is_logged_in
    except AttributeError:  # no login is configured
        return
    if known:
        st.caption(t("common.logged-in", name=plain(author())))
        st.button(t("common.log-out"), icon=":material/logout:", on_click=st.logout, width="stretch")
    else:
        st.button(t("common.log-in"), icon=":material/login:", on_click=st.login, width="stretch")


def registered(page: str) -> Any:
    """The ``st.Page`` of a registered name, in this session."""
    import streamlit as st

    pages = st.session_state.get("_pages")
    if pages is None:
        raise NoStore(f"Page {page!r} is only known after pages.run()")
    return pages[page]


def run() -> None:
    """Set up one run of the script: settings of the page, language, navigation, then the page itself."""
    import streamlit as st

    from iibun import theme

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
        account()
    keep_param("lang", chosen if chosen != browser_language() else None)
    current.run()


@contextmanager
def told(what: str) -> Iterator[None]:
    """Say in a sentence what goes wrong within a page, or a fragment or dialog that runs again by itself.

    Args:
        what: where it was, for the log.
    """
    import streamlit as st

    try:
        yield
    except IibunError as error:
        st.error(t("common.error", message=plain(explain(error))), icon=":material/error:")
    except Exception as error:
        log.exception("page %s", what)
        st.error(t("common.error-unknown", kind=type(error).__name__), icon=":material/error:")


def _page(entry: PageEntry, default: bool) -> Any:
    import streamlit as st

    def show() -> None:
        from iibun import tables
        from iibun.pages import decisions

        with told(entry.name):
            decisions.say()
            if why := getattr(store(), "unwritable", None):
                st.info(t("common.read-only", why=explain(why)), icon=":material/lock:")
            if not tables.ready():
                with st.spinner(t("common.warming")):
                    tables.current()
            importlib.import_module(f"iibun.pages.{entry.name}").show()
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


def _chosen_language() -> str | None:
    import streamlit as st

    try:
        now = language()
        return now if now != browser_language() else None
    except (AttributeError, RuntimeError, st.errors.StreamlitAPIException):
        return None
