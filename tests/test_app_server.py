"""The server: language of the page, one sentence for what fails, settings, and the two other ways to start it."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import httpx
import pytest

from iibun.web import saved, server
from kg import store as stores

ROOT = Path(__file__).parents[1]


@pytest.mark.parametrize(
    ("path", "accept", "lang"),
    [
        ("/", "ja-JP,ja;q=0.9", "ja"), ("/", "en-US,en;q=0.9", "en"), ("/", "", "ja"), ("/articles?lang=en", "ja", "en"),
        ("/?lang=ja", "en", "ja"), ("/?lang=<script>", "en", "en"),
    ],
)  # fmt: skip
def test_the_page_says_its_language(path: str, accept: str, lang: str) -> None:
    from starlette.applications import Starlette
    from starlette.middleware import Middleware
    from starlette.responses import HTMLResponse
    from starlette.routing import Route
    from starlette.testclient import TestClient

    def page(request: object) -> HTMLResponse:
        return HTMLResponse('<!doctype html><html lang="en"><head></head></html>')

    app = Starlette(routes=[Route("/{rest:path}", page)], middleware=[Middleware(server.PageHead)])
    found = TestClient(app).get(path, headers={"accept-language": accept}).text
    assert f'<html lang="{lang}">' in found


def test_a_taken_port_is_one_sentence(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(server.PortError, match=f"--port {port + 1}"):
            server.serve(str(tmp_path), port=port)


def test_settings_keep_to_this_machine() -> None:
    from streamlit import config

    server.settings()
    assert config.get_option("browser.gatherUsageStats") is False
    assert "http" not in str({k: v for k, v in server.SETTINGS.items() if k.startswith("theme")})


def test_bundles_ask_nobody() -> None:
    """The committed bundles name no CDN; yasgui's own completers that would are switched off in start.js."""
    for path in (server.STATIC / "components").glob("*.js"):
        text = path.read_text("utf-8")
        assert "cdn." not in text
        assert "unpkg" not in text
        assert "googleapis" not in text


@pytest.mark.slow
@pytest.mark.parametrize(
    "command", [["-m", "uvicorn", "app:app", "--port"], ["-m", "streamlit", "run", "app.py", "--server.port"]]
)
def test_other_ways_to_start_it(command: list[str], tmp_path: Path) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    process = subprocess.Popen(
        [sys.executable, *command, str(port)], cwd=ROOT, env=os.environ | {"IIBUN_STORE": str(tmp_path)},
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        for _ in range(160):
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{port}/sparql?query=ASK%7B%7D", timeout=5) as answer:
                    assert answer.status == 200
                break
            except OSError:
                assert process.poll() is None, "the server ended"
                time.sleep(0.25)
        else:
            pytest.fail("the server did not answer")
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/assets/logo.svg", timeout=5) as logo:
            assert logo.status == 200
        upgrade = {"Connection": "Upgrade", "Upgrade": "websocket", "Sec-WebSocket-Version": "13", "Sec-WebSocket-Key": "AAAAAAAAAAAAAAAAAAAAAA=="}  # fmt: skip
        for path, headers, status in (
            ("/", {"Host": "rebound.example.com"}, 421), ("/sparql?query=ASK%7B%7D", {"Host": "rebound.example.com"}, 421),
            ("/_stcore/stream", upgrade | {"Origin": "http://rebound.example.com"}, 403),
            ("/", {"X-Forwarded-For": "203.0.113.7"}, 403),
        ):  # fmt: skip
            answer = httpx.get(f"http://127.0.0.1:{port}{path}", headers=headers, timeout=5)
            assert answer.status_code == status, path
    finally:
        process.terminate()
        process.wait(15)


def test_saved_queries_outlive_the_process(tmp_path: Path) -> None:
    with stores.open(tmp_path) as store:
        saved.save(store, "予測", "SELECT * { ?s ?p ?o }")
        assert saved.names(store) == ["予測"]
    with stores.open(tmp_path) as store:
        assert saved.load(store, "予測") == "SELECT * { ?s ?p ?o }"
        saved.remove(store, "予測")
        with pytest.raises(saved.NotSaved, match="予測"):
            saved.load(store, "予測")


@pytest.mark.parametrize("broken", ['{"予測": "SELECT",}', "[]", "[" * 100_000])
def test_a_file_of_queries_that_is_broken_is_not_replaced(broken: str, tmp_path: Path) -> None:
    """By hand, a comma too many: the queries are still there to be mended."""
    with stores.open(tmp_path) as store:
        saved.save(store, "予測", "SELECT * { ?s ?p ?o }")
        (tmp_path / "queries.json").write_text(broken, "utf-8")
        assert saved.names(store) == []
        with pytest.raises(saved.NotSaved, match=r"queries\.json"):
            saved.save(store, "主張", "ASK {}")
    assert (tmp_path / "queries.json").read_text("utf-8") == broken


def test_the_front_end_is_told_where_its_server_is() -> None:
    """A page's own path is not tried first, which would keep each reader waiting."""
    from starlette.applications import Starlette
    from starlette.middleware import Middleware
    from starlette.responses import HTMLResponse
    from starlette.routing import Route
    from starlette.testclient import TestClient

    def page(request: object) -> HTMLResponse:
        return HTMLResponse("<!doctype html><html><head><title>x</title></head></html>")

    app = Starlette(routes=[Route("/{rest:path}", page)], middleware=[Middleware(server.PageHead)])
    found = TestClient(app).get("/predictions").text
    assert found.index("BACKEND_BASE_URL:location.origin") < found.index("<title>")
    assert 'HOST_CONFIG:{"allowedOrigins": [' in found
    assert 'rel="modulepreload" href="/assets/components/graph.js?v=' in TestClient(app).get("/graph").text
    assert "modulepreload" not in TestClient(app).get("/nothing").text


def test_what_a_page_wants_early_is_there() -> None:
    """A version of Streamlit that calls its parts otherwise is noticed."""
    import re

    from iibun.web import chunks

    for path, names in chunks.WANTED.items():
        found = chunks.addresses(path)
        for name in names:
            assert any(re.fullmatch(rf"/static/js/{re.escape(name)}\.[\w-]+\.js", f) for f in found), (path, name)
        assert len(set(found)) == len(found)
    assert chunks.addresses("/nothing") == ()


def test_a_bundle_asked_for_by_its_version_is_kept() -> None:
    from starlette.applications import Starlette
    from starlette.routing import Mount
    from starlette.testclient import TestClient

    from iibun.web import components

    client = TestClient(Starlette(routes=[Mount("/assets", server._assets())]))
    assert "immutable" in client.get(components.address("graph")).headers["cache-control"]
    for path in ("/assets/components/graph.js", "/assets/nothing.js?v=1"):
        assert "cache-control" not in client.get(path).headers


def test_what_pages_remember(monkeypatch: pytest.MonkeyPatch) -> None:
    """One thread makes what several want; what was not asked for longest goes first; a write forgets everything."""
    import threading
    from concurrent.futures import ThreadPoolExecutor

    import kg.store
    from iibun.web import answers

    monkeypatch.setattr(answers, "KEPT", 3)
    made: list[object] = []
    begun, go_on = threading.Event(), threading.Event()

    def make(name: object) -> object:
        made.append(name)
        return name

    def slow() -> object:
        begun.set()
        go_on.wait(10)
        return make("slow")

    with kg.store.memory() as store, ThreadPoolExecutor(4) as threads:
        answers.use_store(store)
        try:
            first = threads.submit(answers.remembered, ("slow",), slow)
            assert begun.wait(10)
            others = [threads.submit(answers.remembered, ("slow",), slow) for _ in range(3)]
            go_on.set()
            assert {f.result(10) for f in (first, *others)} == {"slow"} and made == ["slow"]
            for name in (1, 2, 3):
                answers.remembered((name,), lambda name=name: make(name))
                assert answers.remembered(("slow",), slow) == "slow"
            assert made == ["slow", 1, 2, 3], "what is asked for again stays"
            answers.remembered((1,), lambda: make("1 again"))
            assert made[-1] == "1 again"
            with pytest.raises(ZeroDivisionError):
                answers.remembered(("wrong",), lambda: 1 / 0)
            assert answers.remembered(("wrong",), lambda: "right") == "right"
            store.update("INSERT DATA { GRAPH <urn:x:g> { <urn:x:a> <urn:x:b> 1 } }")
            assert answers.remembered(("slow",), lambda: make("anew")) == "anew"
        finally:
            answers.use_store(None)
