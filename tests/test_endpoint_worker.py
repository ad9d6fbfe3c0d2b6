"""The process that evaluates foreign queries has no network, even if the check of the text let a query through."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pyoxigraph as ox
import pytest

from kg.endpoint.evaluator import _CALLS
from tests.store_servers import ROOT

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the confinement is the Linux kernel's")


class Listener:
    """Counts who connects, and hangs up."""

    def __init__(self) -> None:
        self.server = socket.create_server(("127.0.0.1", 0))
        self.port = int(self.server.getsockname()[1])
        self.seen = 0
        threading.Thread(target=self._listen, daemon=True).start()

    def _listen(self) -> None:
        with suppress(OSError):
            while True:
                connection, _ = self.server.accept()
                self.seen += 1
                connection.close()


@pytest.fixture
def listener() -> Iterator[Listener]:
    found = Listener()
    yield found
    found.server.close()


@contextmanager
def worker() -> Iterator[Any]:
    command = [sys.executable, "-m", "kg.endpoint.evaluator", str(2 << 30)]
    process: Any = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    try:
        yield process
    finally:
        process.kill()
        process.wait()
        process.stdout.close()


def asked(process: Any, job: dict[str, Any]) -> tuple[dict[str, Any], bytes]:
    process.stdin.write(json.dumps(job).encode() + b"\n")
    process.stdin.flush()
    while (head := json.loads(process.stdout.readline())) == {}:
        pass
    return head, process.stdout.read(head.get("bytes", 0))


def snapshot(folder: Path) -> Path:
    store = ox.Store(str(folder))
    store.add(ox.Quad(ox.NamedNode("urn:x:s"), ox.NamedNode("urn:x:p"), ox.Literal("o"), ox.NamedNode("urn:x:g")))
    store.backup(str(folder) + "-copy")
    return Path(str(folder) + "-copy")


def test_a_worker_reaches_nothing(listener: Listener, tmp_path: Path) -> None:
    service = f"SELECT * {{ SERVICE <http://127.0.0.1:{listener.port}/> {{ ?s ?p ?o }} }}"
    with pytest.raises(OSError):  # without confinement, the same query does go out
        list(ox.Store().query(service))  # type: ignore[arg-type]
    before = listener.seen
    assert before
    types = {"solutions": "text/csv", "triples": None, "rows": 10, "bytes": 1000}
    path = str(snapshot(tmp_path / "store"))
    jobs = [{**types, "snapshot": path, "query": q} for q in (service, "SELECT ?o { ?s ?p ?o }")]
    with worker() as process:
        first, second = (asked(process, job) for job in jobs)
    assert first[0]["status"] != 200 and listener.seen == before
    assert second[0]["status"] == 200 and second[1].split() == [b"o", b"o"], "and still answers what it can"


def test_a_worker_ends_with_whom_it_works_for_whatever_it_is_doing(tmp_path: Path) -> None:
    """A command that is killed closes its pipes, and does nothing else about its workers."""
    endless = "SELECT (COUNT(*) AS ?n) { " + " ".join(f"VALUES ?v{n} {{ 1 2 }}" for n in range(40)) + " }"
    job = {"solutions": "text/csv", "triples": None, "rows": 10, "bytes": 1000, "query": endless}
    with worker() as process:
        assert process.stdout.readline() == b"{}\n", "it is ready"
        process.stdin.write(json.dumps({**job, "snapshot": str(snapshot(tmp_path / "store"))}).encode() + b"\n")
        process.stdin.close()
        assert process.wait(30) == 0


def test_the_kernel_refuses_sockets_to_whom_it_gives_no_namespace(listener: Listener) -> None:
    import platform

    if platform.machine() not in _CALLS:
        pytest.skip(f"no filter is written for {platform.machine()}")
    code = """
import socket, sys
from kg.endpoint.evaluator import no_sockets
print(no_sockets())
for make in (lambda: socket.socket(), lambda: socket.create_connection(("127.0.0.1", int(sys.argv[1])), 2)):
    try:
        make()
        print("made")
    except PermissionError:
        print("refused")
open("/dev/null").close()
print("works")
"""
    port = str(listener.port)
    done = subprocess.run([sys.executable, "-c", code, port], cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert done.stdout.split() == ["True", "refused", "refused", "works"], done.stderr
    assert not listener.seen
