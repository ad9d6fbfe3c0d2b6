"""Protection against clients that hold connections without using them: uvicorn with time and size limits.

- A request's head must arrive within :data:`PATIENCE` seconds and have at most :data:`AROUND` bytes.
- A body must arrive, and a response be taken, at some least speed.
- A WebSocket must send something soon after it is opened, and must answer pings.
- At most :data:`MOST` connections may wait for a request. One more closes the oldest of the address that has the most.

So half-open connections, however many, leave room for clients that ask something.
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

from iibun.batch.stopping import interrupt

Message = MutableMapping[str, Any]

#: Seconds that a client has to send a request's head or :data:`LEAST` bytes of a body; three times that to take some of a
#: response.
PATIENCE = 8.0
#: Bytes of a body that must arrive in that time.
LEAST = 1000
#: Most connections that may wait for a request.
MOST = 512
#: Most bytes of a request (head, chunk headers, body, trailers) beyond twice its body, which leaves room for the chunk
#: headers of small chunks.
AROUND = 256 << 10
#: Seconds between looks at a connection.
_LOOK = 2.0


class Connection(HttpToolsProtocol):
    """uvicorn's connection with the limits of this module; overridden methods keep the counters that the limits need."""

    _waiting: ClassVar[dict[Connection, None]] = {}  # connections that wait for a request's head, oldest first

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Start the counters and the timer of a new connection."""
        super().connection_made(transport)
        self._moved = self._left = 0  # bytes received since the last progress; bytes not yet sent at the last look
        self._around = 0  # see AROUND
        self._step = self.loop.time()  # time of the last progress
        self._wait()
        self._timer = self.loop.call_later(_LOOK, self._look)

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop the timer of a closed connection."""
        self._forget()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Count bytes received, and close the connection if a request has too many that are not its body."""
        self._moved += len(data)
        self._around += len(data)
        super().data_received(data)
        if self._around > AROUND and not self.transport.is_closing():
            self._reset()

    def on_message_begin(self) -> None:
        """Note the time at which a request began."""
        self._step = self.loop.time()
        super().on_message_begin()

    def on_body(self, body: bytes) -> None:
        """Take the bytes of a body off the count, twice (see :data:`AROUND`)."""
        self._around -= 2 * len(body)
        super().on_body(body)

    def on_message_complete(self) -> None:
        """Start a new count after a request."""
        self._around = 0
        super().on_message_complete()

    def on_headers_complete(self) -> None:
        """Note that a request's head has arrived."""
        self._waiting.pop(self, None)
        self._step = self.loop.time()
        super().on_headers_complete()

    def on_response_complete(self) -> None:
        """Wait for the next request after a response."""
        super().on_response_complete()
        self._step = self.loop.time()
        if not self.pipeline and not self.transport.is_closing():
            self._wait()

    def handle_websocket_upgrade(self) -> None:
        """Stop watching a connection that becomes a WebSocket; :class:`Clients` watches it."""
        self._forget()
        super().handle_websocket_upgrade()

    def _forget(self) -> None:
        self._waiting.pop(self, None)
        self._timer.cancel()

    def _reset(self) -> None:
        """Close the connection at once, without the system's attempts to deliver what the client has not taken."""
        self._forget()
        with suppress(OSError, AttributeError):
            linger = struct.pack("ii", 1, 0)
            self.transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        self.transport.abort()

    def _wait(self) -> None:
        """Add this connection to those that wait for a request, and close one of them if there are too many."""
        waiting = self._waiting
        waiting[self] = None
        if len(waiting) > MOST:
            host, _ = Counter(c.client and c.client[0] for c in waiting).most_common(1)[0]
            oldest = next(c for c in waiting if (c.client and c.client[0]) == host)
            oldest._reset()

    def _look(self) -> None:
        """Close the connection if its client has made no progress in time; else look again later."""
        now = self.loop.time()
        left = self.transport.get_write_buffer_size()
        if left:  # the client has not taken the whole response
            moves = left != self._left
        elif self in self._waiting:  # the time limit is for the whole head, so single bytes are no progress
            moves = self.timeout_keep_alive_task is not None  # idle after a response: uvicorn has a timeout for that
        else:  # the body is arriving, or the client waits for our response
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
    """Middleware: ignores the errors of clients that have left, and closes a WebSocket on which nothing is sent.

    Args:
        app: the ASGI app to serve.
    """

    def __init__(self, app: Callable[..., Awaitable[None]]) -> None:
        self.app = app

    async def __call__(self, scope: Message, receive: Callable[..., Any], send: Callable[..., Any]) -> None:
        if scope["type"] == "websocket":
            receive = _soon(receive, send)
        with suppress(ClientDisconnect, WebSocketDisconnect, ConnectionError):
            await self.app(scope, receive, send)


def _soon(receive: Callable[..., Any], send: Callable[..., Any]) -> Callable[..., Any]:
    """``receive`` with a time limit for the first message after a WebSocket's opening; then the WebSocket is closed."""
    heard = 0

    async def heard_soon() -> Any:
        nonlocal heard
        heard += 1
        if heard != 2:  # the first message is the opening
            return await receive()
        try:
            return await asyncio.wait_for(receive(), PATIENCE)
        except TimeoutError:
            with suppress(Exception):
                await send({"type": "websocket.close", "code": 1008})
            return {"type": "websocket.disconnect", "code": 1008}

    return heard_soon


class Server(uvicorn.Server):
    """uvicorn's server, but at its end stops running queries before it waits for the clients that wait for them."""

    def handle_exit(self, sig: int, frame: Any) -> None:
        """Begin to shut down at the first signal; ignore later ones, for which uvicorn would not wait for clients."""
        if not self.should_exit:
            super().handle_exit(sig, frame)

    async def shutdown(self, sockets: Any = None) -> None:
        """Stop the query workers, then shut down."""
        from kg.endpoint.workers import Pool

        await asyncio.to_thread(Pool.close_all)
        await super().shutdown(sockets)


def serve(app: Any, **settings: Any) -> None:
    """Serve an ASGI app until Ctrl-C, with the limits of this module.

    Args:
        app: what is served; it should have :class:`Clients` as a middleware.
        **settings: for ``uvicorn.Config``.
    """
    _room()
    config = uvicorn.Config(
        app,
        **{
            "http": Connection, "ws_ping_interval": PATIENCE, "ws_ping_timeout": PATIENCE,
            "timeout_graceful_shutdown": 5, "log_level": "warning", "server_header": False, **settings,
        },
    )  # fmt: skip
    with suppress(ValueError):  # signals can be handled in the main thread only
        signal.signal(signal.SIGINT, interrupt)
    with suppress(KeyboardInterrupt):
        Server(config).run()


def _room() -> None:
    """Raise the limit of open files, and so of connections, as far as the system allows."""
    with suppress(ImportError, ValueError, OSError):
        import resource

        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        wanted = 65_536 if hard == resource.RLIM_INFINITY else min(hard, 65_536)
        if soft < wanted:
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
