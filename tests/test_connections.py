"""A thousand connections that ask nothing stop nobody, are closed after seconds, and a client that goes away is no error."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest

from iibun.web import connections
from tests.processes import children, cpu, until
from tests.store_servers import ROOT, free_port, wait_for
from tests.test_stopping import ENDLESS

resource = pytest.importorskip("resource", reason="the system has no limits of open files")

#: The endpoint, and what else a client may meet, as ``iibun serve`` serves it, but for the pages.
_SERVE = """
import sys, kg.endpoint, kg.store
from iibun.web import connections
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.responses import PlainTextResponse
from starlette.routing import Route, WebSocketRoute
connections.PATIENCE, connections._LOOK = float(sys.argv[3]), 0.1
store = kg.store.open(sys.argv[1]); store.hold()
async def body(request):
    return PlainTextResponse(str(len(await request.body())))
async def much(request):
    return PlainTextResponse("x" * 50_000_000)
async def echo(socket):
    await socket.accept()
    await socket.send_text(await socket.receive_text())
    await socket.receive_text()
routes = [*kg.endpoint.routes(store), Route("/body", body, methods=["POST"]), Route("/much", much), WebSocketRoute("/echo", echo)]
app = Starlette(routes=routes, middleware=[Middleware(connections.Clients)])
connections.serve(app, host="127.0.0.1", port=int(sys.argv[2]))
"""
HEAD = b"Host: 127.0.0.1\r\n"
UPGRADE = (
    b"GET /echo HTTP/1.1\r\n" + HEAD + b"Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
    b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
)


class Served:
    def __init__(self, folder: Path, patience: float) -> None:
        self.port = free_port()
        self.log = folder / "log"
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-c", _SERVE, str(folder / "store"), str(self.port), str(patience)], cwd=ROOT, stderr=log,
                preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (512, resource.getrlimit(resource.RLIMIT_NOFILE)[1])),
            )  # fmt: skip
        wait_for(f"http://127.0.0.1:{self.port}/sparql/version", self.process)

    def connect(self, said: bytes = b"") -> socket.socket:
        made = socket.create_connection(("127.0.0.1", self.port), timeout=60)
        made.sendall(said)
        return made

    def answers(self) -> bool:
        at = f"http://127.0.0.1:{self.port}/sparql?query=ASK%7B%7D"
        with urllib.request.urlopen(at, timeout=60) as answer:
            return bool(answer.status == 200)


@pytest.fixture
def served(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Served]:
    found = Served(tmp_path, getattr(request, "param", 1.0))
    yield found
    found.process.terminate()
    found.process.wait(30)
    assert "Traceback" not in found.log.read_text(), found.log.read_text()


def closed(one: socket.socket) -> bool:
    """Whether the other side closes it; waits for that."""
    try:
        while one.recv(1 << 16):
            pass
    except ConnectionError:
        pass
    except TimeoutError:
        return False
    return True


@pytest.mark.parametrize(
    "said",
    [
        b"", b"GET /sparql HTTP/1.1\r\n", b"GET /sparql HTTP/1.1\r\nHost: x\r\nX: y\r\n",
        b"POST /body HTTP/1.1\r\n" + HEAD + b"Content-Length: 1000\r\n\r\nhalf",
        b"POST /body HTTP/1.1\r\n" + HEAD + b"Transfer-Encoding: chunked\r\n\r\n",
        UPGRADE, UPGRADE[:-2],
        b"GET /sparql?query=ASK%7B%7D HTTP/1.1\r\n" + HEAD + b"\r\n", b"GET /sparql?query=ASK%7B%7D HTTP/1.1\r\n" + HEAD + b"\r\nGET /",
    ],
    ids=["nothing", "a line", "a header", "half a body", "no chunk", "WebSocket", "half a WebSocket", "no second request", "half a second"],
)  # fmt: skip
def test_a_client_that_stops_in_the_middle_is_closed(served: Served, said: bytes) -> None:
    with served.connect(said) as one:
        assert closed(one)
    assert served.answers()


def test_a_client_that_says_a_letter_now_and_then_is_closed(served: Served) -> None:
    with served.connect(b"GET /sparql HTTP/1.1\r\nX: ") as one:
        one.settimeout(0.2)
        for _ in range(300):
            try:
                one.sendall(b"y")
                if not one.recv(1):
                    return
            except TimeoutError:
                continue
            except ConnectionError:
                return
        pytest.fail("it was not closed")


@pytest.mark.parametrize("served", [600.0], indirect=True)
@pytest.mark.parametrize(
    "said",
    [
        b"GET /sparql HTTP/1.1\r\n", b"GET /sparql HTTP/1.1\r\nX: ",
        b"POST /body HTTP/1.1\r\n" + HEAD + b"Transfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\n",
        b"POST /body HTTP/1.1\r\n" + HEAD + b"Transfer-Encoding: chunked\r\n\r\n1;",
    ],
    ids=["headers", "a header", "after the body", "within the body"],
)  # fmt: skip
def test_a_client_that_says_too_much_around_a_body_is_closed(served: Served, said: bytes) -> None:
    with served.connect(said) as one:
        more = b"".join(b"X%d: y\r\n" % n for n in range(1000)) if said.endswith(b"\n") else b"y" * 10_000
        with contextlib.suppress(ConnectionError):
            for _ in range(200):  # some 2 MB
                one.sendall(more)
        assert closed(one)
    assert served.answers()


def test_a_client_that_takes_no_answer_is_closed(served: Served) -> None:
    with served.connect(b"GET /much HTTP/1.1\r\n" + HEAD + b"\r\n") as one:
        until(lambda: _gone(one))


def _gone(one: socket.socket) -> bool:
    """Whether the other side has closed the connection; nothing of what it sent is taken."""
    state = one.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 1)[0]
    return state != 1  # established


@pytest.mark.parametrize("served", [60.0], indirect=True)
@pytest.mark.parametrize("said", [b"", b"GET /sparql HTTP/1.1\r\nX: y\r\n"], ids=["nothing", "half a head"])
def test_a_thousand_half_open_connections_stop_nobody(served: Served, said: bytes) -> None:
    """More than the server may have files open, and not late yet."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, max(soft, 4096)), hard))
    opened = []
    try:
        for n in range(1200):
            opened.append(served.connect(said))
            if n % 200 == 0:
                assert served.answers()
        assert served.answers()
        assert sum(not _gone(one) for one in opened) <= connections.MOST
    finally:
        for one in opened:
            one.close()
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def test_who_goes_away_is_no_error(served: Served) -> None:
    for said in (
        b"POST /body HTTP/1.1\r\n" + HEAD + b"Content-Length: 1000\r\n\r\nhalf",
        b"POST /sparql HTTP/1.1\r\n" + HEAD + b"Content-Type: application/sparql-query\r\nContent-Length: 1000\r\n\r\nhalf",
        b"GET /much HTTP/1.1\r\n" + HEAD + b"\r\n", UPGRADE,
    ):  # fmt: skip
        one = served.connect(said)
        one.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")  # a reset, not a farewell
        one.close()
        assert served.answers()


def test_a_slow_body_and_a_long_answer_are_served(served: Served) -> None:
    def slowly() -> Iterator[bytes]:
        for _ in range(20):
            yield b"x" * 2000
            asyncio.run(asyncio.sleep(0.1))

    at = f"http://127.0.0.1:{served.port}"
    assert httpx.post(at + "/body", content=slowly(), timeout=60).text == "40000"
    with httpx.stream("GET", at + "/much", timeout=60) as answer:
        assert sum(len(part) for part in answer.iter_raw()) == 50_000_000


@pytest.mark.parametrize("times", [1, 2])
def test_ctrl_c_ends_a_server_and_the_queries_that_it_runs(served: Served, times: int) -> None:
    at = f"http://127.0.0.1:{served.port}/sparql"
    with ThreadPoolExecutor() as threads:
        asked = threads.submit(httpx.post, at, data={"query": ENDLESS}, timeout=60)
        workers = "kg.endpoint.evaluator"
        until(lambda: any(cpu(pid) > 0.3 for pid in children(served.process.pid, named=workers)))
        for _ in range(times):
            served.process.send_signal(signal.SIGINT)
        assert asked.result().status_code == 503
    assert served.process.wait(30) == 0
