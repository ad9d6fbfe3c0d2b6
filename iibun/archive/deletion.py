"""Deleting an article: from the graph, and the page that it was read from."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from kg.store import Store

log = logging.getLogger(__name__)


def delete(store: Store, article: str, *, judgements: bool = False) -> bool:
    """Delete an article, the links of its claims, what was derived of judgements on them, and the page or file that a
    folder keeps as read, if no other article is from it. Of a large one nothing is to be found any more, but it takes place
    until :func:`kg.articles.sweep`.

    Args:
        store: where it is.
        article: its IRI.
        judgements: delete what people decided about it, too; else that stays in the log.

    Returns:
        Whether there was anything to delete.
    """
    from kg.articles import forget
    from kg.store import iri
    from kg.store.folder import FolderStore
    from kg.tracking.judgements import rebuild, refresh

    there = store.contains(article)
    kept = store.select("SELECT ?hash { GRAPH $g { $g iib:originalHash ?hash } }", g=iri(article))
    found = forget(store, article, judgements=judgements, clear=False)
    if found and judgements:
        rebuild(store)  # what was derived of them (a claim, a name that somebody added) is in no graph of the article
    elif there:
        refresh(store, article)
    if isinstance(store, FolderStore):
        originals = store.folder / "originals"
        for digest in (row["hash"] for row in kept):
            if digest.isalnum() and not store.select("SELECT ?a { ?a iib:originalHash $hash } LIMIT 1", hash=digest):
                (originals / digest[:2] / digest).unlink(missing_ok=True)
    return found


def clear(store: Store) -> None:
    """Clear away in the background what deleted and abandoned articles left; if that is cut short, the next start goes on."""
    from kg.articles import sweep

    _in_background(store, sweep)


def go_on(store: Store) -> None:
    """Do in the background what others were killed in the middle of: clear what is left, and put in force what was decided."""
    from kg.articles import sweep
    from kg.tracking.judgements import rebuild

    _in_background(store, sweep, rebuild)


def _in_background(store: Store, *works: Callable[[Store], None]) -> None:
    def run() -> None:
        from kg.errors import IibunError

        for work in works:
            try:
                work(store)
            except (IibunError, OSError, RuntimeError) as error:  # the server is closing
                log.info("%s is not done yet: %s", work.__name__, error)

    threading.Thread(target=run, name="clear", daemon=True).start()
