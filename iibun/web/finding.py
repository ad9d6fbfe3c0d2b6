"""A search of the tables of a store: what it finds of what was extracted, and of what people changed since.

Read :mod:`iibun.web.search` first; :meth:`iibun.web.tables.Tables.search` is the way in.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

from iibun.web.pronunciation import parts
from iibun.web.search import Entry, Index, Results, search

if TYPE_CHECKING:
    import pandas as pd

#: Searches whose results are kept, since a page asks for one several times.
KEPT = 16
_ADDRESS = re.compile(r"[!-~]*\w[./]\w[!-~]*", re.ASCII)


def entries(entities: pd.DataFrame, articles: pd.DataFrame, claims: pd.DataFrame) -> Iterable[Entry]:
    """The rows of the frames as search entries; entities also by the readings of their names, claims by their speakers."""
    for row in entities.itertuples():
        aloud = ("・".join(kana for _, kana in found) for name in row.names if (found := parts(name)))
        yield Entry("entity", row.Index, row.label, row.names, float(row.mentions), tuple(aloud))
    for row in articles.itertuples():
        yield Entry("article", row.Index, row.title or row.url or "", (row.publisher or "",))
    for row in claims.itertuples():
        said = filter(None, (row.text if row.title else "", "" if row.sources else row.source_text))
        yield Entry(
            "prediction" if row.prediction else "claim", row.Index, row.title or row.text, tuple(said), row.confidence,
            by=row.sources, about=row.about, within=row.article,
        )  # fmt: skip


class Finder:
    """The search of one state of the tables.

    Args:
        base: has the ``index`` of what was extracted (:class:`iibun.web.tables.Base`), built at the first search.
        entities, articles, claims: the frames with people's judgements applied.
        hidden: keys that must not be found.
        changed: keys of what is searched in its present form, not as it was extracted.
    """

    def __init__(
        self, base: Any, entities: pd.DataFrame, articles: pd.DataFrame, claims: pd.DataFrame, hidden: frozenset[str],
        changed: frozenset[str],
    ) -> None:  # fmt: skip
        self._base, self._entities, self._articles, self._claims = base, entities, articles, claims
        self._gone, self._now = hidden | changed, changed - hidden
        self._kept: dict[str, Results] = {}

    def search(self, query: str) -> Results:
        """The results of a search, best first; an address finds its article."""
        if (found := self._kept.get(query)) is None:
            found = search(query, [(self._base.index, self._gone), (self._changes, self._unchanged)])
            if _ADDRESS.fullmatch(query.strip()):
                found = self._with_address(query.strip(), found)
            if len(self._kept) >= KEPT:
                self._kept.clear()
            self._kept[query] = found
        return found

    def _with_address(self, address: str, found: Results) -> Results:
        """The results with the articles whose address has these characters, which come last."""
        known = {entry.key for entry in found.entries}
        frame = self._articles
        more = (
            Entry("article", iri, title or url)
            for iri, title, url in zip(frame.index, frame["title"], frame["url"], strict=True)
            if url and address in url and iri not in known
        )
        return replace(found, entries=(*found.entries, *more))

    @cached_property
    def _changes(self) -> Index:
        """A small index of what people changed or added, so that the large one need not be built again.

        It also has what a changed claim is found by: its speakers, what it is about, its article.
        """
        claims = self._claims[self._claims.index.isin(self._now)]
        named = {*self._now, *(e for column in ("sources", "about") for some in claims[column] for e in some)}
        entities = self._entities[self._entities.index.isin(named)]
        articles = self._articles[self._articles.index.isin(set(claims["article"]))]
        return Index(entries(entities, articles, claims))

    @cached_property
    def _unchanged(self) -> frozenset[str]:
        """What the small index has only so that something else is found by it."""
        return frozenset(entry.key for entry in self._changes.entries) - self._now
