"""The SPARQL 1.1 Protocol and Graph Store Protocol as Starlette routes, for whoever serves the store.

Foreign queries run in worker processes on a snapshot, within limits; writing needs a token.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from kg.endpoint.workers import Limits

if TYPE_CHECKING:
    from starlette.routing import Route

    from kg.store import Store

__all__ = ["Limits", "Settings", "announce", "routes"]


def _token() -> str:
    return os.environ.get("IIBUN_TOKEN") or secrets.token_urlsafe(32)


@dataclass(frozen=True, slots=True)
class Settings:
    """How the endpoint serves.

    ``token`` lets its bearer write, and read without limits. ``reading`` is ``open``, ``token``, or ``auto``: open to
    who connects to a loopback address. ``path`` is where the routes are.
    """

    token: str = field(default_factory=_token, repr=False)
    reading: str = "auto"
    path: str = "/sparql"
    limits: Limits = field(default_factory=Limits)
    body: int = 256 << 20
    query_body: int = 1 << 20

    @classmethod
    def from_environment(cls) -> Settings:
        """From ``IIBUN_TOKEN``, ``IIBUN_READING``, ``IIBUN_QUERY_SECONDS``, ``_MEMORY_MB``, ``_ROWS``, ``_MB``."""
        env = os.environ
        megabytes = env.get("IIBUN_QUERY_MEMORY_MB")
        limits = Limits(
            seconds=float(env.get("IIBUN_QUERY_SECONDS", 30)),
            memory=int(megabytes) << 20 if megabytes else Limits().memory,
            rows=int(env.get("IIBUN_QUERY_ROWS", 200_000)),
            bytes=int(env.get("IIBUN_QUERY_MB", 64)) << 20,
        )
        return cls(reading=env.get("IIBUN_READING", "auto"), limits=limits)


_settings: Settings | None = None


def shared_settings() -> Settings:
    """The settings of this process: its routes and what it announces agree on one token."""
    global _settings
    if _settings is None:
        _settings = Settings.from_environment()
    return _settings


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
        address = (
            "127.0.0.1"
            if host in ("", "0.0.0.0")
            else "[::1]"
            if host == "::"
            else f"[{host}]"
            if ":" in host
            else host
        )
        store.announce(f"http://{address}:{port}{chosen.path}", chosen.token)
