"""Fetching with guards; the only servers asked are on 127.0.0.1, started here."""

from __future__ import annotations

import gzip
import http.server
import time
import zlib

import pytest

from ingest.fetch import Fetcher, Forbidden, Unreachable, is_public
from ingest.read import read
from ingest.sources.document import MissingSource, ReadError, TooLarge
from tests import sites
from tests.sites import PAGE, Site, fetcher

site = sites.site

PUBLIC = "93.184.215.14"


def outside(*addresses: str) -> Fetcher:
    """A fetcher with guards whose names all resolve to these addresses; nothing is ever connected to."""
    return Fetcher(pause=0, seconds=1, resolver=lambda host, port: list(addresses))


@pytest.mark.parametrize(
    "address",
    ["127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "0.0.0.0", "100.64.0.1", "224.0.0.1",
     "255.255.255.255", "::1", "::", "fe80::1", "fc00::1", "fd00:ec2::254", "::ffff:127.0.0.1", "::ffff:169.254.169.254",
     "64:ff9b::a9fe:a9fe", "2002:7f00:1::", "2001:0:53aa:64c::1", "::7f00:1", "ff02::1", "fe80::1%eth0", "no address"],
)  # fmt: skip
def test_addresses_of_the_local_network_are_no_public_ones(address: str) -> None:
    assert not is_public(address)


def test_public_addresses() -> None:
    assert all(is_public(a) for a in (PUBLIC, "2606:2800:21f:cb07:6820:80da:af6b:8b2c", f"::ffff:{PUBLIC}"))


@pytest.mark.parametrize(
    "url",
    ["http://127.0.0.1/", "http://127.1/", "http://0x7f000001/", "http://2130706433/", "http://[::1]/", "http://[::ffff:127.0.0.1]/",
     "http://localhost/", "http://localhost./", "http://metadata.google.internal/", "http://db.internal/", "http://printer.local/",
     "http://169.254.169.254/latest/meta-data/", "file:///etc/passwd", "ftp://example.jp/", "gopher://example.jp/",
     "http://user:secret@news.example.jp/", "http://news.example.jp:22/", "http://news.example.jp:6379/", "//news.example.jp/", "http:///"],
)  # fmt: skip
def test_addresses_that_are_never_fetched(url: str) -> None:
    with pytest.raises(Forbidden) as raised:
        Fetcher(seconds=1).get(url)
    assert "secret" not in str(raised.value)


@pytest.mark.parametrize(
    "answers", [["10.0.0.1"], [PUBLIC, "127.0.0.1"], ["::1"], ["169.254.169.254"], ["::ffff:10.0.0.1"]]
)
def test_dns_answers_that_lead_inside(answers: list[str]) -> None:
    with pytest.raises(Forbidden, match="local network"):
        outside(*answers).get("http://news.example.jp/")


def test_the_address_that_is_connected_to_is_the_one_that_was_checked(site: Site) -> None:
    """A name that resolves to a public address first and to this machine later: each connection asks once."""
    answers = iter([[PUBLIC], ["127.0.0.1"]])
    asked: list[list[str]] = []

    def resolver(host: str, port: int) -> list[str]:
        asked.append(next(answers))
        return asked[-1]

    guarded = Fetcher(pause=0, seconds=1, resolver=resolver)
    assert guarded.addresses("news.example.jp", 80) == [PUBLIC]
    with pytest.raises(Forbidden):
        guarded.addresses("news.example.jp", 80)
    assert not site.asked


@pytest.mark.parametrize("target", ["http://169.254.169.254/", "file:///etc/passwd", "http://[::1]:80/", "gopher://x/"])
def test_redirects_are_checked_again(site: Site, target: str, monkeypatch: pytest.MonkeyPatch) -> None:
    site.pages["/"] = (302, {"Location": target}, b"")
    guarded = fetcher()
    check = guarded._check

    def strict(url: str) -> None:  # the first hop is this machine's test server; from then on the guard is up
        if not url.startswith(site.url):
            guarded._private = False
        check(url)

    monkeypatch.setattr(guarded, "_check", strict)
    with pytest.raises(Forbidden):
        guarded.get(site.url + "/")


def test_redirects_are_followed_and_counted(site: Site) -> None:
    site.pages |= {"/a": (301, {"Location": "/b"}, b""), "/b": (200, {"Content-Type": "text/html"}, PAGE.format(2030))}
    site.pages["/loop"] = (302, {"Location": "/loop"}, b"")
    assert fetcher().get(site.url + "/a").url == site.url + "/b"
    with pytest.raises(Unreachable, match="redirects more than"):
        fetcher().get(site.url + "/loop")


def drip_body(handler: http.server.BaseHTTPRequestHandler) -> None:
    handler.send_response(200)
    handler.end_headers()
    while True:
        handler.wfile.write(b"x")
        time.sleep(0.1)


def drip_headers(handler: http.server.BaseHTTPRequestHandler) -> None:
    handler.wfile.write(b"HTTP/1.1 200 OK\r\nX-Slow: ")
    while True:
        handler.wfile.write(b"x")
        time.sleep(0.1)


def silence(handler: http.server.BaseHTTPRequestHandler) -> None:
    time.sleep(5)


def flood(handler: http.server.BaseHTTPRequestHandler) -> None:
    handler.send_response(200)
    handler.end_headers()
    for _ in range(200):
        handler.wfile.write(bytes(1_000_000))


@pytest.mark.parametrize(
    ("body", "kind"), [(drip_body, Unreachable), (drip_headers, Unreachable), (silence, Unreachable), (flood, TooLarge)]
)
def test_slow_and_endless_answers_end(site: Site, body: object, kind: type[ReadError]) -> None:
    site.pages["/"] = (200, {}, body)
    start = time.monotonic()
    with pytest.raises(kind):
        fetcher().get(site.url + "/")
    assert time.monotonic() - start < 4


@pytest.mark.parametrize("encoding", ["gzip", "deflate"])
def test_decompression_bombs(site: Site, encoding: str) -> None:
    pack = gzip.compress if encoding == "gzip" else zlib.compress
    site.pages["/"] = (200, {"Content-Encoding": encoding}, pack(bytes(100_000_000)))
    with pytest.raises(TooLarge, match="larger than 20 MB"):
        fetcher().get(site.url + "/")


def test_packed_pages_are_unpacked(site: Site) -> None:
    raw = zlib.compressobj(wbits=-15)
    deflated = raw.compress(b"hello" * 1000) + raw.flush()
    site.pages |= {
        "/gzip": (200, {"Content-Encoding": "gzip"}, gzip.compress(b"hello" * 1000)),
        "/zlib": (200, {"Content-Encoding": "deflate"}, zlib.compress(b"hello" * 1000)),
        "/raw": (200, {"Content-Encoding": "deflate"}, deflated),
        "/bad": (200, {"Content-Encoding": "gzip"}, b"no gzip"),
        "/odd": (200, {"Content-Encoding": "br"}, b"x"),
    }
    for path in ("/gzip", "/zlib", "/raw"):
        assert fetcher().get(site.url + path).content == b"hello" * 1000
    for path in ("/bad", "/odd"):
        with pytest.raises(Unreachable):
            fetcher().get(site.url + path)


def test_what_ends_early_is_no_page(site: Site) -> None:
    whole = gzip.compress(PAGE.format(2030).encode() + bytes(range(256)) * 100)
    site.pages |= {
        "/cut": (200, {"Content-Encoding": "gzip"}, whole[: len(whole) // 2]),
        "/short": (200, {"Content-Length": str(len(whole) + 9)}, whole),
        "/two": (200, {"Content-Encoding": "gzip"}, gzip.compress(b"one ") + gzip.compress(b"two")),
    }
    with pytest.raises(Unreachable, match="ended before it was whole"):
        fetcher().get(site.url + "/cut")
    with pytest.raises(Unreachable):
        fetcher().get(site.url + "/short")
    assert fetcher().get(site.url + "/two").content == b"one two"


def test_errors_are_sentences(site: Site) -> None:
    site.pages["/busy"] = (503, {"Retry-After": "120"}, b"")
    with pytest.raises(Unreachable, match="status 404"):
        fetcher().get(site.url + "/none")
    with pytest.raises(Unreachable) as raised:
        fetcher().get(site.url + "/busy")
    assert raised.value.retry_after == 120
    with pytest.raises((Unreachable, Forbidden, MissingSource)):
        fetcher().get("http://[broken/")
    with pytest.raises(Unreachable):
        fetcher().get("http://127.0.0.1:9/")


def test_a_page_is_read_from_its_address(site: Site) -> None:
    site.pages["/a"] = (200, {"Content-Type": "text/html; charset=EUC-JP"}, PAGE.format(2030).encode("euc_jp"))
    (article,) = read(site.url + "/a", fetcher=fetcher())
    assert "2030年まで" in article.text and article.url == site.url + "/a" and article.media_type == "text/html"


def test_a_page_cannot_speak_for_another_site(site: Site) -> None:
    page = PAGE.format(2030).replace("<head>", "<head><link rel='canonical' href='https://victim.example/a'>")
    site.pages["/a"] = (200, {"Content-Type": "text/html"}, page)
    (article,) = read(site.url + "/a", fetcher=fetcher())
    assert article.url == site.url + "/a"


def test_two_requests_to_one_host_keep_a_distance(site: Site) -> None:
    site.pages["/"] = (200, {}, b"x")
    polite = Fetcher(private=True, pause=0.4, seconds=2)
    start = time.monotonic()
    polite.get(site.url + "/")
    polite.get(site.url + "/")
    assert time.monotonic() - start >= 0.4
