"""Links the claims of new articles with those in the store while articles are written."""

from __future__ import annotations

import os
from collections.abc import Container, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from iibun.i18n import telling
from kg.rdf import links_graph
from kg.store import StoreError

if TYPE_CHECKING:
    from kg.store import Store

_EACH = 200  #: up to this many new articles, each is linked by itself; beyond, the whole store is linked once
_ALL = "*"


class Linker:
    """Compares the claims of new articles with those in the store, and applies judgements on them again.

    Up to 200 articles are linked one by one, in the groups in which they are flushed. Beyond that, the whole store is
    linked at the end. A file in the store's folder lists what is still to be linked, so that after a killed run the next
    run does it.

    Args:
        store: where the articles are.
        folder: the store's folder; None for a store on a server, which has no such list.
        enabled: False to do nothing at all.

    Example:
        ``linker.expect(iri); writer.write(report); linker.add(iri)``, and ``linker.finish()`` once.
    """

    def __init__(self, store: Store, folder: Path | None, *, enabled: bool = True) -> None:
        self._store = store
        self._enabled = enabled
        self._pending = folder / "links-pending" if folder else None
        self._count = 0
        self._expected: dict[str, None] = {}  # articles about to be written, in order
        self._everything = self._owed = False
        left = self._left() if enabled else []
        if _ALL in left:
            self._everything = self._owed = True  # left by a former run
            return
        self._link([a for a in left if store.contains(a)])
        self._remember()

    def expect(self, article: str = _ALL) -> None:
        """Note that an article (its IRI) will be written and then linked; by default, that everything is to be linked."""
        if self._enabled and not self._everything:
            self._everything = article == _ALL or self._count + len(self._expected) >= _EACH
            self._expected[article] = None
            self._remember()

    def add(self, *articles: str) -> None:
        """Link articles that were just written, while there are few; else :meth:`finish` links them."""
        if not self._enabled or not articles:
            return
        self._link(articles[: max(0, _EACH - self._count)])
        self._count += len(articles)
        for article in articles:
            self._expected.pop(article, None)
        if not self._everything:
            self._remember()

    def finish(self, *, everything: bool = False) -> None:
        """Link the whole store if there were too many articles or a former run left that to do; clear the list.

        Args:
            everything: link the whole store in any case, since other processes wrote to it.
        """
        if not self._enabled:
            return
        if everything or self._everything:
            from kg.tracking import current, links

            telling.tell(telling.t("comparing"))
            links.link_all(self._store)
            current.rebuild(self._store)
        self._forget()

    def adopt(self, articles: Sequence[str], linked: Container[str]) -> None:
        """Link articles that came by a merge of stores, and finish.

        An article that came with its links is linked again only if the store has other articles.

        Args:
            articles: IRIs of the merged articles.
            linked: IRIs of the links graphs that came with them.
        """
        if not self._enabled:
            return
        from kg.check import articles as all_articles
        from kg.tracking import identities, links

        whole = set(all_articles(self._store)) <= set(articles)
        alone = [a for a in articles if not whole or links_graph(a) not in linked]
        if self._owed or len(alone) > _EACH:
            self.finish(everything=True)
            return
        for article in alone:
            links.link_claims(self._store, article, flush=False)
        identities.refresh_articles(self._store, alone)
        self._store.flush()
        self._forget()

    def _link(self, articles: Sequence[str]) -> None:
        from kg.tracking import identities, judgements, links

        if not articles:
            return
        for article in articles:
            links.link_claims(self._store, article, flush=False)
            judgements.refresh(self._store, article)
        identities.refresh_articles(self._store, articles)
        self._store.flush()

    def _left(self) -> list[str]:
        """What a former run left to link: articles, or everything."""
        if self._pending is None or not self._pending.exists():
            return []
        return self._pending.read_text("utf-8").split() or [_ALL]  # older versions wrote an empty file for everything

    def _forget(self) -> None:
        """Note that nothing is left to link."""
        self._everything = False
        self._expected.clear()
        self._remember()

    def _remember(self) -> None:
        """Write the list of what is to be linked.

        Raises:
            StoreError: if the store's folder cannot be written.
        """
        if self._pending is None:
            return
        try:
            self._note(self._pending)
        except OSError as error:
            with suppress(OSError):
                self._pending.with_suffix(".part").unlink(missing_ok=True)
            raise StoreError(
                f"The store's folder {self._pending.parent} cannot be written: {error.strerror}."
            ) from None

    def _note(self, pending: Path) -> None:
        if not self._everything and not self._expected:
            pending.unlink(missing_ok=True)
            return
        pending.parent.mkdir(parents=True, exist_ok=True)
        part = pending.with_suffix(".part")
        with part.open("w", encoding="utf-8") as stream:
            stream.write("\n".join([_ALL] if self._everything else self._expected) + "\n")
            stream.flush()
            os.fsync(stream.fileno())
        part.replace(pending)
