"""Who gets in: one ASGI middleware around all that the server answers (pages, WebSocket, ``/sparql``, files, uploads).

It answers to its own names alone, so that no foreign name that a name server points here is taken for ours; takes
nothing that a page of another origin sends; asks who comes from beyond this machine to log in; and tells browsers to run
no script but ours, and to show the page in no other.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import html
import ipaddress
import re
import secrets
import time
from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, quote

from iibun.i18n import Language, requested_language, translate
from iibun.i18n.errors import explained
from kg import endpoint, environment
from kg.errors import IibunError
from kg.hosts import (
    WILDCARDS,
    header,
    host_name,
    in_address,
    is_local,
    is_loopback,
    passed_on,
    requested,
    served,
)

Scope = MutableMapping[str, Any]
App = Callable[[Scope, Any, Any], Awaitable[None]]

#: A session's cookie is called so, with the port after it: cookies of one host are shared by its ports.
COOKIE = "iibun-session-"
#: Seconds that a login holds; a restart of the server ends all.
SESSION = 14 * 24 * 3600
#: So many wrong passwords of one address in so many seconds; then none is looked at until the time is over.
TRIES, WINDOW = 10, 600
#: So many of all whom a proxy here tells of: whoever comes from this machine can say of himself that he is another.
TOLD = 100
_SAFE = ("GET", "HEAD", "OPTIONS")


class LoginError(IibunError):
    """Nobody could log in."""


class Refusal(IibunError):
    """A request that is not answered, and the status that says so."""

    def __init__(self, said: str, status: int = 403) -> None:
        super().__init__(said)
        self.status = status


class Misdirected(Refusal):
    """A request for a host that this server is not."""

    def __init__(self, said: str) -> None:
        super().__init__(said, 421)


@dataclass(frozen=True, slots=True)
class Policy:
    """Who is answered.

    ``hosts`` are names and addresses that the server has beside its loopback ones and the one that a client has
    connected to. ``login`` asks who comes from beyond this machine to log in, ``always`` asks everybody. Whoever knows
    ``password`` gets in; nobody if it is empty.
    """

    hosts: frozenset[str] = frozenset()
    login: bool = True
    always: bool = False
    password: str = field(default="", repr=False)

    @classmethod
    def from_environment(cls, host: str | None = None, *, login: bool = True) -> Policy:
        """From ``IIBUN_HOSTS``, ``IIBUN_PASSWORD`` and ``IIBUN_NO_LOGIN``.

        Args:
            host: the address that the server is told to listen on, if that is known.
            login: False to ask nobody to log in.

        Raises:
            UsageError: if one of them cannot be meant.
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
    """Middleware: see the module.

    Args:
        app: what is guarded.
        policy: who is answered.
        scripts: the texts of all scripts that stand in a page or are put there; no other of that kind runs.
    """

    def __init__(self, app: App, policy: Policy, scripts: Iterable[str] = ()) -> None:
        self.app = app
        self.policy = policy
        self.endpoint = endpoint.shared_settings()
        self.headers = _headers(scripts)
        self.key = secrets.token_bytes(32)
        self.wrong: dict[str, list[float]] = {}
        self.ended: set[str] = set()  # sessions of who has logged out

    async def __call__(self, scope: Scope, receive: Any, send: Any) -> None:
        if scope["type"] not in ("http", "websocket"):
            return await self.app(scope, receive, send)

        shares = _is_endpoint(scope)  # which says itself who else may read

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
            answer = _Answer(error.status, explained(str(error), language_of(scope)) + "\n", extra=asks)
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
        """Raise for what a page of another origin sends: a WebSocket, what changes something, what it would embed."""
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
        # a session is a browser's, and a browser says from which origin it sends
        if origin is None and not safe and self._cookie(scope):
            raise Refusal("What is sent with a session says from which origin it comes.")

    def _may_ask(self, scope: Scope, origin: str | None) -> bool:
        """Whether a request goes to the endpoint from an origin that the operator has named."""
        return _is_endpoint(scope) and origin is not None and self.endpoint.shares_with(origin)

    async def _login(self, scope: Scope, receive: Any) -> _Answer | None:
        """What is answered instead of what was asked for; None for whom is let in."""
        policy, path = self.policy, scope["path"]
        if not policy.login or not (policy.always or not is_local(scope)):
            return None
        if not policy.password:
            raise Refusal(
                "Nobody gets in from beyond this machine: set IIBUN_PASSWORD, or IIBUN_NO_LOGIN=1 to ask for no login."
            )
        if scope["type"] == "http" and path in ("/login", "/logout"):
            return await self._forms(scope, receive)
        if self._has_session(scope):
            scope[endpoint.LET_IN] = True
            return None
        if path == "/_stcore/health" or (_is_endpoint(scope) and self._endpoint_may(scope)):
            return None
        if scope["type"] == "http" and scope["method"] == "GET" and "text/html" in (header(scope, b"accept") or ""):
            if header(scope, b"sec-fetch-site") == "cross-site":  # a link elsewhere brings no cookie; our own page does
                return _Answer(200, _again(scope), kind="text/html")
            return _Answer(303, "", extra=((b"location", _login_address(scope)),))
        raise Refusal("Log in first, at /login.", 401)

    def _endpoint_may(self, scope: Scope) -> bool:
        """Whether the endpoint decides by itself: who bears its token, reading that is open to all, a browser's question."""
        given = header(scope, b"authorization")
        if given is not None:
            self._slow_down(scope)
            if not self.endpoint.is_token(given):
                self._remember(scope)
                raise Refusal("The token is not right; a server's is in server.json in its store's folder.", 401)
            return True
        return self.endpoint.reading == "open" or scope["method"] == "OPTIONS"

    async def _forms(self, scope: Scope, receive: Any) -> _Answer:
        if scope["path"] == "/logout":
            to_login = (b"location", b"/login")
            if scope["method"] != "POST" or not self._has_session(scope):
                return _Answer(303, "", extra=(to_login,))
            self.ended.add(self._cookie(scope).rpartition(".")[0])
            return _Answer(303, "", extra=(to_login, self._set_cookie(scope, "", 0)))
        if scope["method"] == "POST":
            form = parse_qs((await _body(receive)).decode("utf-8", "replace"))
        else:
            form = parse_qs(scope.get("query_string", b"").decode("latin-1"))
        given = form.get("password" if scope["method"] == "POST" else "key", [""])[0]
        then = form.get("next", ["/"])[0]
        if not re.fullmatch(r"/(?![/\\])[^\x00-\x20\\\x7f]*", then):
            then = "/"
        if not given:
            return _Answer(200, _page(scope, then, inside=self._has_session(scope)), kind="text/html")
        try:
            self._slow_down(scope)
        except Refusal as error:
            return _Answer(error.status, _page(scope, then, said=str(error)), kind="text/html")
        if not _same(given, self.policy.password):
            self._remember(scope)
            return _Answer(401, _page(scope, then, said="The password is not right."), kind="text/html")
        self.wrong.pop(_client(scope), None)
        where = quote(then, safe="/?&=%:;,+@!$'()*~-._#").encode()
        return _Answer(303, "", extra=((b"location", where), self._set_cookie(scope, self._session(scope), SESSION)))

    # wrong passwords

    def _slow_down(self, scope: Scope) -> None:
        now = time.monotonic()
        for who, tries in _guessers(scope):
            recent = [at for at in self.wrong.get(who, []) if at > now - WINDOW]
            if len(recent) < tries:
                continue
            minutes = int((recent[0] + WINDOW - now) // 60) + 1
            raise Refusal(f"There were too many wrong passwords; try again in {minutes} minutes.", 429)

    def _remember(self, scope: Scope) -> None:
        now = time.monotonic()
        for who, tries in _guessers(scope):
            self.wrong[who] = [*(at for at in self.wrong.pop(who, []) if at > now - WINDOW), now][-tries:]
        while len(self.wrong) > 10_000:
            self.wrong.pop(next(iter(self.wrong)))

    # sessions

    def _session(self, scope: Scope) -> str:
        """A session: until when it holds, a name, and a seal over both and the host and port that it holds for."""
        session = f"{int(time.time()) + SESSION}.{secrets.token_hex(8)}"
        return f"{session}.{self._seal(scope, session)}"

    def _seal(self, scope: Scope, session: str) -> str:
        return hmac.new(self.key, f"{_authority(_own(scope))} {session}".encode(), hashlib.sha256).hexdigest()

    def _cookie(self, scope: Scope) -> str:
        name = _cookie_name(scope)
        for line in (v.decode("latin-1") for k, v in scope["headers"] if k.lower() == b"cookie"):
            for part in line.split(";"):
                key, _, value = part.strip().partition("=")
                if key == name:
                    return value
        return ""

    def _has_session(self, scope: Scope) -> bool:
        session, _, seal = self._cookie(scope).rpartition(".")
        if not _same(seal, self._seal(scope, session)) or session in self.ended:
            return False
        return time.time() < int(session.partition(".")[0])

    def _set_cookie(self, scope: Scope, value: str, seconds: int) -> tuple[bytes, bytes]:
        secure = "; Secure" if scope.get("scheme") == "https" else ""
        text = f"{_cookie_name(scope)}={value}; Path=/; Max-Age={seconds}; HttpOnly; SameSite=Strict{secure}"
        return b"set-cookie", text.encode("latin-1")


@dataclass(frozen=True, slots=True)
class _Answer:
    """What the guard itself answers."""

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
    """What every response tells browsers: what a page of ours may do, and that no other may hold it."""
    digests = sorted({base64.b64encode(hashlib.sha256(s.encode()).digest()).decode() for s in scripts})
    policy = {
        "default-src": "'self'",
        # blob: is how Streamlit starts the script of a component
        "script-src": " ".join(["'self'", "blob:", *(f"'sha256-{d}'" for d in digests)]),
        "style-src": "'self' 'unsafe-inline'",  # Streamlit writes its styles into the page
        "img-src": "'self' data: blob:", "media-src": "'self' data: blob:", "font-src": "'self' data:",
        "worker-src": "'self' blob:", "object-src": "'none'", "frame-src": "'none'", "base-uri": "'none'",
        "form-action": "'self'", "frame-ancestors": "'none'",
    }  # fmt: skip
    return [
        (b"content-security-policy", "; ".join(f"{k} {v}" for k, v in policy.items()).encode()),
        (b"x-frame-options", b"DENY"), (b"x-content-type-options", b"nosniff"), (b"referrer-policy", b"same-origin"),
        (b"cross-origin-opener-policy", b"same-origin"), (b"cross-origin-resource-policy", b"same-origin"),
    ]  # fmt: skip


def _own(scope: Scope) -> str:
    return header(scope, b"host") or ""


def _authority(place: str) -> tuple[str | None, str]:
    """Host and port of a ``Host`` header or of an origin without its scheme; the port is "" where it is a scheme's own."""
    port = place.rpartition(":")[2] if re.search(r":[0-9]+$", place) else ""
    return host_name(place), "" if port in ("80", "443") else port


def _is_own(scope: Scope, origin: str) -> bool:
    """Whether a page of an origin is ours. A proxy may speak https where we are asked by http, so both are."""
    scheme, _, place = origin.partition("://")
    return scheme.lower() in ("http", "https") and _authority(place) == _authority(_own(scope))


def _is_endpoint(scope: Scope) -> bool:
    path = endpoint.shared_settings().path
    return scope["type"] == "http" and (scope["path"] == path or scope["path"].startswith(path + "/"))


def _cookie_name(scope: Scope) -> str:
    return COOKIE + (_authority(_own(scope))[1] or "0")


def _client(scope: Scope) -> str:
    """Whom wrong passwords are counted for: an address, or the network of 64 bits that one of six belongs to."""
    given = str((scope.get("client") or ("",))[0])
    try:
        address = ipaddress.ip_address(given)
    except ValueError:
        return given
    return str(address) if address.version == 4 else str(ipaddress.ip_network(f"{address}/64", strict=False))


def _guessers(scope: Scope) -> list[tuple[str, int]]:
    """For whom a wrong password counts, and how many each may give."""
    told = [("through a proxy", TOLD)] if passed_on(scope) else []
    return [(_client(scope), TRIES), *told]


def _same(given: str, right: str) -> bool:
    """Whether two secrets are the same, in a time that tells nothing of where they differ or how long they are."""
    digests = [hashlib.sha256(s.encode("utf-8", "surrogatepass")).digest() for s in (given, right)]
    return hmac.compare_digest(*digests)


def language_of(scope: Scope) -> Language:
    """The language of a request; see :func:`iibun.i18n.requested_language`."""
    return requested_language(scope.get("query_string", b"").decode("latin-1"), header(scope, b"accept-language") or "")


def _address(scope: Scope) -> str:
    """The path and query that were asked for; ``//host`` would be another server's."""
    query = scope.get("query_string", b"").decode("latin-1")
    return quote("/" + scope["path"].lstrip("/"), safe="/:@!$&'()*+,;=~-._") + (f"?{query}" if query else "")


def _login_address(scope: Scope) -> bytes:
    there = _address(scope)
    return ("/login" + ("" if there == "/" else f"?next={quote(there, safe='/')}")).encode("latin-1")


async def _body(receive: Any, limit: int = 8192) -> bytes:
    found, more = b"", True
    while more and len(found) <= limit:
        message = await receive()
        found += message.get("body", b"")
        more = message.get("more_body", False)
    if len(found) > limit:
        raise Refusal(f"A login is not longer than {limit} bytes.", 413)
    return found


_STYLE = """
:root { color-scheme: light dark; font-family: "Hiragino Sans", "Noto Sans JP", "Noto Sans CJK JP", sans-serif; }
body { background: light-dark(#fdfdfb, #15181c); color: light-dark(#23262b, #e4e6e8); margin: 0; }
main { max-width: 22rem; margin: 18vh auto 0; padding: 0 1rem; }
h1 { font-size: 1.5rem; } p, label { line-height: 1.7; } a { color: light-dark(#1a5580, #8fc4e8); }
input, button { box-sizing: border-box; width: 100%; font: inherit; padding: .55rem .7rem; border-radius: 8px; border: 1px solid light-dark(#8d8f88, #7a838d); }
input { margin: .3rem 0 .9rem; background: light-dark(#fff, #1f242a); color: inherit; }
button { background: light-dark(#1f5f8b, #7db8e0); color: light-dark(#fff, #0f1d28); border: 0; cursor: pointer; }
[role=alert] { color: light-dark(#a32020, #ff9d94); }
"""


def _document(scope: Scope, body: str, head: str = "") -> str:
    return (
        f'<!doctype html><html lang="{language_of(scope)}"><head><meta charset="utf-8">{head}<link rel="icon" href="data:,">'
        '<meta name="viewport" content="width=device-width, initial-scale=1"><title>Iibun 言い分</title>'
        f"<style>{_STYLE}</style></head><body><main><h1>Iibun 言い分</h1>{body}</main></body></html>"
    )


def _page(scope: Scope, then: str, *, said: str = "", inside: bool = False) -> str:
    """The page that asks for the password; for who is in already, the one that lets out."""
    lang = language_of(scope)

    def words(name: str) -> str:
        return html.escape(translate(f"login.{name}", lang))

    if inside:
        return _document(
            scope,
            f'<p>{words("inside")}</p><p><a href="/">{words("to-page")}</a></p>'
            f'<form method="post" action="/logout"><button>{words("log-out")}</button></form>',
        )
    alert = f'<p role="alert">{html.escape(explained(said, lang))}</p>' if said else ""
    return _document(
        scope,
        f'{alert}<form method="post" action="/login"><input type="hidden" name="next" value="{html.escape(then)}">'
        f'<label>{words("password")}<input type="password" name="password" autocomplete="current-password" required autofocus></label>'
        f"<button>{words('log-in')}</button></form>",
    )


def _again(scope: Scope) -> str:
    address = html.escape(_address(scope))
    head = f'<meta http-equiv="refresh" content="0;url={address}">'
    return _document(
        scope, f'<p><a href="{address}">{html.escape(translate("login.go-on", language_of(scope)))}</a></p>', head
    )
