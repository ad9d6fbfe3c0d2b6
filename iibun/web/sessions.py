"""Sessions of people who have logged in: a cookie that says until when, sealed with a key of this run of the server."""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
import time

from iibun.web.login import Scope
from kg.hosts import header, host_name

#: Name of the session cookie, before the port: the ports of a host share their cookies.
COOKIE = "iibun-session-"
#: Seconds that a login is valid; a restart of the server ends all sessions.
SESSION = 14 * 24 * 3600


class Sessions:
    """Begins, checks and ends sessions; a restart of the server ends all of them."""

    def __init__(self) -> None:
        self._key = secrets.token_bytes(32)
        self._ended: set[str] = set()  # with a logout

    def begin(self, scope: Scope) -> tuple[bytes, bytes]:
        """The header that gives a client a new session: its expiry time, a random name, and an HMAC over both and host and port."""
        session = f"{int(time.time()) + SESSION}.{secrets.token_hex(8)}"
        return _set_cookie(scope, f"{session}.{self._seal(scope, session)}", SESSION)

    def end(self, scope: Scope) -> tuple[bytes, bytes]:
        """End the session of a request, and return the header that removes its cookie."""
        self._ended.add(cookie(scope).rpartition(".")[0])
        return _set_cookie(scope, "", 0)

    def has(self, scope: Scope) -> bool:
        """Whether a request has a session that is valid now."""
        session, _, seal = cookie(scope).rpartition(".")
        if not same(seal, self._seal(scope, session)) or session in self._ended:
            return False
        return time.time() < int(session.partition(".")[0])

    def _seal(self, scope: Scope, session: str) -> str:
        return hmac.new(self._key, f"{authority(own(scope))} {session}".encode(), hashlib.sha256).hexdigest()


def cookie(scope: Scope) -> str:
    """The value of a request's session cookie; empty if it has none."""
    name = _cookie_name(scope)
    for line in (v.decode("latin-1") for k, v in scope["headers"] if k.lower() == b"cookie"):
        for part in line.split(";"):
            key, _, value = part.strip().partition("=")
            if key == name:
                return value
    return ""


def _set_cookie(scope: Scope, value: str, seconds: int) -> tuple[bytes, bytes]:
    secure = "; Secure" if scope.get("scheme") == "https" else ""
    text = f"{_cookie_name(scope)}={value}; Path=/; Max-Age={seconds}; HttpOnly; SameSite=Strict{secure}"
    return b"set-cookie", text.encode("latin-1")


def _cookie_name(scope: Scope) -> str:
    return COOKIE + (authority(own(scope))[1] or "0")


def own(scope: Scope) -> str:
    """The ``Host`` header of a request."""
    return header(scope, b"host") or ""


def authority(place: str) -> tuple[str | None, str]:
    """Host and port of a ``Host`` header or of an origin without its scheme; the port is "" for 80 and 443."""
    port = place.rpartition(":")[2] if re.search(r":[0-9]+$", place) else ""
    return host_name(place), "" if port in ("80", "443") else port


def same(given: str, right: str) -> bool:
    """Whether two secrets are equal; the time taken does not depend on where they differ or how long they are."""
    digests = [hashlib.sha256(s.encode("utf-8", "surrogatepass")).digest() for s in (given, right)]
    return hmac.compare_digest(*digests)
