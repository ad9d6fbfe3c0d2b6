"""Who gets in, with a real browser: a login over the network, and what a page of another origin can do to ours."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from tests.browser.conftest import ROOT, _wait
from tests.browser.test_accessibility import faults
from tests.browser.test_login import _free_port

#: What a page elsewhere tries; it tells in its title what came of it.
ATTACK = """<!doctype html><title>…</title><script>
const at = %r;
const tried = (name, promise) => promise.then((v) => `${name}: ${v}`, (e) => `${name}: kept out`);
const socket = new Promise((yes, no) => {
  const s = new WebSocket(at.replace("http", "ws") + "/_stcore/stream"); s.onopen = () => yes("open"); s.onerror = no;
});
const form = { method: "POST", body: new URLSearchParams({ query: "ASK {}" }) };
Promise.all([
  tried("socket", socket),
  tried("read", fetch(at + "/sparql?query=ASK%%7B%%7D").then((r) => r.text())),
  tried("post", fetch(at + "/sparql", form).then((r) => r.text())),
  tried("blind", fetch(at + "/sparql", { ...form, mode: "no-cors" }).then((r) => r.type)),
  tried("upload", fetch(at + "/_stcore/upload_file/a/b", { method: "PUT", body: "x" }).then((r) => r.status)),
]).then((all) => { document.title = all.join("; "); });
</script><iframe src="%s/"></iframe>"""


@pytest.fixture
def elsewhere(server: Any, tmp_path: Path) -> Iterator[str]:
    """A page of another origin of this very machine."""
    (tmp_path / "index.html").write_text(ATTACK % (server.url, server.url), "utf-8")

    class Quiet(SimpleHTTPRequestHandler):
        def log_message(self, *_: object) -> None: ...

    other = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(tmp_path)))
    threading.Thread(target=other.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{other.server_port}/"
    other.shutdown()
    other.server_close()


def test_a_page_of_another_origin_gets_nothing(chromium: Any, elsewhere: str) -> None:
    page = chromium.new_page()
    page.goto(elsewhere)
    page.wait_for_function("() => document.title.includes('upload')")
    told = dict(part.split(": ") for part in page.title().split("; "))
    # what is sent blindly has no answer that can be read; the server has refused it (tests/test_guard.py)
    assert told == {
        "socket": "kept out",
        "read": "kept out",
        "post": "kept out",
        "blind": "opaque",
        "upload": "kept out",
    } or (
        told
        == {"socket": "kept out", "read": "kept out", "post": "kept out", "blind": "kept out", "upload": "kept out"}
    )
    assert page.frames[1].locator("[data-testid=stApp]").count() == 0
    page.close()


def test_a_script_that_is_not_ours_does_not_run(visit: Callable[..., Any]) -> None:
    window = visit()
    window.goto("/")
    run = window.page.evaluate("""() => {
      const script = document.createElement("script");
      script.textContent = "window.foreign = 1";
      document.body.append(script);
      const image = document.createElement("div");
      image.innerHTML = '<img src="data:," onerror="window.foreign = 2">';
      document.body.append(image);
      return new Promise((done) => setTimeout(() => done(window.foreign ?? 0), 200));
    }""")
    assert run == 0
    assert window.errors and all("Content Security Policy" in e for e in window.errors), "and the tests would notice"
    window.errors.clear()


@pytest.mark.slow
def test_from_beyond_this_machine_one_logs_in(chromium: Any, tmp_path: Path) -> None:
    from kg import store as stores
    from tests import pages_store

    with stores.open(tmp_path / "store") as store:
        pages_store.fill(store)
    port = _free_port()
    environment = os.environ | {"IIBUN_STORE": str(tmp_path / "store"), "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"}
    log = tmp_path / "server.log"
    with log.open("w") as out:
        process = subprocess.Popen(
            [sys.executable, "-m", "iibun", "serve", "--host", "0.0.0.0", "--port", str(port)],
            cwd=tmp_path, env=environment, stdout=out, stderr=out,
        )  # fmt: skip
    try:
        url = f"http://127.0.0.1:{port}"
        _wait(url, process, log)
        key = re.search(r"Log in: http://localhost:\d+/login\?key=(\S+)", log.read_text())
        assert key
        context = chromium.new_context(locale="ja-JP")
        page = context.new_page()
        page.set_default_timeout(20_000)
        page.goto(f"{url}/claims")
        assert "/login?next=/claims" in page.url and faults(page) == []
        page.get_by_label("パスワード").fill("wrong password")
        page.get_by_role("button", name="ログイン").click()
        page.get_by_role("alert").get_by_text("パスワードが違います").wait_for()
        page.get_by_label("パスワード").fill(key[1])
        page.get_by_role("button", name="ログイン").click()
        page.get_by_role("link", name="新工場の投資額は200億円だ").first.wait_for()  # the page, through its WebSocket
        assert page.url.startswith(f"{url}/claims") and key[1] not in page.url
        page.goto(f"{url}/yasgui")
        page.locator(".yasqe_queryButton").first.click()
        page.locator(".yasr_results table, .yasr table").first.wait_for()
        page.goto(f"{url}/settings")
        page.get_by_role("link", name="ログアウト").click()
        page.get_by_role("button", name="ログアウト").click()
        page.get_by_label("パスワード").wait_for()
        page.goto(f"{url}/login?key={key[1]}")
        page.locator("[data-testid=stApp]").wait_for()
        assert page.url == f"{url}/"
        # a command of this user needs no password: it bears the server's token
        found = subprocess.run(
            [sys.executable, "-m", "iibun", "query", "predictions", "--format", "json"],
            cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=120,
        )  # fmt: skip
        assert found.returncode == 0 and "新工場" in found.stdout, found.stderr
        context.close()
    finally:
        process.terminate()
        process.wait(15)
