"""Who gets in: names, origins, logging in; each row is a request and what must come of it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route, WebSocketRoute
from starlette.testclient import TestClient
from starlette.websockets import WebSocket, WebSocketDisconnect

import kg.store
from iibun.web import guard, guesses, handing
from kg import endpoint

PASSWORD = "言い分はどちらに"
LAN = "192.168.1.20"
ALWAYS = guard.Policy(always=True, password=PASSWORD)

BEYOND = guard.Policy(password=PASSWORD)


def _app(policy: guard.Policy, *routes: Any) -> Starlette:
    async def said(request: Request) -> PlainTextResponse:
        return PlainTextResponse("inside")

    async def socket(websocket: WebSocket) -> None:
        await websocket.accept()
        await websocket.send_text("inside")
        await websocket.close()

    app = Starlette(routes=[
        WebSocketRoute("/_stcore/stream", socket), *routes, Route("/{rest:path}", said, methods=["GET", "POST", "PUT", "DELETE"]),
    ])  # fmt: skip
    app.add_middleware(guard.Guard, policy=policy, scripts=["document.title = 1"])
    return app


def _client(policy: guard.Policy, *routes: Any, served: str = "127.0.0.1", host: str = "127.0.0.1:8501") -> TestClient:
    """A client that has connected to an address of ours (``served``) under a name (``host``)."""
    app = _app(policy, *routes)

    async def connected(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "lifespan":
            scope["server"] = (served, 8501)
        await app(scope, receive, send)

    return TestClient(connected, base_url=f"http://{host}", follow_redirects=False)


def _stream(client: TestClient, path: str = "/_stcore/stream") -> str:
    return str(client.base_url).replace("http", "ws", 1) + path


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("localhost:8501", 200), ("LOCALHOST", 200), ("127.0.0.1:8501", 200), ("[::1]:8501", 200), ("[0:0::1]", 200), ("localhost.", 200), ("127.8.9.1", 200),
        ("news.example.org", 200), ("news.example.org:443", 200),
        ("rebound.example.com", 421), ("rebound.example.com:8501", 421), ("localhost.example.com:8501", 421),
        ("127.0.0.1.example.com", 421), ("192.168.1.20:8501", 421), ("", 421), ("a b", 421), ("localhost:8501, x", 421),
    ],
)  # fmt: skip
def test_it_answers_to_its_own_names(host: str, status: int) -> None:
    client = _client(guard.Policy(hosts=frozenset({"news.example.org"}), login=False))
    for method, path in (("GET", "/"), ("DELETE", "/sparql/graphs"), ("GET", "/_stcore/health"), ("GET", "/media/x")):
        answer = client.request(method, path, headers={"host": host, "x-forwarded-host": "localhost"} if status == 421 else {"host": host})  # fmt: skip
        assert answer.status_code == status, (method, path)
        if status == 421:
            assert "inside" not in answer.text


def test_a_foreign_name_opens_no_websocket() -> None:
    client = _client(guard.Policy())
    with pytest.raises(WebSocketDisconnect), client.websocket_connect(_stream(client), headers={"host": "rebound.example.com"}):  # fmt: skip
        pass


@pytest.mark.parametrize(
    ("headers", "taken"),
    [
        ({}, True), ({"origin": "http://127.0.0.1:8501"}, True), ({"origin": "https://127.0.0.1:8501"}, True),
        ({"origin": "http://127.0.0.1:3000"}, False), ({"origin": "http://localhost:8501"}, False),
        ({"origin": "https://elsewhere.example"}, False), ({"origin": "null"}, False), ({"origin": ""}, False),
        ({"origin": "evil://127.0.0.1:8501"}, False), ({"origin": "127.0.0.1:8501"}, False), ({"origin": "x://http://127.0.0.1:8501"}, False),
        ({"sec-fetch-site": "cross-site", "sec-fetch-mode": "no-cors"}, False),
        ({"sec-fetch-site": "same-site", "sec-fetch-mode": "cors"}, False),
        ({"sec-fetch-site": "same-origin", "sec-fetch-mode": "cors"}, True),
    ],
)  # fmt: skip
def test_what_pages_of_other_origins_send_is_not_taken(headers: dict[str, str], taken: bool) -> None:
    client = _client(guard.Policy())
    for method, path in (("POST", "/sparql"), ("PUT", "/_stcore/upload_file/a/b"), ("DELETE", "/x")):
        assert (client.request(method, path, headers=headers).status_code == 200) is taken, (method, path)
    try:
        with client.websocket_connect(_stream(client), headers=headers) as socket:
            assert socket.receive_text() == "inside" and taken
    except WebSocketDisconnect:
        assert not taken


def test_a_link_of_another_site_is_followed_but_not_embedded() -> None:
    client = _client(guard.Policy())
    for mode, dest, status in (("navigate", "document", 200), ("navigate", "iframe", 403), ("no-cors", "script", 403)):
        headers = {"sec-fetch-site": "cross-site", "sec-fetch-mode": mode, "sec-fetch-dest": dest}
        assert client.get("/", headers=headers).status_code == status


def test_only_the_endpoint_shares_with_other_origins() -> None:
    """Streamlit lets any origin read some of its files."""

    async def shared(request: Request) -> PlainTextResponse:
        return PlainTextResponse("x", headers={"Access-Control-Allow-Origin": "*"})

    client = _client(guard.Policy(), Route("/media/x", shared), Route("/sparql", shared))
    assert "access-control-allow-origin" not in client.get("/media/x").headers
    assert "access-control-allow-origin" in client.get("/sparql").headers


def test_every_answer_tells_browsers_what_may_run() -> None:
    client = _client(ALWAYS)
    for path in ("/", "/_stcore/health", "/login"):
        answer = client.get(path)
        policy = answer.headers["content-security-policy"]
        assert "frame-ancestors 'none'" in policy and "object-src 'none'" in policy and "default-src 'self'" in policy
        scripts = re.search(r"script-src ([^;]*)", policy)
        assert scripts
        assert "unsafe" not in scripts[1] and "http" not in scripts[1] and "sha256-" in scripts[1]
        assert answer.headers["x-frame-options"] == "DENY" and answer.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize(
    ("policy", "served", "headers", "asks"),
    [
        (guard.Policy(), "127.0.0.1", {}, False), (guard.Policy(), "::1", {"host": "[::1]:8501"}, False),
        (BEYOND, "127.0.0.1", {}, False), (ALWAYS, "127.0.0.1", {}, True),
        # another machine; a proxy here that passes on for others, whatever it says of them
        (BEYOND, LAN, {"host": LAN}, True), (BEYOND, LAN, {"host": "localhost"}, True),
        (BEYOND, "127.0.0.1", {"x-forwarded-for": "127.0.0.1"}, True),
        (BEYOND, "127.0.0.1", {"x-forwarded-host": "localhost"}, True), (BEYOND, "127.0.0.1", {"forwarded": "for=::1"}, True),
        (guard.Policy(login=False, always=True), LAN, {"host": LAN}, False),
    ],
)  # fmt: skip
def test_who_comes_from_beyond_this_machine_logs_in(policy: guard.Policy, served: str, headers: dict[str, str], asks: bool) -> None:  # fmt: skip
    client = _client(policy, served=served)
    for path in (
        "/",
        "/article",
        "/sparql?query=ASK%7B%7D",
        "/media/x",
        "/assets/logo.svg",
        "/_stcore/host-config",
        "/yasgui",
    ):
        assert client.get(path, headers=headers).status_code == (401 if asks else 200), path
        if asks:
            there = client.get(path, headers={**headers, "accept": "text/html"})
            assert there.status_code == 303 and there.headers["location"].startswith("/login")
    for path in ("/_stcore/stream", "/sparql", "/login") if asks else ():
        with pytest.raises(WebSocketDisconnect), client.websocket_connect(_stream(client, path), headers=headers):
            pass


def test_without_a_password_nobody_gets_in_from_beyond() -> None:
    answer = _client(guard.Policy(), served=LAN, host=LAN).get("/", headers={"accept-language": "en"})
    assert answer.status_code == 403 and "IIBUN_PASSWORD" in answer.text
    answer = _client(guard.Policy(), served=LAN, host=LAN).get("/")
    assert "IIBUN_PASSWORD" in answer.text and "パスワード" in answer.text


def _log_in(client: TestClient, password: str = PASSWORD, **headers: str) -> httpx.Response:
    return client.post("/login", data={"password": password, "next": "/article?iri=urn%3Ax"}, headers=headers)


def test_what_is_handed_over_needs_no_login() -> None:
    """The fragment of an address does not outlive a login; the page that takes it holds nothing of the store."""
    client = _client(ALWAYS)
    for path in handing.OPEN:
        assert client.get(path, headers={"accept": "text/html"}).text == "inside", path
    assert client.get("/handy", headers={"accept": "text/html"}).status_code == 303
    elsewhere = {"origin": "https://news.example", "sec-fetch-site": "cross-site"}
    assert client.post(handing.PATH, headers=elsewhere).status_code == 403


def test_logging_in_and_out() -> None:
    client = _client(ALWAYS, served=LAN, host=f"{LAN}:8501")
    form = client.get("/articles?show=new", headers={"accept": "text/html"})
    assert form.headers["location"] == "/login?next=/articles%3Fshow%3Dnew"
    assert "パスワード" in client.get("/login").text and "Password" in client.get("/login?lang=en").text
    assert _log_in(client, "wrong").status_code == 401
    assert client.get("/").status_code == 401
    done = _log_in(client)
    assert done.status_code == 303 and done.headers["location"] == "/article?iri=urn%3Ax"
    cookie = done.headers["set-cookie"]
    assert "HttpOnly" in cookie and "SameSite=Strict" in cookie and cookie.startswith("iibun-session-8501=")
    assert client.get("/").text == "inside"
    own = {"origin": f"http://{LAN}:8501"}
    with client.websocket_connect(_stream(client), headers=own | {"cookie": cookie.split(";")[0]}) as socket:
        assert socket.receive_text() == "inside"
    assert client.post("/_stcore/upload_file/a/b").status_code == 403, "a browser says where it comes from"
    assert client.post("/_stcore/upload_file/a/b", headers=own).status_code == 200
    assert client.post("/x", headers={"origin": f"http://{LAN}:3000"}).status_code == 403
    assert client.post("/logout", headers=own).headers["set-cookie"].startswith("iibun-session-8501=;")
    assert client.get("/").status_code == 401
    copied = client.get("/", headers={"cookie": cookie.split(";")[0]})
    assert copied.status_code == 401, "a copy of the cookie is over too"


@pytest.mark.parametrize(
    "then", ["https://elsewhere.example", "//elsewhere.example", "/\\elsewhere.example", "x", "/a\r\nb: c"]
)
def test_a_login_leads_to_pages_of_ours_alone(then: str) -> None:
    client = _client(ALWAYS)
    assert client.post("/login", data={"password": PASSWORD, "next": then}).headers["location"] == "/"


def test_a_login_is_short() -> None:
    assert _client(ALWAYS).post("/login", data={"password": "x" * 9000}).status_code == 413


def test_a_session_holds_for_its_own_origin() -> None:
    policy = guard.Policy(hosts=frozenset({"news.example.org", "other.example.org"}), always=True, password=PASSWORD)
    client = _client(policy)
    cookie = _log_in(client, host="news.example.org").headers["set-cookie"].split(";")[0]
    assert client.get("/", headers={"host": "news.example.org", "cookie": cookie}).status_code == 200
    for host, sent in (
        ("other.example.org", cookie), ("news.example.org:8501", cookie.replace("-0=", "-8501=")),
        ("news.example.org", cookie.replace(".", "0.")), ("news.example.org", cookie[:-1]), ("news.example.org", "iibun-session-0=."),
    ):  # fmt: skip
        assert client.get("/", headers={"host": host, "cookie": sent}).status_code == 401, (host, sent)
    assert _client(policy).get("/", headers={"host": "news.example.org", "cookie": cookie}).status_code == 401, (
        "a new server"
    )


def test_the_printed_link_logs_in_once_it_is_followed() -> None:
    client = _client(ALWAYS)
    assert client.get("/login", params={"key": "x" * 32}).status_code == 401
    done = client.get("/login", params={"key": PASSWORD})
    assert done.status_code == 303 and done.headers["location"] == "/" and client.get("/").text == "inside"


def test_a_link_of_another_site_finds_who_is_logged_in() -> None:
    """SameSite=Strict keeps the cookie back there; our own page then asks again."""
    client = _client(ALWAYS)
    headers = {
        "sec-fetch-site": "cross-site",
        "sec-fetch-mode": "navigate",
        "sec-fetch-dest": "document",
        "accept": "text/html",
    }
    answer = client.get('/article?iri=urn%3Ax&a="><script>', headers=headers)
    assert answer.status_code == 200 and 'content="0;url=/article?iri=urn%3Ax&amp;a=' in answer.text
    assert "<script>" not in answer.text
    assert (
        'content="0;url=/elsewhere.example/"'
        in client.get("http://127.0.0.1:8501//elsewhere.example/", headers=headers).text
    )


def test_guessing_is_slowed_down(monkeypatch: pytest.MonkeyPatch) -> None:
    client = _client(ALWAYS)
    assert [_log_in(client, f"guess {n}").status_code for n in range(guesses.TRIES)] == [401] * guesses.TRIES
    assert _log_in(client).status_code == 429, "even what is right is not looked at"
    assert client.get("/sparql", headers={"authorization": "Bearer x"}).status_code == 429
    now = guesses.time.monotonic()
    monkeypatch.setattr(guesses.time, "monotonic", lambda: now + guesses.WINDOW)
    assert _log_in(client).status_code == 303


def test_guessing_is_slowed_down_for_who_says_to_be_another_each_time() -> None:
    """uvicorn believes a proxy on this machine, and whoever else is on it; so the client is what ``X-Forwarded-For`` says."""
    from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

    inner = _client(ALWAYS).app
    client = TestClient(
        ProxyHeadersMiddleware(inner), "http://127.0.0.1:8501", client=("127.0.0.1", 4), follow_redirects=False
    )  # type: ignore[arg-type]
    said = [
        _log_in(client, f"guess {n}", **{"x-forwarded-for": f"198.51.{n // 250}.{n % 250}"}).status_code
        for n in range(guesses.TOLD)
    ]
    assert said == [401] * guesses.TOLD
    assert _log_in(client, **{"x-forwarded-for": "203.0.113.7"}).status_code == 429
    assert _log_in(client).status_code == 303, "who comes directly is not locked out"


def test_the_endpoint_is_read_with_its_token_or_a_session(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(endpoint.settings, "_settings", endpoint.Settings(token="t" * 40))
    ask, update = {"query": "ASK {}"}, {"update": "INSERT DATA { <urn:x:a> <urn:x:b> 1 }"}
    with kg.store.memory() as store:
        client = _client(ALWAYS, *endpoint.routes(store), served=LAN, host=LAN)
        assert client.get("/sparql", params=ask).status_code == 401
        bearer = {"authorization": "Bearer " + "t" * 40}
        assert client.get("/sparql", params=ask, headers=bearer).json()["boolean"] is True
        assert client.post("/sparql", data=update, headers=bearer).status_code == 204
        assert client.get("/", headers=bearer).status_code == 401, "the token is for the endpoint"
        _log_in(client)
        own = {"origin": f"http://{LAN}"}
        assert client.get("/sparql", params=ask).json()["boolean"] is True
        assert client.post("/sparql", data=ask, headers=own).json()["boolean"] is True
        assert client.post("/sparql", data=update, headers=own).status_code == 401, "a session does not write there"


@contextmanager
def _endpoint(monkeypatch: pytest.MonkeyPatch, origins: str) -> Iterator[TestClient]:
    monkeypatch.setenv("IIBUN_ORIGINS", origins)
    monkeypatch.setattr(endpoint.settings, "_settings", None)
    with kg.store.memory() as store:
        yield _client(guard.Policy(), *endpoint.routes(store))


@pytest.mark.parametrize(
    ("named", "origin", "allowed"),
    [
        ("", "https://notes.example", None), ("https://notes.example", "https://notes.example", "https://notes.example"),
        ("https://notes.example/, http://localhost:3000", "http://localhost:3000", "http://localhost:3000"),
        ("https://notes.example", "https://elsewhere.example", None), ("*", "https://notes.example", "*"),
    ],
)  # fmt: skip
def test_other_origins_read_only_if_they_are_named(monkeypatch: pytest.MonkeyPatch, named: str, origin: str, allowed: str | None) -> None:  # fmt: skip
    with _endpoint(monkeypatch, named) as client:
        headers = {"origin": origin, "sec-fetch-site": "cross-site", "sec-fetch-mode": "cors"}
        asked: list[Callable[[], httpx.Response]] = [
            lambda: client.get("/sparql", params={"query": "ASK {}"}, headers=headers),
            lambda: client.post("/sparql", data={"query": "ASK {}"}, headers=headers),
            lambda: client.options("/sparql", headers=headers | {"access-control-request-method": "POST"}),
        ]
        for ask in asked:
            answer = ask()
            assert answer.headers.get("access-control-allow-origin") == allowed
            assert answer.is_success is (allowed is not None)
        assert client.post("/x", headers=headers).status_code == 403, "the pages are nobody else's"
