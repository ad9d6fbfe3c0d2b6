"""Deleting an article: from the graph, and the page that it was read from."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from kg.store import Store


def delete(store: Store, article: str, *, judgements: bool = False) -> bool:
    """Delete an article, the links of its claims, what was derived of judgements on them, and the page or file that a
    folder keeps as read, if no other article is from it.

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
    from kg.tracking.judgements import refresh

    there = store.contains(article)
    kept = store.select("SELECT ?hash { GRAPH $g { $g iib:originalHash ?hash } }", g=iri(article))
    found = forget(store, article, judgements=judgements)
    if there:
        refresh(store, article)
    if isinstance(store, FolderStore):
        originals = store.folder / "originals"
        for digest in (row["hash"] for row in kept):
            if digest.isalnum() and not store.select("SELECT ?a { ?a iib:originalHash $hash } LIMIT 1", hash=digest):
                (originals / digest[:2] / digest).unlink(missing_ok=True)
    return found
