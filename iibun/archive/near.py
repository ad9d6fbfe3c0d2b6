"""Near copies: which article of a store has nearly the text of a new one."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

from iibun.archive.held import Held
from kg import prepared
from kg.model import Article
from kg.rdf import article_iri

if TYPE_CHECKING:
    from kg.store import Store

#: Graphs that changed up to which each is looked at; beyond, all are.
_FEW = 500


class NearCopies:
    """An index over the signatures of a store's articles, for many threads. It follows what anybody writes there: all
    signatures are read once, then those of graphs that changed, or all again where another process wrote meanwhile.

    Args:
        store: where the articles are.

    Example:
        ``NearCopies(store).of(article, signature(article.text))``
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._held = Held(store)
        self._lock = threading.Lock()
        self._index: Any = None
        self._signed: dict[str, str] = {}  # by article, as they are in the index
        self._there: set[str] = set()  # of these, the articles that the store has now
        self._version = ""

    def of(self, article: Article, signed: str) -> tuple[str, str] | None:
        """IRI and text of the most similar article that is a near-duplicate; None if there is none."""
        from ingest.duplicates import NEAR, likeness

        with self._lock:
            self._follow()
            found = [iri for iri in self._index.near(signed) if iri in self._there][:20]
        best: tuple[float, str, str] | None = None
        for iri in found:
            row = self._held.body(iri)
            if iri == article_iri(article) or row is None:
                continue
            alike = likeness(article.text, row["text"])
            if alike >= NEAR and (best is None or alike > best[0]):
                best = (alike, iri, row["text"])
        return best and best[1:]

    def _follow(self) -> None:
        from ingest.duplicates import Index

        if self._index is None:
            self._index = Index()
        version = self._store.version  # before what is read: a write between the two is seen again next time
        changed = self._store.changed(self._version)
        if changed is None or len(changed) > _FEW:
            self._there.clear()
            rows = prepared.rows(self._store, "signatures")
        else:
            self._there -= changed
            rows = prepared.rows(self._store, "signatures", articles=changed) if changed else []
        for row in rows:
            article, signed = row["article"], row["signature"]
            if self._signed.get(article) != signed:
                self._index.add(article, signed)
                self._signed[article] = signed
            self._there.add(article)
        self._version = version
