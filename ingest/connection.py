"""Network connections that go only to checked addresses and end at a deadline; :mod:`ingest.fetch` uses them."""

from __future__ import annotations

import ssl
import time
from collections.abc import Callable, Iterable
from typing import Any

import httpcore
import httpx


class _Stream(httpcore.NetworkStream):
    """A connection that ends at the deadline, however slowly the server sends."""

    def __init__(self, stream: httpcore.NetworkStream, deadline: float) -> None:
        """Args:
        stream: the connection.
        deadline: when it ends, as ``time.monotonic()``.
        """
        self._stream = stream
        self._deadline = deadline

    def _left(self, timeout: float | None, kind: type[Exception]) -> float:
        """The seconds left for one operation: ``timeout``, or less if the deadline is nearer.

        Raises:
            Exception: of type ``kind``, if the deadline has passed.
        """
        left = self._deadline - time.monotonic()
        if left <= 0:
            raise kind("the time for this page is over")
        return left if timeout is None else min(timeout, left)

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        """Read at most ``max_bytes``."""
        return self._stream.read(max_bytes, self._left(timeout, httpcore.ReadTimeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        """Write all of a buffer."""
        self._stream.write(buffer, self._left(timeout, httpcore.WriteTimeout))

    def close(self) -> None:
        """Close the connection."""
        self._stream.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        """Start TLS on this connection, with the same deadline."""
        left = self._left(timeout, httpcore.ConnectTimeout)
        return _Stream(self._stream.start_tls(ssl_context, server_hostname, left), self._deadline)

    def get_extra_info(self, info: str) -> Any:
        """What the connection below says."""
        return self._stream.get_extra_info(info)


class _Backend(httpcore.NetworkBackend):
    """Opens connections to the addresses that a function returns, instead of resolving the host again.

    If the host were resolved again, the answer could be another address than the one that was checked (DNS rebinding).
    """

    def __init__(self, addresses: Callable[[str, int], list[str]], deadline: float) -> None:
        """Args:
        addresses: as of :func:`transport`.
        deadline: when every connection ends, as ``time.monotonic()``.
        """
        self._addresses = addresses
        self._deadline = deadline
        self._sockets = httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        """Connect to the first of the host's checked addresses, at most four, that answers."""
        failed: Exception = httpcore.ConnectError(f"{host} has no address")
        for address in self._addresses(host, port)[:4]:
            left = self._deadline - time.monotonic()
            if left <= 0:
                raise httpcore.ConnectTimeout("the time for this page is over")
            try:
                stream = self._sockets.connect_tcp(address, port, min(timeout or left, left), local_address)
                return _Stream(stream, self._deadline)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failed = error
        raise failed

    def connect_unix_socket(
        self, path: str, timeout: float | None = None, socket_options: Iterable[Any] | None = None
    ) -> httpcore.NetworkStream:
        """Always raise: sockets of this machine must not be reached."""
        raise httpcore.ConnectError("sockets of this machine are not fetched from")


def transport(addresses: Callable[[str, int], list[str]], deadline: float) -> httpx.HTTPTransport:
    """An httpx transport that connects only to the addresses that ``addresses`` returns.

    Args:
        addresses: host and port → checked IP addresses; raises if the host must not be reached.
        deadline: when every connection ends, as ``time.monotonic()``.
    """
    made = httpx.HTTPTransport(trust_env=False)
    made._pool = httpcore.ConnectionPool(
        ssl_context=ssl.create_default_context(), max_connections=2, network_backend=_Backend(addresses, deadline)
    )
    return made
