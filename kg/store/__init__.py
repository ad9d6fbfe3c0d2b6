"""One interface to a graph store: a folder (embedded Oxigraph) or the URL of a SPARQL 1.1 server."""

from __future__ import annotations

import os
from pathlib import Path

from kg.store.base import Store, StoreError
from kg.store.embedded import EmbeddedStore, Locked
from kg.store.sparql import BadQuery, Refused, Value, iri
from kg.store.transfer import backup, load, restore
from kg.store.values import Row

__all__ = [
    "BadQuery", "EmbeddedStore", "Locked", "Refused", "Row", "Store", "StoreError", "Value", "backup", "iri", "load",
    "memory", "open", "restore",
]  # fmt: skip

#: Where a store is if nothing is said.
DEFAULT = "data/store"


def open(url: str | Path | None = None, *, read_only: bool = False) -> Store:
    """The store at a folder or URL.

    A folder that a server of ours holds is reached through that server; one that nobody holds is opened here,
    and let go of whenever it is idle, so that several commands may run at once.

    Args:
        url: a folder, or the ``http(s)`` URL of a SPARQL 1.1 server; ``IIBUN_STORE`` or ``data/store`` if None.
        read_only: refuse writes.

    Raises:
        StoreError: if there is no such server, or the folder cannot be opened.

    Example:
        ``with kg.store.open("data/store") as store: store.graphs()``
    """
    where = str(url if url is not None else os.environ.get("IIBUN_STORE") or DEFAULT)
    if where.startswith(("http://", "https://")):
        from kg.store.remote import RemoteStore

        return RemoteStore.at(where, read_only=read_only)
    from kg.store.folder import FolderStore

    return FolderStore(Path(where), read_only=read_only)


def memory() -> EmbeddedStore:
    """An empty store in memory, for tests and one-off work."""
    return EmbeddedStore()
