"""One interface to graph stores: a folder (embedded Oxigraph), a SPARQL 1.1 server, or memory.

:mod:`kg.store.base` defines the interface. Every store keeps the RDF merge of its graphs: see :mod:`kg.store.merge`.
"""

from __future__ import annotations

import re
from pathlib import Path

from kg import environment
from kg.store.base import Store, StoreError
from kg.store.embedded import EmbeddedStore
from kg.store.opening import Locked
from kg.store.sparql import BadQuery, Refused, Value, iri
from kg.store.transfer import backup, backup_at, restore
from kg.store.values import Row

__all__ = [
    "BadQuery", "EmbeddedStore", "Locked", "Refused", "Row", "Store", "StoreError", "Value", "backup", "backup_at", "iri",
    "memory", "open", "restore",
]  # fmt: skip

#: The store that is used if none is named.
DEFAULT = "data/store"


def open(url: str | Path | None = None, *, read_only: bool = False, create: bool = True) -> Store:
    """The store at a folder or URL.

    A folder that is held by one of our servers is reached through that server. Otherwise this process opens it while it works
    and closes it when idle, so that several commands can use one folder at the same time.

    Args:
        url: a folder, or the ``http(s)`` URL of a SPARQL 1.1 server; ``IIBUN_STORE`` or ``data/store`` if None.
        read_only: refuse writes; a folder without a store is an error then.
        create: create a store if the folder has none, unless ``read_only``.

    Raises:
        StoreError: if the server does not answer, the folder has no store and none may be created, or it cannot be opened.

    Example:
        ``with kg.store.open("data/store") as store: store.graphs()``
    """
    where = str(url if url is not None else environment.get("IIBUN_STORE") or DEFAULT)
    scheme = re.match(r"([A-Za-z][A-Za-z0-9+.-]+)://", where)
    if scheme and scheme[1].lower() not in ("http", "https"):
        raise StoreError(
            f"The store {where[:80]!r} is neither a folder nor an http(s) address; "
            "name a folder, or the http:// or https:// address of a SPARQL server."
        )
    if scheme:
        from kg.store.remote import RemoteStore

        return RemoteStore.at(where, read_only=read_only)
    from kg.store.folder import FolderStore

    return FolderStore(Path(where), read_only=read_only, create=create)


def memory() -> EmbeddedStore:
    """An empty store in memory, for tests and one-off work."""
    return EmbeddedStore()
