"""The SPARQL 1.1 Protocol and the Graph Store HTTP Protocol as Starlette routes.

Queries run in worker processes on a snapshot of the store, within limits (:mod:`kg.endpoint.workers`). Writing needs a token.
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

#: Key of an ASGI scope that the surrounding server sets if the user has logged in.
LET_IN = "kg.endpoint.let-in"


def _token() -> str:
    return environment.get("IIBUN_TOKEN") or secrets.token_urlsafe(32)


@dataclass(frozen=True, slots=True)
class Settings:
    """Settings of the endpoint.

    Attributes:
        token: its bearer may write, and read within generous limits.
        reading: who may read without the token. ``open``: everybody; ``token``: nobody; ``auto``: requests from this machine,
            and users whom the surrounding server has logged in.
        path: path of the routes.
        limits: of queries without the token.
        body: most bytes of a request's body, if it has the token.
        query_body: most bytes of a request's body without the token.
        origins: web origins whose pages may read answers (``https://notes.example.org``; ``*`` for all).
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
        """The settings of ``IIBUN_TOKEN``, ``IIBUN_READING``, ``IIBUN_ORIGINS`` and of :meth:`Limits.from_environment`.

        Raises:
            WrongSetting: for the first variable with a value that is not allowed.
        """
        return cls(
            reading=environment.get("IIBUN_READING"),
            limits=Limits.from_environment(),
            origins=environment.get("IIBUN_ORIGINS"),
        )

    def is_token(self, authorization: str) -> bool:
        """Whether an ``Authorization`` header has the token."""
        kind, _, token = authorization.partition(" ")
        return kind.lower() == "bearer" and hmac.compare_digest(token.strip().encode(), self.token.encode())

    def shares_with(self, origin: str) -> bool:
        """Whether pages of a web origin may read answers."""
        return "*" in self.origins or origin in self.origins


_settings: Settings | None = None


def shared_settings() -> Settings:
    """The settings of this process, made once, so that :func:`routes` and :func:`announce` use the same token."""
    global _settings
    if _settings is None:
        _settings = Settings.from_environment()
    return _settings


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
