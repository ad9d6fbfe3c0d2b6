"""The SPARQL 1.1 Protocol and Graph Store Protocol as Starlette routes, for whoever serves the store.

Foreign queries run in worker processes on a snapshot, within limits; writing needs a token.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from kg.endpoint.settings import LET_IN, Settings, shared_settings
from kg.endpoint.workers import Limits
from kg.hosts import WILDCARDS, in_address

if TYPE_CHECKING:
    from starlette.routing import Route

    from kg.store import Store

__all__ = ["LET_IN", "Limits", "Settings", "announce", "routes", "shared_settings"]


def routes(store: Store | Callable[[], Store], *, settings: Settings | None = None) -> list[Route]:
    """The routes of the endpoint.

    Args:
        store: what to serve, or a function that gives it (called at the first request).
        settings: see :class:`Settings`; from the environment if None.

    Returns:
        Routes for ``/sparql`` (query, update, service description), ``/sparql/graphs`` (Graph Store Protocol) and
        ``/sparql/version``.

    Example:
        ``Starlette(routes=kg.endpoint.routes(kg.store.open("data/store")))``
    """
    from kg.endpoint.protocol import Endpoint

    return Endpoint(store, settings or shared_settings()).routes()


def announce(store: Store, host: str, port: int, *, settings: Settings | None = None) -> None:
    """Tell other processes of this user where the server is that holds the store's folder.

    Args:
        store: the store that this process holds; nothing happens if it is not a folder.
        host: the address that the server listens on.
        port: its port.
    """
    from kg.store.folder import FolderStore

    if isinstance(store, FolderStore):
        chosen = settings or shared_settings()
        address = in_address(WILDCARDS.get(host, host))
        store.announce(f"http://{address}:{port}{chosen.path}", chosen.token)
