"""The pages by name, and links to them.

>>> href("entity", iri="urn:iibun:entity:1")
'/entity?iri=urn%3Aiibun%3Aentity%3A1'
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote_plus, urlencode

from iibun.i18n import browser_language, language
from iibun.web.markdown import plain
from kg.errors import IibunError


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
    PageEntry("pairs", ":material/compare_arrows:", "nav-follow"),
    PageEntry("settle", ":material/gavel:", "nav-follow"),
    PageEntry("prediction", ":material/event_upcoming:", None),
    PageEntry("entities", ":material/groups:", "nav-follow"),
    PageEntry("entity", ":material/person:", None),
    PageEntry("record", ":material/monitoring:", "nav-follow"),
    PageEntry("graph", ":material/hub:", "nav-ask"),
    PageEntry("sparql", ":material/terminal:", "nav-ask", path="query"),  # /sparql is the endpoint
    PageEntry("inout", ":material/swap_horiz:", "nav-keep"),
    PageEntry("settings", ":material/settings:", "nav-keep"),
)


class NoPage(IibunError):
    """A page was used before :func:`iibun.web.navigation.run` registered the pages."""


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


def named(url: str, name: str) -> str:
    """A URL whose fragment is a name, for a column of links that shows it: the table decodes it, and "20%を" is no code.

    >>> named("/entity", "20%を超える")
    '/entity#20%25を超える'
    """
    return f"{url}#{name.replace('%', '%25')}"


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


def page_of(iri: str) -> str | None:
    """The name of our page about an article, claim or entity; None for other IRIs."""
    for kind, page in (("article", "article"), ("claim", "claims"), ("entity", "entity")):
        if f":{kind}:" in iri or f"/{kind}/" in iri:
            return page
    return None


def iri_href(iri: str) -> str | None:
    """The URL of our page about an article, claim or entity; None for other IRIs."""
    page = page_of(iri)
    return page and href(page, iri=iri)


def registered(page: str) -> Any:
    """The ``st.Page`` of a registered page in this session.

    Raises:
        NoPage: before :func:`iibun.web.navigation.run`.
    """
    import streamlit as st

    pages = st.session_state.get("_pages")
    if pages is None:
        raise NoPage(f"Page {page!r} is only known after pages.run()")
    return pages[page]


def _chosen_language() -> str | None:
    """The reader's language if it is not the browser's, else None; None also outside a session."""
    import streamlit as st

    try:
        now = language()
        return now if now != browser_language() else None
    except (AttributeError, RuntimeError, st.errors.StreamlitAPIException):
        return None
