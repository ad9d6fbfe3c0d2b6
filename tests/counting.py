"""A hundred articles for the pages, what a page lists at an address, and the numbers that its links say."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape
from urllib.parse import parse_qs, urlsplit

import pytest

import kg.store
from iibun.web import address, tables
from kg.store import Store
from tests import hundred

pytest.importorskip("streamlit")


@pytest.fixture(scope="module")
def filled() -> Store:
    store = kg.store.memory()
    hundred.fill(store)
    return store


@pytest.fixture(autouse=True)
def data(filled: Store, monkeypatch: pytest.MonkeyPatch) -> Iterator[tables.Tables]:
    from iibun.web import answers

    monkeypatch.setattr(tables, "today", lambda: hundred.TODAY)
    answers.use_store(filled)
    yield tables.current()
    answers.use_store(None)


def listed(page: str, params: dict[str, list[str]]) -> list[str]:
    """What a page of lists shows at an address: the IRIs of its rows, of all its pages."""
    from iibun.web.pages import articles, claims, entities, predictions

    data = tables.current()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(address, "one", lambda name, default="": params.get(name, [default])[0])
        patch.setattr(address, "many", lambda name: params.get(name, []))
        if page == "claims":
            return [*data.claims.index[claims.chosen(data, data.claims)]]
        if page == "predictions":
            return [*predictions.chosen(data.by_due, predictions.facets(data, data.by_due)).index]
        if page == "entities":
            return [*entities.of_types(entities.matching(data), params.get("type", entities.TYPES)).index]
        assert page == "articles", page
        first = {k: v[0] for k, v in params.items()}
        found = articles.matching(data, first.get("q", ""), first.get("publisher"), first.get("show"), "newest")
        return [*found.index]


def opened(href: str) -> list[str]:
    """What a link of ours opens."""
    parts = urlsplit(unescape(href))
    return listed(parts.path.strip("/"), parse_qs(parts.query))


NUMBER = re.compile(r"(\d[\d,]*)")


def links(page: str) -> list[tuple[str, int]]:
    """The links of a page whose words hold a number, and that number; those to one thing (``iri``) count nothing."""
    found = []
    for target, words in re.findall(r'<a class="ib-go[^"]*" href="([^"]*)"[^>]*>(.*?)</a>', page, re.DOTALL):
        path = urlsplit(unescape(target)).path.strip("/")
        bold = re.search("<b>([^<]*)</b>", words)
        number = NUMBER.fullmatch(bold[1]) if bold else NUMBER.search(re.sub("<[^>]*>", "", words))
        if number and "iri=" not in target and path in ("claims", "predictions", "entities", "articles"):
            found.append((target, int(number[1].replace(",", ""))))
    return found
