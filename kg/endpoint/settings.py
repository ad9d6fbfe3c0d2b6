"""How the endpoint serves: its token, who may read, its limits."""

from __future__ import annotations

import hmac
import secrets
from dataclasses import dataclass, field

from kg import environment
from kg.endpoint.limits import Limits

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
