"""Access control: one ASGI middleware around all that the server answers (pages, WebSocket, ``/sparql``, ``/mcp``, uploads).

- Host: requests for a name that is not this server's are refused, against DNS rebinding.
- Origin: requests that a page of another origin sends are refused, against cross-site request forgery.
- Login: clients beyond this machine must log in; programs give the endpoint's token instead, and agents always that.
- Headers: browsers are told to run only our scripts and not to show our pages in a frame.

Sessions and wrong passwords are kept by :mod:`iibun.web.sessions` and :mod:`iibun.web.guesses`.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, quote

from iibun import agents
from iibun.i18n.errors import explained
from iibun.web import handing, login
from iibun.web.guesses import Guesses
from iibun.web.login import Scope
from iibun.web.sessions import Sessions, authority, cookie, own, same
from kg import endpoint, environment
from kg.errors import IibunError
from kg.hosts import (
    WILDCARDS,
    header,
    host_name,
    in_address,
    is_local,
    is_loopback,
    requested,
    served,
)

App = Callable[[Scope, Any, Any], Awaitable[None]]

_SAFE = ("GET", "HEAD", "OPTIONS")


class Refusal(IibunError):
    """A request is refused, with this HTTP status."""

    def __init__(self, said: str, status: int = 403) -> None:
        super().__init__(said)
        self.status = status


class Misdirected(Refusal):
    """A request is for a host name that is not this server's (status 421)."""

    def __init__(self, said: str) -> None:
        super().__init__(said, 421)


@dataclass(frozen=True, slots=True)
class Policy:
    """Who is let in.

    Args:
        hosts: names and addresses of this server, beside the loopback ones and the address that a client connected to.
        login: ask clients beyond this machine to log in; False asks nobody.
        always: ask clients on this machine too.
        password: for the login; if it is empty, nobody can log in.
    """

    hosts: frozenset[str] = frozenset()
    login: bool = True
    always: bool = False
    password: str = field(default="", repr=False)

    @classmethod
    def from_environment(cls, host: str | None = None, *, login: bool = True) -> Policy:
        """The policy that ``IIBUN_HOSTS``, ``IIBUN_PASSWORD`` and ``IIBUN_NO_LOGIN`` describe.

        Args:
            host: the address that the server listens on, if it is known.
            login: False to ask nobody to log in.

        Raises:
            UsageError: if one of the variables has an invalid value.
        """
        hosts = set(environment.get("IIBUN_HOSTS"))
        if host is not None and host not in WILDCARDS:
            hosts.add(host_name(in_address(host)) or host)
        password = environment.get("IIBUN_PASSWORD")
        beyond = host in WILDCARDS or not all(map(is_loopback, hosts))
        return cls(
            hosts=frozenset(hosts), password=password, always=beyond or bool(password),
            login=login and not environment.get("IIBUN_NO_LOGIN"),
        )  # fmt: skip


class Guard:
    """The middleware that the module describes.

    Args:
        app: the ASGI app to protect.
        policy: who is let in.
        scripts: the texts of all inline scripts of our pages; browsers run no other inline script.
    """

    def __init__(self, app: App, policy: Policy, scripts: Iterable[str] = ()) -> None:
        self.app = app
        self.policy = policy
        self.endpoint = endpoint.shared_settings()
        self.headers = _headers(scripts)
        self.sessions = Sessions()
        self.guesses = Guesses()

    async def __call__(self, scope: Scope, receive: Any, send: Any) -> None:
        if scope["type"] not in ("http", "websocket"):
            return await self.app(scope, receive, send)

        shares = _is_endpoint(scope)  # the endpoint sends CORS headers of its own

        async def with_headers(message: MutableMapping[str, Any]) -> None:
            if message["type"] == "http.response.start":
                said = [(k, v) for k, v in message["headers"] if shares or not k.lower().startswith(b"access-control-")]
                there = {key.lower() for key, _ in said}
                message["headers"] = [*said, *((k, v) for k, v in self.headers if k not in there)]
            await send(message)

        try:
            self._check_host(scope)
            self._check_origin(scope)
            answer = await self._login(scope, receive)
        except Refusal as error:
            asks = ((b"www-authenticate", b'Bearer realm="iibun"'),) if error.status == 401 else ()
            answer = _Answer(error.status, explained(str(error), login.language_of(scope)) + "\n", extra=asks)
        if answer is None:
            await self.app(scope, receive, with_headers)
        elif scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1008, "reason": ""})
        else:
            await answer.send(scope, with_headers)

    def _check_host(self, scope: Scope) -> None:
        host = requested(scope)
        if host is None:
            raise Misdirected("The request names no host, or several.")
        if not (is_loopback(host) or host in self.policy.hosts or host == served(scope)):
            raise Misdirected(f"This server does not answer to the name {host}; IIBUN_HOSTS can name it.")

    def _check_origin(self, scope: Scope) -> None:
        """Refuse WebSockets, unsafe methods and embedded resources that a page of another origin asks for.

        Raises:
            Refusal: for such a request.
        """
        safe = scope["type"] == "http" and scope["method"] in _SAFE
        origin, site = header(scope, b"origin"), header(scope, b"sec-fetch-site")
        if self._may_ask(scope, origin):
            return
        many = sum(key.lower() == b"origin" for key, _ in scope["headers"]) > 1
        if not safe and (many or (origin is not None and not _is_own(scope, origin))):
            raise Refusal(f"What a page of {origin or 'several origins'} sends is not taken here.")
        if site in ("cross-site", "same-site"):
            moved = header(scope, b"sec-fetch-mode") == "navigate" and header(scope, b"sec-fetch-dest") == "document"
            if not (safe and moved):
                raise Refusal("What a page of another site asks for is not given.")
        # Only browsers have sessions, and a browser names its origin with an unsafe method.
        if origin is None and not safe and cookie(scope):
            raise Refusal("What is sent with a session says from which origin it comes.")

    def _may_ask(self, scope: Scope, origin: str | None) -> bool:
        """Whether a request goes to the endpoint from an origin that the operator has named."""
        return _is_endpoint(scope) and origin is not None and self.endpoint.shares_with(origin)

    async def _login(self, scope: Scope, receive: Any) -> _Answer | None:
        """The response for a client that is not logged in; None for a client that is let in.

        Raises:
            Refusal: if the client cannot be sent to the login page.
        """
        policy, path = self.policy, scope["path"]
        if not policy.login or not (policy.always or not is_local(scope)):
            return None
        if not policy.password:
            raise Refusal(
                "Nobody gets in from beyond this machine: set IIBUN_PASSWORD, or IIBUN_NO_LOGIN=1 to ask for no login."
            )
        if scope["type"] == "http" and path in ("/login", "/logout"):
            return await self._forms(scope, receive)
        if self.sessions.has(scope):
            scope[endpoint.LET_IN] = True
            return None
        if path in ("/_stcore/health", *handing.OPEN) or (_is_endpoint(scope) and self._endpoint_may(scope)):
            return None
        if scope["type"] == "http" and path == agents.PATH and self._has_token(scope):
            return None
        if scope["type"] == "http" and scope["method"] == "GET" and "text/html" in (header(scope, b"accept") or ""):
            # A browser sends no SameSite=Strict cookie for a link on another site. Our page then reloads itself, with cookie.
            if header(scope, b"sec-fetch-site") == "cross-site":
                return _Answer(200, login.again(scope), kind="text/html")
            return _Answer(303, "", extra=((b"location", login.address(scope)),))
        raise Refusal("Log in first, at /login.", 401)

    def _endpoint_may(self, scope: Scope) -> bool:
        """Whether a request goes to the endpoint without login: with its token, for open reading, or as a CORS preflight.

        Raises:
            Refusal: for a wrong token.
        """
        return self._has_token(scope) or self.endpoint.reading == "open" or scope["method"] == "OPTIONS"

    def _has_token(self, scope: Scope) -> bool:
        """Whether a request has the endpoint's token.

        Raises:
            Refusal: for a wrong token.
        """
        given = header(scope, b"authorization")
        if given is None:
            return False
        self._slow_down(scope)
        if not self.endpoint.is_token(given):
            self.guesses.count(scope)
            raise Refusal("The token is not right; a server's is in server.json in its store's folder.", 401)
        return True

    async def _forms(self, scope: Scope, receive: Any) -> _Answer:
        """The response of ``/login`` and ``/logout``."""
        if scope["path"] == "/logout":
            to_login = (b"location", b"/login")
            if scope["method"] != "POST" or not self.sessions.has(scope):
                return _Answer(303, "", extra=(to_login,))
            return _Answer(303, "", extra=(to_login, self.sessions.end(scope)))
        if scope["method"] == "POST":
            form = parse_qs((await _body(receive)).decode("utf-8", "replace"))
        else:
            form = parse_qs(scope.get("query_string", b"").decode("latin-1"))
        given = form.get("password" if scope["method"] == "POST" else "key", [""])[0]
        then = form.get("next", ["/"])[0]
        if not re.fullmatch(r"/(?![/\\])[^\x00-\x20\\\x7f]*", then):
            then = "/"
        if not given:
            return _Answer(200, login.page(scope, then, inside=self.sessions.has(scope)), kind="text/html")
        try:
            self._slow_down(scope)
        except Refusal as error:
            return _Answer(error.status, login.page(scope, then, said=str(error)), kind="text/html")
        if not same(given, self.policy.password):
            self.guesses.count(scope)
            return _Answer(401, login.page(scope, then, said="The password is not right."), kind="text/html")
        self.guesses.forget(scope)
        where = quote(then, safe="/?&=%:;,+@!$'()*~-._#").encode()
        return _Answer(303, "", extra=((b"location", where), self.sessions.begin(scope)))

    def _slow_down(self, scope: Scope) -> None:
        """Refuse a client that has given too many wrong passwords."""
        if minutes := self.guesses.wait(scope):
            raise Refusal(f"There were too many wrong passwords; try again in {minutes} minutes.", 429)


@dataclass(frozen=True, slots=True)
class _Answer:
    """A response of the guard itself."""

    status: int
    text: str
    kind: str = "text/plain"
    extra: tuple[tuple[bytes, bytes], ...] = ()

    async def send(self, scope: Scope, send: Any) -> None:
        body = self.text.encode()
        headers = [
            (b"content-type", f"{self.kind}; charset=utf-8".encode()), (b"content-length", str(len(body)).encode()),
            (b"cache-control", b"no-store"), *self.extra,
        ]  # fmt: skip
        await send({"type": "http.response.start", "status": self.status, "headers": headers})
        await send({"type": "http.response.body", "body": b"" if scope["method"] == "HEAD" else body})


def _headers(scripts: Iterable[str]) -> list[tuple[bytes, bytes]]:
    """The security headers of every response: content security policy, no frames, no type sniffing."""
    digests = sorted({base64.b64encode(hashlib.sha256(s.encode()).digest()).decode() for s in scripts})
    policy = {
        "default-src": "'self'",
        # Streamlit loads the script of a component from a blob: address.
        "script-src": " ".join(["'self'", "blob:", *(f"'sha256-{d}'" for d in digests)]),
        "style-src": "'self' 'unsafe-inline'",  # Streamlit has inline styles
        "img-src": "'self' data: blob:", "media-src": "'self' data: blob:", "font-src": "'self' data:",
        "worker-src": "'self' blob:", "object-src": "'none'", "frame-src": "'none'", "base-uri": "'none'",
        "form-action": "'self'", "frame-ancestors": "'none'",
    }  # fmt: skip
    return [
        (b"content-security-policy", "; ".join(f"{k} {v}" for k, v in policy.items()).encode()),
        (b"x-frame-options", b"DENY"), (b"x-content-type-options", b"nosniff"), (b"referrer-policy", b"same-origin"),
        (b"cross-origin-opener-policy", b"same-origin"), (b"cross-origin-resource-policy", b"same-origin"),
    ]  # fmt: skip


def _is_own(scope: Scope, origin: str) -> bool:
    """Whether an origin is this server's. Both schemes are, since a proxy may take https and ask us by http."""
    scheme, _, place = origin.partition("://")
    return scheme.lower() in ("http", "https") and authority(place) == authority(own(scope))


def _is_endpoint(scope: Scope) -> bool:
    path = endpoint.shared_settings().path
    return scope["type"] == "http" and (scope["path"] == path or scope["path"].startswith(path + "/"))


async def _body(receive: Any, limit: int = 8192) -> bytes:
    found, more = b"", True
    while more and len(found) <= limit:
        message = await receive()
        found += message.get("body", b"")
        more = message.get("more_body", False)
    if len(found) > limit:
        raise Refusal(f"A login is not longer than {limit} bytes.", 413)
    return found
