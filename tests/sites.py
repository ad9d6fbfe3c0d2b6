"""A web server for one test, and a fetcher that may ask it."""

from __future__ import annotations

import contextlib
import http.server
import threading
from collections.abc import Iterator

import pytest

from ingest.fetch import Fetcher

PAGE = "<html><head><title>題</title></head><body><article><p>同社は{}年までに黒字にすると発表した。詳細は来月に公表する予定だと説明した。</p></article></body></html>"


class Site:
    """A web server for one test: ``pages`` maps paths to (status, headers, body or function)."""

    def __init__(self) -> None:
        self.pages: dict[str, tuple[int, dict[str, str], object]] = {}
        self.asked: list[tuple[str, dict[str, str]]] = []
        site = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                site.asked.append((self.path, {k.lower(): v for k, v in self.headers.items()}))
                status, headers, body = site.pages.get(self.path, (404, {}, b""))
                if callable(body):
                    with contextlib.suppress(OSError):
                        body(self)
                    return
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.end_headers()
                with contextlib.suppress(OSError):
                    self.wfile.write(body if isinstance(body, bytes) else str(body).encode())

            def log_message(self, *_: object) -> None: ...

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.url = f"http://127.0.0.1:{self.server.server_port}"


@pytest.fixture
def site() -> Iterator[Site]:
    made = Site()
    yield made
    made.server.shutdown()


def fetcher(**options: object) -> Fetcher:
    return Fetcher(private=True, pause=0, seconds=2, **options)  # type: ignore[arg-type]
