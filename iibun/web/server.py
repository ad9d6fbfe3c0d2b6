"""The server: one ASGI app with the pages, the SPARQL endpoint, agents' tools and static files. It owns the store while it runs.

``iibun serve`` calls :func:`serve`. :func:`options` gives the arguments of ``st.App``, with which ``app.py`` builds the same
app for ``streamlit run`` and ``uvicorn``.
"""

from __future__ import annotations

import errno
import gc
import json
import logging
import os
import re
import secrets
import socket
import threading
from collections.abc import AsyncIterator, Awaitable, Callable, MutableMapping
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from iibun.i18n import LANGUAGES, telling
from kg.errors import IibunError
from kg.hosts import WILDCARDS, in_address

if TYPE_CHECKING:
    from iibun.web.guard import Policy

SCRIPT = Path(__file__).parent / "script" / "page.py"
STATIC = Path(__file__).parent / "static"

# Fonts with Japanese glyphs that the systems have; no font is loaded from elsewhere.
_FONT = '"Source Sans", "Hiragino Sans", "Noto Sans JP", "Noto Sans CJK JP", "Yu Gothic UI", Meiryo, sans-serif'
_MONO = '"Source Code Pro", "Noto Sans Mono CJK JP", Menlo, Consolas, monospace'

SETTINGS: dict[str, Any] = {
    "browser.gatherUsageStats": False,
    "client.toolbarMode": "minimal",  # Streamlit's menu is in English only; our settings page has what is needed of it
    "client.showErrorDetails": "none",
    "client.showErrorLinks": False,
    # A garbage collection after each run would be slow: the tables have millions of objects.
    "runner.postScriptGC": False,
    "server.fileWatcherType": "none",
    "server.maxUploadSize": 200,
    "theme.font": _FONT,
    "theme.codeFont": _MONO,
    "theme.baseRadius": "8px",
    "theme.headingFontSizes": ["1.9rem", "1.15rem", "1.15rem", "1.05rem", "1rem", "0.95rem"],
    "theme.headingFontWeights": [650, 600, 600, 600, 600, 600],
    "theme.light.primaryColor": "#1f5f8b",
    "theme.light.backgroundColor": "#fdfdfb",
    "theme.light.secondaryBackgroundColor": "#f3f3ee",
    "theme.light.textColor": "#23262b",
    "theme.light.linkColor": "#1a5580",
    "theme.light.borderColor": "#dfdfd6",
    "theme.light.sidebar.backgroundColor": "#f6f5f0",
    "theme.dark.primaryColor": "#7db8e0",
    "theme.dark.backgroundColor": "#15181c",
    "theme.dark.secondaryBackgroundColor": "#1f242a",
    "theme.dark.textColor": "#e4e6e8",
    "theme.dark.linkColor": "#8fc4e8",
    "theme.dark.borderColor": "#343b44",
    "theme.dark.sidebar.backgroundColor": "#191d22",
}


class PortError(IibunError):
    """The server cannot listen on the address and port."""


def settings() -> None:
    """Set Streamlit's options, except those that the operator has set (config file, environment, flag)."""
    from streamlit import config

    config.get_config_options()
    for name, value in SETTINGS.items():
        if not config.is_manually_set(name):
            config.set_option(name, value)


def options(
    store_url: str | None = None, policy: Policy | None = None, *, agents_write: bool = False
) -> dict[str, Any]:  # fmt: skip
    """The arguments of ``st.App(SCRIPT, **options())``.

    Args:
        store_url: folder or ``http(s)`` URL of the store; None for ``IIBUN_STORE``, or else ``data/store``.
        policy: who is let in; None for :meth:`iibun.web.guard.Policy.from_environment`.
        agents_write: whether the agents at ``/mcp`` may change the store.
    """
    from starlette.middleware import Middleware
    from starlette.routing import Mount, Route

    from iibun import agents
    from iibun.agents.endpoint import Endpoint
    from iibun.web import answers, connections, guard, handing, listing
    from kg import endpoint

    settings()
    if store_url:
        os.environ["IIBUN_STORE"] = store_url
    for_agents = Endpoint(answers.store, author=agents.author(), find=listing.keys, writes=agents_write)

    @asynccontextmanager
    async def lifespan(app: Any) -> AsyncIterator[dict[str, Any]]:
        with answers.owned_store() as store:
            from streamlit import config

            # Other commands on this machine find the server's address in the store's folder and use its endpoint.
            endpoint.announce(
                store, config.get_option("server.address") or "127.0.0.1", config.get_option("server.port")
            )
            threading.Thread(target=_warm, daemon=True).start()
            async with for_agents.running():
                yield {"store": store}

    return {
        "routes": [
            *endpoint.routes(answers.store),
            Route(agents.PATH, for_agents),
            Route("/feed", listing.serve),
            Route("/yasgui", _yasgui),
            Route(handing.PATH, handing.page),
            Route(handing.MANIFEST, handing.manifest),
            Mount("/assets", _assets()),
        ],
        "middleware": [
            Middleware(connections.Clients),
            Middleware(guard.Guard, policy=policy or guard.Policy.from_environment(), scripts=scripts()),
            Middleware(PageHead),
        ],
        "lifespan": lifespan,
    }


def scripts() -> list[str]:
    """The texts of all inline scripts of our pages, for the content security policy."""
    import streamlit

    from iibun.web import look, theme
    from iibun.web.pages import settings as page

    start = (Path(streamlit.__file__).parent / "static" / "index.html").read_text("utf-8")
    return [
        *re.findall(r"<script>(.*?)</script>", start, re.DOTALL), _start(), look.LINKS,
        *map(theme.script, LANGUAGES), *map(page.look_script, page.LOOKS),
    ]  # fmt: skip


def _warm() -> None:
    """Load the tables, and what is computed from them, before the first reader needs them."""
    from iibun.web import tables
    from iibun.web.pages import graph, record

    try:
        data = tables.current()
        len(data.base.index)
        graph.whole()
        record.prediction_rows()
        gc.freeze()  # the tables stay in memory, so the garbage collector need not check them
    except Exception:  # the page that needs the tables will report the error
        logging.getLogger(__name__).debug("the tables could not be read ahead", exc_info=True)


def serve(
    store_url: str | None = None, host: str = "127.0.0.1", port: int = 8501, *, login: bool = True, agents_write: bool = False
) -> None:  # fmt: skip
    """Serve the pages, ``/sparql`` and ``/mcp`` until interrupted.

    Args:
        store_url: see :func:`options`.
        host: address to listen on; ``0.0.0.0`` for every interface.
        port: TCP port.
        login: False to ask nobody to log in, not even clients on other machines.
        agents_write: see :func:`options`.

    Raises:
        UsageError: if ``IIBUN_HOSTS``, ``IIBUN_PASSWORD`` or ``IIBUN_ORIGINS`` has an invalid value.
        PortError: if the address or port is in use or not available.
        IibunError: if the store can't be opened, for example because another process has it open.
    """
    import streamlit as st

    from iibun.web import connections, guard

    policy = guard.Policy.from_environment(host, login=login)
    made = policy.login and policy.always and not policy.password
    if made:
        policy = replace(policy, password=secrets.token_urlsafe(24))
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            # Suggest another port if this one is in use or not permitted, else a host that every machine has.
            other = f"--port {port + 1}" if error.errno in (errno.EADDRINUSE, errno.EACCES) else "--host 127.0.0.1"
            raise PortError(f"Can't listen on {host}:{port} ({error.strerror}); try {other}.") from None
    arguments = options(store_url, policy, agents_write=agents_write)
    from iibun.web import answers
    from kg import endpoint

    store = answers.store()  # not in the lifespan, where an error would end in a traceback
    endpoint.announce(store, host, port)
    from streamlit import config

    config.set_option("server.port", port)
    config.set_option("server.address", host)
    shown = "localhost" if host == "127.0.0.1" or host in WILDCARDS else in_address(host)
    print(telling.t("serving", url=f"http://{shown}:{port}"), flush=True)
    if made:
        print(telling.t("log-in", url=f"http://{shown}:{port}/login?key={policy.password}"), flush=True)
    elif policy.always and not policy.login:
        print(telling.t("no-login"), flush=True)
    connections.serve(
        st.App(SCRIPT, **arguments),
        host=host,
        port=port,
        use_colors=False,  # iibun.cli.terminal would escape the colour codes
        ws_max_size=config.get_option("server.maxMessageSize") * 1024 * 1024,
    )


def _assets() -> Any:
    """An app for our static files; browsers may cache a file with a version in its address without asking again."""
    from starlette.staticfiles import StaticFiles

    class Assets(StaticFiles):
        async def get_response(self, path: str, scope: Any) -> Any:
            answer = await super().get_response(path, scope)
            if answer.status_code == 200 and scope.get("query_string", b"").startswith(b"v="):
                answer.headers["Cache-Control"] = "public, immutable, max-age=31536000"
            return answer

    return Assets(directory=STATIC)


async def _yasgui(request: Any) -> Any:
    from starlette.responses import FileResponse

    return FileResponse(STATIC / "yasgui" / "index.html")


Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]


def _start() -> str:
    """A script that gives Streamlit's front end the server's address and configuration, so that it connects at once.

    Without it, the front end tries the path of the page before the root, and connects only when it has an answer. It
    still requests ``/_stcore/host-config``, so the values must be the same as there.
    """
    from streamlit import config

    host = {"allowedOrigins": list(config.get_option("client.allowedOrigins")), "useExternalAuthToken": False}
    said = json.dumps(host).replace("<", "\\u003c")
    return f"window.__streamlit={{BACKEND_BASE_URL:location.origin,HOST_CONFIG:{said}}}"


#: The component of ours that a page shows, by path.
_COMPONENTS = {"/article": "evidence", "/graph": "graph", "/query": "editor"}


def _early(path: str) -> bytes:
    """HTML links with which the browser preloads a page's component and widgets while Streamlit's front end starts."""
    from iibun.web import chunks, components

    name = _COMPONENTS.get(path)
    wanted = ([components.address(name)] if name else []) + list(chunks.addresses(path))
    return "".join(f'<link rel="modulepreload" href="{address}">' for address in wanted).encode()


#: With credentials, since a session's cookie is needed behind a proxy that asks for one.
_MANIFEST = b'<link rel="manifest" href="/manifest.webmanifest" crossorigin="use-credentials">'


class PageHead:
    """Middleware: edits the HTML page from which Streamlit's front end starts.

    Sets ``<html lang>`` to the language of the request, and adds the script of :func:`_start` and links to preload.

    Args:
        app: the ASGI app that serves the page.
    """

    def __init__(self, app: Callable[..., Awaitable[None]]) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Callable[..., Any], send: Callable[..., Any]) -> None:
        if scope["type"] != "http" or scope["method"] != "GET":
            return await self.app(scope, receive, send)
        from streamlit import config

        from iibun.web.login import language_of

        language = language_of(scope)
        start: Message | None = None
        body = b""
        html = False

        async def mend(message: Message) -> None:
            nonlocal start, body, html
            if message["type"] == "http.response.start":
                kinds = [v for k, v in message["headers"] if k.lower() == b"content-type"]
                encoded = any(k.lower() == b"content-encoding" for k, _ in message["headers"])
                html = bool(kinds) and kinds[0].startswith(b"text/html") and not encoded
                if html:
                    start = message
                    return
            elif message["type"] == "http.response.body" and html:
                body += message.get("body", b"")
                if message.get("more_body"):
                    return
                assert start is not None
                body = re.sub(rb'<html lang="[^"]*"', b'<html lang="' + language.encode() + b'"', body, count=1)
                if not config.get_option("server.baseUrlPath"):
                    body = body.replace(b"<head>", f"<head><script>{_start()}</script>".encode(), 1)
                    body = body.replace(b"</head>", _MANIFEST + _early(scope["path"]) + b"</head>", 1)
                start["headers"] = [
                    (k, str(len(body)).encode() if k.lower() == b"content-length" else v)
                    for k, v in start["headers"]
                    if k.lower() != b"etag"
                ]
                await send(start)
                await send({"type": "http.response.body", "body": body})
                return
            await send(message)

        if scope["path"].startswith(("/sparql", "/_stcore", "/static", "/assets", "/media", "/component")):
            return await self.app(scope, receive, send)
        # The page must be uncompressed to be edited; it is small.
        scope = {**scope, "headers": [(k, v) for k, v in scope["headers"] if k.lower() != b"accept-encoding"]}
        await self.app(scope, receive, mend)
