"""The published site over a plain file server: every page is accessible, search and SPARQL run in the browser, nothing leaves."""

from __future__ import annotations

import functools
import re
import threading
from collections.abc import Iterator
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect

import kg.store
from iibun import publish
from iibun.archive import samples
from iibun.batch.jobs import keep
from tests.browser.test_accessibility import faults

FIRST_LOAD = 300_000  #: bytes before the first query


class Quiet(SimpleHTTPRequestHandler):
    """A plain file server that writes no log."""

    def log_message(self, *arguments: Any) -> None:
        """Say nothing."""


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Path]]:
    """The samples as a site: its address, under a path, and its folder."""
    place = tmp_path_factory.mktemp("web")
    with kg.store.open(place / "store") as store:
        for _, article in samples.articles():
            if report := samples.report(article):
                keep(store, report)
        samples.judge(store)
        content = publish.content(store)
        publish.write(publish.files(store, content, title="予測の記録"), place / "public" / "claims")
    handler = functools.partial(Quiet, directory=str(place / "public"))
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/claims", place / "public" / "claims"
    server.shutdown()


@pytest.fixture
def page(chromium: Any, site: tuple[str, Path]) -> Iterator[Any]:
    """A window that fails on an error, and on any request to another server."""
    context = chromium.new_context(locale="ja-JP")
    window = context.new_page()
    wrong: list[str] = []
    window.on("pageerror", lambda e: wrong.append(str(e)))
    window.on("request", lambda r: None if r.url.startswith((site[0], "data:")) else wrong.append(r.url))
    yield window
    context.close()
    assert not wrong


PAGES = ("index", "predictions", "record", "people", "articles", "timeline", "graph", "sparql", "person", "article")


@pytest.mark.parametrize("width", [390, 1280])
@pytest.mark.parametrize("name", PAGES)
def test_each_page_is_accessible(page: Any, site: tuple[str, Path], name: str, width: int) -> None:
    address, folder = site
    page.set_viewport_size({"width": width, "height": 900})
    folders = {"person": "people", "article": "articles"}
    path = f"{name}.html" if name not in folders else f"{folders[name]}/{next((folder / folders[name]).iterdir()).name}"
    for language in ("", "en/"):
        page.goto(f"{address}/{language}{path}")
        assert page.evaluate("() => document.documentElement.scrollWidth <= innerWidth"), "nothing hangs over the edge"
        assert faults(page) == []


def test_both_languages_lead_to_each_other(page: Any, site: tuple[str, Path]) -> None:
    address, folder = site
    person = next((folder / "people").iterdir()).name
    page.goto(f"{address}/people/{person}")
    page.get_by_role("link", name="English").click()
    assert page.url == f"{address}/en/people/{person}"
    page.get_by_role("link", name="Track record").click()
    assert page.url == f"{address}/en/record.html"
    page.get_by_role("link", name="日本語").click()
    assert page.url == f"{address}/record.html"


def test_words_are_found_in_the_browser(page: Any, site: tuple[str, Path]) -> None:
    loaded: list[int] = []
    page.on("response", lambda r: loaded.append(len(r.body())))
    page.goto(f"{site[0]}/en/index.html")
    assert sum(loaded) < FIRST_LOAD
    page.get_by_role("searchbox").fill("印西 稼働")
    first = page.locator("#found li").first
    expect(first.locator("mark").first).to_be_visible()
    first.get_by_role("link").click()
    page.wait_for_url("**/en/articles/*.html#*")
    page.go_back()
    page.get_by_role("searchbox").fill("ない言葉ですよ")
    expect(page.locator("#found")).to_have_text("Nothing was found.")


def test_sparql_runs_in_the_browser(page: Any, site: tuple[str, Path]) -> None:
    page.goto(f"{site[0]}/sparql.html")
    page.get_by_role("button", name="実行").click()
    expect(page.locator("#rows tbody tr").first).to_be_visible(timeout=60_000)
    assert page.locator("#rows th").all_text_contents() == ["who", "title", "due"]
    page.get_by_label("クエリ").fill("ASK { ?v a iib:Verdict ; iib:judges/iib:dueEnd ?due }")
    page.get_by_role("button", name="実行").click()
    expect(page.locator("#rows")).to_have_text("true")
    page.get_by_label("クエリ").fill("SELEC ?x")
    page.get_by_role("button", name="実行").click()
    expect(page.locator("#said")).to_contain_text("実行できませんでした。")


def test_every_link_leads_somewhere(site: tuple[str, Path]) -> None:
    """Of each page of the site: every address within the site is a file, every anchor is there."""
    folder = site[1]
    texts = {p: p.read_text("utf-8") for p in folder.rglob("*.html")}
    for path, text in texts.items():
        for target in re.findall(r'(?:href|src)="([^"]*)"', text):
            if target.startswith(("http", "data:", "#")):
                continue
            name, _, anchor = target.partition("#")
            found = (path.parent / name).resolve()
            assert found.is_file(), f"{path.name}: {target}"
            if anchor:
                assert f'id="{anchor}"' in texts[found], f"{path.name}: {target}"
