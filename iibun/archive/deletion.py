"""Deletes an article: its graph, what was derived from it, and the stored page or file that it was read from."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from kg.store import Store

log = logging.getLogger(__name__)


def delete(store: Store, article: str, *, judgements: bool = False) -> bool:
    """Delete an article and everything that depends on it.

    That is its graph, the links of its claims, what was derived from judgements on them, and the original page or file
    in the store's folder if no other article was read from it. A large article is gone for all queries at once, but takes
    up disk space until :func:`kg.articles.sweep`.

    Args:
        store: the store that holds it.
        article: its IRI.
        judgements: delete people's judgements on it too; otherwise they stay in the log.

    Returns:
        Whether there was anything to delete.
    """
    from kg import prepared
    from kg.articles import forget
    from kg.store.folder import FolderStore
    from kg.tracking.judgements import rebuild, refresh

    there = store.contains(article)
    kept = prepared.rows(store, "original_of_article", article=article)
    found = forget(store, article, judgements=judgements, clear=False)
    if there:
        refresh(store, article)
    if found and judgements:
        rebuild(store)  # what people added (a claim, a name) is not in the article's graph
    if isinstance(store, FolderStore):
        originals = store.folder / "originals"
        for digest in (row["hash"] for row in kept):
            if digest.isalnum() and not prepared.holds(store, "original_is_used", hash=digest):
                (originals / digest[:2] / digest).unlink(missing_ok=True)
    return found


def clear(store: Store) -> None:
    """Clear pending deletions in a background thread; if the process ends before, :func:`go_on` continues."""
    from kg.articles import sweep

    _in_background(store, sweep)


def go_on(store: Store) -> None:
    """Finish in a background thread what a killed process left: clear pending deletions, rebuild the current graph."""
    from kg.articles import sweep
    from kg.tracking.judgements import rebuild

    _in_background(store, sweep, rebuild)


def _in_background(store: Store, *works: Callable[[Store], None]) -> None:
    def run() -> None:
        from kg.errors import IibunError

        for work in works:
            try:
                work(store)
            except (IibunError, OSError, RuntimeError) as error:  # the store may close while the server ends
                log.info("%s is not done yet: %s", work.__name__, error)

    threading.Thread(target=run, name="clear", daemon=True).start()
