"""The page that is open in another tab is handed to Iibun by a bookmarklet, and shared by a phone; nothing else may come that way."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any
from urllib.parse import quote, unquote

import pytest
from playwright.sync_api import expect

from iibun.web import handing
from tests.browser.test_work import READ

NEWS = """<!doctype html><html lang="ja"><head><meta charset="utf-8"><title>館山電機、新工場 - 房総日報</title>
<meta property="og:title" content="館山電機、新工場を建設へ"><meta property="og:site_name" content="房総日報">
<meta property="article:published_time" content="2026-04-02T09:30:00+09:00"><link rel="canonical" href="http://news.example/tateyama"></head>
<body><nav>トップ 経済 スポーツ</nav><article><p>館山電機の安房直人社長は2日、2028年までに新工場を建設すると述べた。%s</p></article></body></html>""" % (
    "投資額は約百億円で、半導体を作る装置の部品を生産するという。地元の自治体は「雇用が増える」と歓迎した。" * 6
)


class News(BaseHTTPRequestHandler):
    """A page of a newspaper, with a policy as strict as newspapers have."""

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("content-type", "text/html; charset=utf-8")
        self.send_header("content-security-policy", "default-src 'none'; connect-src 'none'; form-action 'none'")
        self.end_headers()
        self.wfile.write(NEWS.encode())

    def log_message(self, *arguments: Any) -> None:
        """Say nothing."""


@pytest.fixture
def news() -> Iterator[str]:
    """The address of a newspaper on another origin."""
    server = HTTPServer(("127.0.0.1", 0), News)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/tateyama"
    server.shutdown()


def fields(page: Any) -> dict[str, str]:
    """What the form for an article holds."""
    keys = {"text": "text", "title": "headline", "publisher": "publisher", "url": "url"}
    return {
        name: page.locator(f".st-key-draft-paste-{key}").locator("textarea, input").input_value()
        for name, key in keys.items()
    }


def test_the_open_page_is_read_beside_it(visit: Callable[..., Any], news: str) -> None:
    window = visit()
    opener = window.page.context.new_page()
    opener.goto(news)
    with opener.expect_popup() as popup:
        opener.evaluate(unquote(handing.bookmarklet(window.url).removeprefix("javascript:")))
    page = popup.value
    expect(page.get_by_label("見出し（任意）")).to_have_value("館山電機、新工場を建設へ")
    given = fields(page)
    assert given["text"].startswith("館山電機の安房直人社長") and "スポーツ" not in given["text"]
    assert (given["publisher"], given["url"]) == ("房総日報", "http://news.example/tateyama")
    expect(page.locator(".st-key-paste-day input").first).to_have_value("2026-04-02")
    assert page.evaluate("() => window.opener") is None, "the newspaper has no hold on our page"
    page.get_by_role("button", name="読み取る").first.click()
    page.locator(".card").first.wait_for(timeout=READ)
    expect(page.locator(".card .who").filter(has_text="安房").first).to_be_visible()


@pytest.mark.parametrize(
    ("handed", "expected"),
    [
        ("?" + "&".join(("title=t", "text=" + quote("本文です。続きです。"), "url=https://news.example/a")), "articles"),
        ("?title=t&text=https%3A%2F%2Fnews.example%2Fa", "home"),
        ("?url=https%3A%2F%2Fnews.example%2Fa", "home"),
        ("#" + quote(json.dumps({"text": "本文", "url": "javascript:alert(1)", "published": "<b>2026", "title": 7})), "articles"),
        ("#%E0%A4%A", "offer"),
        ("#[1,2]", "offer"),
        ("#null", "offer"),
        ("?url=javascript%3Aalert(1)", "offer"),
        ("", "offer"),
    ],
)  # fmt: skip
def test_what_is_handed_over(visit: Callable[..., Any], handed: str, expected: str) -> None:
    """An article goes into the form, an address to the home page; anything else is nothing."""
    window = visit()
    page = window.page
    page.goto(window.url + handing.PATH + handed)
    if expected == "offer":
        expect(page.get_by_role("link", name="Iibun で読む")).to_be_visible()
        assert page.evaluate("() => Object.keys(sessionStorage).filter((k) => k.includes('draft'))") == []
    elif expected == "home":
        expect(page.locator(".st-key-draft-home-text textarea")).to_have_value("https://news.example/a")
    else:
        expect(page.get_by_label("本文", exact=True)).not_to_have_value("")
        assert fields(page)["url"] in ("", "https://news.example/a")
    assert "#" not in page.url


def test_what_was_typed_is_not_lost_without_a_word(visit: Callable[..., Any]) -> None:
    window = visit()
    page = window.page
    window.goto("/articles?add=1")
    page.get_by_label("本文", exact=True).fill("書きかけの記事。")
    page.get_by_label("見出し（任意）").click()
    page.goto(window.url + handing.PATH + "#" + quote(json.dumps({"text": "渡された記事。", "cut": True})))
    page.get_by_role("button", name="渡された記事に置き換える").click()
    expect(page.get_by_text("先頭の80,000文字だけ", exact=False)).to_be_visible()
    assert page.evaluate("() => sessionStorage.getItem('iibun:st-key-draft-paste-text')") == "書きかけの記事。"
    page.get_by_role("button", name="この部分だけで続ける").click()
    expect(page.get_by_label("本文", exact=True)).to_have_value("渡された記事。")


def test_a_phone_finds_the_share_target(visit: Callable[..., Any]) -> None:
    window = visit()
    window.goto("/")
    address = window.page.locator("link[rel=manifest]").get_attribute("href")
    found = window.page.evaluate("async (address) => (await fetch(address)).json()", address)
    assert found["share_target"]["action"] == handing.PATH and found["name"].startswith("Iibun")
    window.goto("/settings")
    expect(window.page.get_by_text("ほかのページから読む")).to_be_visible()
    window.page.get_by_role("link", name="ブックマークレットを登録する").click()
    expect(window.page.get_by_role("link", name="Iibun で読む")).to_have_attribute(
        "href", handing.bookmarklet(window.url)
    )
