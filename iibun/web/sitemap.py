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


class NoPage(IibunError):
    """A page was asked for before the pages were registered with Streamlit."""


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


def iri_href(iri: str) -> str | None:
    """Our page about an IRI of the store, or None if it is not a thing that has one."""
    for kind, page in (("article", "article"), ("claim", "claims"), ("entity", "entity")):
        if f":{kind}:" in iri or f"/{kind}/" in iri:
            return href(page, iri=iri)
    return None


def registered(page: str) -> Any:
    """The ``st.Page`` of a registered name, in this session."""
    import streamlit as st

    pages = st.session_state.get("_pages")
    if pages is None:
        raise NoPage(f"Page {page!r} is only known after pages.run()")
    return pages[page]


def _chosen_language() -> str | None:
    import streamlit as st

    try:
        now = language()
        return now if now != browser_language() else None
    except (AttributeError, RuntimeError, st.errors.StreamlitAPIException):
        return None
