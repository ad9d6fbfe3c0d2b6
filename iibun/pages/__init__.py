"""The pages: their registry, the navigation, and what pages share (the store, a cache, links, the reader's name).

A page is a module ``iibun/pages/NAME.py`` with a function ``show()``; it is imported at the first visit. A new page needs
an entry in :data:`PAGES`, strings in ``iibun/i18n/NAME.json`` and ``page-NAME`` in ``common.json``.

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
    """A page: its module, icon, section of the navigation (None: not shown there) and URL path if that is not the name."""

    name: str
    icon: str
    section: str | None
    path: str = ""

    @property
    def url_path(self) -> str:
        """The path of the page's URL without slash; empty for the home page."""
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
    """A page was used before :func:`run` registered the pages."""


def open_store() -> Store:
    """The one store of this process, which ``IIBUN_STORE`` names; opened at the first call."""
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
    """Set the store of the pages; for tests, and with None when the server closes."""
    global _store
    _store = store


@contextmanager
def owned_store() -> Iterator[Store]:
    """Context manager: the store while the server runs; at its end, jobs are cancelled and the store is closed."""
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
    """The store of the pages."""
    return open_store()


def ask(name: str, **bindings: Any) -> list[dict[str, Any]]:
    """The rows of a named query (``data/queries/NAME.rq``), cached until the store changes.

    The rows are shared between sessions: don't change them.
    """
    from kg import queries

    return _remembered(("ask", name, *sorted(bindings.items())), lambda: queries.ask(store(), name, **bindings))


def remembered(key: tuple[Any, ...], make: Any) -> Any:
    """The result of ``make()``, cached under ``key`` until the store changes. It is shared: don't change it.

    Args:
        key: hashable. It must contain everything that ``make`` uses and that was computed before the call, such as the
            tables: they may be older than the store, and a result made from them must not be given to a caller that
            already has newer ones.
        make: computes the result. One thread calls it while others that want the same result wait.
    """
    return _remembered(("own", *key), make)


#: Size of the cache; the least recently used results are dropped.
KEPT = 1000


class _Making:
    """A result that one thread is computing; other threads that want it wait."""

    def __init__(self) -> None:
        self.done = threading.Event()
        self.result: tuple[Any, ...] = ()  # the result as its one item; empty if computing it failed


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
            _memory[key] = _memory.pop(key)  # move to the end: most recently used
            return _memory[key]
        others = _making.get(key)
        mine = _Making()
        if others is None:
            _making[key] = mine
    if others is not None:
        others.done.wait()
        return others.result[0] if others.result else make()  # the other thread failed or its session was stopped
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
    """The path and query of a page's URL, with the language if the reader has chosen one.

    Args:
        page: name of the page.
        **params: query parameters; None and "" are left out, a list gives several values.
    """
    chosen = _chosen_language()
    values = {k: v for k, v in params.items() if v not in (None, "")}
    query = urlencode(values | ({"lang": chosen} if chosen else {}), doseq=True)
    path = "/" + next((p.url_path for p in PAGES if p.name == page), page)
    return f"{path}?{query}" if query else path


def hrefs(page: str, iris: Iterable[str]) -> list[str]:
    """URLs of a page for many IRIs (parameter ``iri``); much faster than :func:`href` for each."""
    before, _, after = href(page, iri="IRI").partition("IRI")
    heads: dict[str, str] = {}  # the common beginnings of IRIs are quoted only once
    found = []
    for iri in iris:
        head, colon, tail = iri.rpartition(":")
        if head not in heads:
            heads[head] = quote_plus(head + colon)
        found.append(f"{before}{heads[head]}{tail if tail.isalnum() and tail.isascii() else quote_plus(tail)}{after}")
    return found


def go(page: str, **params: Any) -> None:
    """Switch to another page within the session, with query parameters; keeps the chosen language."""
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
# Streamlit replaces these after Markdown's escapes are resolved: URLs and mail addresses become links, :names: icons, and
# ASCII arrows symbols. An invisible word joiner at each match of this pattern prevents it.
_FOUND = re.compile(
    r"(?:(?<=http:)|(?<=https:))(?=//)|(?<=www)(?=\.)|(?=@)|(?<=:)(?=[+\w-]+:|material/)|(?<=[<>~-])(?=[=>-])",
    re.I | re.A,
)


def between(first: date, last: date, given: date | None = None) -> dict[str, Any]:
    """The bounds of a date field, widened to include ``given``, since Streamlit fails for a value out of bounds."""
    return {"min_value": min(first, given or first), "max_value": max(last, given or last)}


def publication(given: date | None = None) -> dict[str, Any]:
    """The bounds of a field for a date of publication: from the first newspapers to the end of next year."""
    return between(date(1868, 1, 1), date(date.today().year + 1, 12, 31), given)


def plain(text: str) -> str:
    """A text escaped so that Streamlit's Markdown shows it unchanged, without links.

    Use it for everything from an article or the store. Invisible characters and direction controls, which can reorder what
    a reader sees, become visible.

    >>> plain("*見よ* http://a.example")
    '\\\\*見よ\\\\* http\\\\:\u2060//a\\\\.example'
    """
    return _FOUND.sub("\u2060", one_line(text)).translate(_MARKUP)


def iri_href(iri: str) -> str | None:
    """The URL of our page about an article, claim or entity; None for other IRIs."""
    for kind, page in (("article", "article"), ("claim", "claims"), ("entity", "entity")):
        if f":{kind}:" in iri or f"/{kind}/" in iri:
            return href(page, iri=iri)
    return None


def given_codes(name: str, choices: Collection[str], *, key: str | None = None) -> None:
    """Set the initial state of a widget with several choices from a query parameter; call it before the widget.

    Streamlit's own ``bind`` puts labels into the URL, which depend on the language. Codes make a link work in both.

    Args:
        name: the query parameter.
        choices: the codes that exist; others are ignored.
        key: of the widget; ``name`` by default.
    """
    import streamlit as st

    key = key or name
    if key not in st.session_state and name in st.query_params:
        st.session_state[key] = [c for c in st.query_params[name].split(",") if c in choices]


def given_code(name: str, choices: Collection[Any], *, key: str | None = None) -> None:
    """As :func:`given_codes`, for a widget with a single choice."""
    import streamlit as st

    key = key or name
    if key not in st.session_state and name in st.query_params:
        found = next((c for c in choices if str(c) == st.query_params[name]), None)
        if found is not None:
            st.session_state[key] = found


def keep_param(name: str, value: Any) -> None:
    """Write a widget's value to the URL, or remove the parameter if it is empty; call it after the widget."""
    import streamlit as st

    text = ",".join(map(str, value)) if isinstance(value, (list, tuple)) else "" if value is None else str(value)
    if text and st.query_params.get(name) != text:
        st.query_params[name] = text
    elif not text and name in st.query_params:
        del st.query_params[name]


def draft_key(name: str) -> str:
    """The prefix of the keys of a form's fields, by which the browser keeps their text until it is saved.

    It contains a digest of the name, since Streamlit makes a CSS class of a key and replaces some characters of an IRI.

    Args:
        name: identifies the form and what it is about: ``"merge-urn:iibun:entity:1"``.
    """
    return f"draft-{hashlib.sha256(name.encode()).hexdigest()[:16]}"


def forget_draft(key: str) -> None:
    """Let the browser forget the text of fields whose keys begin with ``key``, since it has been saved.

    ``iibun/static/drafts.js`` keeps the text of fields with a key ``draft-…`` when the reader leaves the page.
    """
    import streamlit as st

    st.session_state.setdefault("saved-drafts", []).append(key)


def author() -> str:
    """The author of this reader's judgements: the name of the login, else the name given in the settings."""
    import streamlit as st

    try:
        if st.user.is_logged_in:
            return str(st.user.get("name") or st.user.get("email"))
    except AttributeError:  # no login is configured in Streamlit
        pass
    return st.session_state.get("author") or st.query_params.get("author") or "anonymous"


def author_words(name: str) -> str:
    """The name under which somebody decided, as the page says it: one without a name is told in the reader's language."""
    return t("common.anonymous") if name == "anonymous" else name


def account() -> None:
    """Show a button to log in or out, if the operator has configured a login (``[auth]`` in Streamlit's secrets)."""
    import streamlit as st

    try:
        known = st.user.is_logged_in
    except AttributeError:  # no login is configured in Streamlit
        return
    if known:
        st.caption(t("common.logged-in", name=plain(author())))
        st.button(t("common.log-out"), icon=":material/logout:", on_click=st.logout, width="stretch")
    else:
        st.button(t("common.log-in"), icon=":material/login:", on_click=st.login, width="stretch")


def registered(page: str) -> Any:
    """The ``st.Page`` of a registered page in this session.

    Raises:
        NoStore: before :func:`run`.
    """
    import streamlit as st

    pages = st.session_state.get("_pages")
    if pages is None:
        raise NoStore(f"Page {page!r} is only known after pages.run()")
    return pages[page]


def run() -> None:
    """Run the script once: configure the page, set the language, draw the navigation, then the page itself."""
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
    """Context manager: show an error as one sentence. For a page, and for fragments and dialogs, which rerun by themselves.

    Args:
        what: name of the page, for the log.
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
    """The ``st.Page`` of an entry; its function imports the page's module and handles errors."""
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
    """The reader's language if it is not the browser's, else None; None also outside a session."""
    import streamlit as st

    try:
        now = language()
        return now if now != browser_language() else None
    except (AttributeError, RuntimeError, st.errors.StreamlitAPIException):
        return None
