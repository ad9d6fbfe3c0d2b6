"""The server for agents as agents reach it: a process on standard input and output, and ``/mcp`` of ``iibun serve``."""

from __future__ import annotations

import json
import logging
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

import anyio
import httpx
import httpx2
import pytest
from mcp import Client
from mcp.client.stdio import StdioServerParameters
from mcp.client.streamable_http import streamable_http_client
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import ClientDisconnect
from starlette.routing import Route
from starlette.testclient import TestClient

import kg.store
from iibun import agents
from iibun.agents.endpoint import Endpoint
from iibun.agents.server import make
from iibun.web import guard, guesses, listing
from kg import endpoint
from kg.rdf import article_iri
from tests.pages_store import fill, reports
from tests.paths import ROOT
from tests.processes import children, until
from tests.store_servers import free_port, wait_for
from tests.threads import in_thread

TOKEN = "t" * 40
LAN = "192.168.1.20"
PASSWORD = "言い分はどちらに"
BEARER = {"authorization": f"Bearer {TOKEN}"}
NEWS = "青葉電機の三条望社長は5日、2027年3月末までに新工場を稼働させると述べた。"
#: The first message of a client that shakes hands.
HELLO = {
    "jsonrpc": "2.0", "id": 1, "method": "initialize",
    "params": {"protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": {"name": "test", "version": "1"}},
}  # fmt: skip
TYPES = {"accept": "application/json, text/event-stream"}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    with kg.store.open(tmp_path / "store") as store:
        fill(store)
    return tmp_path / "store"


def command(folder: Path, *options: str) -> StdioServerParameters:
    environment = {**os.environ, "IIBUN_AUTHOR": "青木"}
    given = ["-m", "iibun", "mcp", "--store", str(folder), *options]
    return StdioServerParameters(command=sys.executable, args=given, env=environment, cwd=ROOT)


@pytest.mark.slow
@pytest.mark.parametrize("mode", ["auto", "legacy"])
def test_an_agent_runs_the_command(folder: Path, mode: str) -> None:
    async def run() -> tuple[list[str], Any, Any]:
        async with Client(command(folder), mode=mode) as client:
            tools = [tool.name for tool in (await client.list_tools()).tools]
            claims = await client.call_tool("claims", {"source": "三条望"})
            query = {"query": "SELECT (COUNT(*) AS ?n) { ?a a schema:NewsArticle }"}
            return tools, claims.structured_content, (await client.call_tool("sparql", query)).structured_content

    tools, claims, counted = in_thread(run)
    assert "sparql" in tools and "ingest" not in tools
    assert claims["total"] == 2 and counted["rows"] == [[3]]
    until(lambda: not children(os.getpid(), named="iibun mcp"))


@pytest.mark.slow
def test_a_text_is_read_by_the_real_reader_and_stored_if_asked(folder: Path) -> None:
    """What is read is not stored; what is ingested is, and can be taken back; other commands use the folder meanwhile."""

    async def run() -> tuple[Any, list[Any]]:
        async with Client(command(folder, "--allow-writes")) as client:

            async def call(tool: str, **given: Any) -> Any:
                found = await client.call_tool(tool, given, read_timeout_seconds=300)
                assert not found.is_error, found.content
                return found.structured_content

            read = await call("read", text=NEWS, published="2026-06-05")
            before = await call("search", text="5日")
            (stored,) = (await call("ingest", text=NEWS, published="2026-06-05", url="https://news.example/5"))[
                "articles"
            ]
            status = await anyio.run_process(
                [sys.executable, "-m", "iibun", "status", "--format", "json", "--store", str(folder)], cwd=ROOT
            )
            undone = await call("undo", what=stored["article"])
            return read, [before, stored, json.loads(status.stdout), undone]

    read, (before, stored, status, undone) = in_thread(run)
    (claim,) = [c for c in read["claims"] if c["prediction"]]
    assert claim["source"] == "三条望" and claim["due"]["end"] == "2027-03-31"
    quoted = claim["quotation"]
    assert NEWS[quoted["start"] : quoted["end"]] == quoted["text"]
    assert before["articles"] == [] and stored["fate"] == "new" and status["articles"] == 4
    assert undone["undone"] == "deleted"
    with kg.store.open(folder) as store:
        assert not store.contains(stored["article"])
    until(lambda: not children(os.getpid(), named="iibun mcp"))


@pytest.mark.slow
def test_a_store_that_is_not_there_is_one_sentence(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "iibun", "mcp", "--store", str(tmp_path / "none")], cwd=ROOT, capture_output=True,
        text=True, input="", timeout=60, check=False, env=os.environ | {"IIBUN_LANG": "en"},
    )  # fmt: skip
    assert done.returncode == 1 and done.stdout == ""
    assert done.stderr.startswith("iibun mcp: There is no store in") and done.stderr.count("\n") == 1


@contextmanager
def serving(folder: Path, *options: str, **environment: str) -> Iterator[str]:
    """``iibun serve`` over a folder; gives its address."""
    port = free_port()
    process = subprocess.Popen(
        [sys.executable, "-m", "iibun", "serve", "--port", str(port), "--store", str(folder), *options], cwd=ROOT,
        env={**os.environ, "IIBUN_TOKEN": TOKEN, "IIBUN_LANG": "en", **environment}, stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    )  # fmt: skip
    try:
        wait_for(f"http://127.0.0.1:{port}/_stcore/health", process)  # type: ignore[arg-type]
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        said = process.communicate(timeout=30)[1].decode()
    assert "Traceback" not in said, said


@asynccontextmanager
async def reached(url: str, mode: str = "auto", **headers: str) -> Any:
    async with (
        httpx2.AsyncClient(headers=headers, timeout=60) as http,
        Client(streamable_http_client(url + agents.PATH, http_client=http), mode=mode) as client,
    ):
        yield client


@pytest.mark.slow
def test_an_agent_that_ends_is_no_error(folder: Path) -> None:
    """Also one that is gone before its answer."""
    process = subprocess.Popen(
        [sys.executable, "-m", "iibun", "mcp", "--store", str(folder)], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        stderr=subprocess.PIPE, env=os.environ | {"IIBUN_LANG": "en"},
    )  # fmt: skip
    assert process.stdin and process.stdout and process.stderr
    process.stdout.close()
    process.stdin.write(json.dumps(HELLO).encode() + b"\n")
    process.stdin.close()
    assert (process.wait(timeout=60), process.stderr.read()) == (0, b"")


def test_the_sdk_logs_in_single_lines(
    folder: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(logging.getLogger("mcp"), "handlers", [])  # one of an earlier test writes to that test's stderr
    with kg.store.open(folder, read_only=True) as store:
        make(lambda: store, author="青木", find=listing.keys)
    log = logging.getLogger("mcp.server")
    for error in (ClientDisconnect(), ValueError("Unknown prompt")):
        try:
            raise error
        except Exception:
            log.exception("handler raised")
    assert capfd.readouterr().err == "handler raised: ValueError: Unknown prompt\n"


@pytest.mark.slow
def test_agents_share_the_server_of_the_page(folder: Path) -> None:
    async def run(url: str, mode: str) -> Any:
        async with reached(url, mode) as client:
            assert "judge" not in [tool.name for tool in (await client.list_tools()).tools]
            answers: list[Any] = []

            async def ask(words: str) -> None:
                answers.append((await client.call_tool("search", {"text": words})).structured_content)

            async with anyio.create_task_group() as group:  # at the same time
                for words in ("新工場", "株価", "投資額"):
                    group.start_soon(ask, words)
            query = {"query": "SELECT ?c { ?c a schema:Claim }", "limit": 2}
            return answers, (await client.call_tool("sparql", query)).structured_content

    with serving(folder) as url:
        for mode in ("auto", "legacy"):
            answers, rows = in_thread(run, url, mode)
            assert all(found["claims"] for found in answers) and len(rows["rows"]) == 2 and rows["next"]
        mcp = url + agents.PATH
        assert httpx.get(mcp).status_code == 405
        for headers, status in (
            ({"host": "rebound.example.com"}, 421), ({"origin": "https://elsewhere.example"}, 403),
            ({"sec-fetch-site": "cross-site"}, 403), ({"authorization": "Bearer x"}, 401), ({"x-forwarded-for": "203.0.113.7"}, 403),
        ):  # fmt: skip
            assert httpx.post(mcp, json=HELLO, headers=TYPES | headers).status_code == status, headers
        assert "<html" in httpx.get(url).text  # the page is still there


@pytest.mark.slow
def test_a_server_that_may_write_asks_agents_for_the_token(folder: Path) -> None:
    async def run(url: str) -> Any:
        async with reached(url, authorization=f"Bearer {TOKEN}") as client:
            (claim,) = (await client.call_tool("claims", {"text": "3月末"})).structured_content["claims"]
            made = await client.call_tool("judge", {"claim": claim["claim"], "action": "accept"})
            undone = await client.call_tool("undo", {"what": made.structured_content["judgement"]})
            return made.structured_content, undone.is_error

    with serving(folder, "--allow-writes", IIBUN_PASSWORD=PASSWORD, IIBUN_AUTHOR="青木") as url:
        assert httpx.post(url + agents.PATH, json=HELLO, headers=TYPES).status_code == 401
        made, failed = in_thread(run, url)
        assert made["author"] == "青木 (MCP)" and made["claim"]["state"] == "accepted" and not failed


@contextmanager
def client(
    policy: guard.Policy, *, served: str = "127.0.0.1", settings: endpoint.Settings | None = None
) -> Iterator[TestClient]:
    """A client of the guarded endpoint that has connected to an address of ours."""
    with kg.store.memory() as store:
        fill(store)
        chosen = settings or endpoint.Settings(token=TOKEN)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(endpoint.settings, "_settings", chosen)
            over = Endpoint(lambda: store, author="青木 (MCP)", find=listing.keys)
            app = Starlette(
                routes=[Route(agents.PATH, over)], middleware=[Middleware(guard.Guard, policy=policy)],
                lifespan=lambda _: over.running(),
            )  # fmt: skip

            async def connected(scope: Any, receive: Any, send: Any) -> None:
                if scope["type"] != "lifespan":
                    scope["server"] = (served, 8501)
                await app(scope, receive, send)

            with TestClient(connected, base_url=f"http://{served}:8501") as found:
                yield found


ALWAYS = guard.Policy(always=True, password=PASSWORD)
OPEN = guard.Policy(login=False)

#: Who asks: the policy, the address that they have reached, what they send, and the status that they get.
WHO: list[tuple[guard.Policy, str, dict[str, str], int]] = [
    (guard.Policy(), "127.0.0.1", {}, 200), (guard.Policy(), "127.0.0.1", BEARER, 200), (guard.Policy(), "127.0.0.1", {"authorization": "Bearer x"}, 401),
    (guard.Policy(), LAN, BEARER, 403), (ALWAYS, "127.0.0.1", {}, 401), (ALWAYS, "127.0.0.1", BEARER, 200), (ALWAYS, LAN, {}, 401), (ALWAYS, LAN, BEARER, 200),
    (ALWAYS, LAN, {"authorization": "Basic x"}, 401), (OPEN, LAN, {}, 401), (OPEN, LAN, BEARER, 200), (OPEN, LAN, {"authorization": "Bearer x"}, 401),
    (OPEN, "127.0.0.1", {"x-forwarded-for": "203.0.113.7"}, 401), (OPEN, "127.0.0.1", {"x-forwarded-for": "203.0.113.7", **BEARER}, 200),
    (ALWAYS, LAN, {"origin": "https://elsewhere.example", **BEARER}, 403), (ALWAYS, LAN, {"origin": f"http://{LAN}:8501", **BEARER}, 200),
    (ALWAYS, LAN, {"host": "rebound.example.com", **BEARER}, 421),
]  # fmt: skip


@pytest.mark.parametrize(("policy", "served", "headers", "status"), WHO, ids=[str(n) for n in range(len(WHO))])
def test_who_may_ask(policy: guard.Policy, served: str, headers: dict[str, str], status: int) -> None:
    with client(policy, served=served) as asking:
        answer = asking.post(agents.PATH, json=HELLO, headers=TYPES | headers)
        assert answer.status_code == status, answer.text
        if status == 200:
            assert "serverInfo" in answer.text
        if status == 401:
            assert answer.headers["www-authenticate"] == 'Bearer realm="iibun"'


def test_a_session_of_the_page_is_no_token() -> None:
    with client(ALWAYS, served=LAN) as asking:
        asking.post("/login", data={"password": PASSWORD}, follow_redirects=False)
        own = {"origin": f"http://{LAN}:8501"}
        assert asking.post(agents.PATH, json=HELLO, headers=TYPES | own).status_code == 401
        assert asking.post(agents.PATH, json=HELLO, headers=TYPES | own | BEARER).status_code == 200


def test_guessing_the_token_is_slowed_down() -> None:
    with client(ALWAYS) as asking:
        said = [asking.post(agents.PATH, headers={"authorization": f"Bearer {n}"}).status_code for n in range(12)]
        assert said == [401] * guesses.TRIES + [429] * 2


@pytest.mark.parametrize(("reading", "status"), [("token", 401), ("open", 200), ("auto", 200)])
def test_reading_may_need_the_token_everywhere(reading: str, status: int) -> None:
    with client(guard.Policy(), settings=endpoint.Settings(token=TOKEN, reading=reading)) as asking:
        assert asking.post(agents.PATH, json=HELLO, headers=TYPES).status_code == status
        assert asking.post(agents.PATH, json=HELLO, headers=TYPES | BEARER).status_code == 200
    beyond = endpoint.Settings(token=TOKEN, reading=reading)
    with client(OPEN, served=LAN, settings=beyond) as asking:
        assert asking.post(agents.PATH, json=HELLO, headers=TYPES).status_code == 401


def test_messages_come_by_post_and_have_a_size() -> None:
    with client(guard.Policy()) as asking:
        for method in ("GET", "DELETE", "PUT", "OPTIONS"):
            answer = asking.request(method, agents.PATH)
            assert answer.status_code == 405 and answer.headers["allow"] == "POST"
        for body, status in ((b"{", 400), (b"[]", 400), (b"x" * (9 << 20), 413)):
            kinds = TYPES | {"content-type": "application/json", "mcp-protocol-version": "2026-07-28"}
            assert asking.post(agents.PATH, content=body, headers=kinds).status_code == status, body[:9]
        assert asking.post(agents.PATH, json=HELLO, headers=TYPES).status_code == 200


def test_without_the_sdk_the_page_says_how_to_install_it(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(name: str) -> str:
        raise agents.PackageNotFoundError(name)

    monkeypatch.setattr(agents, "version", missing)
    with client(guard.Policy()) as asking:
        answer = asking.post(agents.PATH, json=HELLO, headers=TYPES)
        assert answer.status_code == 501 and "pip install 'iibun[mcp]'" in answer.text


def test_articles_are_found_by_the_address_that_they_had() -> None:
    from iibun.archive.held import NoArticle, find

    with kg.store.memory() as store:
        fill(store)
        iri = article_iri(reports()[0].article)
        for name in (iri, "https://news.example/1", "HTTPS://news.example/1?utm_source=x#top"):
            assert find(store, name) == iri
        for name in ("", "青葉", "urn:x:none", "https://news.example/9", "urn:iibun:graph:current"):
            with pytest.raises(NoArticle, match="There is no article"):
                find(store, name)
