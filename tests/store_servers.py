"""Servers that the store's tests run against: ours, ``oxigraph serve`` and Virtuoso, each on loopback."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
OXIGRAPH = shutil.which(
    "oxigraph", path=os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])
)
VIRTUOSO = shutil.which("virtuoso-t")
ISQL = shutil.which("isql-vt")

_SERVE = """
import sys, uvicorn, kg.endpoint, kg.store
from starlette.applications import Starlette
store = kg.store.open(sys.argv[1]); store.hold()
kg.endpoint.announce(store, "127.0.0.1", int(sys.argv[2]))
uvicorn.run(Starlette(routes=kg.endpoint.routes(store)), host="127.0.0.1", port=int(sys.argv[2]), log_level="warning")
"""


def free_port() -> int:
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return int(s.getsockname()[1])


def wait_for(url: str, process: subprocess.Popen[bytes], seconds: float = 60) -> None:
    """Until something answers at ``url``."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if process.poll() is not None:
            raise RuntimeError(f"the server for {url} ended with {process.returncode}")
        try:
            urllib.request.urlopen(url, timeout=5)
            return
        except urllib.error.HTTPError:
            return
        except OSError:
            time.sleep(0.1)
    raise RuntimeError(f"nothing answers at {url}")


@contextmanager
def _process(command: list[str], url: str, **more: object) -> Iterator[subprocess.Popen[bytes]]:
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, **more)  # type: ignore[call-overload]
    try:
        wait_for(url, process)
        yield process
    finally:
        process.send_signal(signal.SIGTERM)
        with suppress(subprocess.TimeoutExpired):
            process.wait(20)
        process.kill()
        process.wait()


@contextmanager
def ours(folder: Path, *, token: str = "test-token", **environment: str) -> Iterator[str]:
    """Our own server over a folder; gives its address."""
    port = free_port()
    env = {**os.environ, "IIBUN_TOKEN": token, **environment}
    url = f"http://127.0.0.1:{port}/sparql"
    with _process([sys.executable, "-c", _SERVE, str(folder), str(port)], url + "/version", env=env, cwd=ROOT):
        yield url


@contextmanager
def oxigraph(folder: Path) -> Iterator[str]:
    """``oxigraph serve``; gives the query address."""
    assert OXIGRAPH
    port = free_port()
    command = [OXIGRAPH, "serve", "--location", str(folder), "--bind", f"127.0.0.1:{port}"]
    with _process(command, f"http://127.0.0.1:{port}/"):
        yield f"http://127.0.0.1:{port}/query"


@contextmanager
def virtuoso(folder: Path) -> Iterator[str]:
    """Virtuoso, with anonymous update granted on loopback; gives the query address."""
    assert VIRTUOSO and ISQL
    sql, http = free_port(), free_port()
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "virtuoso.ini").write_text(
        f"""[Database]
DatabaseFile = {folder}/virtuoso.db
ErrorLogFile = {folder}/virtuoso.log
LockFile = {folder}/virtuoso.lck
TransactionFile = {folder}/virtuoso.trx
xa_persistent_file = {folder}/virtuoso.pxa
FileExtend = 200
MaxCheckpointRemap = 2000
[TempDatabase]
DatabaseFile = {folder}/virtuoso-temp.db
TransactionFile = {folder}/virtuoso-temp.trx
[Parameters]
ServerPort = 127.0.0.1:{sql}
ServerThreads = 20
NumberOfBuffers = 10000
MaxDirtyBuffers = 6000
DirsAllowed = {folder}
SchedulerInterval = 10
[HTTPServer]
ServerPort = 127.0.0.1:{http}
ServerThreads = 20
[SPARQL]
ResultSetMaxRows = 1000000
MaxQueryCostEstimationTime = 4000
MaxQueryExecutionTime = 60
"""
    )
    url = f"http://127.0.0.1:{http}/sparql"
    command = [VIRTUOSO, "+configfile", str(folder / "virtuoso.ini"), "+foreground", "+wait"]
    with _process([c for c in command if c != "+wait"], url, cwd=folder):
        subprocess.run(
            [
                ISQL,
                f"127.0.0.1:{sql}",
                "dba",
                "dba",
                "exec=grant SPARQL_UPDATE to \"SPARQL\"; DB.DBA.RDF_DEFAULT_USER_PERMS_SET ('nobody', 7); DB.DBA.RDF_DEFAULT_USER_PERMS_SET ('SPARQL', 7);",
            ],
            check=True,
            capture_output=True,
            timeout=60,
        )
        yield url
