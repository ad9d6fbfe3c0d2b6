"""Correcting, refusing, deleting and sharing, in a real browser."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from playwright.sync_api import expect


def _article(window: Any, name: str = "電力と建屋") -> None:
    window.goto(f"/articles?q={name}")
    window.page.get_by_role("link", name=name).first.click()
    window.page.locator(".card").first.wait_for()


def test_correct_a_claim(visit: Callable[..., Any]) -> None:
    """E opens the form; what is changed shows on the card and is marked as corrected."""
    window = visit()
    page = window.page
    _article(window)
    page.locator(".card .act.edit").nth(1).click()
    dialog = page.locator(".panel")
    dialog.get_by_label("見出し").fill("手で直した見出し")
    dialog.get_by_label("理由（任意）").fill("言い換え")
    dialog.get_by_role("button", name="保存").click()
    page.locator(".card.corrected", has_text="手で直した見出し").wait_for()  # others may be corrected already


def test_judgements_carry_their_author(visit: Callable[..., Any]) -> None:
    window = visit()
    page = window.page
    window.goto("/settings")
    page.get_by_role("textbox", name="名前").fill("佐伯")
    page.get_by_role("textbox", name="名前").press("Enter")
    window.settle()
    page.get_by_role("link", name="記事").first.click()
    page.get_by_role("link", name="電力と建屋").first.click()
    rejected = page.locator(".card.rejected")
    before = rejected.count()  # by other tests on this server
    page.locator(".card:not(.rejected) .act.reject").nth(2).click()
    expect(rejected).to_have_count(before + 1)
    page.get_by_role("link", name="入出力").click()
    page.get_by_role("radio", name="判断の記録").click()
    page.get_by_text("佐伯").first.wait_for()


def test_text_without_japanese_is_refused_in_one_sentence(visit: Callable[..., Any]) -> None:
    window = visit(lang="en")
    page = window.page
    window.goto("/articles?add=1")
    page.get_by_label("Text", exact=True).fill("There is no Japanese in this text at all, only English words.")
    page.get_by_role("button", name="Read").first.click()
    page.get_by_text("no Japanese").wait_for(timeout=60_000)


def test_several_files_at_once_and_a_broken_one(visit: Callable[..., Any]) -> None:
    window = visit()
    page = window.page
    window.goto("/articles?add=1")
    page.get_by_role("tab", name="ファイル").click()
    page.locator("input[type=file]").first.set_input_files(
        [
            {"name": "sjis.txt", "mimeType": "text/plain", "buffer": "東浜電力は来年、料金を上げる方針だと発表した。".encode("shift_jis")},
            {"name": "broken.bin", "mimeType": "application/octet-stream", "buffer": bytes(range(256)) * 20},
        ]
    )  # fmt: skip
    page.get_by_text("broken.bin").first.wait_for()
    page.locator("button:visible", has_text="読み取る").first.click()
    page.get_by_role("link", name="読む").first.wait_for(timeout=90_000)
    assert page.get_by_text("broken.bin").count() >= 1


def test_delete_leaves_nothing(visit: Callable[..., Any]) -> None:
    window = visit()
    page = window.page
    window.goto("/articles?add=1")
    page.get_by_label("本文", exact=True).fill("消去製作所の田部井社長は、来年度に売上高が倍増するとの見通しを示した。")
    page.get_by_role("button", name="読み取る").first.click()
    page.get_by_role("link", name="読む").first.click(timeout=90_000)
    page.locator(".text").wait_for()
    page.get_by_role("button", name="操作").click()
    page.get_by_role("button", name="この記事を削除").click()
    page.get_by_role("dialog").get_by_role("button", name="削除する").click()
    page.wait_for_url("**/articles**")
    window.goto(
        "/query?q=SELECT%20*%20WHERE%20{%20?s%20skos:prefLabel%20%22%E6%B6%88%E5%8E%BB%E8%A3%BD%E4%BD%9C%E6%89%80%22%20}"
    )
    page.get_by_text("該当するものはありません").wait_for()


def test_a_link_to_a_claim_opens_at_it(visit: Callable[..., Any]) -> None:
    window = visit()
    page = window.page
    _article(window)
    page.locator(".text .claim").nth(4).click()
    page.wait_for_function("() => location.search.includes('claim=')")
    address = page.url
    other = visit(lang="en", dark=True, width=390, height=844)
    other.page.goto(address)
    other.page.locator(".card.selected").wait_for()


def test_a_dead_link_says_what_to_do(visit: Callable[..., Any]) -> None:
    window = visit()
    window.goto("/article?iri=urn:iibun:article:none")
    window.page.get_by_text("article:none").first.wait_for()  # within the address a joiner keeps it from being a link
