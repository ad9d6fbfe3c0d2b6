"""Connections that take a server's time: closed after seconds where the client does not do its part.

Whoever connects has :data:`PATIENCE` to send a request's head, which may be :data:`AROUND` bytes long; a body must come, and an answer be taken, with some speed;
a WebSocket says something soon after it is opened, and answers when it is asked whether it is still there. Of the
connections that wait for their client no more than :data:`MOST` are kept: the next closes the oldest of the address that
has the most. So half-open connections, however many, leave room for those that ask something.
"""

from __future__ import annotations

import asyncio
import signal
import socket
import struct
from collections import Counter
from collections.abc import Awaitable, Callable, MutableMapping
from contextlib import suppress
from typing import Any, ClassVar

import uvicorn
from starlette.requests import ClientDisconnect
from starlette.websockets import WebSocketDisconnect
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

Message = MutableMapping[str, Any]

#: Seconds that a client has for its next step: the head of a request, a part of its body; three times that to take a part
#: of an answer.
PATIENCE = 8.0
#: Bytes of a body that must come in that time.
LEAST = 1000
#: Connections that may wait for their client to ask something.
MOST = 512
#: Bytes of a request that are neither its body nor as many as its body: its head, what stands between the parts of a
#: body, what follows them.
AROUND = 256 << 10
#: Seconds between looks at a connection.
_LOOK = 2.0


class Connection(HttpToolsProtocol):
    """One connection, as uvicorn keeps it, with an eye on the clock."""

    _waiting: ClassVar[dict[Connection, None]] = {}  # for a request's head, the oldest first

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._moved = self._left = 0  # bytes that came since the last step, and that wait to go
        self._around = 0  # see AROUND
        self._step = self.loop.time()  # when the client did its part last
        self._wait()
        self._timer = self.loop.call_later(_LOOK, self._look)

    def connection_lost(self, exc: Exception | None) -> None:
        self._forget()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        self._moved += len(data)
        self._around += len(data)
        super().data_received(data)
        if self._around > AROUND and not self.transport.is_closing():
            self._reset()

    def on_message_begin(self) -> None:
        self._step = self.loop.time()
        super().on_message_begin()

    def on_body(self, body: bytes) -> None:
        self._around -= 2 * len(body)
        super().on_body(body)

    def on_message_complete(self) -> None:
        self._around = 0
        super().on_message_complete()

    def on_headers_complete(self) -> None:
        self._waiting.pop(self, None)
        self._step = self.loop.time()
        super().on_headers_complete()

    def on_response_complete(self) -> None:
        super().on_response_complete()
        self._step = self.loop.time()
        if not self.pipeline and not self.transport.is_closing():
            self._wait()

    def handle_websocket_upgrade(self) -> None:
        self._forget()  # see Clients
        super().handle_websocket_upgrade()

    def _forget(self) -> None:
        self._waiting.pop(self, None)
        self._timer.cancel()

    def _reset(self) -> None:
        """Close it at once; the system forgets what the client did not take, instead of offering it for minutes."""
        self._forget()
        with suppress(OSError, AttributeError):
            linger = struct.pack("ii", 1, 0)
            self.transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        self.transport.abort()

    def _wait(self) -> None:
        """Be one of those that wait for their client; where they are too many, one is closed."""
        waiting = self._waiting
        waiting[self] = None
        if len(waiting) > MOST:
            host, _ = Counter(c.client and c.client[0] for c in waiting).most_common(1)[0]
            oldest = next(c for c in waiting if (c.client and c.client[0]) == host)
            oldest._reset()

    def _look(self) -> None:
        """Close the connection if its client has not done its part in time."""
        now = self.loop.time()
        left = self.transport.get_write_buffer_size()
        if left:  # an answer waits to be taken
            moves = left != self._left
        elif self in self._waiting:  # a head has its time as a whole, however its bytes drop in
            moves = self.timeout_keep_alive_task is not None  # kept for another request: uvicorn looks after it
        else:  # the body is on its way, or the client waits for us
            done = self.cycle is not None and not self.cycle.more_body
            moves = done or self.flow.read_paused or self._moved >= LEAST
        self._left = left
        if moves:
            self._step, self._moved = now, 0
        elif now - self._step >= (3 * PATIENCE if left else PATIENCE):
            self._reset()
            return
        self._timer = self.loop.call_later(_LOOK, self._look)


class Clients:
    """Middleware: a client that has gone is no error, and one that opens a WebSocket uses it."""

    def __init__(self, app: Callable[..., Awaitable[None]]) -> None:
        self.app = app

    async def __call__(self, scope: Message, receive: Callable[..., Any], send: Callable[..., Any]) -> None:
        if scope["type"] == "websocket":
            receive = _soon(receive, send)
        with suppress(ClientDisconnect, WebSocketDisconnect, ConnectionError):
            await self.app(scope, receive, send)


def _soon(receive: Callable[..., Any], send: Callable[..., Any]) -> Callable[..., Any]:
    """What a WebSocket says, if it says anything in time after it has been opened."""
    heard = 0

    async def heard_soon() -> Any:
        nonlocal heard
        heard += 1
        if heard != 2:  # the first is that it was opened
            return await receive()
        try:
            return await asyncio.wait_for(receive(), PATIENCE)
        except TimeoutError:
            with suppress(Exception):
                await send({"type": "websocket.close", "code": 1008})
            return {"type": "websocket.disconnect", "code": 1008}

    return heard_soon


class Server(uvicorn.Server):
    """uvicorn's server, which ends the queries before it waits for those who asked them."""

    def handle_exit(self, sig: int, frame: Any) -> None:
        if not self.should_exit:  # else it is ending already
            super().handle_exit(sig, frame)

    async def shutdown(self, sockets: Any = None) -> None:
        from kg.endpoint.workers import Pool

        await asyncio.to_thread(Pool.close_all)
        await super().shutdown(sockets)


def serve(app: Any, **settings: Any) -> None:
    """Serve an ASGI app until Ctrl-C, with an eye on its clients.

    Args:
        app: what is served; it should have :class:`Clients` as a middleware.
        **settings: of uvicorn.
    """
    _room()
    config = uvicorn.Config(
        app,
        **{
            "http": Connection, "ws_ping_interval": PATIENCE, "ws_ping_timeout": PATIENCE,
            "timeout_graceful_shutdown": 5, "log_level": "warning", "server_header": False, **settings,
        },
    )  # fmt: skip
    with suppress(ValueError):  # in a thread that hears of no signals
        signal.signal(signal.SIGINT, _interrupt)
    with suppress(KeyboardInterrupt):
        Server(config).run()


def _interrupt(*_: object) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # if it comes again, the server is ending already
    raise KeyboardInterrupt


def _room() -> None:
    """Have room for as many open connections as the system gives."""
    with suppress(ImportError, ValueError, OSError):
        import resource

        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        wanted = 65_536 if hard == resource.RLIM_INFINITY else min(hard, 65_536)
        if soft < wanted:
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
