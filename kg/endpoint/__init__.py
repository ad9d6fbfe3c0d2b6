"""The SPARQL 1.1 Protocol and the Graph Store HTTP Protocol as Starlette routes.

Queries run in worker processes on a snapshot of the store, within limits (:mod:`kg.endpoint.workers`). Writing needs a token.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from kg.endpoint.limits import Limits
from kg.endpoint.settings import LET_IN, Settings, shared_settings
from kg.hosts import WILDCARDS, in_address

if TYPE_CHECKING:
    from starlette.routing import Route

    from kg.store import Store

__all__ = ["LET_IN", "Limits", "Settings", "announce", "routes", "shared_settings"]


def routes(store: Store | Callable[[], Store], *, settings: Settings | None = None) -> list[Route]:
    """The routes of the endpoint.

    Args:
        store: the store to serve, or a function that returns it (first called at the first request).
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
    """Write to the store's folder where this server is, so that other processes of this user can use the store through it.

    Args:
        store: the store that this process holds; does nothing unless it is in a folder.
        host: the address that the server listens on.
        port: its port.
        settings: the routes' settings; those of :func:`shared_settings` if None.
    """
    from kg.store.folder import FolderStore

    if isinstance(store, FolderStore):
        chosen = settings or shared_settings()
        address = in_address(WILDCARDS.get(host, host))
        store.announce(f"http://{address}:{port}{chosen.path}", chosen.token)
