"""The SPARQL 1.1 Protocol and Graph Store Protocol as Starlette routes, for whoever serves the store.

Foreign queries run in worker processes on a snapshot, within limits; writing needs a token.
"""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from kg import environment
from kg.endpoint.workers import Limits
from kg.hosts import WILDCARDS, in_address

if TYPE_CHECKING:
    from starlette.routing import Route

    from kg.store import Store

__all__ = ["LET_IN", "Limits", "Settings", "announce", "routes", "shared_settings"]

#: The key of an ASGI scope by which a server around the endpoint says that it has let somebody in (who has logged in).
LET_IN = "kg.endpoint.let-in"


def _token() -> str:
    return environment.get("IIBUN_TOKEN") or secrets.token_urlsafe(32)


@dataclass(frozen=True, slots=True)
class Settings:
    """How the endpoint serves.

    ``token`` lets its bearer write, and read within generous limits. ``reading`` is ``open``, ``token``, or ``auto``: open to
    who asks from this machine, or was let in by the server around. ``path`` is where the routes are. ``origins`` are
    those whose pages may read answers (``https://notes.example.org``; ``*`` for all): none, unless named.
    """

    token: str = field(default_factory=_token, repr=False)
    reading: str = "auto"
    path: str = "/sparql"
    limits: Limits = field(default_factory=Limits)
    body: int = 256 << 20
    query_body: int = 1 << 20
    origins: frozenset[str] = frozenset()

    @classmethod
    def from_environment(cls) -> Settings:
        """From ``IIBUN_TOKEN``, ``IIBUN_READING``, ``IIBUN_ORIGINS`` and what :meth:`Limits.from_environment` reads.

        Raises:
            WrongSetting: for the first that cannot be meant.
        """
        return cls(
            reading=environment.get("IIBUN_READING"),
            limits=Limits.from_environment(),
            origins=environment.get("IIBUN_ORIGINS"),
        )

    def is_token(self, authorization: str) -> bool:
        """Whether an ``Authorization`` header bears the token."""
        kind, _, token = authorization.partition(" ")
        return kind.lower() == "bearer" and hmac.compare_digest(token.strip().encode(), self.token.encode())

    def shares_with(self, origin: str) -> bool:
        """Whether pages of an origin may read answers."""
        return "*" in self.origins or origin in self.origins


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
        address = in_address(WILDCARDS.get(host, host))
        store.announce(f"http://{address}:{port}{chosen.path}", chosen.token)
