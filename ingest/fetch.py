"""Fetching pages from the web: only public addresses, with limits on size and time, and with pauses."""

from __future__ import annotations

import ipaddress
import socket
import time
import zlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import urljoin, urlsplit

from ingest.sources.document import MAX_BYTES, Document, MissingSource, ReadError, TooLarge, printable
from ingest.sources.metadata import Metadata

if TYPE_CHECKING:
    from urllib.robotparser import RobotFileParser

    import httpx

AGENT = "iibun/0.1 (reads Japanese news; +https://schema.org/NewsArticle)"  #: the user agent
MAX_REDIRECTS = 5  #: redirects that are followed for one page
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_PORTS = frozenset({80, 443, 8000, 8008, 8080, 8443, 8888})
# Host names of this machine, and of the metadata services of clouds.
_LOCAL_HOSTS = frozenset({"metadata.google.internal", "metadata", "instance-data", "localhost"})
#: Addresses that count as global but may lead into the local network: old site-local ones, 6to4 relays, Azure's
#: platform service.
_LOCAL = tuple(map(ipaddress.ip_network, ("fec0::/10", "192.88.99.0/24", "168.63.129.16/32")))
_NAT64 = ipaddress.ip_network("64:ff9b::/96")


class Forbidden(ReadError):
    """An address that must not be fetched: local network, metadata service of a cloud, or not http(s)."""


class Unreachable(ReadError):
    """A page that could not be fetched: no answer, too slow, or an error status.

    Attributes:
        status: the HTTP status, if the server answered.
        retry_after: seconds after which the server asks to try again, if it says so.
    """

    def __init__(self, message: str, *, status: int | None = None, retry_after: float | None = None) -> None:
        """Args:
        message: one sentence.
        status: the HTTP status.
        retry_after: seconds.
        """
        super().__init__(message)
        self.status = status
        self.retry_after = retry_after


@dataclass(frozen=True, slots=True)
class Page:
    """What a server answered.

    Attributes:
        url: the address, after redirects.
        status: 200, or 304 if the page has not changed.
        content: the unpacked bytes; empty with status 304.
        media_type: of the header, in lower case.
        charset: the encoding that the header names.
        etag: the ``ETag`` of this version.
        modified: its ``Last-Modified``.
    """

    url: str
    status: int
    content: bytes = field(repr=False)
    media_type: str | None = None
    charset: str | None = None
    etag: str | None = None
    modified: str | None = None


def is_public(address: str) -> bool:
    """Whether an IP address is on the public internet, also if it is an IPv4 address embedded in an IPv6 one.

    >>> [is_public(a) for a in ("93.184.215.14", "169.254.169.254", "::ffff:10.0.0.1", "64:ff9b::7f00:1", "::1")]
    [True, False, False, False, False]
    """
    try:
        ip = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return False
    if isinstance(ip, ipaddress.IPv6Address):
        if ip.ipv4_mapped:
            return is_public(str(ip.ipv4_mapped))
        if ip.sixtofour:
            return is_public(str(ip.sixtofour))
        if ip.teredo:
            return False
        if ip in _NAT64 or ip in ipaddress.ip_network("::/96"):
            return is_public(str(ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)))
    if any(ip in network for network in _LOCAL if network.version == ip.version):
        return False
    return ip.is_global and not (ip.is_multicast or ip.is_reserved or ip.is_unspecified or ip.is_link_local)


def resolve(host: str, port: int) -> list[str]:
    """The IP addresses of a host name, from the system's resolver.

    Raises:
        Unreachable: if there is no such host.
    """
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        raise Unreachable(f"There is no host {printable(host)}.") from None
    return list(dict.fromkeys(str(row[4][0]) for row in found))


class Fetcher:
    """Fetches pages, one after the other.

    The host name is resolved here, all its addresses must be public, and the connection goes to an address that was
    checked. So neither a redirect nor a changing DNS answer leads into the local network.

    Args:
        private: also fetch from the local network (an intranet, tests).
        seconds: the most that one page may take, including redirects.
        size: the most bytes that one page may have, unpacked.
        pause: seconds between two requests to one host.
        resolver: how names are resolved; tests replace it.
    """

    def __init__(
        self,
        *,
        private: bool = False,
        seconds: float = 30.0,
        size: int = MAX_BYTES,
        pause: float = 1.0,
        resolver: Callable[[str, int], list[str]] = resolve,
    ) -> None:
        self._private = private
        self._seconds = seconds
        self._size = size
        self._pause = pause
        self._resolver = resolver
        self._last: dict[str, float] = {}
        self._robots: dict[str, Any] = {}

    def document(self, url: str) -> Document:
        """Fetch a page as a document to be read.

        Raises:
            Forbidden, Unreachable, TooLarge: as :meth:`get`.
        """
        page = self.get(url)
        return Document(
            page.url, content=page.content, media_type=page.media_type, charset=page.charset,
            metadata=Metadata(url=page.url),
        )  # fmt: skip

    def get(self, url: str, *, etag: str | None = None, modified: str | None = None) -> Page:
        """Fetch a page.

        Args:
            url: an ``http(s)`` address.
            etag: the ``ETag`` of the version that we have; the server answers 304 if nothing changed.
            modified: the same with its ``Last-Modified``.

        Raises:
            Forbidden: if the address, or one that it redirects to, is in the local network or not http(s).
            Unreachable: if there is no answer in time, or an error status.
            TooLarge: if the page, unpacked, is larger than allowed.
            MissingSource: if it is not an address.
        """
        import httpx

        deadline = time.monotonic() + self._seconds
        headers = {"User-Agent": AGENT, "Accept-Encoding": "gzip, deflate", "Accept-Language": "ja,en;q=0.5"}
        for name, version in (("If-None-Match", etag), ("If-Modified-Since", modified)):
            if version and version.isascii():  # others cannot be sent in a header
                headers[name] = version
        at = url
        for _ in range(MAX_REDIRECTS + 1):
            self._check(at)
            self._wait(at)
            try:
                with (
                    httpx.Client(
                        transport=self._transport(deadline), trust_env=False, timeout=10.0, follow_redirects=False
                    ) as client,
                    client.stream("GET", at, headers=headers) as answer,
                ):
                    if answer.status_code in _REDIRECTS and "location" in answer.headers:
                        at = self._target(at, answer.headers["location"])
                        continue
                    return self._page(at, answer, deadline)
            except httpx.HTTPError as error:
                if time.monotonic() >= deadline or isinstance(error, httpx.TimeoutException):
                    raise Unreachable(f"{printable(at)} did not answer within {self._seconds:g} seconds.") from None
                raise Unreachable(f"{printable(at)} cannot be reached: {printable(str(error))[:120]}.") from None
            except (httpx.InvalidURL, UnicodeError, ValueError) as error:
                raise MissingSource(f"{printable(at)} is no web address: {printable(str(error))[:80]}.") from None
        raise Unreachable(f"{printable(url)} redirects more than {MAX_REDIRECTS} times.")

    def allowed(self, url: str) -> bool:
        """Whether the site's ``robots.txt`` allows us to read an address; without that file everything is allowed.

        Raises:
            MissingSource: if it is not an address.
        """
        try:
            parts = urlsplit(url)
            site = f"{parts.scheme}://{parts.netloc}"
            if site not in self._robots:
                self._robots[site] = self._rules(site)
            return bool(self._robots[site].can_fetch(AGENT, url))
        except ValueError:  # can_fetch raises it too, since it parses the address after unescaping
            raise MissingSource(f"{printable(url)} is no web address.") from None

    def _rules(self, site: str) -> RobotFileParser:
        """The rules of a site's ``robots.txt``; none if it cannot be fetched."""
        from urllib.robotparser import RobotFileParser

        parser = RobotFileParser()
        try:
            page = self.get(f"{site}/robots.txt")
            parser.parse(page.content[:200_000].decode("utf-8", "replace").splitlines())
        except ReadError:
            parser.parse([])
        return parser

    def addresses(self, host: str, port: int) -> list[str]:
        """The checked addresses of a host.

        Raises:
            Forbidden: if any of them is not public.
        """
        found = self._resolver(host, port)
        bad = [a for a in found if not is_public(a)]
        if bad and not self._private:
            raise Forbidden(f"{printable(host)} is {bad[0]}, an address of the local network; it is not fetched.")
        return found

    def _check(self, url: str) -> None:
        """Refuse an address by its form, before its host is resolved.

        Raises:
            Forbidden: for another scheme, a user name, a local name, or a port that web pages do not use.
            MissingSource: if it is not an address.
        """
        try:
            parts = urlsplit(url)
            host, port = (parts.hostname or "").rstrip(".").lower(), parts.port
        except ValueError:
            raise MissingSource(f"{printable(url)} is no web address.") from None
        if parts.scheme.lower() not in ("http", "https") or not host:
            raise Forbidden(f"{printable(url)} is not fetched: only http and https addresses are.")
        if parts.username or parts.password:
            raise Forbidden(f"{printable(url.split('@')[-1])} is not fetched: its address holds a user name.")
        if self._private:
            return
        if host in _LOCAL_HOSTS or host.endswith((".internal", ".localhost", ".local")):
            raise Forbidden(f"{printable(host)} is a name of the local network; it is not fetched.")
        if port is not None and port not in _PORTS:
            raise Forbidden(f"{printable(url)} is not fetched: port {port} is not one that web pages use.")

    def _target(self, at: str, location: str) -> str:
        """The absolute address of a redirect; one from https to http stays on https."""
        target = urljoin(at, location)
        if urlsplit(at).scheme == "https" and urlsplit(target).scheme == "http":
            target = "https" + target[4:] if urlsplit(target).port is None else target
        return target

    def _wait(self, url: str) -> None:
        """Wait until the pause since the last request to the same host is over."""
        host = urlsplit(url).netloc
        pause = self._last.get(host, 0.0) + self._pause - time.monotonic()
        if pause > 0 and host in self._last:
            time.sleep(min(pause, self._pause))
        self._last[host] = time.monotonic()

    def _transport(self, deadline: float) -> httpx.BaseTransport:
        """The transport that connects to checked addresses only; imported here, so that httpx is loaded when needed."""
        from ingest.connection import transport

        return transport(self.addresses, deadline)

    def _page(self, url: str, answer: httpx.Response, deadline: float) -> Page:
        """The page of an answer.

        Raises:
            Unreachable: for an error status.
            TooLarge: if it is too large.
        """
        media, _, rest = answer.headers.get("content-type", "").partition(";")
        charset = rest.lower().partition("charset=")[2].strip().strip("\"'").split(";")[0] or None
        if answer.status_code == 304:
            content = b""
        elif answer.status_code != 200:
            after = answer.headers.get("retry-after", "")
            raise Unreachable(
                f"{printable(url)} answered with status {answer.status_code}.",
                status=answer.status_code,
                retry_after=float(after) if after.isdigit() and len(after) < 8 else None,
            )
        else:
            length = answer.headers.get("content-length", "")
            if length.isdigit() and int(length) > self._size:
                raise self._too_large(url)
            content = self._content(url, answer, deadline)
        return Page(
            url, answer.status_code, content, media.strip().lower() or None, charset,
            answer.headers.get("etag"), answer.headers.get("last-modified"),
        )  # fmt: skip

    def _content(self, url: str, answer: httpx.Response, deadline: float) -> bytes:
        """The unpacked bytes of an answer; size and time are checked while they arrive."""
        encoding = answer.headers.get("content-encoding", "identity").strip().lower()
        if encoding not in ("identity", "", "gzip", "x-gzip", "deflate"):
            raise Unreachable(f"{printable(url)} is packed as {printable(encoding)[:30]}, which was not asked for.")
        pieces: list[bytes] = []
        size = 0
        for piece in _unpacked(answer.iter_raw(65536), encoding, url):
            size += len(piece)
            if size > self._size:
                raise self._too_large(url)
            if time.monotonic() > deadline:
                raise Unreachable(f"{printable(url)} did not end within {self._seconds:g} seconds.")
            pieces.append(piece)
        return b"".join(pieces)

    def _too_large(self, url: str) -> TooLarge:
        """The error for a page above the limit."""
        return TooLarge(f"{printable(url)} is larger than {self._size / 1e6:g} MB; it is not read.")


def _unpacked(raw: Iterable[bytes], encoding: str, url: str) -> Iterable[bytes]:
    """The unpacked parts of a body, at most 1 MB each, so that the caller can stop before too much is unpacked.

    Args:
        raw: the parts as they arrive.
        encoding: the ``Content-Encoding``.
        url: for messages.

    Raises:
        Unreachable: if it is broken or incomplete.
    """
    if encoding in ("identity", ""):
        yield from raw
        return
    window = 16 + zlib.MAX_WBITS if "gzip" in encoding else zlib.MAX_WBITS
    unpack = zlib.decompressobj(window)
    first = True
    try:
        for piece in raw:
            if first and encoding == "deflate" and piece[:1] and (piece[0] & 0x0F) != 8:
                unpack = zlib.decompressobj(-zlib.MAX_WBITS)  # some servers send raw deflate
            first = False
            rest = piece
            while rest:
                if unpack.eof:  # several gzip members, one after the other
                    unpack = zlib.decompressobj(window)
                yield unpack.decompress(rest, 1_000_000)
                rest = unpack.unconsumed_tail or (unpack.unused_data if "gzip" in encoding else b"")
    except zlib.error as error:
        raise Unreachable(f"{printable(url)} cannot be unpacked: {error}.") from None
    if not unpack.eof and not first:
        raise Unreachable(f"{printable(url)} ended before it was whole; try again.")
