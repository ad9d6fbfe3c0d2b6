"""The page in a real browser: our server over the sample articles, Debian's Chromium, and a guard against outside requests."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.paths import SAMPLES

ROOT = Path(__file__).parents[2]
CHROMIUM = shutil.which("chromium") or "/usr/bin/chromium"
PATIENCE = 20_000  #: milliseconds that a test waits for something to be so
ARGUMENTS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip


@dataclass(frozen=True)
class Server:
    """A running server: its address, and the store that it holds."""

    url: str
    store: Path


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.browser)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Iterator[None]:
    """Tell, with a failure, what the reader saw then: from the outside one cannot look at the page."""
    report: Any = yield
    if report.when == "call" and report.failed:
        for visitor in getattr(getattr(item, "funcargs", {}).get("visit"), "opened", ()):
            with contextlib.suppress(Exception):
                seen = visitor.page.locator("body").inner_text(timeout=1000)
                report.sections.append((f"the page at {visitor.page.url}", seen[:4000]))
    return report


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Our server over three of the sample articles, for all tests; what they add stays."""
    yield from started(tmp_path_factory)


def started(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Our server over three of the sample articles, on a port of its own."""
    if not Path(CHROMIUM).exists():
        if os.environ.get("REQUIRE_BROWSER"):
            pytest.fail("Chromium is not installed: apt-get install chromium fonts-noto-cjk")
        pytest.skip("needs Debian's chromium")
    store = tmp_path_factory.mktemp("store")
    environment = os.environ | {"IIBUN_STORE": str(store), "OMP_NUM_THREADS": "1"}
    subprocess.run(
        [sys.executable, "-m", "iibun", "ingest", *map(str, SAMPLES)],
        env=environment, check=True, cwd=ROOT, capture_output=True, timeout=300,
    )  # fmt: skip
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    log = tmp_path_factory.mktemp("log") / "server.log"
    with log.open("w") as out:
        process = subprocess.Popen(
            [sys.executable, "-m", "iibun", "serve", "--port", str(port)],
            env=environment,
            cwd=ROOT,
            stdout=out,
            stderr=out,
        )
        try:
            url = f"http://127.0.0.1:{port}"
            _wait(url, process, log)
            yield Server(url, store)
            running = len(log.read_text("utf-8", "replace"))
        finally:
            process.terminate()
            try:
                process.wait(15)
            except subprocess.TimeoutExpired:
                process.kill()
    whole = log.read_text("utf-8", "replace")
    said = [x for x in whole[:running].splitlines() if re.search(r"Traceback|[Ww]arning|created with a default", x)]
    # a server that had to be killed leaves Python's note of leaked semaphores, which is no fault of a page
    said += [x for x in whole[running:].splitlines() if "Traceback" in x]
    assert not said, f"the server logs: {said[:5]}"


def _wait(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    for _ in range(240):
        if process.poll() is not None:
            pytest.fail(f"the server ended: {log.read_text()[-2000:]}")
        try:
            urllib.request.urlopen(f"{url}/_stcore/health", timeout=2).close()
            return
        except (urllib.error.URLError, OSError):
            time.sleep(0.25)
    pytest.fail(f"the server did not answer: {log.read_text()[-2000:]}")


@pytest.fixture(scope="session")
def chromium() -> Iterator[Any]:
    """One browser process for all tests; each test has a context of its own."""
    sync_api = pytest.importorskip("playwright.sync_api")
    sync_api.expect.set_options(timeout=PATIENCE)  # 5 s by default: too few on a busy machine
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield browser
        browser.close()


@dataclass
class Visitor:
    """A reader's window on the page, with what went wrong in it."""

    page: Any
    url: str
    outside: list[str]
    errors: list[str]

    def goto(self, path: str) -> None:
        """Open a path and wait until the script has run."""
        self.page.goto(self.url + path)
        self.settle()

    def settle(self) -> None:
        """Wait until the script has run (after a click, wait for the outcome instead)."""
        self.page.wait_for_selector('[data-testid="stApp"][data-test-script-state="notRunning"]', timeout=30_000)
        self.page.wait_for_function("() => !document.querySelector('[data-testid=stSkeleton]')", timeout=15_000)


@pytest.fixture
def visit(server: Server, chromium: Any) -> Iterator[Callable[..., Visitor]]:
    """Open a window: ``visit(lang="ja", dark=False, width=1440)``.

    Fails on any request beyond the server, and on what our content security policy stops.
    """
    contexts: list[Any] = []
    opened: list[Visitor] = []

    def open_window(*, lang: str = "ja", dark: bool = False, width: int = 1440, height: int = 900) -> Visitor:
        context = chromium.new_context(
            locale={"ja": "ja-JP", "en": "en-US"}[lang], color_scheme="dark" if dark else "light",
            viewport={"width": width, "height": height}, accept_downloads=True,
        )  # fmt: skip
        page = context.new_page()
        page.set_default_timeout(PATIENCE)
        visitor = Visitor(page, server.url, [], [])
        own = (server.url, server.url.replace("http", "ws", 1), "data:", "blob:", "about:")
        page.on("request", lambda r: None if r.url.startswith(own) else visitor.outside.append(r.url))
        page.on("pageerror", lambda e: visitor.errors.append(str(e)))
        page.on("console", lambda m: visitor.errors.append(m.text) if "Content Security Policy" in m.text else None)
        contexts.append(context)
        opened.append(visitor)
        return visitor

    open_window.opened = opened  # type: ignore[attr-defined]  # for the report of a failure
    yield open_window
    for context, visitor in zip(contexts, opened, strict=True):
        context.close()
        assert not visitor.outside, f"requests beyond the server: {visitor.outside}"
        assert not visitor.errors, f"errors in the page: {visitor.errors}"
