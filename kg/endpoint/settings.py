"""How the endpoint serves: its token, who may read, its limits."""

from __future__ import annotations

import hmac
import secrets
from dataclasses import dataclass, field

from kg import environment
from kg.endpoint.workers import Limits

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
