"""The server for agents over HTTP: an ASGI app for :data:`iibun.agents.PATH` (streamable HTTP, without sessions).

Names and origins are checked by :mod:`iibun.web.guard` before. Here: beyond this machine an agent needs the endpoint's token.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, MutableMapping
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, Final

from iibun import agents
from kg.endpoint import Settings, shared_settings
from kg.hosts import header, is_local

if TYPE_CHECKING:
    from iibun.agents.lookups import Find
    from kg.store import Store

Scope = MutableMapping[str, Any]

#: Most bytes of a request: the longest text that an agent may hand over, with its characters escaped.
BODY: Final = 8 << 20


class Endpoint:
    """The app. The SDK is imported, and the server made, at the first request.

    Args:
        store: gives the store, at each call.
        author: whose name the judgements of agents carry.
        find: searches a store, as for :class:`iibun.agents.lookups.Lookups`.
        writes: offer the tools that change the store, too.
        settings: the token, and who may read without it; those of ``/sparql`` if None.

    Example:
        ``endpoint = Endpoint(answers.store, author="aoki (MCP)", find=find)``, a route for it, and ``async with endpoint.running():``
        around the server's life.
    """

    def __init__(
        self, store: Callable[[], Store], *, author: str, find: Find, writes: bool = False, settings: Settings | None = None
    ) -> None:  # fmt: skip
        self._store, self._author, self._find, self._writes = store, author, find, writes
        self._settings = settings or shared_settings()
        self._life: asyncio.Task[None] | None = None
        self._serve: asyncio.Future[Callable[..., Any]] | None = None
        self._over = asyncio.Event()

    async def __call__(self, scope: Scope, receive: Any, send: Any) -> None:
        from starlette.responses import PlainTextResponse

        try:
            status, said = self._refusal(scope) or (0, "")
            serve = None if status else await self._server()
        except agents.NotInstalled as error:
            status, said, serve = 501, str(error), None
        if serve is not None:
            return await serve(scope, receive, send)
        headers = {"Cache-Control": "no-store"} | {
            401: {"WWW-Authenticate": 'Bearer realm="iibun"'},
            405: {"Allow": "POST"},
        }.get(status, {})
        await PlainTextResponse(said + "\n", status, headers)(scope, receive, send)

    def _refusal(self, scope: Scope) -> tuple[int, str] | None:
        """The status and the sentence with which a request is refused; None if it is not."""
        given = header(scope, b"authorization")
        if given is not None and not self._settings.is_token(given):
            return 401, "The token is not right; a server's is in server.json in its store's folder."
        if given is None and (self._settings.reading == "token" or not is_local(scope)):
            return 401, "An agent on another machine needs the token (Authorization: Bearer …)."
        if scope["method"] != "POST":
            return 405, "This is a server for agents (MCP, streamable HTTP): its messages come by POST."
        return None

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Context manager: the life of the app; at its end, calls in progress are ended."""
        try:
            yield
        finally:
            self._over.set()
            if self._life is not None:
                await asyncio.wait([self._life], timeout=5)

    async def _server(self) -> Callable[..., Any]:
        """The SDK's app, started at the first call.

        Raises:
            NotInstalled: if the SDK is not installed.
        """
        if self._serve is None:
            agents.need()
            self._serve = asyncio.get_running_loop().create_future()
            self._life = asyncio.create_task(self._live(self._serve))
        return await asyncio.shield(self._serve)

    async def _live(self, ready: asyncio.Future[Callable[..., Any]]) -> None:
        """Run the SDK's session manager, whose tasks must begin and end in one task, until the app's life is over."""
        try:
            server = await asyncio.to_thread(self._made)  # importing the SDK takes a while
            async with server.session_manager.run():
                ready.set_result(server.session_manager.handle_request)
                await self._over.wait()
        except Exception as error:
            if ready.done():
                raise
            self._serve = None  # the next request tries again
            ready.set_exception(error)

    def _made(self) -> Any:
        from mcp.server.transport_security import TransportSecuritySettings

        from iibun.agents.server import make

        server = make(self._store, author=self._author, find=self._find, writes=self._writes)
        server.streamable_http_app(
            stateless_http=True, max_request_body_size=BODY,
            transport_security=TransportSecuritySettings(enable_dns_rebinding_protection=False),  # the guard does that
        )  # fmt: skip
        return server
